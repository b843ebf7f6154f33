package sim

import (
	"slices"
	"strings"

	"portaria/edge/gate"
	"portaria/edge/wire"
)

// unreadable is a name that the cloud can't keep.
var unreadable = strings.Repeat("?", 200)

// poisons says whether a record is one that the cloud can't use, as if another firmware had written it: the same answer
// for the same record, whenever it is sent.
func (w *World) poisons(e *wire.Event) bool {
	mixed := (uint64(e.Run.Random)<<20 ^ e.Seq) * 0x9e3779b97f4a7c15
	return w.rates.poison > 0 && float64(mixed>>40)/(1<<24) < w.rates.poison
}

// spoil is a gate's message with the records in it that are poison.
func (w *World) spoil(effect gate.Effect) gate.Effect {
	m, ok := effect.(gate.SendEvents)
	if !ok || !slices.ContainsFunc(m.Events.Events, func(e wire.Event) bool { return w.poisons(&e) }) {
		return effect
	}
	m.Events.Events = slices.Clone(m.Events.Events)
	for i := range m.Events.Events {
		if e := &m.Events.Events[i]; w.poisons(e) {
			e.Mode = unreadable
			w.seen(Poison)
		}
	}
	return m
}

// quarantined: what can't be used is set aside, acknowledged and lost to nobody; nothing else is.
func (o *oracle) quarantined(s *stored) {
	for i := range s.poison {
		if e := &s.poison[i].Event; e.Mode != unreadable {
			o.world.fail("poison: the cloud has set aside seq %d of run %s of %s: %s", e.Seq, s.Run, s.Gate, s.poison[i].Why)
		}
	}
	for i := range s.events {
		if e := &s.events[i]; e.Mode == unreadable {
			o.world.fail("poison: the cloud has taken seq %d of run %s of %s", e.Seq, s.Run, s.Gate)
		}
	}
}
