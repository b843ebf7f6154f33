package intakes

import (
	"context"
	"embed"
	"fmt"
	"iter"
	"maps"

	"github.com/jackc/pgx/v5"

	"portaria/cloud/internal/gatehouse/foreign/intake"
	"portaria/cloud/internal/postgres"
)

//go:embed sql/*.sql
var files embed.FS

// statement is a file of sql/.
func statement(name string) string {
	raw, err := files.ReadFile("sql/" + name + ".sql")
	if err != nil {
		panic(err) // part of the program
	}
	return string(raw)
}

// run carries a statement out.
func (s *Store) run(ctx context.Context, name string, args pgx.NamedArgs) error {
	if _, err := postgres.On(ctx, s.pool).Exec(ctx, statement(name), args); err != nil {
		return fmt.Errorf("%s: %w", name, err)
	}
	return nil
}

// Stage takes lines; no other import of this issuer runs until the transaction ends.
func (s *Store) Stage(ctx context.Context, i intake.Import, lines iter.Seq2[intake.Staged, error]) error {
	tx, err := postgres.Copier(ctx)
	if err != nil {
		return err
	}
	// Sorting a million lines is worth some memory of the server's, for this transaction.
	if _, err := tx.Exec(ctx, "SET LOCAL work_mem = '96MB'"); err != nil {
		return err
	}
	lock := "SELECT pg_advisory_xact_lock(hashtextextended($1, 1))"
	if _, err := tx.Exec(ctx, lock, "import "+i.Scope.Event.String()+i.Issuer); err != nil {
		return err
	}
	if err := s.run(ctx, "stage", nil); err != nil {
		return err
	}
	next, stop := iter.Pull2(lines)
	defer stop()
	columns := []string{"line", "text", "code", "ours", "others", "ref", "kind", "valid_from", "valid_until", "seat", "digits", "why"}
	row := make([]any, len(columns))
	_, err = tx.CopyFrom(ctx, pgx.Identifier{"staged"}, columns, pgx.CopyFromFunc(func() ([]any, error) {
		l, err, ok := next()
		if err != nil || !ok {
			return nil, err
		}
		fill(row, &l)
		return row, nil
	}))
	return err
}

func fill(row []any, l *intake.Staged) {
	row[0], row[1], row[2], row[3], row[4], row[5] = int32(l.Line), l.Text, l.Code, nil, nil, nil //nolint:gosec // at most a million
	if l.Ours != "" {
		row[3] = l.Ours
	}
	if l.Others != nil {
		row[4] = l.Others
	}
	if l.Why == "" {
		row[5] = l.Ref[:]
	}
	row[6], row[7], row[8], row[9], row[10], row[11] = l.Kind, l.From, l.Until, l.Seat, int32(l.Digits), string(l.Why) //nolint:gosec // at most a code's length
}

func args(t intake.Task) pgx.NamedArgs {
	names, profiles := []string{}, []int32{}
	for _, o := range t.Others {
		names, profiles = append(names, o.Name), append(profiles, int32(o.Profile)) //nolint:gosec // one of eight
	}
	i := t.Import
	return pgx.NamedArgs{
		"import": i.ID, "event": i.Scope.Event, "organizer": i.Scope.Organizer, "issuer": i.Issuer, "mode": string(i.Mode),
		"kind": int32(t.Kind), "lost_zero": int32(t.LostZero), "other_names": names, "other_profiles": profiles, //nolint:gosec // a length
	}
}

// Compare says what becomes of each line, and counts.
func (s *Store) Compare(ctx context.Context, t intake.Task) (map[string]int, error) {
	if err := s.run(ctx, "fate", nil); err != nil {
		return nil, err
	}
	if err := s.run(ctx, "compare", args(t)); err != nil {
		return nil, err
	}
	counts, err := s.counts(ctx)
	if err != nil || t.Import.Mode != intake.Replace {
		return counts, err
	}
	var missing int
	row := postgres.On(ctx, s.pool).QueryRow(ctx, statement("missing"), args(t))
	if err := row.Scan(&missing); err != nil {
		return nil, fmt.Errorf("count what is missing: %w", err)
	}
	if missing > 0 {
		counts[intake.Missing] = missing
	}
	return counts, nil
}

func (s *Store) counts(ctx context.Context) (map[string]int, error) {
	rows, err := postgres.On(ctx, s.pool).Query(ctx, "SELECT fate, count(*)::int AS n FROM fate GROUP BY fate")
	if err != nil {
		return nil, fmt.Errorf("count fates: %w", err)
	}
	counts := map[string]int{}
	var fate string
	var n int
	_, err = pgx.ForEachRow(rows, []any{&fate, &n}, func() error {
		counts[fate] = n
		return nil
	})
	return maps.Clone(counts), err
}

// Report keeps the skipped lines.
func (s *Store) Report(ctx context.Context, t intake.Task) error {
	if _, err := postgres.On(ctx, s.pool).Exec(ctx, "DELETE FROM import_skips WHERE import_id = $1", t.Import.ID); err != nil {
		return err
	}
	return s.run(ctx, "report", args(t))
}

// Write changes the list. intake.ErrSeats.
func (s *Store) Write(ctx context.Context, t intake.Task) error {
	a, counts := args(t), t.Import.Counts
	steps := map[string]bool{
		"seats": t.Import.Mapping.Seat > 0 && t.Import.Mode != intake.Withdraw, "add": counts[intake.Adds] > 0,
		"change":   counts[intake.Changes]+counts[intake.Reinstates] > 0,
		"withdraw": counts[intake.Withdraws] > 0, "replace": counts[intake.Missing] > 0,
	}
	for _, name := range []string{"seats", "add", "change", "withdraw", "replace"} {
		if !steps[name] {
			continue
		}
		if err := s.run(ctx, name, a); err != nil {
			if postgres.Broke(err) == "event_seats_number_check" {
				return intake.ErrSeats
			}
			return err
		}
	}
	_, err := postgres.On(ctx, s.pool).Exec(ctx, "SELECT pg_notify('list_changed', $1)", t.Import.Scope.Event.String())
	return err
}
