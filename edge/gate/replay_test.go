package gate_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"

	"portaria/edge/admit"
	"portaria/edge/gate"
	"portaria/edge/wire"
)

// TestARulingThatIsPlayedAgainOpensNothing: a grant of before, to a lane that stands idle and to one that asks about
// another ticket, as it came and with one thing changed each.
func TestARulingThatIsPlayedAgainOpensNothing(t *testing.T) {
	b := newBench(t).connect()
	b.scan(1, ticketNo(1))
	old := b.claim()
	b.grant(old)
	b.commit()
	b.feed(gate.Passage{Lane: 1})
	b.commit()
	b.pass(5 * time.Second)
	before := b.pulses()
	grant := wire.Ruling{Run: old.Run, Req: old.Req, Scan: old.Scan, Grant: true, Reason: admit.OK, Hub: "hub-1"}
	b.feed(gate.RulingCame{Ruling: grant})
	assert.Equal(t, before, b.pulses(), "while nobody asks")

	b.echo()
	b.scan(1, ticketNo(2))
	now := b.claim()
	for what, r := range map[string]func(*wire.Ruling){
		"as it came":                     func(*wire.Ruling) {},
		"under the number of this claim": func(r *wire.Ruling) { r.Req = now.Req },
		"for this scan":                  func(r *wire.Ruling) { r.Scan = now.Scan },
		"of an earlier life":             func(r *wire.Ruling) { r.Req, r.Scan, r.Run.Random = now.Req, now.Scan, r.Run.Random+1 },
	} {
		again := grant
		r(&again)
		b.feed(gate.RulingCame{Ruling: again})
		assert.Empty(t, of[gate.Commit](b.done), what)
		assert.Equal(t, before, b.pulses(), what)
	}
	b.grant(now)
	b.commit()
	assert.Equal(t, before+1, b.pulses(), "its own still counts")
}
