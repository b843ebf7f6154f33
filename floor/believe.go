package floor

import (
	"fmt"

	"portaria/edge/venue"
	"portaria/edge/wire"
	"portaria/floor/trust"
)

// fault is what a gate does that no gate does, reported once a minute at most.
type fault struct{ gate, why string }

const reportEvery = 60_000 // ms

// believe judges a gate's message before the arbiter hears it, and mends it. It is called on the loop.
func (f *Floor) believe(input *venue.Input) error {
	now := f.now()
	switch in := (*input).(type) {
	case venue.ClaimCame:
		err := f.trust.Claim(in.Gate, &in.Claim, now.Mono)
		*input = in
		return f.disbelieved(in.Gate, wire.LeafClaim, now, err)
	case venue.EventsCame:
		return f.disbelieved(in.Gate, wire.LeafEvents, now, f.trust.Events(in.Gate, in.Events, now.Mono, trust.Known(f.state)))
	case venue.StateCame:
		err := f.trust.State(in.Gate, &in.State, now.Mono, trust.Known(f.state))
		*input = in
		return f.disbelieved(in.Gate, wire.LeafState, now, err)
	}
	return nil
}

// disbelieved tells people of a gate that does what none does.
func (f *Floor) disbelieved(gate string, leaf wire.Leaf, now venue.Now, err error) error {
	if err == nil {
		return nil
	}
	f.noteRefusal(Refusal{At: now.Unix, Gate: gate, Topic: wire.Topic{Venue: f.cfg.Venue, Gate: gate, Leaf: leaf}.String(), Why: err.Error()})
	key := fault{gate, err.Error()}
	if last, told := f.reported[key]; !told || now.Mono-last >= reportEvery {
		f.reported[key] = now.Mono
		f.report(venue.Incident{Kind: venue.TakenByOther, Gate: gate, Text: "Gate " + gate + " " + err.Error() +
			": that is not taken. If nobody is at work on it, it was stolen or copied: take it away, and remove it as stolen."})
	}
	return fmt.Errorf("%w: %s of gate %s: %w", ErrRefused, leaf, gate, err)
}
