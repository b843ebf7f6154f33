package gates

import (
	"context"
	"log/slog"
	"time"

	"github.com/google/uuid"

	"portaria/cloud/internal/gatehouse"
	"portaria/cloud/internal/postgres"
	"portaria/edge/ticket"
	"portaria/edge/whitelist"
)

var (
	_ gatehouse.Due    = (*Store)(nil)
	_ gatehouse.Signed = (*Store)(nil)
)

// DueLists finds lists to sign.
func (s *Store) DueLists(ctx context.Context, renewBefore, over time.Time) ([]ticket.EventID, error) {
	ids, err := s.on(ctx).DueLists(ctx, renewBefore, over)
	return events(ids), err
}

// DueVenues finds venue manifests to sign.
func (s *Store) DueVenues(ctx context.Context, all bool) ([]ticket.EventID, error) {
	ids, err := s.on(ctx).DueVenues(ctx, all)
	return events(ids), err
}

// Sweep deletes what was stale before a time, and marks of what does not exist.
func (s *Store) Sweep(ctx context.Context, before time.Time) error {
	q := s.on(ctx)
	if _, err := q.SweepBlobs(ctx, &before); err != nil {
		return err
	}
	if _, err := q.SweepManifests(ctx, before); err != nil {
		return err
	}
	return q.SweepMarks(ctx)
}

// HubLists says which list each hub keeps.
func (s *Store) HubLists(ctx context.Context, endsAfter, startsBefore time.Time) ([]gatehouse.HubList, error) {
	rows, err := s.on(ctx).HubLists(ctx, endsAfter, startsBefore)
	out := make([]gatehouse.HubList, len(rows))
	for i, r := range rows {
		out[i] = gatehouse.HubList{Hub: r.Hub, Event: ticket.EventID(r.EventID), Epoch: uint64(r.Epoch)} //nolint:gosec // never negative
	}
	return out, err
}

// HubVenues says which venue manifest each hub has.
func (s *Store) HubVenues(ctx context.Context) ([]gatehouse.HubVenue, error) {
	rows, err := s.on(ctx).HubVenues(ctx)
	out := make([]gatehouse.HubVenue, len(rows))
	for i, r := range rows {
		out[i] = gatehouse.HubVenue{Hub: r.Hub, Venue: ticket.EventID(r.VenueID), Epoch: uint64(r.Epoch)} //nolint:gosec // never negative
	}
	return out, err
}

// SignedSince is the event's manifests above an epoch, oldest first.
func (s *Store) SignedSince(ctx context.Context, event ticket.EventID, epoch uint64) ([]gatehouse.SignedList, error) {
	rows, err := s.on(ctx).PatchesSince(ctx, uuid.UUID(event), int64(epoch)) //nolint:gosec // at most 2^53
	out := make([]gatehouse.SignedList, len(rows))
	for i, r := range rows {
		out[i] = gatehouse.SignedList{
			Epoch: uint64(r.Epoch), Manifest: r.Raw, Patch: r.Patch, Blob: hash(r.PatchBlob), //nolint:gosec // never negative
		}
	}
	return out, err
}

// SignedVenue is a venue's newest manifest. gatehouse.ErrNoVenue.
func (s *Store) SignedVenue(ctx context.Context, venue ticket.EventID) ([]byte, whitelist.Hash, error) {
	row, err := s.on(ctx).SignedVenue(ctx, uuid.UUID(venue))
	if postgres.NoRow(err) {
		return nil, whitelist.Hash{}, gatehouse.ErrNoVenue
	}
	return row.Raw, hash(row.Blob), err
}

// relisten is how long to wait after the listening connection broke.
const relisten = 2 * time.Second

// Listen wakes the gatehouse when anything to sign or publish is committed. It runs until ctx ends; while its
// connection is broken the gatehouse looks by itself.
func (s *Store) Listen(ctx context.Context, wake chan<- struct{}, log *slog.Logger) {
	for ctx.Err() == nil {
		err := s.listen(ctx, wake)
		if ctx.Err() != nil {
			return
		}
		log.Warn("notices from the database broke off; looking every half second meanwhile", "error", err)
		select {
		case <-ctx.Done():
		case <-time.After(relisten):
		}
	}
}

func (s *Store) listen(ctx context.Context, wake chan<- struct{}) error {
	conn, err := s.pool.Acquire(ctx)
	if err != nil {
		return err
	}
	// A connection that listens must not go back to the pool.
	own := conn.Hijack()
	defer func() { _ = own.Close(context.WithoutCancel(ctx)) }()
	for _, channel := range []string{"list_changed", "venue_changed", "list_signed"} {
		if _, err := own.Exec(ctx, "LISTEN "+channel); err != nil {
			return err
		}
	}
	for {
		if _, err := own.WaitForNotification(ctx); err != nil {
			return err
		}
		select {
		case wake <- struct{}{}:
		default: // already awake
		}
	}
}
