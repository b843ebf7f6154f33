package arbiters

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"sync"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"portaria/cloud/internal/arbiter"
	"portaria/cloud/internal/ingest"
	"portaria/cloud/internal/postgres"
	"portaria/cloud/internal/postgres/arbiterdb"
	"portaria/cloud/internal/postgres/entries"
	"portaria/edge/admit"
	"portaria/edge/ticket"
	"portaria/edge/venue"
	"portaria/edge/whitelist"
	"portaria/edge/wire"
)

const (
	bootLimit = time.Minute
	overAfter = 24 * time.Hour      // after its end an event's records matter no more
	recent    = 10 * 24 * time.Hour // longer than a gate keeps its records
)

// Store is one arbiter's part of the database.
type Store struct {
	pool  *pgxpool.Pool
	lease arbiter.Lease

	mu     sync.Mutex
	loaded map[ticket.EventID]bool
}

func (s *Store) hub() ingest.Hub {
	return ingest.Hub{ID: arbiter.Name, Organizer: s.lease.Organizer, Venue: s.lease.Venue}
}

// Boot reads what the arbiter's core starts from, as of one moment at which the lease held.
func (s *Store) Boot() (boot venue.Boot, err error) {
	ctx, cancel := context.WithTimeout(postgres.System(context.Background()), bootLimit)
	defer cancel()
	err = pgx.BeginTxFunc(ctx, s.pool, pgx.TxOptions{IsoLevel: pgx.RepeatableRead}, func(tx pgx.Tx) error {
		q := arbiterdb.New(tx)
		row, err := s.check(ctx, q)
		if err != nil {
			return err
		}
		if err := unpack(row.Memory, &boot.Memory); err != nil {
			return fmt.Errorf("read the arbiter's memory: %w", err)
		}
		if err := unpack(row.Homes, &boot.Homes); err != nil {
			return fmt.Errorf("read the homes in force: %w", err)
		}
		if err := s.readKept(ctx, q, &boot); err != nil {
			return err
		}
		return s.readHistory(ctx, q, &boot)
	})
	if err != nil {
		return venue.Boot{}, fmt.Errorf("read the arbiter of venue %s: %w", s.lease.Venue, err)
	}
	return boot, s.readMarks(ctx, &boot)
}

// check begins every transaction.
func (s *Store) check(ctx context.Context, q *arbiterdb.Queries) (arbiterdb.CheckFenceRow, error) {
	row, err := q.CheckFence(ctx, uuid.UUID(s.lease.Venue), s.lease.Fence)
	if postgres.NoRow(err) {
		return row, arbiter.ErrLost
	}
	return row, err
}

func unpack(raw []byte, into any) error {
	if raw == nil {
		return nil
	}
	return json.Unmarshal(raw, into)
}

func (s *Store) readKept(ctx context.Context, q *arbiterdb.Queries, boot *venue.Boot) error {
	id := uuid.UUID(s.lease.Venue)
	gates, err := q.ArbiterGates(ctx, id)
	if err == nil {
		boot.Gates, err = decodeAll[venue.Gate](gates)
	}
	if err != nil {
		return fmt.Errorf("read the gates: %w", err)
	}
	grants, err := q.ArbiterGrants(ctx, id)
	if err == nil {
		boot.Grants, err = decodeAll[venue.Grant](grants)
	}
	if err != nil {
		return fmt.Errorf("read the grants: %w", err)
	}
	return nil
}

func decodeAll[T any](rows [][]byte) ([]T, error) {
	out := make([]T, len(rows))
	for i, raw := range rows {
		if err := json.Unmarshal(raw, &out[i]); err != nil {
			return nil, err
		}
	}
	return out, nil
}

// readHistory reads the histories of the rights of events that are not over.
func (s *Store) readHistory(ctx context.Context, q *arbiterdb.Queries, boot *venue.Boot) error {
	events, err := q.EventsNotOver(ctx, uuid.UUID(s.lease.Venue), time.Now().Add(-overAfter))
	if err != nil {
		return fmt.Errorf("read the events: %w", err)
	}
	bodies, err := q.HistoryOf(ctx, uuid.UUID(s.lease.Organizer), uuid.UUID(s.lease.Venue), events)
	if err != nil {
		return fmt.Errorf("read the histories: %w", err)
	}
	boot.History, boot.Rights = map[whitelist.Ref][]admit.Record{}, map[whitelist.Ref]wire.Right{}
	for _, body := range bodies {
		e, err := wire.DecodeEvent([]byte(body))
		if err != nil || e.Record == nil || e.Ref == (whitelist.Ref{}) {
			continue // set aside because nobody can read it
		}
		boot.History[e.Ref] = append(boot.History[e.Ref], *e.Record)
		if right := wire.RightOf(&e); right != nil {
			boot.Rights[e.Ref] = boot.Rights[e.Ref].Join(*right)
		}
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.loaded = map[ticket.EventID]bool{}
	for _, id := range events {
		s.loaded[ticket.EventID(id)] = true
	}
	return nil
}

// readMarks: what is in the database is with the arbiter and in the cloud at once.
func (s *Store) readMarks(ctx context.Context, boot *venue.Boot) error {
	marks, err := entries.New(s.pool).EveryRun(ctx, s.hub(), time.Now().Add(-recent))
	if err != nil {
		return fmt.Errorf("read the watermarks of venue %s: %w", s.lease.Venue, err)
	}
	for _, m := range marks {
		boot.Marks = append(boot.Marks, venue.Mark{Gate: m.Gate, Run: m.Run, Held: m.Cloud, Cloud: m.Cloud})
	}
	return nil
}

// Loaded is the events whose records Boot has read.
func (s *Store) Loaded() map[ticket.EventID]bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return maps.Clone(s.loaded)
}

// HasRecords says whether there are any of an event.
func (s *Store) HasRecords(ctx context.Context, event ticket.EventID) (bool, error) {
	id := uuid.UUID(event)
	return arbiterdb.New(s.pool).HasRecords(postgres.System(ctx), uuid.UUID(s.lease.Organizer), &id)
}
