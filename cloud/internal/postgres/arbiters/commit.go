package arbiters

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"portaria/cloud/entry"
	"portaria/cloud/internal/ingest"
	"portaria/cloud/internal/postgres"
	"portaria/cloud/internal/postgres/arbiterdb"
	"portaria/cloud/internal/postgres/entries"
	"portaria/cloud/internal/postgres/entrydb"
	"portaria/edge/admit"
	"portaria/edge/ticket"
	"portaria/edge/venue"
	"portaria/edge/wire"
)

// Commit makes commits durable in one transaction, if the lease still holds. What an arbiter commits and what the cloud
// takes in is one thing here: the same tables, the same watermarks, the same roll-ups.
func (s *Store) Commit(ctx context.Context, commits []venue.Commit) error {
	ctx = postgres.System(ctx)
	err := pgx.BeginFunc(ctx, s.pool, func(tx pgx.Tx) error {
		if _, err := s.check(ctx, arbiterdb.New(tx)); err != nil {
			return err
		}
		if err := s.keepRecords(ctx, tx, commits); err != nil {
			return err
		}
		return s.keepRest(ctx, arbiterdb.New(tx), commits)
	})
	if err != nil {
		return fmt.Errorf("commit %d steps of the arbiter of venue %s: %w", len(commits), s.lease.Venue, err)
	}
	return nil
}

// keepRecords stores the records of all commits, run by run.
func (s *Store) keepRecords(ctx context.Context, tx pgx.Tx, commits []venue.Commit) error {
	order, runs, ids, missing := []entry.Source{}, map[entry.Source][]wire.Event{}, []uuid.UUID{}, false
	for _, c := range commits {
		for _, e := range c.Events {
			source := entry.Source{Gate: e.Gate, Run: e.Run}
			if runs[source] == nil {
				order = append(order, source)
			}
			runs[source] = append(runs[source], e)
			ids = append(ids, uuid.UUID(e.Event))
		}
	}
	if len(order) == 0 {
		return nil
	}
	found, err := entrydb.New(tx).EventsOfVenue(ctx, uuid.UUID(s.lease.Venue), ids)
	if err != nil {
		return fmt.Errorf("look up events: %w", err)
	}
	ours := map[ticket.EventID]bool{}
	for _, id := range found {
		ours[ticket.EventID(id)] = true
	}
	err = entries.AcceptIn(ctx, tx, s.hub(), order, func(held []uint64) []entry.Plan {
		plans := make([]entry.Plan, len(order))
		for i, source := range order {
			plans[i] = ingest.Plan(source, held[i], runs[source], ours)
			missing = missing || plans[i].Gap > 0
		}
		return plans
	})
	if err == nil && missing {
		err = errors.New("a record before them is missing")
	}
	if err != nil {
		return fmt.Errorf("store the records of %d runs: %w", len(order), err)
	}
	return nil
}

// keepRest keeps the core's own facts: the last word on each counts.
func (s *Store) keepRest(ctx context.Context, q *arbiterdb.Queries, commits []venue.Commit) error {
	id, rest := uuid.UUID(s.lease.Venue), gather(commits)
	if len(rest.gates) > 0 {
		names, bodies, err := pack(rest.gates, func(name string) string { return name })
		if err == nil {
			err = q.KeepGates(ctx, id, names, bodies)
		}
		if err != nil {
			return fmt.Errorf("keep %d gates: %w", len(rest.gates), err)
		}
	}
	if len(rest.grants) > 0 {
		scans, bodies, err := pack(rest.grants, func(id admit.ScanID) []byte { return id[:] })
		if err == nil {
			err = q.KeepGrants(ctx, id, scans, bodies)
		}
		if err != nil {
			return fmt.Errorf("keep %d grants: %w", len(rest.grants), err)
		}
	}
	if len(rest.closed) > 0 {
		if err := q.DropGrants(ctx, id, rest.closed); err != nil {
			return fmt.Errorf("drop %d grants: %w", len(rest.closed), err)
		}
	}
	memory, err := json.Marshal(commits[len(commits)-1].Memory)
	if err != nil {
		return err
	}
	return q.KeepMemory(ctx, memory, rest.homes, id)
}

type gathered struct {
	gates  map[string]venue.Gate
	grants map[admit.ScanID]venue.Grant
	closed [][]byte
	homes  []byte
}

// gather leaves out grants that were made and closed within these commits, but for the row that an earlier one made.
func gather(commits []venue.Commit) gathered {
	g := gathered{gates: map[string]venue.Gate{}, grants: map[admit.ScanID]venue.Grant{}}
	closed := map[admit.ScanID]bool{}
	for _, c := range commits {
		for _, x := range c.Gates {
			g.gates[x.Name] = x
		}
		for _, x := range c.Grants {
			g.grants[x.Scan] = x
			delete(closed, x.Scan)
		}
		for _, scan := range c.Closed {
			delete(g.grants, scan)
			closed[scan] = true
		}
		if c.Homes != nil {
			g.homes, _ = json.Marshal(c.Homes) // plain data
		}
	}
	for scan := range closed {
		g.closed = append(g.closed, scan[:])
	}
	return g
}

// pack is rows for one statement.
func pack[K comparable, C, V any](rows map[K]V, column func(K) C) (keys []C, bodies []string, err error) {
	for key, row := range rows {
		body, err := json.Marshal(row)
		if err != nil {
			return nil, nil, err
		}
		keys, bodies = append(keys, column(key)), append(bodies, string(body))
	}
	return keys, bodies, nil
}

// Journal reads records of a run.
func (s *Store) Journal(gate string, run wire.Run, from uint64, limit int) ([]wire.Event, error) {
	ctx, cancel := context.WithTimeout(postgres.System(context.Background()), bootLimit)
	defer cancel()
	return entries.New(s.pool).Back(ctx, s.lease.Venue, wire.Want{Gate: gate, Run: run, From: from}, limit)
}

// Prune does nothing: what the cloud holds stays.
func (s *Store) Prune(context.Context, string, wire.Run, uint64) error { return nil }
