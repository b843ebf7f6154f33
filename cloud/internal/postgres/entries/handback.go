package entries

import (
	"context"
	"fmt"
	"math"
	"slices"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"portaria/cloud/entry"
	"portaria/cloud/internal/ingest"
	"portaria/cloud/internal/postgres/entrydb"
	"portaria/edge/ticket"
	"portaria/edge/wire"
)

// overAfter is how long after its end an event's records still matter to a hub.
const overAfter = 24 * time.Hour

// EveryRun is how far the venue's runs are held that moved since then, or that are of events that are not over.
func (s *Store) EveryRun(ctx context.Context, hub ingest.Hub, since time.Time) ([]wire.Watermark, error) {
	rows, err := s.db().EveryRun(ctx, uuid.UUID(hub.Venue), since, uuid.UUID(hub.Organizer), time.Now().Add(-overAfter))
	if err != nil {
		return nil, err
	}
	out := make([]wire.Watermark, 0, len(rows))
	for _, r := range rows {
		run, err := wire.ParseRun(r.Run)
		if err != nil {
			return nil, fmt.Errorf("read the run of a watermark: %w", err)
		}
		out = append(out, wire.Watermark{Gate: r.GateID, Run: run, Cloud: uint64(r.Seq)}) //nolint:gosec // never negative
	}
	return out, nil
}

// Back reads a run's records from a seq on, those that were set aside among them: the next hub must have what this one had.
func (s *Store) Back(ctx context.Context, venue ticket.EventID, want wire.Want, limit int) ([]wire.Event, error) {
	if want.From > math.MaxInt64 {
		return nil, nil
	}
	rows, err := s.db().RecordsFrom(ctx, entrydb.RecordsFromParams{VenueID: uuid.UUID(venue), GateID: want.Gate, Run: want.Run.String(),
		First: int64(want.From), Count: int32(limit)}) //nolint:gosec // checked above; limit is ours
	if err != nil {
		return nil, err
	}
	out := make([]wire.Event, 0, len(rows))
	for i, r := range rows {
		if uint64(r.Seq) != want.From+uint64(i) { //nolint:gosec // never negative
			return out, fmt.Errorf("record %d is missing", want.From+uint64(i)) //nolint:gosec // an index
		}
		e, err := wire.DecodeEvent([]byte(r.Body))
		if err != nil || e.Gate != want.Gate || e.Run != want.Run || int64(e.Seq) != r.Seq { //nolint:gosec // compared
			e = wire.Event{Gate: want.Gate, Run: want.Run, Seq: uint64(r.Seq), Type: wire.Note, Text: "a record that the cloud could not read"} //nolint:gosec // never negative
		}
		out = append(out, e)
	}
	return out, nil
}

// maxTold is the highest term that a hub is believed to have been given by a person: above it the cloud counts on alone. A hub
// that was stolen could else take the last one, and no other could ever take its place.
const maxTold = 1 << 53

// Word keeps what a hub's store tells of itself, and says which term it has.
func (s *Store) Word(ctx context.Context, hub ingest.Hub, state wire.HubState, restored bool) (word wire.Word, isNew bool, err error) {
	if state.Head > math.MaxInt64 {
		return word, false, fmt.Errorf("head %d is out of range", state.Head)
	}
	told := state.Term
	if told > maxTold {
		told = 0
	}
	venue := uuid.UUID(hub.Venue)
	err = pgx.BeginFunc(ctx, s.pool, func(tx pgx.Tx) error {
		q := entrydb.New(tx)
		if err := q.LockTerms(ctx, "terms of "+venue.String()); err != nil {
			return err
		}
		if err := q.StandDown(ctx, venue); err != nil {
			return err
		}
		rows, err := q.HubDisks(ctx, venue)
		if err != nil {
			return err
		}
		given := make([]entry.Given, len(rows))
		for i, r := range rows {
			given[i] = entry.Given{Disk: r.Disk, Term: uint64(r.Term)} //nolint:gosec // never negative
		}
		isNew = !slices.ContainsFunc(given, func(g entry.Given) bool { return g.Disk == state.Disk })
		word.Term, word.Newest = entry.Term(given, state.Disk, told, state.New, restored)
		head, err := q.KeepHubDisk(ctx, entrydb.KeepHubDiskParams{VenueID: venue, Disk: state.Disk, HubID: hub.ID,
			Term: int64(word.Term), Head: int64(state.Head)}) //nolint:gosec // checked above
		word.Head = uint64(head) //nolint:gosec // never negative
		return err
	})
	return word, isNew, err
}
