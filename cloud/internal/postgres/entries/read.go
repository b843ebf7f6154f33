package entries

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"github.com/google/uuid"

	"portaria/cloud/internal/ingest"
	"portaria/cloud/internal/postgres/entrydb"
	"portaria/edge/whitelist"
	"portaria/edge/wire"
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

// Histories is the rights of an event with more than one admission, by ref, after one.
func (s *Store) Histories(ctx context.Context, organizer, event uuid.UUID, after whitelist.Ref, limit int) ([]ingest.History, error) {
	rows, err := s.db().Histories(ctx, organizer, &event, after[:], int32(limit)) //nolint:gosec // bounded by the rim
	if err != nil {
		return nil, err
	}
	var out []ingest.History
	for _, r := range rows {
		var e wire.Event
		if err := json.Unmarshal(r.Body, &e); err != nil {
			return nil, fmt.Errorf("read a record of right %x: %w", r.Ref, err)
		}
		if e.Record == nil {
			continue
		}
		if n := len(out); n == 0 || out[n-1].Ref != e.Ref {
			out = append(out, ingest.History{Ref: e.Ref, Kind: e.Kind})
		}
		last := &out[len(out)-1]
		last.Records = append(last.Records, *e.Record)
	}
	return out, nil
}
