package venue_test

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"portaria/edge/admit"
	"portaria/edge/venue"
	"portaria/edge/wire"
)

// forge sends records of a stolen gate as they are: in them it names whom it likes.
func (b *bench) forge(gate string, records ...wire.Event) {
	b.sent++
	key := gate + run(1).String()
	for i := range records {
		b.seqs[key]++
		records[i].Gate, records[i].Run, records[i].Seq = gate, run(1), b.seqs[key]
	}
	b.feed(venue.EventsCame{Gate: gate, Events: wire.Events{Number: b.sent, Gate: gate, Run: run(1), Events: records}})
	b.commit()
}

func TestNoGateUndoesWhatAnotherRecorded(t *testing.T) {
	by := func(name string, e wire.Event) wire.Event { e.Record.Gate = name; return e }
	inPlaceOf := func(e wire.Event) wire.Event { e.Record.Resumes = scan(1); return e }
	behind := func(e wire.Event) wire.Event { e.Record.From, e.Record.Zone = "park", "hall"; return e }
	heard := func(e wire.Event) wire.Event { e.Type = wire.Heard; return e }
	for _, c := range []struct {
		name   string
		forged []wire.Event
	}{
		{"an abort in its own name", []wire.Event{by("a-thief", outcome(1, 1, admit.Abort))}},
		{"an abort in the other's name", []wire.Event{by("gate-1", outcome(1, 1, admit.Abort))}},
		{"an abort that it says it heard", []wire.Event{heard(by("gate-1", outcome(1, 1, admit.Abort)))}},
		{"an entry that takes its place and is aborted", []wire.Event{by("a-thief", inPlaceOf(entry(9, 1))), by("a-thief", outcome(9, 1, admit.Abort))}},
		{"an entry of its name at an inner door", []wire.Event{by("a-thief", behind(entry(1, 1)))}},
	} {
		t.Run(c.name, func(t *testing.T) {
			b := newBench(t)
			b.beat("a-thief", 0, 1)
			b.bring("gate-1", 1, entry(1, 1), outcome(1, 1, admit.Passed))
			b.forge("a-thief", c.forged...)
			r := b.claim("gate-2", claimOf(2, 3, 1))
			require.NotNil(t, r)
			assert.False(t, r.Grant, "somebody came in on this ticket")
		})
	}
}

func TestNoGateSurrendersForAnother(t *testing.T) {
	b := homely(t, "gate-1")
	forged := surrender(2, 1)
	forged.Record.Gate = "gate-1"
	b.forge("gate-4", forged)
	r := b.claim("gate-2", claimOf(1, 2, 1))
	require.NotNil(t, r)
	assert.False(t, r.Grant)
}
