package floor

import (
	"errors"
	"fmt"
	"time"
	"unicode/utf8"

	"portaria/edge/venue"
	"portaria/edge/wire"
)

// Refusal is a message that could not be taken.
type Refusal struct {
	At    int64  `json:"at"` // unix ms
	Gate  string `json:"gate"`
	Topic string `json:"topic"`
	Size  int    `json:"size"` // bytes
	Why   string `json:"why"`
	Head  string `json:"head"` // how it begins
}

// refusals keeps the last few for the status page.
type refusals struct {
	count uint64
	last  []Refusal
}

const (
	maxRefusals = 50
	headLen     = 120
)

// Publish takes a message of a gate, whose identity and right to the topic the broker has checked. It returns nil when
// the broker may acknowledge it: for records, once they are durable.
func (f *Floor) Publish(gate, topic string, payload []byte) error {
	return f.judged(gate, topic, payload, f.publish(gate, topic, payload))
}

// PublishLater takes a gate's records and answers with what Publish would return, once they are durable; false when the
// message is none of records. It waits where the gate has too many under way.
func (f *Floor) PublishLater(gate, topic string, payload []byte, answer func(error)) bool {
	if t, err := wire.ParseTopic(topic); err != nil || t.Leaf != wire.LeafEvents {
		return false
	}
	events, err := readEvents(gate, payload)
	if err != nil {
		answer(f.judged(gate, topic, payload, err))
		return true
	}
	if !f.room.enter(gate) {
		answer(ErrStopped)
		return true
	}
	done := func(err error) { f.room.leave(gate); answer(err) }
	select {
	case f.inbox <- job{input: venue.EventsCame{Gate: gate, Events: events}, done: done, outside: true}:
	case <-f.ended:
		done(ErrStopped)
	}
	return true
}

// judged notes a message that can never be taken.
func (f *Floor) judged(gate, topic string, payload []byte, err error) error {
	if refused := (refusedError{}); errors.As(err, &refused) {
		f.refuse(Refusal{At: time.Now().UnixMilli(), Gate: gate, Topic: topic, Size: len(payload), Why: err.Error(),
			Head: head(payload)})
		return fmt.Errorf("%w: %w", ErrRefused, err)
	}
	return err
}

// refusedError is a message's own fault.
type refusedError struct{ error }

func (f *Floor) publish(gate, topic string, payload []byte) error {
	t, err := wire.ParseTopic(topic)
	if err != nil {
		return refusedError{err}
	}
	switch t.Leaf {
	case wire.LeafClaim:
		claim, err := wire.Decode[wire.Claim](payload)
		if err != nil {
			return refusedError{err}
		}
		f.hand(job{input: venue.ClaimCame{Gate: gate, Claim: claim}, outside: true})
		return nil
	case wire.LeafEvents:
		return f.takeEvents(gate, payload)
	case wire.LeafState:
		return f.takeState(gate, payload)
	}
	return refusedError{fmt.Errorf("gates publish nothing on %s", t.Leaf)}
}

func (f *Floor) takeEvents(gate string, payload []byte) error {
	events, err := readEvents(gate, payload)
	if err != nil {
		return err
	}
	return f.store(job{input: venue.EventsCame{Gate: gate, Events: events}, outside: true})
}

func readEvents(gate string, payload []byte) (wire.Events, error) {
	events, err := wire.Decode[wire.Events](payload)
	if err == nil && events.Gate != gate {
		err = fmt.Errorf("records of gate %s sent by gate %s", events.Gate, gate)
	}
	if err != nil {
		return wire.Events{}, refusedError{err}
	}
	return events, nil
}

func (f *Floor) takeState(gate string, payload []byte) error {
	state, err := wire.Decode[wire.State](payload)
	if err == nil && state.Gate != gate {
		err = fmt.Errorf("state of gate %s sent by gate %s", state.Gate, gate)
	}
	if err != nil {
		return refusedError{err}
	}
	f.hand(job{input: venue.StateCame{Gate: gate, State: state}, outside: true})
	if f.cfg.Heard != nil {
		f.cfg.Heard(gate, state)
	}
	return nil
}

func (f *Floor) refuse(r Refusal) { f.ask(func() { f.noteRefusal(r) }) }

func (f *Floor) noteRefusal(r Refusal) {
	f.refusals.count++
	f.refusals.last = append(f.refusals.last, r)
	if len(f.refusals.last) > maxRefusals {
		f.refusals.last = f.refusals.last[1:]
	}
	// A broken gate sends one a second: the first ones and then every hundredth tell enough.
	if f.refusals.count < 20 || f.refusals.count%100 == 0 {
		f.cfg.Log.Warn("message of a gate refused", "gate", r.Gate, "topic", r.Topic, "size", r.Size, "why", r.Why,
			"so_far", f.refusals.count)
	}
}

// ask runs something on the loop's goroutine, which owns the state.
func (f *Floor) ask(do func()) {
	done := make(chan struct{})
	select {
	case f.queries <- func() { do(); close(done) }:
		<-done
	case <-f.ended:
	}
}

// head is the beginning of a message, fit for a log.
func head(payload []byte) string {
	if len(payload) > headLen {
		payload = payload[:headLen]
	}
	if !utf8.Valid(payload) {
		return fmt.Sprintf("%x", payload)
	}
	return string(payload)
}
