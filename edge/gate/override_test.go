package gate_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"portaria/edge/admit"
	"portaria/edge/gate"
	"portaria/edge/whitelist"
	"portaria/edge/wire"
)

func (b *bench) override(lane int) admit.ScanID {
	b.scans++
	id := admit.ScanID{15: b.scans}
	b.feed(gate.Override{Lane: lane, ID: id, Supervisor: "rosa", Reason: "came out to help"})
	return id
}

// refusedOnce is a gate that has just refused a ticket that is in.
func refusedOnce(t *testing.T) *bench {
	b := newBench(t).connect()
	b.admitted(1, ticketNo(1))
	b.feed(gate.Passage{Lane: 1})
	b.pass(3 * time.Second)
	b.scan(1, ticketNo(1))
	require.Equal(t, admit.AlreadyUsed, b.shown())
	return b
}

func TestASupervisorLetsInWhatTheLaneRefusedLast(t *testing.T) {
	b := refusedOnce(t)
	id := b.override(1)
	e := b.recorded()
	assert.Equal(t, admit.OKOverride, e.Reason)
	assert.Equal(t, id, e.Scan, "a scan of its own")
	assert.True(t, e.Record.Override)
	assert.Equal(t, &wire.Override{Supervisor: "rosa", Reason: "came out to help"}, e.Override)
	before := b.pulses()
	b.commit()
	assert.Equal(t, before+1, b.pulses())
	b.feed(gate.Passage{Lane: 1})
	assert.Equal(t, admit.Passed, b.recorded().Record.Kind)
	b.override(1)
	assert.Equal(t, before+1, b.pulses(), "a word counts once")
}

func TestASupervisorLetsInAtAStrictDoorThatIsCutOff(t *testing.T) {
	b := newBench(t)
	b.commit()
	b.door(func(c *whitelist.Checkpoint) { c.Policy = whitelist.Strict })
	b.scan(1, ticketNo(1))
	require.Equal(t, admit.ArbiterRequired, b.shown())
	b.override(1)
	assert.Equal(t, wire.Admission, b.recorded().Type)
}

func TestASupervisorsWordDoesNotCount(t *testing.T) {
	for _, c := range []struct {
		name string
		do   func(*bench)
	}{
		{"a minute later: somebody else may stand there", func(b *bench) { b.pass(time.Minute); b.override(1) }},
		{"at another lane", func(b *bench) { b.override(2) }},
		{"at a lane that is not there", func(b *bench) { b.override(9) }},
		{"after the next ticket was refunded", func(b *bench) {
			refunded := ticketNo(8)
			refunded.Entry.State = whitelist.Revoked
			b.scan(1, refunded)
			b.override(1)
		}},
		{"at a door that has closed since", func(b *bench) {
			b.door(func(c *whitelist.Checkpoint) { c.Mode = whitelist.Closed })
			b.override(1)
		}},
		{"when the disk has failed", func(b *bench) { b.feed(gate.CommitFailed{}); b.override(1) }},
	} {
		t.Run(c.name, func(t *testing.T) {
			b := refusedOnce(t)
			before := b.pulses()
			c.do(b)
			b.commit()
			assert.Equal(t, before, b.pulses())
		})
	}
}
