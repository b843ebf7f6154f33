package venue_test

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"portaria/edge/admit"
	"portaria/edge/admit/admittest"
	"portaria/edge/venue"
	"portaria/edge/whitelist"
	"portaria/edge/wire"
)

// The arbiter must answer the judge's case file as the judge does, wherever the arbiter decides.
func TestTheArbiterJudgesAsTheJudge(t *testing.T) {
	tried := 0
	for _, c := range admittest.Load(t, "../admit/testdata/decide.json") {
		if c.Facts.Decider != admit.AtArbiter {
			continue
		}
		tried++
		t.Run(c.Name, func(t *testing.T) {
			want := c.Want.Verdict()
			got := rulingOnCase(t, c)
			assert.Equal(t, want.Admit, got.Grant)
			assert.Equal(t, want.Reason, got.Reason)
			assert.Equal(t, want.Follows, got.Follows)
			assert.Equal(t, []any{want.At, want.Gate, want.Lane}, []any{got.At, got.Gate, got.Lane})
		})
	}
	assert.Greater(t, tried, 7)
}

func rulingOnCase(t *testing.T, c admittest.Case) wire.Ruling {
	door := *c.Facts.Checkpoint
	b := newBench(t, func(boot *venue.Boot) {
		boot.History = map[whitelist.Ref][]admit.Record{ref(1): c.History}
		for i := range c.Facts.ZoneCount {
			other := whitelist.Ref{1, byte(i >> 8), byte(i)}
			boot.History[other] = []admit.Record{{Scan: admit.ScanID{1, byte(i >> 8), byte(i)}, Kind: admit.Entry, Zone: door.To}}
		}
		for i := range c.Facts.Pending.Count {
			p := c.Facts.Pending
			boot.Grants = append(boot.Grants, venue.Grant{Scan: admit.ScanID{2, byte(i)}, Ref: ref(1), Gate: p.Gate, Run: run(1), Req: 1,
				Lane: p.Lane, At: p.At, Terms: c.Facts.Terms})
		}
	})
	b.now.Unix = c.Facts.Now
	b.feed(venue.VenueChanged{Zone: c.Zone, Venue: &whitelist.Venue{Checkpoints: []whitelist.Checkpoint{door},
		Zones: []whitelist.Zone{{ID: door.To, Capacity: c.Facts.ZoneLimit}}}})
	claim := claimOf(1, 9, 1)
	claim.Terms = c.Facts.Terms
	r := b.claim("gate-1", claim)
	require.NotNil(t, r, fmt.Sprint(c.Name, ": no answer"))
	return *r
}
