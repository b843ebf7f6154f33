// Package intakes keeps other sellers' files, and compares a million of their lines with the list in a few statements.
package intakes

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"github.com/google/uuid"

	"portaria/cloud/internal/gatehouse/foreign"
	"portaria/cloud/internal/gatehouse/foreign/intake"
	"portaria/cloud/internal/postgres"
	"portaria/cloud/internal/postgres/intakedb"
	"portaria/edge/whitelist"
)

// Store is the tables of imports.
type Store struct{ pool *postgres.Pool }

// New makes a store.
func New(pool *postgres.Pool) *Store { return &Store{pool} }

var (
	_ intake.Books  = (*Store)(nil)
	_ intake.Shelf  = (*Store)(nil)
	_ intake.Queue  = (*Store)(nil)
	_ intake.Table  = (*Store)(nil)
	_ intake.Places = (*Store)(nil)
)

func (s *Store) on(ctx context.Context) *intakedb.Queries {
	return intakedb.New(postgres.On(ctx, s.pool))
}

// Open keeps a new import.
func (s *Store) Open(ctx context.Context, i intake.Import) error {
	mapping, err := json.Marshal(i.Mapping)
	if err != nil {
		return err
	}
	return s.on(ctx).OpenImport(ctx, intakedb.OpenImportParams{
		ID: i.ID, OrganizerID: i.Scope.Organizer, EventID: i.Scope.Event, Issuer: i.Issuer, Mode: string(i.Mode), State: string(i.State),
		FileName: i.File, Bytes: i.Bytes, Mapping: mapping, MadeBy: i.By, MadeAt: i.MadeAt,
	})
}

// Get is one import. intake.ErrNone.
func (s *Store) Get(ctx context.Context, scope foreign.Scope, id uuid.UUID) (intake.Import, error) {
	row, err := s.on(ctx).OneImport(ctx, scope.Organizer, scope.Event, id)
	if postgres.NoRow(err) {
		return intake.Import{}, intake.ErrNone
	}
	if err != nil {
		return intake.Import{}, err
	}
	return imported(row)
}

// List is the newest first.
func (s *Store) List(ctx context.Context, scope foreign.Scope, issuer string, offset, limit int) ([]intake.Import, error) {
	rows, err := s.on(ctx).SomeImports(ctx, intakedb.SomeImportsParams{
		OrganizerID: scope.Organizer, EventID: scope.Event, Issuer: issuer, First: int32(offset), Most: int32(limit), //nolint:gosec // pages
	})
	out := make([]intake.Import, len(rows))
	for n, row := range rows {
		if out[n], err = imported(row); err != nil {
			return nil, err
		}
	}
	return out, err
}

func imported(r intakedb.Import) (intake.Import, error) {
	i := intake.Import{
		ID: r.ID, Scope: foreign.Scope{Organizer: r.OrganizerID, Event: r.EventID}, Issuer: r.Issuer, Mode: intake.Mode(r.Mode),
		State: intake.State(r.State), File: r.FileName, Bytes: r.Bytes, By: r.MadeBy, MadeAt: r.MadeAt, Step: r.Step,
		LinesDone: int(r.LinesDone), Lines: int(r.Lines), Fault: r.Fault,
	}
	if r.EndedAt != nil {
		i.EndedAt = *r.EndedAt
	}
	if err := json.Unmarshal(r.Mapping, &i.Mapping); err != nil {
		return i, fmt.Errorf("read the mapping of import %s: %w", r.ID, err)
	}
	if err := json.Unmarshal(r.Counts, &i.Counts); err != nil {
		return i, fmt.Errorf("read the counts of import %s: %w", r.ID, err)
	}
	return i, nil
}

