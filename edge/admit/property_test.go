package admit_test

import (
	"slices"
	"testing"

	"github.com/stretchr/testify/assert"
	"pgregory.net/rapid"

	"portaria/edge/admit"
	"portaria/edge/whitelist"
)

var names = []string{"a", "b", "c", "d", "e", "f"}

// anyRecord is any record at all, sensible or not: the fold must not care.
func anyRecord(t *rapid.T) admit.Record {
	place := func(label string) admit.ScanID {
		return scan(rapid.SampledFrom(append([]string{""}, names...)).Draw(t, label))
	}
	zone := rapid.SampledFrom([]string{"", "hall", "stage"})
	return admit.Record{
		Scan: scan(rapid.SampledFrom(names).Draw(t, "scan")),
		Kind: rapid.SampledFrom([]admit.RecordKind{admit.Entry, admit.Entry, admit.Passed, admit.Abort, admit.UnknownEnd, admit.ForcedPass, admit.Exit}).Draw(t, "kind"),
		At:   int64(rapid.IntRange(0, 5).Draw(t, "at")), Gate: rapid.SampledFrom([]string{"g", "h"}).Draw(t, "gate"),
		From: zone.Draw(t, "from"), Zone: zone.Draw(t, "zone"), Day: int64(rapid.IntRange(0, 2).Draw(t, "day")),
		Follows: place("follows"), Closes: place("closes"), Resumes: place("resumes"),
	}
}

func anyTerms(t *rapid.T) admit.Terms {
	return admit.Terms{
		Use:   rapid.SampledFrom([]whitelist.Use{whitelist.UseSingle, whitelist.UseDaily, whitelist.UseReentr, "new"}).Draw(t, "use"),
		Uses:  rapid.IntRange(0, 3).Draw(t, "uses"),
		Group: rapid.IntRange(0, 3).Draw(t, "group"),
		Inner: rapid.SampledFrom([]string{"", "stage"}).Draw(t, "inner"),
	}
}

func TestTheFoldDoesNotDependOnOrderOrRepetition(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		terms := anyTerms(t)
		history := rapid.SliceOfN(rapid.Custom(anyRecord), 0, 14).Draw(t, "history")
		day := admit.Day{From: 1, Until: 3}
		want := admit.Fold(terms, history, day)
		shuffled := rapid.Permutation(history).Draw(t, "shuffled")
		if len(history) > 0 {
			again := rapid.SliceOf(rapid.SampledFrom(history)).Draw(t, "again")
			shuffled = rapid.Permutation(append(shuffled, again...)).Draw(t, "doubled")
		}
		assert.Equal(t, want, admit.Fold(terms, shuffled, day))
	})
}

func TestTheFoldDoesNotChangeItsInput(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		history := rapid.SliceOfN(rapid.Custom(anyRecord), 0, 10).Draw(t, "history")
		before := slices.Clone(history)
		admit.Fold(anyTerms(t), history, admit.Day{})
		assert.Equal(t, before, history)
	})
}

// door plays one judge with full knowledge: whatever people do at it, in whatever order, it never lets in more than
// the terms allow.
type door struct {
	t       *rapid.T
	terms   admit.Terms
	venue   whitelist.Checkpoint
	history []admit.Record
	now     int64
	n       int
	inside  map[admit.ScanID]bool // ground truth: who passed and has not left
	passed  map[int64]int         // ground truth: passages by day
	total   int
}

func (d *door) facts(exit bool) *admit.Facts {
	day := admit.Day{From: d.now / 1000 * 1000, Until: d.now/1000*1000 + 1000}
	return &admit.Facts{Now: d.now, Clock: admit.Synced, Location: day, Checkpoint: &d.venue, Exit: exit, Terms: d.terms,
		Standing: admit.Fold(d.terms, d.history, day), Decider: admit.AtArbiter}
}

func (d *door) enter() {
	f := d.facts(false)
	v := admit.Decide(f)
	if !v.Admit {
		return
	}
	d.n++
	id := scan(string(rune('A' + d.n)))
	d.add(admit.Record{Scan: id, Kind: admit.Entry, At: d.now, Zone: "hall", Day: f.Location.From, Follows: v.Follows})
	switch rapid.IntRange(0, 3).Draw(d.t, "outcome") {
	case 0:
		d.add(admit.Record{Scan: id, Kind: admit.Abort})
	case 1: // passed, but the power went before it was recorded
		d.add(admit.Record{Scan: id, Kind: admit.UnknownEnd})
		d.pass(id, f.Location.From)
	default:
		d.add(admit.Record{Scan: id, Kind: admit.Passed})
		d.pass(id, f.Location.From)
	}
}

