package gate_test

import (
	"testing"

	"github.com/stretchr/testify/assert"

	"portaria/edge/admit"
	"portaria/edge/admit/admittest"
	"portaria/edge/gate"
	"portaria/edge/whitelist"
	"portaria/edge/wire"
)

// The gate must answer the judge's case file as the judge does. Left out is what a gate is not told of a scan: whether
// it repeats another, a supervisor's word, homes, zones, and an evacuation, in which it takes every scan for an exit.
func forGates(c admittest.Case) bool {
	f := c.Facts
	return f.Decider != admit.AtArbiter && f.Code != nil && !f.Repeat && !f.Override && !f.OverBudget && f.ZoneLimit == 0 &&
		f.Checkpoint.Policy != whitelist.Home && f.Checkpoint.Mode != whitelist.Evacuation && f.Code.Match != admit.Garbled
}

func TestTheGateJudgesAsTheJudge(t *testing.T) {
	tried := 0
	for _, c := range admittest.Load(t, "../admit/testdata/decide.json") {
		if !forGates(c) {
			continue
		}
		tried++
		t.Run(c.Name, func(t *testing.T) {
			got := verdictOfGate(t, c)
			want := c.Want.Verdict()
			assert.Equal(t, want, got)
		})
	}
	assert.Greater(t, tried, 70)
}

// verdictOfGate scans a case's code at a gate in a case's situation, and sees it through to what the lane shows.
func verdictOfGate(t *testing.T, c admittest.Case) admit.Verdict {
	b := newBench(t, func(boot *gate.Boot) { boot.History = map[whitelist.Ref][]admit.Record{{1}: c.History} })
	b.now.Unix, b.now.Clock = c.Facts.Now, c.Facts.Clock
	b.feed(gate.VenueChanged{Venue: &whitelist.Venue{Checkpoints: []whitelist.Checkpoint{*c.Facts.Checkpoint}}, Zone: c.Zone})
	b.feed(gate.DutyChanged{Lane: 1, Controller: c.Facts.Controller})
	b.commit()
	if c.Facts.Decider == admit.AtGate {
		b.echo()
	}
	b.scanTo(1, *c.Facts.Code, c.Facts.Exit)
	if claim, asked := last[gate.SendClaim](b.done); asked {
		follows := c.Want.Verdict().Follows // the arbiter says whom an entry follows
		b.feed(gate.RulingCame{Ruling: wire.Ruling{Run: claim.Claim.Run, Req: claim.Claim.Req, Scan: claim.Claim.Scan, Grant: true, Follows: follows}})
	}
	b.commit()
	show, _ := last[gate.Show](b.all)
	return show.Verdict
}