// Turn moves an import from one of the states to another. intake.ErrNotNow.
func (s *Store) Turn(ctx context.Context, i intake.Import, to intake.State, from ...intake.State) error {
	mapping, err := json.Marshal(i.Mapping)
	if err != nil {
		return err
	}
	states := make([]string, len(from))
	for n, state := range from {
		states[n] = string(state)
	}
	turned, err := s.on(ctx).TurnImport(ctx, intakedb.TurnImportParams{
		State: string(to), Mode: string(i.Mode), Mapping: mapping, OrganizerID: i.Scope.Organizer, EventID: i.Scope.Event, ID: i.ID, States: states,
	})
	if err == nil && turned == 0 {
		return intake.ErrNotNow
	}
	if err == nil && to == intake.Cancelled {
		return s.on(ctx).DropFile(ctx, i.ID)
	}
	return err
}

// Remember keeps a seller's mapping for the next file.
func (s *Store) Remember(ctx context.Context, scope foreign.Scope, issuer string, m intake.Mapping) error {
	mapping, err := json.Marshal(m)
	if err != nil {
		return err
	}
	return s.on(ctx).RememberMapping(ctx, scope.Organizer, issuer, mapping)
}

// Remembered finds it.
func (s *Store) Remembered(ctx context.Context, scope foreign.Scope, issuer string) (m intake.Mapping, ok bool, err error) {
	raw, err := s.on(ctx).RememberedMapping(ctx, scope.Organizer, issuer)
	if postgres.NoRow(err) {
		return m, false, nil
	}
	if err != nil {
		return m, false, err
	}
	return m, true, json.Unmarshal(raw, &m)
}

// Put keeps a part of a file.
func (s *Store) Put(ctx context.Context, scope foreign.Scope, id uuid.UUID, part int, bytes []byte) error {
	return s.on(ctx).PutPart(ctx, id, int32(part), scope.Organizer, bytes) //nolint:gosec // a few hundred
}

// Part is a part of a file, nil after the last.
func (s *Store) Part(ctx context.Context, scope foreign.Scope, id uuid.UUID, part int) ([]byte, error) {
	bytes, err := s.on(ctx).FilePart(ctx, scope.Organizer, id, int32(part)) //nolint:gosec // a few hundred
	if postgres.NoRow(err) {
		return nil, nil
	}
	return bytes, err
}

// Skips are skipped lines in order, after a line.
func (s *Store) Skips(ctx context.Context, scope foreign.Scope, id uuid.UUID, after, limit int) ([]foreign.Skip, error) {
	rows, err := s.on(ctx).Skips(ctx, intakedb.SkipsParams{
		OrganizerID: scope.Organizer, EventID: scope.Event, ID: id, After: int32(after), Most: int32(limit), //nolint:gosec // lines
	})
	out := make([]foreign.Skip, len(rows))
	for n, r := range rows {
		out[n] = foreign.Skip{Line: int(r.Line), Text: r.Text, Why: foreign.Why(r.Why)}
	}
	return out, err
}

// Settlement is the seller's codes in order, after one of them, with who came.
func (s *Store) Settlement(ctx context.Context, scope foreign.Scope, issuer, after string, limit int) ([]intake.Came, error) {
	rows, err := s.on(ctx).Settlement(ctx, intakedb.SettlementParams{
		OrganizerID: scope.Organizer, EventID: scope.Event, Issuer: issuer, After: after, Most: int32(limit), //nolint:gosec // a page
	})
	out := make([]intake.Came, len(rows))
	for n, r := range rows {
		out[n] = intake.Came{Code: r.Code, State: whitelist.State(r.State), Kind: int(r.Kind), Seat: r.Seat, Count: int(r.Entries)} //nolint:gosec // CHECKed
		if r.Entries > 0 {
			out[n].First = time.UnixMilli(r.FirstAt).UTC()
		}
	}
	return out, err
}

// TimeZone is that of an event's venue.
func (s *Store) TimeZone(ctx context.Context, event uuid.UUID) (string, error) {
	zone, err := s.on(ctx).EventZone(ctx, event)
	if postgres.NoRow(err) {
		return "", foreign.ErrNoEvent
	}
	return zone, err
}
