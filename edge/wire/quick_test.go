package wire_test

import (
	"encoding/json"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"portaria/edge/admit"
	"portaria/edge/ticket"
	"portaria/edge/whitelist"
	"portaria/edge/wire"
)

// everything is a record in which no field is zero.
func everything(t testing.TB) wire.Event {
	n := int64(-7)
	e := wire.Event{Gate: "gate-1", Run: wire.Run{Start: 7, Random: 0x9f3a61c2}, Seq: 1 << 60, Type: wire.Admission, Scan: admit.ScanID{1, 0xff},
		Ref: whitelist.Ref{2}, Event: ticket.EventID{3}, Kind: 65535, Reason: admit.OK, Flags: 65535, At: 1790000000000, Mono: 5, Clock: admit.Synced,
		Offset: -3, Lane: 2, Checkpoint: "door", Mode: "open", Controller: "ana", Counter: &n, Text: "não há lugar 🎭",
		Override: &wire.Override{Supervisor: "rui", Reason: "it rains"},
		Terms:    &admit.Terms{Use: whitelist.UseReentr, Uses: 2, Group: 3, ReentryAfter: 15, Inner: "balcony"},
		Record: &admit.Record{Scan: admit.ScanID{1, 0xff}, Kind: admit.Entry, At: -1, Gate: "gate-1", Lane: 2, Checkpoint: "door", From: "park", Zone: "hall",
			Day: 1, Follows: admit.ScanID{4}, Closes: admit.ScanID{5}, Resumes: admit.ScanID{6}, Override: true, Offline: true}}
	for _, v := range []reflect.Value{reflect.ValueOf(e), reflect.ValueOf(*e.Record), reflect.ValueOf(*e.Terms), reflect.ValueOf(*e.Override)} {
		for i := range v.NumField() {
			require.False(t, v.Field(i).IsZero(), "%s.%s is new: give it a value here, and read it in quick.go", v.Type(), v.Type().Field(i).Name)
		}
	}
	return e
}

// stored is a piece of a journal.
func stored(t testing.TB) []byte {
	whole := everything(t)
	least := wire.Event{Gate: "gate-1", Run: whole.Run, Seq: 2, Type: wire.Note, Clock: admit.Synced}
	raw, err := json.Marshal([]wire.Event{whole, least, whole})
	require.NoError(t, err)
	return raw
}

func TestEveryFieldOfARecordIsReadTheQuickWay(t *testing.T) {
	raw := stored(t)
	events, err := wire.DecodeEvents(raw)
	require.NoError(t, err)
	var slow []wire.Event
	require.NoError(t, json.Unmarshal(raw, &slow))
	assert.Equal(t, slow, events)
	quick := testing.AllocsPerRun(20, func() { _, _ = wire.DecodeEvents(raw) })
	spaced := []byte(strings.Replace(string(raw), `{"gate"`, `{ "gate"`, 1))
	thorough := testing.AllocsPerRun(20, func() { _, _ = wire.DecodeEvents(spaced) })
	assert.Less(t, 2*quick, thorough, "a field is left to encoding/json")
}

func TestWhatIsSpeltOtherwiseIsReadAllTheSame(t *testing.T) {
	raw := string(stored(t))
	var want []wire.Event
	require.NoError(t, json.Unmarshal([]byte(raw), &want))
	for why, odd := range map[string]string{
		"a space":             strings.ReplaceAll(raw, `,"`, `, "`),
		"an unknown field":    strings.ReplaceAll(raw, `{"gate"`, `{"new":[{"gate":1}],"gate"`),
		"another order":       strings.ReplaceAll(raw, `"gate":"gate-1","run":"7-9f3a61c2"`, `"run":"7-9f3a61c2","gate":"gate-1"`),
		"an escape":           strings.ReplaceAll(raw, `"door"`, `"\u0064oor"`),
		"a field twice":       strings.ReplaceAll(raw, `"seq":2,`, `"seq":9,"seq":2,`),
		"a field in capitals": strings.ReplaceAll(raw, `"seq"`, `"SEQ"`),
		"an empty line":       "\n" + raw + "\n",
		"nothing said":        strings.ReplaceAll(raw, `"seq":2,`, `"seq":2,"record":null,"terms":null,`),
	} {
		require.NotEqual(t, raw, odd, why)
		got, err := wire.DecodeEvents([]byte(odd))
		require.NoError(t, err, why)
		assert.Equal(t, want, got, why)
	}
}

