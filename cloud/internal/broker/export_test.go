package broker

import "portaria/mqtt/session"

// Lanes are lanes without a broker.
type Lanes struct{ *lanes }

// NewLanes has work done: with how many messages of a hub it is called, it says whether it is done.
func NewLanes(work func(hub string, messages int) bool) Lanes {
	return Lanes{newLanes(func(hub, _ string, payloads [][]byte) bool { return work(hub, len(payloads)) })}
}

// Push queues a message with records.
func (l Lanes) Push(hub string) bool {
	return l.push(hub, session.Message{Topic: "portaria/1/hub/" + hub + "/events"})
}

// Close returns when nothing is worked on any more.
func (l Lanes) Close() { l.stop(); l.wait() }
