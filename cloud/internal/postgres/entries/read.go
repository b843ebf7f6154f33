package entries

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"github.com/google/uuid"

	"portaria/cloud/internal/ingest"
	"portaria/cloud/internal/postgres/entrydb"
)

var _ ingest.Reader = (*Store)(nil)

// Records reads on from a place, oldest first.
func (s *Store) Records(ctx context.Context, organizer uuid.UUID, f ingest.Filter) ([]ingest.Record, error) {
	p := entrydb.PageParams{
		OrganizerID: organizer, EventID: f.Event, GateID: f.Gate, Type: f.Type, Since: millis(f.Since),
		AfterTxid: f.After.Tx, AfterPosition: f.After.Position, Count: int32(f.Limit), //nolint:gosec // bounded by the rim
	}
	rows, err := s.db().Page(ctx, p)
	if err != nil {
		return nil, err
	}
	out := make([]ingest.Record, len(rows))
	for i, r := range rows {
		if out[i], err = record(r); err != nil {
			return nil, err
		}
	}
	return out, nil
}

func record(r entrydb.PageRow) (ingest.Record, error) {
	var body struct {
		Text string `json:"text"`
	}
	if err := json.Unmarshal(r.Body, &body); err != nil {
		return ingest.Record{}, fmt.Errorf("read record %s/%s/%d: %w", r.GateID, r.Run, r.Seq, err)
	}
	return ingest.Record{
		Venue: r.VenueID, Hub: r.HubID, Gate: r.GateID, Run: r.Run, Seq: uint64(r.Seq), Event: r.EventID, //nolint:gosec // CHECKed
		Type: r.Type, Reason: r.Reason, Kind: uint16(r.Kind), History: r.Record, Ref: r.Ref, Scan: r.Scan, //nolint:gosec // written from one
		At: time.UnixMilli(r.At), Lane: int(r.Lane), Checkpoint: r.Checkpoint, Text: body.Text,
		ReceivedAt: r.ReceivedAt, Place: ingest.Place{Tx: r.Txid, Position: r.Position},
	}, nil
}

// Counts is how many records say the same, of one event or of all, since a time of the gates' clocks.
func (s *Store) Counts(ctx context.Context, organizer uuid.UUID, event *uuid.UUID, since time.Time) ([]ingest.Count, error) {
	rows, err := s.db().Summary(ctx, organizer, event, millis(since))
	out := make([]ingest.Count, len(rows))
	for i, r := range rows {
		out[i] = ingest.Count{Type: r.Type, History: r.Record, Reason: r.Reason, Records: int(r.Count)}
	}
	return out, err
}

// millis is 0 for no time.
func millis(t time.Time) int64 {
	if t.IsZero() {
		return 0
	}
	return t.UnixMilli()
}
