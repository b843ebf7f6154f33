package catchup

import (
	"context"
	"time"

	"portaria/deploy/privatepg"
)

// atOnce is how many rows PostgreSQL is given in one transaction when it works alone.
const atOnce = 1000

// insert makes rows like those of records, as long and with as many indexes, out of nothing: no client sends them.
const insert = `
INSERT INTO entry_events (venue_id, gate_id, run, organizer_id, hub_id, seq, event_id, type, scan, ref, kind, record, reason, at, lane, checkpoint, body)
SELECT '01900000-0000-7000-8000-000000000001', 'gate-1', '1-00000007', '01900000-0000-7000-8000-000000000002', 'alone', s,
    '01900000-0000-7000-8000-000000000003', 'admission', decode(md5(s::text), 'hex'), decode(md5(s::text), 'hex'), 0, 'entry', 'ok',
    1790000000000 + s, 1, 'door', format('{"seq":%s,"scan":"%s","rest":"%s"}', s, md5(s::text), repeat('x', 500))::json
FROM generate_series($1::bigint * 1000 + 1, $1::bigint * 1000 + 1000) AS s
ON CONFLICT (venue_id, gate_id, run, seq) DO NOTHING`

// alone is how many rows a second PostgreSQL stores when nothing else is done: no record can come faster to its table.
func (v *venue) alone(ctx context.Context, rows int) (float64, error) {
	n := max(1, rows/atOnce)
	if err := privatepg.Repeat(ctx, v.postgres, "portaria", "DELETE FROM entry_events WHERE hub_id = 'alone' AND $1::bigint = 0", 1); err != nil {
		return 0, err
	}
	started := time.Now()
	err := privatepg.Repeat(ctx, v.postgres, "portaria", insert, n)
	return float64(n*atOnce) / time.Since(started).Seconds(), err
}