func (d *door) pass(id admit.ScanID, day int64) {
	d.inside[id] = true
	d.passed[day]++
	d.total++
}

func (d *door) leave() {
	v := admit.Decide(d.facts(true))
	assert.True(d.t, v.Admit, "an exit always opens")
	d.n++
	id := scan(string(rune('A' + d.n)))
	d.add(admit.Record{Scan: id, Kind: admit.Exit, At: d.now, From: "hall", Closes: v.Closes})
	if rapid.IntRange(0, 3).Draw(d.t, "turns round") == 0 {
		return
	}
	d.add(admit.Record{Scan: id, Kind: admit.Passed})
	if v.Closes != (admit.ScanID{}) {
		assert.True(d.t, d.inside[v.Closes], "an exit closes only who is inside")
		delete(d.inside, v.Closes)
	}
}

func (d *door) add(r admit.Record) {
	at := rapid.IntRange(0, len(d.history)).Draw(d.t, "place in the history")
	d.history = append(d.history[:at:at], append([]admit.Record{r}, d.history[at:]...)...)
}

func (d *door) check() {
	allowed := d.terms.Allowed()
	switch d.terms.Use {
	case whitelist.UseReentr:
		assert.LessOrEqual(d.t, len(d.inside), allowed)
	case whitelist.UseDaily:
		for _, n := range d.passed {
			assert.LessOrEqual(d.t, n, allowed)
		}
	default:
		assert.LessOrEqual(d.t, d.total, allowed)
	}
	assert.Empty(d.t, admit.Fold(d.terms, d.history, admit.Day{}).Conflict, "one judge that knows all makes no conflict")
}

func TestNoHistoryOpensTwice(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		terms := anyTerms(t)
		terms.Inner = ""
		d := &door{t: t, terms: terms, venue: whitelist.Checkpoint{To: "hall", Mode: whitelist.Open, Direction: whitelist.Both},
			inside: map[admit.ScanID]bool{}, passed: map[int64]int{}, now: 1000}
		for _, leave := range rapid.SliceOfN(rapid.Bool(), 1, 20).Draw(t, "walk") {
			d.now += int64(rapid.IntRange(1, 700).Draw(t, "pause"))
			if leave {
				d.leave()
			} else {
				d.enter()
			}
			d.check()
		}
	})
}

// A right for one person that may come back: a conflict is there exactly when two standing entries follow the same
// place, or none.
func TestAConflictIsTwoStandingEntriesThatFollowTheSameOne(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		history := rapid.SliceOfN(rapid.Custom(anyRecord), 0, 12).Draw(t, "history")
		for i := range history { // one door, and no two entries of one scan
			history[i].From, history[i].Zone, history[i].Resumes = "", "hall", admit.ScanID{}
			if history[i].Kind == admit.Entry {
				history[i].Closes = admit.ScanID{}
				history[i].Scan[1] = byte(i + 1) // so that no abort names it
			}
		}
		standing := map[admit.ScanID]int{}
		twice := false
		for _, r := range history {
			if r.Kind != admit.Entry {
				continue
			}
			standing[r.Follows]++
			twice = twice || standing[r.Follows] > 1
		}
		got := admit.Fold(reent, history, admit.Day{}).Conflict
		if twice {
			assert.NotEmpty(t, got)
		}
		if !twice && admit.Fold(reent, history, admit.Day{}).Inside <= 1 {
			assert.Empty(t, got)
		}
	})
}

func FuzzParseScanID(f *testing.F) {
	f.Add("00112233445566778899aabbccddeeff")
	f.Add("00112233445566778899AABBCCDDEEFF")
	f.Add("")
	f.Add("zz112233445566778899aabbccddeeff")
	f.Fuzz(func(t *testing.T, text string) {
		id, err := admit.ParseScanID(text)
		if err != nil {
			return
		}
		assert.Equal(t, text, id.String(), "one scan has one spelling")
	})
}
