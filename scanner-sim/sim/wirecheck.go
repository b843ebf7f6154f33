package sim

import (
	"bytes"

	"portaria/edge/gate"
	"portaria/edge/venue"
	"portaria/edge/wire"
)

// passOn is a message as its receiver would read it: with Options.Wire it is encoded and decoded on the way, so that a
// format that loses something, a message that its receiver must refuse, and a record that is changed after it was sent
// all show.
func passOn[T any, P wire.Pointer[T]](w *World, m T) T {
	if !w.options.Wire {
		return m
	}
	raw, err := wire.Encode[T, P](m)
	if err != nil {
		w.fail("wire: %T can't be sent: %v", m, err)
		return m
	}
	read, err := wire.Decode[T, P](raw)
	if err != nil {
		w.fail("wire: %T can't be read: %v: %s", m, err, raw)
		return m
	}
	if again, err := wire.Encode[T, P](read); err != nil || !bytes.Equal(raw, again) {
		w.fail("wire: %T is not what was sent: %s, %s", m, raw, again)
	}
	return read
}

// gateSays is a message of a gate as a hub reads it.
func (w *World) gateSays(effect gate.Effect) gate.Effect {
	switch e := effect.(type) {
	case gate.SendClaim:
		e.Claim = passOn(w, e.Claim)
		return e
	case gate.SendEvents:
		e.Events = passOn(w, e.Events)
		return e
	case gate.SendState:
		e.State = passOn(w, e.State)
		return e
	}
	return effect
}

// hubSays is a message of a hub as a gate or the cloud reads it.
func (w *World) hubSays(effect venue.Effect) venue.Effect {
	switch e := effect.(type) {
	case venue.SendRuling:
		e.Ruling = passOn(w, e.Ruling)
		return e
	case venue.SendRecall:
		e.Recall = passOn(w, e.Recall)
		return e
	case venue.SendAck:
		e.Ack = passOn(w, e.Ack)
		return e
	case venue.SendPulse:
		e.Pulse = passOn(w, e.Pulse)
		return e
	case venue.SendUsed:
		e.Used = passOn(w, e.Used)
		return e
	case venue.SendWant:
		e.Want = passOn(w, e.Want)
		return e
	case venue.SendUp:
		e.Events = passOn(w, e.Events)
		return e
	}
	return effect
}
