package sim

import (
	"encoding/json"
	"fmt"
	"io"

	"portaria/edge/admit"
	"portaria/edge/gate"
	"portaria/edge/ticket"
	"portaria/edge/whitelist"
	"portaria/edge/wire"
)

// doorName is the one checkpoint, served by every lane.
const doorName = "door"

// passWindow is how long a turnstile stays open, ms.
const passWindow = 5_000

// World is one simulated evening.
type World struct {
	kernel
	net     network
	gates   []*gateNode // the living and the dead, in order of birth
	hubs    []*hubNode
	cloud   *cloudNode
	venue   *whitelist.Venue
	rights  []*right
	scanned map[admit.ScanID]*right
	scans   int
	chaos   bool
	rates   rates
	oracle  *oracle
	stats   Stats
	trace   io.Writer
	broken  string // the first invariant that was broken
}

// rates are the chances of this world's small faults.
type rates struct{ crashAtEffect float64 }

// Stats count what happened.
type Stats struct {
	Steps, Scans, Passes, Exits int
	Duplicates, Conflicts       int
	Faults                      map[Fault]int
	Verdicts                    map[string]int
}

func newStats() Stats { return Stats{Faults: map[Fault]int{}, Verdicts: map[string]int{}} }

func (w *World) seen(f Fault) { w.stats.Faults[f]++ }

// say adds a line to the story, if anyone listens.
func (w *World) say(format string, args ...any) {
	if w.trace != nil {
		fmt.Fprintf(w.trace, "%7.3f s  %s\n", float64(w.now)/1000, fmt.Sprintf(format, args...))
	}
}

// fail notes the first broken invariant; the run ends.
func (w *World) fail(format string, args ...any) {
	if w.broken == "" {
		w.broken = fmt.Sprintf(format, args...)
		w.say("BROKEN: %s", w.broken)
	}
}

func (w *World) gate(id string) *gateNode {
	for _, g := range w.gates {
		if g.id == id {
			return g
		}
	}
	return nil
}

func (w *World) toGate(from, id string, in gate.Input) {
	if g := w.gate(id); g != nil {
		w.net.send(from, id, func() { g.feed(in) })
	}
}

// toHubs reaches every hub that is switched on: two of them may answer.
func (w *World) toHubs(from string, deliver func(*hubNode)) {
	for _, h := range w.hubs {
		w.net.send(from, h.id, func() { deliver(h) })
	}
}

func (w *World) hub() *hubNode {
	for i := len(w.hubs) - 1; i >= 0; i-- {
		if !w.hubs[i].retired {
			return w.hubs[i]
		}
	}
	return nil
}

// oversized checks a batch against the wire's limit.
func (w *World) oversized(e wire.Events) bool {
	if len(e.Events) < 8 {
		return false
	}
	raw, err := json.Marshal(e)
	return err != nil || len(raw) > wire.MaxMessage
}

func newVenue(policy whitelist.PolicyName) *whitelist.Venue {
	return &whitelist.Venue{
		Venue: ticket.EventID{0x0f}, Epoch: 1, GoodUntil: (epoch + 30*day) / 1000, Name: "hall", TimeZone: "UTC",
		Zones:  []whitelist.Zone{{ID: "hall", Name: "hall"}},
		Events: []whitelist.VenueEvent{{Event: evening, Name: "evening"}},
		Checkpoints: []whitelist.Checkpoint{{
			ID: doorName, Name: doorName, Direction: whitelist.Both, To: "hall", Events: []ticket.EventID{evening},
			Mode: whitelist.Open, Policy: policy, Unlisted: whitelist.UnlistedAdmit, PassSeconds: passWindow / 1000,
		}},
	}
}
