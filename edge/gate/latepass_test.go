package gate_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"

	"portaria/edge/admit"
	"portaria/edge/gate"
	"portaria/edge/whitelist"
	"portaria/edge/wire"
)

// outlived is a gate that started later after the moment in which its last run had given an admission back, by what its disk holds
// of that and of what came after.
func outlived(t *testing.T, later time.Duration, clock admit.Clock, after ...admit.Record) (*bench, wire.Event) {
	before := newBench(t).connect()
	before.admitted(1, ticketNo(1))
	entered := before.recorded()
	before.pass(5 * time.Second)
	abort := before.recorded()
	b := benchAt(t, gate.Now{Unix: abort.At + later.Milliseconds(), Mono: 10, Clock: clock}, func(boot *gate.Boot) {
		boot.Memory.Starts = 1
		boot.History = map[whitelist.Ref][]admit.Record{abort.Ref: {*entered.Record, *abort.Record}}
		for i, r := range after {
			r.Scan, r.At, r.Gate, r.Lane = admit.ScanID{99}, abort.At+int64(i)+1, "gate-1", 1
			boot.History[whitelist.Ref{7}] = append(boot.History[whitelist.Ref{7}], r)
		}
		boot.Rights = map[whitelist.Ref]wire.Right{abort.Ref: {Event: evening, Kind: 3, Terms: *entered.Terms}}
	})
	b.connect()
	return b, abort
}

func TestSomebodyWhoPassesAfterAnAbortAndAStartIsForced(t *testing.T) {
	b, abort := outlived(t, 20*time.Second, admit.Synced)
	b.feed(gate.Passage{Lane: 1})
	e := b.recorded()
	assert.Equal(t, wire.Outcome, e.Type)
	assert.Equal(t, admit.ForcedPass, e.Record.Kind)
	assert.Equal(t, abort.Scan, e.Scan)
	assert.Equal(t, abort.Ref, e.Ref)
	assert.Equal(t, evening, e.Event)
	b.feed(gate.Passage{Lane: 1})
	assert.Equal(t, wire.NoteForced, b.recorded().Text, "one person")
	b.pass(3 * time.Second)
	b.scan(1, ticketNo(1))
	assert.Equal(t, admit.AlreadyUsed, b.shown(), "the use stands again")
}

func TestWhoPassesAfterAStartIsNobodysWhere(t *testing.T) {
	minute := 60 * time.Second
	for name, row := range map[string]struct {
		later time.Duration
		clock admit.Clock
		lane  int
		after []admit.Record
		first func(*bench)
	}{
		"a minute is over":                     {later: minute, clock: admit.Synced, lane: 1},
		"nobody has told the time":             {later: minute / 2, clock: admit.ClockIsUnset, lane: 1},
		"the clock has been put back":          {later: -time.Second, clock: admit.Synced, lane: 1},
		"it is another lane":                   {later: minute / 2, clock: admit.Synced, lane: 2},
		"somebody else was let in there since": {later: minute / 2, clock: admit.Synced, lane: 1, after: []admit.Record{{Kind: admit.Entry}}},
		"a supervisor has settled it":          {later: minute / 2, clock: admit.Synced, lane: 1, after: []admit.Record{{Kind: admit.UnknownEnd}, {Kind: admit.Abort}}},
		"this run has let somebody through by it": {later: minute / 2, clock: admit.Synced, lane: 1, first: func(b *bench) {
			b.admitted(1, ticketNo(2))
			b.feed(gate.Passage{Lane: 1})
		}},
	} {
		b, _ := outlived(t, row.later, row.clock, row.after...)
		if row.first != nil {
			row.first(b)
		}
		b.feed(gate.Passage{Lane: row.lane})
		assert.Equal(t, wire.Note, b.recorded().Type, name)
		assert.Equal(t, wire.NoteForced, b.recorded().Text, name)
	}
}
