package broker

import (
	"context"
	"fmt"
	"sync"

	"portaria/edge/wire"
)

// Asks are questions to hubs whose answers are waited for. The zero value is ready.
type Asks struct {
	mu      sync.Mutex
	waiting map[asked]chan wire.Answer
}

// asked is a question by the hub that may answer it: another's answer is none.
type asked struct{ hub, id string }

// Ask sends a hub a question over a line and waits for its answer, until ctx ends.
func (a *Asks) Ask(ctx context.Context, line Line, hub string, q wire.Ask) (wire.Answer, error) {
	payload, err := wire.Encode(q)
	if err != nil {
		return wire.Answer{}, fmt.Errorf("ask hub %s: %w", hub, err)
	}
	key, answer := asked{hub, q.ID}, make(chan wire.Answer, 1)
	a.mu.Lock()
	if a.waiting == nil {
		a.waiting = map[asked]chan wire.Answer{}
	}
	a.waiting[key] = answer
	a.mu.Unlock()
	defer func() {
		a.mu.Lock()
		defer a.mu.Unlock()
		delete(a.waiting, key)
	}()
	if err := line.Send(wire.HubTopics{Hub: hub}.Ask(), payload, false); err != nil {
		return wire.Answer{}, fmt.Errorf("ask hub %s: %w", hub, err)
	}
	select {
	case got := <-answer:
		return got, nil
	case <-ctx.Done():
		return wire.Answer{}, fmt.Errorf("ask hub %s: %w", hub, ctx.Err())
	}
}

// Heard takes a hub's answer. One that nobody waits for is passed over.
func (a *Asks) Heard(hub string, answer wire.Answer) {
	a.mu.Lock()
	defer a.mu.Unlock()
	key := asked{hub, answer.ID}
	if waiting := a.waiting[key]; waiting != nil {
		waiting <- answer // it has room for one, and is taken away
		delete(a.waiting, key)
	}
}

// heard takes a message that is an answer, and says whether it is one: it waits for nothing and is not stored.
func (c *counter) heard(hub, topic string, payload []byte) bool {
	if topic != (wire.HubTopics{Hub: hub}).Answer() {
		return false
	}
	answer, err := wire.Decode[wire.Answer](payload)
	if err != nil {
		c.config.Log.Warn("a hub's answer can't be read", "hub", hub, "error", err)
		return true
	}
	if c.config.OnAnswer != nil {
		c.config.OnAnswer(hub, answer)
	}
	return true
}