func TestWhatCannotBeReadIsNotReadQuicklyEither(t *testing.T) {
	raw := string(stored(t))
	for why, bad := range map[string]string{
		"cut off":              raw[:len(raw)-1],
		"something behind":     raw + "x",
		"a zero before a seq":  strings.ReplaceAll(raw, `"seq":2,`, `"seq":02,`),
		"a fraction":           strings.ReplaceAll(raw, `"seq":2,`, `"seq":2.5,`),
		"a seq below zero":     strings.ReplaceAll(raw, `"seq":2,`, `"seq":-2,`),
		"a kind out of range":  strings.ReplaceAll(raw, `"kind":65535`, `"kind":65536`),
		"an id in capitals":    strings.ReplaceAll(raw, `"scan":"01ff`, `"scan":"01FF`),
		"a run spelt in twice": strings.ReplaceAll(raw, `"7-9f3a61c2"`, `"07-9f3a61c2"`),
		"a tab in a text":      strings.ReplaceAll(raw, `it rains`, "it\trains"),
		"a comma at the end":   strings.ReplaceAll(raw, `}]`, `},]`),
	} {
		require.NotEqual(t, raw, bad, why)
		_, err := wire.DecodeEvents([]byte(bad))
		assert.Error(t, err, why)
	}
}

func TestTextThatIsNoTextIsMendedAsBefore(t *testing.T) {
	raw := []byte(strings.ReplaceAll(string(stored(t)), "it rains", "it \xff rains"))
	got, err := wire.DecodeEvents(raw)
	require.NoError(t, err)
	assert.Equal(t, "it \ufffd rains", got[0].Override.Reason)
}

func TestAPieceWithAnyOneByteChangedIsReadAsEncodingJSONReadsIt(t *testing.T) {
	raw := stored(t)
	raw = raw[:strings.Index(string(raw), `,{"gate":"gate-1"`)]
	raw = append(raw, ']')
	for at := range raw {
		for _, c := range []byte("\x00 \"\\,:{}]-.0eA\xff") {
			changed := append([]byte(nil), raw...)
			changed[at] = c
			same(t, changed, wire.DecodeEvents)
		}
		same(t, append(append([]byte(nil), raw[:at]...), raw[at+1:]...), wire.DecodeEvents)
		same(t, append(append(append([]byte(nil), raw[:at]...), raw[at]), raw[at:]...), wire.DecodeEvents)
	}
}

// FuzzQuick holds the quick way to encoding/json.
func FuzzQuick(f *testing.F) {
	f.Add(stored(f))
	files, err := filepath.Glob("testdata/v1/events*.json")
	require.NoError(f, err)
	for _, file := range files {
		raw, err := os.ReadFile(file)
		require.NoError(f, err)
		f.Add(raw)
		m, err := wire.Decode[wire.Events](raw)
		require.NoError(f, err)
		again, err := wire.Encode(m)
		require.NoError(f, err)
		f.Add(again)
		for _, e := range m.Events {
			one, err := json.Marshal(e)
			require.NoError(f, err)
			f.Add(one)
		}
	}
	f.Fuzz(func(t *testing.T, raw []byte) {
		same(t, raw, wire.DecodeEvents)
		same(t, raw, wire.DecodeEvent)
		m, err := wire.Decode[wire.Events](raw)
		if err != nil {
			return
		}
		var slow wire.Events
		require.NoError(t, json.Unmarshal(raw, &slow))
		require.Equal(t, slow, m)
	})
}

func same[T any](t *testing.T, raw []byte, decode func([]byte) (T, error)) {
	t.Helper()
	var slow T
	errSlow := json.Unmarshal(raw, &slow)
	got, err := decode(raw)
	require.Equal(t, errSlow == nil, err == nil, "%v, %v", errSlow, err)
	if err == nil {
		require.Equal(t, slow, got)
	}
}

// BenchmarkDecodeEvents is a full message.
func BenchmarkDecodeEvents(b *testing.B) {
	for _, row := range []struct{ name, old, new string }{{"quick", "", ""}, {"thorough", `{"gate"`, `{ "gate"`}} {
		b.Run(row.name, func(b *testing.B) {
			m := wire.Events{V: wire.Version, Gate: "gate-1", Run: wire.Run{Start: 7, Random: 3}}
			for range 20 {
				e := everything(b)
				e.Run, e.Seq, e.Text, e.Override = m.Run, uint64(len(m.Events)+1), "", nil
				m.Events = append(m.Events, e)
			}
			raw, err := wire.Encode(m)
			require.NoError(b, err)
			raw = []byte(strings.Replace(string(raw), row.old, row.new, min(len(row.old), 1)))
			b.ReportAllocs()
			for b.Loop() {
				if _, err := wire.Decode[wire.Events](raw); err != nil {
					b.Fatal(err)
				}
			}
			b.ReportMetric(float64(b.N*len(m.Events))/b.Elapsed().Seconds(), "records/s")
		})
	}
}
