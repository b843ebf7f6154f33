package ingest

import (
	"math"

	"portaria/cloud/entry"
	"portaria/edge/ticket"
	"portaria/edge/wire"
)

// Plan is what to do with a batch of a source, of whose venue these events are.
func Plan(source entry.Source, watermark uint64, batch []wire.Event, ours map[ticket.EventID]bool) entry.Plan {
	return setAside(entry.Step(source, watermark, batch), ours)
}

// eventsOf is each event that the batches name.
func eventsOf(batches []wire.Events) []ticket.EventID {
	seen := map[ticket.EventID]bool{{}: true}
	var out []ticket.EventID
	for _, b := range batches {
		for _, r := range b.Events {
			if !seen[r.Event] {
				seen[r.Event] = true
				out = append(out, r.Event)
			}
		}
	}
	return out
}

// setAside moves to the plan's poison what the store could not hold, and what names another venue's event: a hub must
// not write into a neighbour's numbers.
func setAside(plan entry.Plan, ours map[ticket.EventID]bool) entry.Plan {
	kept := make([]wire.Event, 0, len(plan.New))
	for _, e := range plan.New {
		if why := fault(e, ours); why != "" {
			plan.Poison = append(plan.Poison, entry.Poison{Event: e, Why: why})
			continue
		}
		kept = append(kept, e)
	}
	plan.New = kept
	return plan
}

func fault(e wire.Event, ours map[ticket.EventID]bool) string {
	switch {
	case e.Event != ticket.EventID{} && !ours[e.Event]:
		return "names an event of another venue"
	case e.Lane < 0 || e.Lane > math.MaxInt16:
		return "names a lane that can't be"
	}
	return ""
}
