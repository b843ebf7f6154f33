package broker

import (
	"context"
	"errors"

	"portaria/cloud/internal/gatehouse"
	"portaria/cloud/internal/ingest"
	"portaria/edge/wire"
)

// counter is where hubs' messages are handed in, and answered once they are stored.
type counter struct {
	config Config
	send   func(topic string, payload []byte, retained bool) error
}

// find looks up a hub in service. gatehouse.ErrNoHub.
func (c *counter) find(ctx context.Context, id string) (ingest.Hub, error) {
	ctx, cancel := context.WithTimeout(ctx, knockLimit)
	defer cancel()
	hub, err := c.config.Hubs.Hub(ctx, id)
	switch {
	case errors.Is(err, gatehouse.ErrNoHub):
		c.config.Log.Warn("a hub that is not in service was turned away", "hub", id)
	case err != nil:
		c.config.Log.Error("a hub could not be looked up", "hub", id, "error", err)
	}
	return ingest.Hub{ID: hub.ID, Organizer: hub.Organizer, Venue: hub.Venue}, err
}

// take stores a hub's messages of one topic, and then answers them. Without an answer the hub sends again.
func (c *counter) take(ctx context.Context, hub ingest.Hub, topic string, payloads [][]byte) error {
	ctx, cancel := context.WithTimeout(ctx, storeLimit)
	defer cancel()
	if topic == (wire.HubTopics{Hub: hub.ID}).Want() {
		return c.handBack(ctx, hub, payloads[0])
	}
	acks, err := c.store(ctx, hub, topic, payloads)
	for _, ack := range acks {
		if err := c.answer(hub, ack); err != nil {
			c.config.Log.Error("a hub was not answered; it will send again", "hub", hub.ID, "error", err)
		}
	}
	if err != nil && !errors.Is(err, ingest.ErrRefused) {
		c.config.Log.Error("a hub's messages were not stored; it will send again", "hub", hub.ID, "messages", len(payloads), "error", err)
	}
	return err
}

func (c *counter) store(ctx context.Context, hub ingest.Hub, topic string, payloads [][]byte) ([]wire.Ack, error) {
	topics := wire.HubTopics{Hub: hub.ID}
	switch topic {
	case topics.Events():
		return c.config.Intake.Events(ctx, hub, payloads...)
	case topics.State():
		return c.config.Intake.State(ctx, hub, payloads[0])
	}
	return nil, ingest.ErrRefused
}

func (c *counter) answer(hub ingest.Hub, ack wire.Ack) error {
	payload, err := wire.Encode(ack)
	if err != nil {
		return err
	}
	return c.send(wire.HubTopics{Hub: hub.ID}.Ack(), payload, false)
}

// handBack sends a hub records that it lacks. Without an answer it asks again.
func (c *counter) handBack(ctx context.Context, hub ingest.Hub, payload []byte) error {
	events, err := c.config.Intake.Want(ctx, hub, payload)
	if err != nil {
		if !errors.Is(err, ingest.ErrRefused) {
			c.config.Log.Error("a hub was not handed back what it lacks; it will ask again", "hub", hub.ID, "error", err)
		}
		return err
	}
	if len(events.Events) == 0 {
		return nil
	}
	raw, err := wire.Encode(events)
	if err == nil {
		err = c.send(wire.HubTopics{Hub: hub.ID}.Back(), raw, false)
	}
	if err != nil {
		c.config.Log.Error("a hub was not handed back what it lacks; it will ask again", "hub", hub.ID, "error", err)
	}
	return nil
}
