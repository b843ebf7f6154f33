// Package entries keeps the journal records that gates brought, and how far each run of each gate is held.
package entries

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"portaria/cloud/entry"
	"portaria/cloud/internal/ingest"
	"portaria/cloud/internal/postgres/entrydb"
	"portaria/cloud/internal/postgres/gatedb"
	"portaria/edge/ticket"
	"portaria/edge/wire"
)

// Store is the tables of entries.
type Store struct {
	pool      *pgxpool.Pool
	uncounted bool
}

var _ ingest.Store = (*Store)(nil)

// New makes a store.
func New(pool *pgxpool.Pool) *Store { return &Store{pool: pool} }

// NewUncounted makes a store that leaves attendance out, for measuring what counting costs: nothing else may use it.
func NewUncounted(pool *pgxpool.Pool) *Store { return &Store{pool: pool, uncounted: true} }

func (s *Store) db() *entrydb.Queries { return entrydb.New(s.pool) }

// Knows says which gates are the venue's, and which of the events are.
func (s *Store) Knows(ctx context.Context, venue ticket.EventID, events []ticket.EventID) (map[string]bool, map[ticket.EventID]bool, error) {
	names, err := s.db().GatesOfVenue(ctx, uuid.UUID(venue))
	if err != nil {
		return nil, nil, err
	}
	gates := map[string]bool{}
	for _, name := range names {
		gates[name] = true
	}
	ids := make([]uuid.UUID, len(events))
	for i, e := range events {
		ids[i] = uuid.UUID(e)
	}
	found, err := s.db().EventsOfVenue(ctx, uuid.UUID(venue), ids)
	ours := map[ticket.EventID]bool{}
	for _, id := range found {
		ours[ticket.EventID(id)] = true
	}
	return gates, ours, err
}

// Accept stores what decide says of each source, in one transaction.
func (s *Store) Accept(ctx context.Context, hub ingest.Hub, sources []entry.Source, decide func([]uint64) []entry.Plan) error {
	return pgx.BeginFunc(ctx, s.pool, func(tx pgx.Tx) error { return accept(ctx, tx, hub, sources, decide, !s.uncounted) })
}

// AcceptIn is Accept within a transaction: the arbiter of a venue without a hub has more to write in it.
func AcceptIn(ctx context.Context, tx pgx.Tx, hub ingest.Hub, sources []entry.Source, decide func([]uint64) []entry.Plan) error {
	return accept(ctx, tx, hub, sources, decide, true)
}

func accept(ctx context.Context, tx pgx.Tx, hub ingest.Hub, sources []entry.Source, decide func([]uint64) []entry.Plan, counted bool) error {
	q := entrydb.New(tx)
	held, err := lock(ctx, q, hub, sources)
	if err != nil {
		return fmt.Errorf("lock the watermarks: %w", err)
	}
	plans := decide(held)
	fresh, err := add(ctx, q, hub, plans)
	if err != nil {
		return err
	}
	for _, plan := range plans {
		if err := quarantine(ctx, q, hub, plan.Poison); err != nil {
			return err
		}
	}
	if err := move(ctx, q, hub, sources, plans); err != nil {
		return err
	}
	if !counted {
		return nil
	}
	return count(ctx, q, hub, fresh)
}

// lock returns how far each source is held. It locks in order, whatever order they come in.
func lock(ctx context.Context, q *entrydb.Queries, hub ingest.Hub, sources []entry.Source) ([]uint64, error) {
	sorted := slices.SortedFunc(slices.Values(sources), func(a, b entry.Source) int {
		return cmp.Or(cmp.Compare(a.Gate, b.Gate), cmp.Compare(a.Run.String(), b.Run.String()))
	})
	gates, runs := keys(sorted)
	rows, err := q.LockWatermarks(ctx, uuid.UUID(hub.Venue), gates, runs)
	if err != nil {
		return nil, err
	}
	held := map[string]uint64{}
	for _, r := range rows {
		held[r.GateID+" "+r.Run] = uint64(r.Seq) //nolint:gosec // never negative
	}
	out := make([]uint64, len(sources))
	for i, s := range sources {
		out[i] = held[s.Gate+" "+s.Run.String()]
	}
	return out, nil
}

func move(ctx context.Context, q *entrydb.Queries, hub ingest.Hub, sources []entry.Source, plans []entry.Plan) error {
	gates, runs := keys(sources)
	seqs := make([]int64, len(plans))
	for i, p := range plans {
		seqs[i] = int64(p.Watermark) //nolint:gosec // contiguous from 1
	}
	return q.MoveWatermarks(ctx, uuid.UUID(hub.Venue), gates, runs, seqs)
}

func keys(sources []entry.Source) (gates, runs []string) {
	for _, s := range sources {
		gates, runs = append(gates, s.Gate), append(runs, s.Run.String())
	}
	return gates, runs
}

// add stores records, and returns those that were not there.
func add(ctx context.Context, q *entrydb.Queries, hub ingest.Hub, plans []entry.Plan) ([]wire.Event, error) {
	rows := entrydb.AddEventsParams{VenueID: uuid.UUID(hub.Venue), OrganizerID: uuid.UUID(hub.Organizer), HubID: hub.ID}
	var events []wire.Event
	for _, p := range plans {
		events = append(events, p.New...)
	}
	if len(events) == 0 {
		return nil, nil
	}
	for i := range events {
		if err := addRow(&rows, &events[i]); err != nil {
			return nil, err
		}
	}
	added, err := q.AddEvents(ctx, rows)
	if err != nil {
		return nil, fmt.Errorf("insert %d records: %w", len(events), err)
	}
	return among(events, added), nil
}

