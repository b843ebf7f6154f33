// Package attendances reads the numbers of people that are kept beside the records, and from the records what numbers
// can't tell: how long people stayed.
package attendances

import (
	"context"
	"fmt"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"portaria/cloud/internal/attendance"
)

// Store is the tables of attendance.
type Store struct{ pool *pgxpool.Pool }

var _ attendance.Reader = (*Store)(nil)

// New makes a store.
func New(pool *pgxpool.Pool) *Store { return &Store{pool} }

// scoped are the rows of a scope: its events', and those of none at its venue meanwhile. Two reads of the key, so that
// neither needs to look at other events.
const scoped = `WITH scoped AS (
    SELECT *, CASE WHEN what IN ('in', 'back') THEN came_from = '' WHEN what IN ('out', 'stray') THEN went_to = '' ELSE true END AS outermost
    FROM (
        SELECT * FROM attendance WHERE event_id = ANY (@events::uuid[]) AND organizer_id = @organizer
        UNION ALL
        SELECT * FROM attendance WHERE event_id = '00000000-0000-0000-0000-000000000000' AND venue_id = @venue
            AND slot BETWEEN @from AND @until AND organizer_id = @organizer
    ) AS a WHERE @door = '' OR checkpoint = @door
) `

func named(s attendance.Scope) pgx.NamedArgs {
	return pgx.NamedArgs{"organizer": s.Organizer, "venue": s.Venue, "events": s.Events, "door": s.Door,
		"from": attendance.SlotOf(s.From.UnixMilli()), "until": attendance.SlotOf(s.Until.UnixMilli())}
}

// sums reads the rows once and adds them up in two ways. Four ways would take twice as long: what is by door, by way and
// by reason is few numbers, which spread adds up.
const sums = scoped + `
SELECT grouping(slot) = 0 AS by_slot, coalesce(slot, 0) AS slot, outermost, coalesce(gate_id, '') AS gate_id,
    coalesce(checkpoint, '') AS checkpoint, coalesce(came_from, '') AS came_from, coalesce(went_to, '') AS went_to, what,
    coalesce(which, '') AS which, sum(n)::bigint AS n
FROM scoped
GROUP BY GROUPING SETS ((slot, outermost, what), (gate_id, checkpoint, came_from, went_to, outermost, what, which))`

// Sums gives every sum of the scope.
func (s *Store) Sums(ctx context.Context, scope attendance.Scope) ([]attendance.Sum, error) {
	rows, err := read(ctx, s.pool, "add up attendance", sums, named(scope), func(row pgx.CollectableRow) (x attendance.Sum, err error) {
		var bySlot bool
		err = row.Scan(&bySlot, &x.Slot, &x.Outer, &x.Gate, &x.Door, &x.From, &x.To, &x.What, &x.Which, &x.N)
		if !bySlot {
			x.Of = attendance.ByDoor
		}
		return x, err
	})
	return spread(rows), err
}

// spread adds up what is not by slot in the three ways that a report has.
func spread(rows []attendance.Sum) (out []attendance.Sum) {
	all := map[attendance.Sum]int{}
	for _, x := range rows {
		if x.Of == attendance.BySlot {
			out = append(out, x)
			continue
		}
		all[attendance.Sum{Of: attendance.ByDoor, Gate: x.Gate, Door: x.Door, What: x.What}] += x.N
		all[attendance.Sum{Of: attendance.ByWay, From: x.From, To: x.To, What: x.What}] += x.N
		all[attendance.Sum{Of: attendance.ByWhich, Outer: x.Outer, What: x.What, Which: x.Which}] += x.N
	}
	for sum, n := range all {
		sum.N = n
		out = append(out, sum)
	}
	return out
}

const peaks = scoped + `
SELECT DISTINCT ON (gate_id, checkpoint) gate_id, checkpoint, slot, sum(n)::bigint AS people FROM scoped
WHERE what = 'in' GROUP BY gate_id, checkpoint, slot ORDER BY gate_id, checkpoint, people DESC, slot`

// Peaks gives each gate's busiest slot.
func (s *Store) Peaks(ctx context.Context, scope attendance.Scope) ([]attendance.Peak, error) {
	return read(ctx, s.pool, "find the busiest minutes", peaks, named(scope), func(row pgx.CollectableRow) (x attendance.Peak, err error) {
		err = row.Scan(&x.Gate, &x.Door, &x.Slot, &x.In)
		return x, err
	})
}

const told = scoped + `
SELECT gate_id, slot, which, sum(n)::bigint FROM scoped WHERE what = 'told' GROUP BY gate_id, slot, which ORDER BY slot, gate_id, which`

// Told gives what machines told.
func (s *Store) Told(ctx context.Context, scope attendance.Scope) ([]attendance.Word, error) {
	return read(ctx, s.pool, "read what machines told", told, named(scope), func(row pgx.CollectableRow) (x attendance.Word, err error) {
		err = row.Scan(&x.Gate, &x.Slot, &x.Which, &x.N)
		return x, err
	})
}

// expected counts rights, not codes: a reprint has the right of what it replaces.
const expected = `SELECT event_id, kind, count(DISTINCT ref) FROM list_entries
WHERE event_id = ANY (@events::uuid[]) AND organizer_id = @organizer AND state = 1 GROUP BY event_id, kind`

const arrived = `SELECT event_id, which::int AS kind, sum(n)::bigint FROM attendance
WHERE event_id = ANY (@events::uuid[]) AND organizer_id = @organizer AND what = 'arrived' AND slot = 0 GROUP BY event_id, which`

// Expected is how many rights are good.
func (s *Store) Expected(ctx context.Context, scope attendance.Scope) (map[uuid.UUID]map[uint16]int, error) {
	return s.kinds(ctx, "count the good tickets", expected, scope)
}

// Arrived is how many rights were used.
func (s *Store) Arrived(ctx context.Context, scope attendance.Scope) (map[uuid.UUID]map[uint16]int, error) {
	return s.kinds(ctx, "count the used tickets", arrived, scope)
}

func (s *Store) kinds(ctx context.Context, what, sql string, scope attendance.Scope) (map[uuid.UUID]map[uint16]int, error) {
	type kind struct {
		event uuid.UUID
		kind  int32
		n     int
	}
	rows, err := read(ctx, s.pool, what, sql, named(scope), func(row pgx.CollectableRow) (x kind, err error) {
		err = row.Scan(&x.event, &x.kind, &x.n)
		return x, err
	})
	out := map[uuid.UUID]map[uint16]int{}
	for _, x := range rows {
		if out[x.event] == nil {
			out[x.event] = map[uint16]int{}
		}
		out[x.event][uint16(x.kind)] = x.n //nolint:gosec // CHECKed, or written from one
	}
	return out, err
}

func read[T any](ctx context.Context, pool *pgxpool.Pool, what, sql string, args pgx.NamedArgs, one func(pgx.CollectableRow) (T, error)) ([]T, error) {
	rows, err := pool.Query(ctx, sql, args)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", what, err)
	}
	out, err := pgx.CollectRows(rows, one)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", what, err)
	}
	return out, nil
}
