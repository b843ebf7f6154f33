package intakes

import (
	"context"
	"encoding/json"
	"time"

	"github.com/google/uuid"

	"portaria/cloud/internal/gatehouse/foreign/intake"
	"portaria/cloud/internal/postgres"
	"portaria/cloud/internal/postgres/intakedb"
)

// Claim takes the oldest job that nobody works at.
func (s *Store) Claim(ctx context.Context, worker uuid.UUID) (i intake.Import, tries int, ok bool, err error) {
	row, err := s.on(ctx).ClaimImport(ctx, &worker)
	if postgres.NoRow(err) {
		return i, 0, false, nil
	}
	if err != nil {
		return i, 0, false, err
	}
	i, err = imported(row)
	return i, int(row.Tries), true, err
}

// Progress renews the worker's claim; false = it is lost.
func (s *Store) Progress(ctx context.Context, id, worker uuid.UUID, step string, lines int) (bool, error) {
	n, err := s.on(ctx).Progress(ctx, step, int32(lines), id, &worker) //nolint:gosec // at most a million
	return n > 0, err
}

// Release lets another worker have it at once.
func (s *Store) Release(ctx context.Context, id, worker uuid.UUID) error {
	return s.on(ctx).ReleaseImport(ctx, id, &worker)
}

// Finish ends the job. A file is kept while its import may still be carried out. intake.ErrNotNow.
func (s *Store) Finish(ctx context.Context, i intake.Import, worker uuid.UUID) error {
	counts, err := json.Marshal(i.Counts)
	if err != nil {
		return err
	}
	n, err := s.on(ctx).FinishImport(ctx, intakedb.FinishImportParams{
		State: string(i.State), EndedAt: &i.EndedAt, Lines: int32(i.Lines), Counts: counts, Fault: i.Fault, ID: i.ID, Worker: &worker, //nolint:gosec // at most a million
	})
	if err == nil && n == 0 {
		return intake.ErrNotNow
	}
	if err == nil && i.State == intake.Done {
		return s.on(ctx).DropFile(ctx, i.ID)
	}
	return err
}

// Sweep forgets files that nobody confirmed.
func (s *Store) Sweep(ctx context.Context, before time.Time) error {
	if err := s.on(ctx).SweepImports(ctx, before); err != nil {
		return err
	}
	return s.on(ctx).SweepFiles(ctx)
}
