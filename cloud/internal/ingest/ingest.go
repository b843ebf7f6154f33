// Package ingest takes what hubs bring: journal records of gates, and heartbeats. It drives entry.Step, and answers
// with how far the cloud holds each gate's records.
//
// An answer is a promise, so it is made only of what one transaction has committed: the new records, those set aside,
// and the watermark that counts them. A hub that is told less sends again. The package knows neither MQTT nor SQL.
package ingest

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"portaria/cloud/entry"
	"portaria/edge/ticket"
	"portaria/edge/wire"
)

// ErrRefused is a message that no later attempt makes better: it is logged, never stored and never acknowledged.
var ErrRefused = errors.New("refused")

// recent bounds which runs' watermarks a heartbeat is answered with: longer than a gate keeps its records.
const recent = 10 * 24 * time.Hour

// Hub is who brings a message, as the cloud knows it.
type Hub struct {
	ID        string
	Organizer ticket.EventID
	Venue     ticket.EventID
}

// Store keeps records and watermarks.
type Store interface {
	Ledger
	// Knows says which gates are the venue's, and which of the events are.
	Knows(ctx context.Context, venue ticket.EventID, events []ticket.EventID) (map[string]bool, map[ticket.EventID]bool, error)
	// Accept runs decide on how far sources are held, and stores the plan that it makes for each: all in one transaction
	// that nobody else of these sources is in. No source is named twice. After an error nothing is stored.
	Accept(ctx context.Context, hub Hub, sources []entry.Source, decide func(watermarks []uint64) []entry.Plan) error
	SawHub(ctx context.Context, hub Hub, state wire.HubState, at time.Time) error
}

// Ledger reads back what is held.
type Ledger interface {
	// Watermarks is how far the venue's runs are held that moved since then.
	Watermarks(ctx context.Context, venue ticket.EventID, since time.Time) ([]wire.Watermark, error)
	// EveryRun is the same of every run that may still matter: it moved since then, or is of an event that is not over.
	EveryRun(ctx context.Context, hub Hub, since time.Time) ([]wire.Watermark, error)
	// Back reads a run's records in order.
	Back(ctx context.Context, venue ticket.EventID, want wire.Want, limit int) ([]wire.Event, error)
	// Word keeps what a hub's store tells of itself, and says which term it has, the venue's newest, and its highest head;
	// isNew when the store was not known.
	Word(ctx context.Context, hub Hub, state wire.HubState, restored bool) (word wire.Word, isNew bool, err error)
}

// Intake takes hubs' messages. Safe for concurrent use.
type Intake struct {
	Store       Store
	Incarnation string // of the database
	Restored    bool   // it has had another one: it may have forgotten which terms it gave
	Now         func() time.Time
	Log         *slog.Logger
}

// State takes a hub's heartbeat and returns the answer: how far every recent run is held.
func (in *Intake) State(ctx context.Context, hub Hub, payload []byte) ([]wire.Ack, error) {
	state, err := wire.Decode[wire.HubState](payload)
	if err != nil {
		return nil, in.refuse(hub, "a heartbeat that can't be read", "size", len(payload), "error", err)
	}
	if state.Hub != hub.ID {
		return nil, in.refuse(hub, "another hub's heartbeat", "named", state.Hub)
	}
	if err := in.Store.SawHub(ctx, hub, state, in.Now()); err != nil {
		return nil, fmt.Errorf("keep the state of hub %s: %w", hub.ID, err)
	}
	return in.answerState(ctx, hub, state)
}

func (in *Intake) split(ack wire.Ack) ([]wire.Ack, error) {
	acks, err := wire.SplitWatermarks(ack)
	if err != nil {
		return nil, fmt.Errorf("answer message %d: %w", ack.Number, err)
	}
	return acks, nil
}

func (in *Intake) refuse(hub Hub, what string, args ...any) error {
	in.Log.Warn("ingest: hub "+hub.ID+" sent "+what, args...)
	return fmt.Errorf("hub %s sent %s: %w", hub.ID, what, ErrRefused)
}
