package admit_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"

	"portaria/edge/admit"
	"portaria/edge/whitelist"
)

func scan(name string) admit.ScanID {
	var id admit.ScanID
	copy(id[:], name)
	return id
}

func scans(names ...string) []admit.ScanID {
	var out []admit.ScanID
	for _, n := range names {
		out = append(out, scan(n))
	}
	return out
}

func in(name string) admit.Record {
	return admit.Record{Scan: scan(name), Kind: admit.Entry, At: 100, Gate: "g", Zone: "hall"}
}

func follows(name, place string) admit.Record {
	r := in(name)
	r.Follows = scan(place)
	return r
}

func resumes(name, old string) admit.Record {
	r := in(name)
	r.Resumes = scan(old)
	return r
}

func onDayOf(name string, day int64) admit.Record {
	r := in(name)
	r.Day = day
	return r
}

func out(name, place string) admit.Record {
	return admit.Record{Scan: scan(name), Kind: admit.Exit, At: 200, Gate: "g", From: "hall", Closes: scan(place)}
}

// allPassed adds the passage of every exit, but for one whose person turned round.
func allPassed(rs records) records {
	out := rs[:len(rs):len(rs)]
	for _, r := range rs {
		if r.Kind == admit.Exit && r.Scan != scan("turned") {
			out = append(out, admit.Record{Scan: r.Scan, Kind: admit.Passed})
		}
	}
	return out
}

func end(name string, kind admit.RecordKind) admit.Record {
	return admit.Record{Scan: scan(name), Kind: kind, At: 150, Gate: "g"}
}

func by(gate string, r admit.Record) admit.Record {
	r.Gate = gate
	return r
}

func move(name, place, to string) admit.Record {
	return admit.Record{Scan: scan(name), Kind: admit.Entry, At: 120, Gate: "g", From: "hall", Zone: to, Closes: scan(place)}
}

var (
	single = admit.Terms{Use: whitelist.UseSingle, Uses: 1}
	twice  = admit.Terms{Use: whitelist.UseSingle, Uses: 2}
	daily  = admit.Terms{Use: whitelist.UseDaily, Uses: 1}
	reent  = admit.Terms{Use: whitelist.UseReentr, Uses: 1}
	pair   = admit.Terms{Use: whitelist.UseReentr, Uses: 1, Group: 2}
)

type records = []admit.Record

func TestConflictsAreWhatAHistorySays(t *testing.T) {
	for _, c := range []struct {
		name    string
		terms   admit.Terms
		records records
		want    []admit.ScanID
	}{
		{"one entry is none", single, records{in("a")}, nil},
		{"two entries on a single ticket name both", single, records{in("b"), in("a")}, scans("a", "b")},
		{"an entry that nobody used is out of it", single, records{in("a"), in("b"), end("a", admit.Abort)}, nil},
		{"what another gate says of it keeps it in", single, records{in("a"), in("b"), by("thief", end("a", admit.Abort))}, scans("a", "b")},
		{"another gate's scan takes nobody's place", single, records{in("a"), by("thief", resumes("b", "a"))}, scans("a", "b")},
		{"another gate's entry of its name hides nothing", single, records{in("a"), in("b"), by("a thief", in("a"))}, scans("a", "a", "b")},
		{"a late passage brings it back", single, records{in("a"), in("b"), end("a", admit.Abort), end("a", admit.ForcedPass)}, scans("a", "b")},
		{"an unknown outcome counts", single, records{in("a"), in("b"), end("a", admit.UnknownEnd)}, scans("a", "b")},
		{"a scan that resumes another takes its place", single, records{in("a"), end("a", admit.UnknownEnd), resumes("b", "a")}, nil},
		{"two uses allow two entries", twice, records{in("a"), in("b")}, nil},
		{"a third of two uses names all three", twice, records{in("a"), in("b"), in("c")}, scans("a", "b", "c")},
		{"a pass on two days is none", daily, records{onDayOf("a", 1), onDayOf("b", 2)}, nil},
		{"a pass twice on a day long gone names both", daily, records{onDayOf("a", 1), onDayOf("b", 1), onDayOf("c", 2)}, scans("a", "b")},
		{"coming back after the exit is none", reent, records{in("a"), out("x", "a"), follows("b", "a")}, nil},
		{"two first entries are one", reent, records{in("a"), in("b")}, scans("a", "b")},
		{"two first entries stay one after an exit", reent, records{in("a"), in("b"), out("x", "a")}, scans("a", "b")},
		{"two that come back from one exit are one", reent, records{in("a"), out("x", "a"), follows("b", "a"), follows("c", "a")}, scans("b", "c")},
		{"and whoever follows them", reent, records{in("a"), in("b"), out("x", "b"), follows("c", "b")}, scans("a", "b", "c")},
		{"an anonymous exit frees nobody", reent, records{in("a"), out("x", ""), in("b")}, scans("a", "b")},
		{"two people of a pair are none", pair, records{in("a"), in("b")}, nil},
		{"a third of a pair names all", pair, records{in("a"), in("b"), in("c")}, scans("a", "b", "c")},
		{"a pair's two returns that name the same leaving are none while both have left", pair,
			records{in("a"), in("b"), out("x", "a"), out("y", "b"), follows("c", "a"), follows("d", "a")}, nil},
		{"a pair's two returns after one leaving are one", pair,
			records{in("a"), in("b"), out("x", "a"), follows("c", "a"), follows("d", "a")}, scans("c", "d")},
		{"an inner door counts apart", single, records{in("a"), move("m", "a", "stage")}, nil},
		{"an abort without its entry is nothing", single, records{end("a", admit.Abort)}, nil},
	} {
		t.Run(c.name, func(t *testing.T) {
			assert.Equal(t, c.want, nonEmpty(admit.Fold(c.terms, allPassed(c.records), admit.Day{}).Conflict))
		})
	}
}

