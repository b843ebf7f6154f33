package floor

import (
	"fmt"

	"portaria/edge/venue"
	"portaria/edge/wire"
)

// perform does what the arbiter says, in order.
func (f *Floor) perform(effects []venue.Effect) {
	for _, effect := range effects {
		f.do(effect)
	}
}

func (f *Floor) do(effect venue.Effect) {
	if f.saidInside(effect) {
		return
	}
	switch e := effect.(type) {
	case venue.Commit:
		f.issued = e.Number
		if f.cfg.Stored != nil && len(e.Events) > 0 {
			f.cfg.Stored(e.Events)
		}
		f.writer.add(work{life: f.life, commit: &e})
	case venue.Prune:
		f.writer.add(work{life: f.life, prune: e})
	case venue.ReadJournal:
		f.reader.add(question{f.life, e})
	case venue.SendRuling:
		publish(f, f.topics(e.Gate).Ruling(), 0, e.Ruling)
	case venue.SendRecall:
		publish(f, f.topics(e.Gate).Recall(), 0, e.Recall)
	case venue.SendAck:
		publish(f, f.topics(e.Gate).Ack(), 0, e.Ack)
	case venue.SendPulse:
		publish(f, f.topics(e.Gate).Pulse(), 0, e.Pulse)
	case venue.SendUsed:
		publish(f, f.used, 0, e.Used)
	case venue.SendWant:
		f.askCloud(e.Want)
	case venue.BeatNow:
		if f.cfg.Beat != nil {
			f.cfg.Beat()
		}
	case venue.SendUp:
		f.sendUp(e.Events)
	case venue.Incident:
		f.report(e)
	default:
		f.cfg.Log.Error("an effect that the floor does not know", "effect", fmt.Sprintf("%T", effect))
	}
}

// saidInside hands what is said to a gate of this process over to it.
func (f *Floor) saidInside(effect venue.Effect) bool {
	if f.cfg.Inside == nil {
		return false
	}
	gate := addressee(effect)
	if gate == "" || !f.cfg.Inside.Has(gate) {
		return false
	}
	f.cfg.Inside.Hear(gate, effect)
	return true
}

// addressee is the gate that something is said to; an incident is its gate's own only where a gate beside the arbiter can
// say itself how an admission ended.
func addressee(effect venue.Effect) string {
	switch e := effect.(type) {
	case venue.SendRuling:
		return e.Gate
	case venue.SendRecall:
		return e.Gate
	case venue.SendAck:
		return e.Gate
	case venue.SendPulse:
		return e.Gate
	case venue.Incident:
		if e.Kind == venue.UnknownEnd {
			return e.Gate
		}
	}
	return ""
}

// Order sends a gate a command. One that is lost does no harm: who gave it sees that nothing changed.
func (f *Floor) Order(gate string, c wire.Command) { publish(f, f.topics(gate).Command(), 1, c) }

func (f *Floor) topics(gate string) wire.GateTopics {
	return wire.GateTopics{Venue: f.cfg.Venue, Gate: gate}
}

func publish[T any, P wire.Pointer[T]](f *Floor, topic string, qos byte, message T) {
	payload, err := wire.Encode[T, P](message)
	if err == nil {
		err = f.cfg.Send(topic, payload, qos)
	}
	if err != nil {
		f.cfg.Log.Error("a gate was not told", "topic", topic, "why", err)
	}
}

func (f *Floor) sendUp(events wire.Events) {
	f.sentUp = max(f.sentUp, events.Number)
	if err := f.cfg.SendUp(events); err != nil {
		f.cfg.Log.Debug("the cloud was not told; it will be sent again", "why", err)
	}
}

func (f *Floor) askCloud(want wire.Want) {
	if err := f.cfg.Ask(want); err != nil {
		f.cfg.Log.Debug("the cloud was not asked; it will be again", "why", err)
	}
}

func (f *Floor) report(e venue.Incident) {
	f.cfg.Log.Warn("incident: "+e.Text, "kind", e.Kind, "gate", e.Gate, "scans", len(e.Scans))
	if f.cfg.Report != nil {
		f.cfg.Report(e)
	}
}
