package entry_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"portaria/cloud/entry"
	"portaria/edge/admit"
	"portaria/edge/whitelist"
	"portaria/edge/wire"
)

var source = entry.Source{Gate: "gate-1", Run: wire.Run{Start: 1, Random: 2}}

func refusal(seq uint64) wire.Event {
	return wire.Event{Gate: source.Gate, Run: source.Run, Seq: seq, Type: wire.Refusal, Reason: admit.Unknown, At: 1}
}

func admission(seq uint64) wire.Event {
	id := admit.ScanID{byte(seq)}
	return wire.Event{Gate: source.Gate, Run: source.Run, Seq: seq, Type: wire.Admission, Scan: id, Ref: whitelist.Ref{1}, At: 1,
		Record: &admit.Record{Scan: id, Kind: admit.Entry, Gate: source.Gate, At: 1}}
}

func seqs(events []wire.Event) []uint64 {
	var out []uint64
	for _, e := range events {
		out = append(out, e.Seq)
	}
	return out
}

func TestWhatABatchBrings(t *testing.T) {
	for _, c := range []struct {
		name      string
		watermark uint64
		batch     []uint64
		taken     []uint64
		doubles   int
		gap       uint64
		after     uint64
	}{
		{"nothing brings nothing", 3, nil, nil, 0, 0, 3},
		{"the next ones are taken", 3, []uint64{4, 5}, []uint64{4, 5}, 0, 0, 5},
		{"what is held is a duplicate", 3, []uint64{2, 3, 4}, []uint64{4}, 2, 0, 4},
		{"the same twice in one batch is taken once", 0, []uint64{1, 1, 2}, []uint64{1, 2}, 1, 0, 2},
		{"the order within a batch does not matter", 0, []uint64{3, 1, 2}, []uint64{1, 2, 3}, 0, 0, 3},
		{"what comes after a gap is not taken", 0, []uint64{1, 3, 4}, []uint64{1}, 0, 2, 1},
		{"a batch that begins after a gap brings nothing", 3, []uint64{5}, nil, 0, 4, 3},
		{"seq 0 is held by everybody", 0, []uint64{0, 1}, []uint64{1}, 1, 0, 1},
	} {
		t.Run(c.name, func(t *testing.T) {
			var batch []wire.Event
			for _, seq := range c.batch {
				batch = append(batch, refusal(seq))
			}
			plan := entry.Step(source, c.watermark, batch)
			assert.Equal(t, c.taken, seqs(plan.New))
			assert.Equal(t, c.doubles, plan.Duplicates)
			assert.Equal(t, c.gap, plan.Gap)
			assert.Equal(t, c.after, plan.Watermark)
		})
	}
}

func TestAnotherSourcesRecordIsNotTaken(t *testing.T) {
	e, f := refusal(1), refusal(1)
	e.Gate = "gate-2"
	f.Run.Random++
	plan := entry.Step(source, 0, []wire.Event{e, f})
	assert.Equal(t, entry.Plan{Foreign: 2}, plan)
}

