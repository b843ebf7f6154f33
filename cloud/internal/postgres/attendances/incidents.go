package attendances

import (
	"context"
	"encoding/json"
	"fmt"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"portaria/cloud/internal/attendance"
	"portaria/cloud/internal/ingest"
	"portaria/edge/wire"
)

var _ attendance.Incidents = (*Store)(nil)

// maxDoubtful bounds how many records of doubtful rights one page looks at.
const maxDoubtful = 20_000

const doubtful = `SELECT e.event_id, e.body FROM attendance_doubts d
JOIN entry_events e ON e.event_id = d.event_id AND e.ref = d.ref AND e.organizer_id = d.organizer_id
WHERE d.event_id = ANY (@events::uuid[]) AND d.organizer_id = @organizer AND e.record <> ''
ORDER BY e.event_id, e.ref, e.txid, e.position LIMIT @limit`

// Doubtful gives the records of every right that may have let in too many, by event.
func (s *Store) Doubtful(ctx context.Context, scope attendance.Scope) (map[uuid.UUID][]ingest.History, error) {
	args := named(scope)
	args["limit"] = maxDoubtful
	type line struct {
		event uuid.UUID
		body  []byte
	}
	rows, err := read(ctx, s.pool, "read doubtful rights", doubtful, args, func(row pgx.CollectableRow) (x line, err error) {
		err = row.Scan(&x.event, &x.body)
		return x, err
	})
	out := map[uuid.UUID][]ingest.History{}
	for _, r := range rows {
		var e wire.Event
		if err := json.Unmarshal(r.body, &e); err != nil {
			return nil, fmt.Errorf("read a record of a doubtful right: %w", err)
		}
		if e.Record == nil {
			continue
		}
		all := out[r.event]
		if n := len(all); n == 0 || all[n-1].Ref != e.Ref {
			all = append(all, ingest.History{Ref: e.Ref, Kind: e.Kind})
		}
		last := &all[len(all)-1]
		last.Records = append(last.Records, *e.Record)
		out[r.event] = all
	}
	return out, err
}

// Marks says who has seen to which incidents of a venue.
func (s *Store) Marks(ctx context.Context, organizer, venue uuid.UUID) (map[string]attendance.Mark, error) {
	type mark struct {
		key string
		attendance.Mark
	}
	rows, err := read(ctx, s.pool, "read who has seen to incidents",
		`SELECT key, by_name, note, at FROM incident_marks WHERE organizer_id = @organizer AND venue_id = @venue`,
		pgx.NamedArgs{"organizer": organizer, "venue": venue}, func(row pgx.CollectableRow) (x mark, err error) {
			err = row.Scan(&x.key, &x.By, &x.Note, &x.At)
			return x, err
		})
	out := map[string]attendance.Mark{}
	for _, r := range rows {
		out[r.key] = r.Mark
	}
	return out, err
}

// SetMark keeps that somebody has seen to an incident; the first who did stays.
func (s *Store) SetMark(ctx context.Context, organizer, venue uuid.UUID, key string, m attendance.Mark) error {
	_, err := s.pool.Exec(ctx, `INSERT INTO incident_marks (organizer_id, venue_id, key, by_name, note, at)
		SELECT @organizer, id, @key, @by, @note, @at FROM venues WHERE id = @venue AND organizer_id = @organizer
		ON CONFLICT (venue_id, key) DO NOTHING`,
		pgx.NamedArgs{"organizer": organizer, "venue": venue, "key": key, "by": m.By, "note": m.Note, "at": m.At})
	if err != nil {
		return fmt.Errorf("keep who has seen to an incident: %w", err)
	}
	return nil
}