// among is those of the events that were added; nearly always all of them.
func among(events []wire.Event, added []entrydb.AddEventsRow) []wire.Event {
	if len(added) == len(events) {
		return events
	}
	is := make(map[entrydb.AddEventsRow]bool, len(added))
	for _, row := range added {
		is[row] = true
	}
	return slices.DeleteFunc(events, func(e wire.Event) bool {
		return !is[entrydb.AddEventsRow{GateID: e.Gate, Run: e.Run.String(), Seq: int64(e.Seq)}] //nolint:gosec // contiguous from 1
	})
}

func addRow(r *entrydb.AddEventsParams, e *wire.Event) error {
	body, err := json.Marshal(e)
	if err != nil {
		return fmt.Errorf("write record %d as JSON: %w", e.Seq, err)
	}
	var scan, ref []byte
	if e.Scan != [16]byte{} {
		scan = e.Scan[:]
	}
	if e.Ref != [16]byte{} {
		ref = e.Ref[:]
	}
	record, event := "", ""
	if e.Event != [16]byte{} {
		event = e.Event.String()
	}
	if e.Record != nil {
		record = plain(string(e.Record.Kind))
	}
	r.Gates, r.Runs = append(r.Gates, e.Gate), append(r.Runs, e.Run.String())
	r.Seqs, r.EventIds = append(r.Seqs, int64(e.Seq)), append(r.EventIds, event) //nolint:gosec // contiguous from 1
	r.Types, r.Scans, r.Refs = append(r.Types, plain(string(e.Type))), append(r.Scans, scan), append(r.Refs, ref)
	r.Kinds, r.Records = append(r.Kinds, int32(e.Kind)), append(r.Records, record)
	r.Reasons, r.Ats = append(r.Reasons, plain(string(e.Reason))), append(r.Ats, e.At)
	r.Lanes, r.Checkpoints = append(r.Lanes, int32(e.Lane)), append(r.Checkpoints, plain(e.Checkpoint)) //nolint:gosec // the intake bounds lanes
	r.Bodies = append(r.Bodies, string(body))
	return nil
}

// plain is text as a column takes it: PostgreSQL has no NUL, and nothing here is long.
func plain(text string) string {
	text = strings.ToValidUTF8(strings.ReplaceAll(text, "\x00", ""), "\uFFFD")
	if runes := []rune(text); len(runes) > 64 {
		return string(runes[:64])
	}
	return text
}

func quarantine(ctx context.Context, q *entrydb.Queries, hub ingest.Hub, poison []entry.Poison) error {
	for _, p := range poison {
		body, err := json.Marshal(p.Event)
		if err != nil {
			body = fmt.Appendf(nil, "%+v", p.Event)
		}
		if err := q.Quarantine(ctx, entrydb.QuarantineParams{
			VenueID: uuid.UUID(hub.Venue), GateID: p.Event.Gate, Run: p.Event.Run.String(), Seq: int64(p.Event.Seq), //nolint:gosec // contiguous from 1
			OrganizerID: uuid.UUID(hub.Organizer), HubID: hub.ID, Why: plain(p.Why), Body: body,
		}); err != nil {
			return fmt.Errorf("set record %d aside: %w", p.Event.Seq, err)
		}
	}
	return nil
}

// Watermarks is how far the venue's runs are held that moved since then.
func (s *Store) Watermarks(ctx context.Context, venue ticket.EventID, since time.Time) ([]wire.Watermark, error) {
	rows, err := s.db().Watermarks(ctx, uuid.UUID(venue), since)
	if err != nil {
		return nil, err
	}
	out := make([]wire.Watermark, 0, len(rows))
	for _, r := range rows {
		run, err := wire.ParseRun(r.Run)
		if err != nil {
			return nil, fmt.Errorf("read the run of a watermark: %w", err)
		}
		out = append(out, wire.Watermark{Gate: r.GateID, Run: run, Cloud: uint64(r.Seq)}) //nolint:gosec // never negative
	}
	return out, nil
}

// SawHub keeps a hub's heartbeat. It may tell of some of the hub's gates only.
func (s *Store) SawHub(ctx context.Context, hub ingest.Hub, state wire.HubState, at time.Time) error {
	gates := state.Gates
	state.Gates = nil
	body, err := json.Marshal(state)
	if err != nil {
		return err
	}
	q := gatedb.New(s.pool)
	if err := q.HubSeen(ctx, body, &at, hub.ID); err != nil || len(gates) == 0 {
		return err
	}
	told := map[string]string{} // a gate that is named twice would be one statement's two changes of a row
	for _, g := range gates {
		body, err := json.Marshal(g)
		if err != nil {
			return err
		}
		told[g.Gate] = string(body)
	}
	names := slices.Collect(maps.Keys(told))
	states := make([]string, len(names))
	for i, name := range names {
		states[i] = told[name]
	}
	return q.HubToldOf(ctx, at, names, states, hub.ID)
}
