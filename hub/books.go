package hub

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"portaria/edge/admit"
	"portaria/edge/venue"
	"portaria/edge/whitelist"
	"portaria/edge/wire"
	"portaria/hub/internal/incident"
	"portaria/hub/internal/orders"
	"portaria/hub/internal/tally"
)

// openBooks reads what people are shown and may order: counts, incidents, orders about doors.
func (h *Hub) openBooks(context.Context) (err error) {
	h.tally = tally.New(time.Now)
	if err := h.store.EachEvent(func(e wire.Event) { h.tally.Add(e) }); err != nil {
		return fmt.Errorf("count who has come: %w", err)
	}
	if h.book, err = incident.Open(h.store, time.Now); err != nil {
		return err
	}
	h.orders, err = orders.Open(orders.Config{Store: h.store, Hub: h.cfg.ID, Now: time.Now, Send: h.command,
		Term: func() uint64 { return h.floor.View().Venue.Term }})
	return err
}

// command sends a command to a gate.
func (h *Hub) command(gate string, c wire.Command) error {
	payload, err := wire.Encode[wire.Command](c)
	if err != nil {
		return err
	}
	return h.send(wire.GateTopics{Venue: h.venue, Gate: gate}.Command(), payload, 1, false)
}

// stored counts records, and makes incidents of those that people should answer.
func (h *Hub) stored(events []wire.Event) {
	h.tally.Add(events...)
	for _, e := range events {
		if i, ok := incidentOf(e); ok {
			h.book.Report(i)
		}
	}
}

// noteKinds are the kinds of incidents by the gate's words.
var noteKinds = map[string]string{wire.NoteTamper: "tamper", wire.NoteFire: "fire", wire.NoteForced: "forced"}

// incidentOf is what people should know of one record.
func incidentOf(e wire.Event) (incident.Incident, bool) {
	i := incident.Incident{Gate: e.Gate, At: e.At, Text: fmt.Sprintf("%s, lane %d: %s", e.Gate, e.Lane, e.Text)}
	switch {
	case e.Type == wire.Outcome && e.Record != nil && e.Record.Kind == admit.ForcedPass:
		i.Kind, i.About, i.Scans = "forced", e.Scan.String(), []string{e.Scan.String()}
		i.Text = fmt.Sprintf("%s, lane %d: somebody went through after the time was over", e.Gate, e.Lane)
		return i, true
	case e.Type == wire.Note:
		i.Kind = noteKinds[e.Text]
	}
	return i, i.Kind != ""
}

// doubles notes which rights the arbiter tells of while it starts: it then tells every one that let in too many.
type doubles map[string]bool

// report takes the arbiter's incidents.
func (h *Hub) report(e venue.Incident) {
	i := incident.Incident{Kind: string(e.Kind), Gate: e.Gate, Text: e.Text}
	for _, scan := range e.Scans {
		i.Scans = append(i.Scans, scan.String())
	}
	slices.Sort(i.Scans)
	switch {
	case e.Ref != whitelist.Ref{}:
		i.About = e.Ref.String()
	case len(i.Scans) > 0:
		i.About = strings.Join(i.Scans, " ")
	default:
		i.About = e.Text
	}
	if h.doubles != nil && e.Kind == venue.Conflict {
		h.doubles[i.About] = true
	}
	h.book.Report(i)
}

func (h *Hub) unkept(err error) {
	h.log.Error("incidents were not kept; it is tried again", "why", err)
}