func TestARecordThatCantBeUsedIsSetAsideAndBlocksNothing(t *testing.T) {
	for _, c := range []struct {
		name  string
		spoil func(*wire.Event)
	}{
		{"of a type nobody knows", func(e *wire.Event) { e.Type = "party" }},
		{"an admission without a record", func(e *wire.Event) { e.Record = nil }},
		{"an admission whose record is an exit", func(e *wire.Event) { e.Record.Kind = admit.Exit }},
		{"a refusal with a record", func(e *wire.Event) { e.Type = wire.Refusal }},
		{"a record of another scan", func(e *wire.Event) { e.Record.Scan = admit.ScanID{99} }},
		{"a record of no scan", func(e *wire.Event) { e.Scan, e.Record.Scan = admit.ScanID{}, admit.ScanID{} }},
		{"a record of another gate", func(e *wire.Event) { e.Record.Gate = "gate-2" }},
		{"an admission on no right", func(e *wire.Event) { e.Ref = whitelist.Ref{} }},
		{"a time before 1970", func(e *wire.Event) { e.At = -1 }},
		{"a record's time after 2100", func(e *wire.Event) { e.Record.At = 1 << 60 }},
		{"a text of a megabyte", func(e *wire.Event) { e.Text = strings.Repeat("x", 1<<20) }},
		{"a text with a zero byte", func(e *wire.Event) { e.Text = "a\x00b" }},
		{"a text that is not text", func(e *wire.Event) { e.Text = "\xff\xfe" }},
		{"a zone's name of a megabyte", func(e *wire.Event) { e.Record.Zone = strings.Repeat("x", 1<<20) }},
		{"an override that is not text", func(e *wire.Event) { e.Override = &wire.Override{Reason: "\xff"} }},
	} {
		t.Run(c.name, func(t *testing.T) {
			bad := admission(1)
			c.spoil(&bad)
			plan := entry.Step(source, 0, []wire.Event{bad, refusal(2)})
			require.Len(t, plan.Poison, 1)
			assert.Equal(t, bad, plan.Poison[0].Event, "kept as it came")
			assert.NotEmpty(t, plan.Poison[0].Why)
			assert.Equal(t, []uint64{2}, seqs(plan.New))
			assert.Equal(t, uint64(2), plan.Watermark, "its seq counts as held")
		})
	}
}

func TestEveryTypeOfRecordCanBeUsed(t *testing.T) {
	leaving, outcome, note := admission(2), admission(3), refusal(4)
	leaving.Type, leaving.Record.Kind, leaving.Ref = wire.Leaving, admit.Exit, whitelist.Ref{}
	outcome.Type, outcome.Record.Kind, outcome.Ref = wire.Outcome, admit.Passed, whitelist.Ref{} // of a code that nobody knows, on its way out
	note.Type, note.Text = wire.Note, "gate started"
	plan := entry.Step(source, 0, []wire.Event{admission(1), leaving, outcome, note})
	assert.Empty(t, plan.Poison)
	assert.Len(t, plan.New, 4)
}

// A hub resends from its watermark, batches overlap, are lost and doubled: every record is taken once, in order.
func TestNoRecordIsLostOrTakenTwice(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		total := rapid.IntRange(1, 30).Draw(t, "records")
		var table []uint64
		watermark := uint64(0)
		for range 200 {
			if watermark == uint64(total) {
				break
			}
			from := rapid.IntRange(1, int(watermark)+1).Draw(t, "from")
			var batch []wire.Event
			for seq := from; seq <= min(total, from+rapid.IntRange(0, 5).Draw(t, "length")); seq++ {
				if rapid.IntRange(0, 5).Draw(t, "dropped") > 0 {
					batch = append(batch, refusal(uint64(seq)))
				}
			}
			plan := entry.Step(source, watermark, rapid.Permutation(batch).Draw(t, "batch"))
			assert.GreaterOrEqual(t, plan.Watermark, watermark)
			watermark = plan.Watermark
			table = append(table, seqs(plan.New)...)
		}
		for i, seq := range table {
			assert.Equal(t, uint64(i)+1, seq)
		}
		assert.Equal(t, watermark, uint64(len(table)))
	})
}

func TestConflictsAreFoundAtEveryDoor(t *testing.T) {
	in := func(scan byte, from, zone string) admit.Record {
		return admit.Record{Scan: admit.ScanID{scan}, Kind: admit.Entry, From: from, Zone: zone}
	}
	terms := admit.Terms{Use: whitelist.UseSingle, Uses: 1, Inner: "ignored"}
	assert.Empty(t, entry.Conflicts(terms, []admit.Record{in(1, "", "park"), in(2, "park", "hall")}))
	assert.Equal(t, [][]admit.ScanID{{{1}, {2}}, {{3}, {4}}}, entry.Conflicts(terms,
		[]admit.Record{in(4, "park", "hall"), in(2, "", "park"), in(1, "", "park"), in(3, "park", "hall")}))
}
