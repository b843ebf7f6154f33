package api

import (
	"context"
	"net/http"
	"time"

	"github.com/google/uuid"

	"portaria/cloud/internal/account"
	"portaria/cloud/internal/catalog"
	"portaria/cloud/internal/fault"
	"portaria/cloud/internal/ingest"
	"portaria/edge/admit"
	"portaria/edge/whitelist"
)

// Conflict is a ticket that let more people in than it may.
type Conflict struct {
	Ref     string          `json:"ref" doc:"The right to enter"`
	Kind    uint16          `json:"kind" doc:"The number of the offer in the event"`
	Entries []ConflictEntry `json:"entries" doc:"Every admission of it"`
}

// ConflictEntry is one admission of a conflict.
type ConflictEntry struct {
	Scan       string    `json:"scan"`
	Gate       string    `json:"gate"`
	Lane       int       `json:"lane"`
	Checkpoint string    `json:"checkpoint,omitempty"`
	At         time.Time `json:"at" doc:"By the gate's clock"`
	Offline    bool      `json:"offline" doc:"The gate could not ask its hub"`
	Override   bool      `json:"override" doc:"A supervisor let it pass"`
}

func showConflict(c ingest.Conflict) Conflict {
	shown := Conflict{Ref: c.Ref.String(), Kind: c.Kind, Entries: []ConflictEntry{}}
	for _, r := range c.Entries {
		shown.Entries = append(shown.Entries, ConflictEntry{
			Scan: r.Scan.String(), Gate: r.Gate, Lane: r.Lane, Checkpoint: r.Checkpoint, At: shownTime(time.UnixMilli(r.At)),
			Offline: r.Offline, Override: r.Override,
		})
	}
	return shown
}

func (s *server) conflicts() {
	serve(s, op{method: http.MethodGet, path: "/events/{event}/conflicts", id: "list-conflicts", tag: "Entries",
		scope:   account.GatesRead,
		summary: "List the tickets that gates which could not ask each other let in too often. A page may be short or empty before the last"},
		func(ctx context.Context, who account.Key, in *struct {
			EventPath
			Paging
		}) (page[Conflict], error) {
			terms, err := s.terms(ctx, who.Organizer, in.Event)
			if err != nil {
				return page[Conflict]{}, err
			}
			after, err := refAfter(in.After)
			if err != nil {
				return page[Conflict]{}, err
			}
			histories, err := s.Gates.Entries.Histories(ctx, who.Organizer, in.Event, after, in.Limit)
			shown := paged(ingest.Conflicts(histories, terms), -1, showConflict, nil)
			if len(histories) == in.Limit {
				shown.Next = histories[len(histories)-1].Ref.String()
			}
			return shown, err
		})
}

func refAfter(text string) (whitelist.Ref, error) {
	if text == "" {
		return whitelist.Ref{}, nil
	}
	ref, err := whitelist.ParseRef(text)
	if err != nil {
		return ref, fault.On("after", "Give after as the page before gave next.")
	}
	return ref, nil
}

// terms is what each kind of an event allows.
func (s *server) terms(ctx context.Context, organizer, event uuid.UUID) (func(uint16) admit.Terms, error) {
	if _, err := s.Catalog.Event(ctx, organizer, event); err != nil {
		return nil, err
	}
	offers, err := s.Catalog.Offers(ctx, organizer, event)
	if err != nil {
		return nil, err
	}
	return catalog.Terms(offers), nil
}