func nonEmpty(s []admit.ScanID) []admit.ScanID {
	if len(s) == 0 {
		return nil
	}
	return s
}

func TestWhereThePeopleOfARightAre(t *testing.T) {
	backToHall := admit.Record{Scan: scan("y"), Kind: admit.Exit, From: "stage", Zone: "hall", Closes: scan("m")}
	for _, c := range []struct {
		name    string
		records records
		want    map[string]string // scan -> zone
	}{
		{"nobody yet", nil, map[string]string{}},
		{"in the hall", records{in("a")}, map[string]string{"a": "hall"}},
		{"not in the hall after an abort", records{in("a"), end("a", admit.Abort)}, map[string]string{}},
		{"gone", records{in("a"), out("x", "a")}, map[string]string{}},
		{"still in the hall after turning round at the exit", records{in("a"), out("turned", "a")}, map[string]string{"a": "hall"}},
		{"gone after leaving late", records{in("a"), out("turned", "a"), end("turned", admit.Abort), end("turned", admit.ForcedPass)}, map[string]string{}},
		{"back", records{in("a"), out("x", "a"), follows("b", "a")}, map[string]string{"b": "hall"}},
		{"on the stage, and no longer in the hall", records{in("a"), move("m", "a", "stage")}, map[string]string{"m": "stage"}},
		{"still in the hall when the move was aborted", records{in("a"), move("m", "a", "stage"), end("m", admit.Abort)}, map[string]string{"a": "hall"}},
		{"back in the hall from the stage", records{in("a"), move("m", "a", "stage"), backToHall}, map[string]string{"y": "hall"}},
		{"home from the stage", records{in("a"), move("m", "a", "stage"), backToHall, out("z", "y")}, map[string]string{}},
		{"two of a group", records{in("a"), in("b")}, map[string]string{"a": "hall", "b": "hall"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			got := map[string]string{}
			standing := admit.Fold(reent, allPassed(c.records), admit.Day{})
			for _, p := range standing.Open {
				got[string(p.Scan[:1])] = p.Zone
			}
			assert.Equal(t, c.want, got)
			assert.Equal(t, len(c.want), standing.Inside)
		})
	}
}

func TestInnersListsTheDoorsOfAHistory(t *testing.T) {
	assert.Equal(t, []string{"", "stage"}, admit.Inners(records{move("m", "a", "stage"), in("a"), in("b"), out("x", "a")}))
	assert.Empty(t, admit.Inners(nil))
}

func TestTermsTakeTheEntrysWordBeforeTheKinds(t *testing.T) {
	kind := whitelist.Kind{Use: whitelist.UseSingle, Uses: 3}
	for _, c := range []struct {
		name    string
		kind    whitelist.Kind
		entry   whitelist.Entry
		allowed int
	}{
		{"a kind that says nothing admits once", whitelist.Kind{}, whitelist.Entry{}, 1},
		{"the kind's uses hold", kind, whitelist.Entry{}, 3},
		{"the entry's uses hold before them", kind, whitelist.Entry{Uses: 5}, 5},
		{"a group of four on one use is four people", whitelist.Kind{}, whitelist.Entry{Group: 4}, 4},
		{"a group of four on three uses is twelve admissions", kind, whitelist.Entry{Group: 4}, 12},
		{"a pass is once a day, whatever the uses", whitelist.Kind{Use: whitelist.UseDaily, Uses: 7}, whitelist.Entry{Uses: 9}, 1},
		{"a wristband is one inside at once", whitelist.Kind{Use: whitelist.UseReentr}, whitelist.Entry{Uses: 9}, 1},
	} {
		t.Run(c.name, func(t *testing.T) {
			assert.Equal(t, c.allowed, admit.TermsOf(c.kind, c.entry).Allowed())
		})
	}
}

func TestAVenuesDay(t *testing.T) {
	london, err := time.LoadLocation("Europe/London")
	assert.NoError(t, err)
	for _, c := range []struct {
		name, at, from, until string
	}{
		{"an evening belongs to its morning", "2026-07-10T20:00:00Z", "2026-07-10T04:00:00Z", "2026-07-11T04:00:00Z"},
		{"three in the morning belongs to the evening before", "2026-07-11T02:00:00Z", "2026-07-10T04:00:00Z", "2026-07-11T04:00:00Z"},
		{"five in the morning begins a day", "2026-07-11T04:00:00Z", "2026-07-11T04:00:00Z", "2026-07-12T04:00:00Z"},
		{"a second before five does not", "2026-07-11T03:59:59Z", "2026-07-10T04:00:00Z", "2026-07-11T04:00:00Z"},
		{"the day before summer time has 23 hours", "2026-03-28T20:00:00Z", "2026-03-28T05:00:00Z", "2026-03-29T04:00:00Z"},
		{"the hour before five on that morning is still the day before", "2026-03-29T03:30:00Z", "2026-03-28T05:00:00Z", "2026-03-29T04:00:00Z"},
		{"the day before winter time has 25 hours", "2026-10-25T04:30:00Z", "2026-10-24T04:00:00Z", "2026-10-25T05:00:00Z"},
	} {
		t.Run(c.name, func(t *testing.T) {
			milli := func(s string) int64 {
				at, err := time.Parse(time.RFC3339, s)
				assert.NoError(t, err)
				return at.UnixMilli()
			}
			assert.Equal(t, admit.Day{From: milli(c.from), Until: milli(c.until)}, admit.DayAt(milli(c.at), london))
		})
	}
}
