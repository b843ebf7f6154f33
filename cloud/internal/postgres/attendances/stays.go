package attendances

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"portaria/cloud/internal/attendance"
)

var _ attendance.Stays = (*Store)(nil)

// stays joins each leaving with the entry that it closes, where both were passed. The time is that of the passage: who
// was admitted and turned round did not stay.
const stays = `WITH passed AS (
    SELECT DISTINCT ON (e.gate_id, e.scan) e.gate_id, e.scan, e.at FROM entry_events e
    WHERE e.organizer_id = @organizer AND e.event_id = ANY (@events::uuid[]) AND e.type = 'outcome' AND e.record IN ('passed', 'forced')
    ORDER BY e.gate_id, e.scan, e.at
), opened AS (
    SELECT e.gate_id, e.scan, e.type, p.at, e.body -> 'record' ->> 'closes' AS closes, e.body -> 'record' ->> 'from' AS came_from,
        e.body -> 'record' ->> 'zone' AS went_to
    FROM entry_events e JOIN passed p USING (gate_id, scan)
    WHERE e.organizer_id = @organizer AND e.event_id = ANY (@events::uuid[]) AND e.type IN ('admission', 'leaving')
), stay AS (
    SELECT o.at - i.at AS ms FROM opened o JOIN opened i ON i.type = 'admission' AND encode(i.scan, 'hex') = o.closes
    WHERE o.type = 'leaving' AND o.at >= i.at
)
SELECT (SELECT count(*) FROM stay), (SELECT coalesce(percentile_cont(0.5) WITHIN GROUP (ORDER BY ms), 0) FROM stay),
    (SELECT coalesce(percentile_cont(0.9) WITHIN GROUP (ORDER BY ms), 0) FROM stay),
    (SELECT min(at) FROM opened WHERE type = 'admission' AND coalesce(came_from, '') = ''),
    (SELECT max(at) FROM opened WHERE type = 'admission' AND coalesce(came_from, '') = '')`

// Stay reads all records of the scope's events.
func (s *Store) Stay(ctx context.Context, scope attendance.Scope) (x attendance.Stay, err error) {
	var median, p90 float64
	var first, last *int64
	err = s.pool.QueryRow(ctx, stays, named(scope)).Scan(&x.People, &median, &p90, &first, &last)
	if err != nil && !errors.Is(err, pgx.ErrNoRows) {
		return x, fmt.Errorf("find how long people stayed: %w", err)
	}
	x.Median, x.P90 = time.Duration(median)*time.Millisecond, time.Duration(p90)*time.Millisecond
	if first != nil && last != nil {
		x.First, x.Last = time.UnixMilli(*first), time.UnixMilli(*last)
	}
	return x, nil
}

const flow = scoped + `
SELECT slot, gate_id, checkpoint, came_from, went_to, what, which, sum(n)::bigint FROM scoped
WHERE what IN ('in', 'out', 'stray', 'back', 'late', 'aborted', 'unknown', 'refused')
GROUP BY slot, checkpoint, gate_id, came_from, went_to, what, which
ORDER BY slot, checkpoint, gate_id, came_from, went_to, what, which OFFSET @offset LIMIT @limit`

// Flow gives numbers of people line by line.
func (s *Store) Flow(ctx context.Context, scope attendance.Scope, offset, limit int) ([]attendance.Flow, error) {
	args := named(scope)
	args["offset"], args["limit"] = offset, limit
	return read(ctx, s.pool, "read people by five minutes", flow, args, func(row pgx.CollectableRow) (x attendance.Flow, err error) {
		var slot int64
		err = row.Scan(&slot, &x.Gate, &x.Door, &x.From, &x.To, &x.What, &x.Which, &x.N)
		x.At = attendance.TimeOf(slot)
		return x, err
	})
}
