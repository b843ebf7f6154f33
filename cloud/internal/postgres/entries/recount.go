package entries

import (
	"context"
	"encoding/json"
	"fmt"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"portaria/cloud/internal/attendance"
	"portaria/cloud/internal/postgres/entrydb"
	"portaria/edge/ticket"
	"portaria/edge/wire"
)

// RecountDue says that there are records which were stored before they were counted.
func (s *Store) RecountDue(ctx context.Context) (bool, error) { return s.db().RecountDue(ctx) }

// Recount counts every record anew, gate by gate, in one transaction that storing new ones waits for. It returns how many
// records there were.
func (s *Store) Recount(ctx context.Context) (records int, err error) {
	err = pgx.BeginFunc(ctx, s.pool, func(tx pgx.Tx) error {
		q := entrydb.New(tx)
		if err := q.StopCounting(ctx); err != nil {
			return fmt.Errorf("wait for those who store records: %w", err)
		}
		gone, err := uncount(ctx, q)
		if err != nil {
			return err
		}
		gates, err := q.GatesWithRecords(ctx)
		if err != nil {
			return err
		}
		for _, g := range gates {
			n, err := recountGate(ctx, tx, q, g, gone)
			if err != nil {
				return fmt.Errorf("count gate %s of venue %s anew: %w", g.GateID, g.VenueID, err)
			}
			records += n
		}
		return nil
	})
	return records, err
}

// cleared is what can't be counted anew, since only the numbers of it are left.
type cleared struct {
	events map[ticket.EventID]bool
	slots  map[place]bool
}

// place is five minutes of a venue, of what belongs to no event.
type place struct {
	venue uuid.UUID
	slot  int64
}

func (c cleared) holds(venue uuid.UUID, e *wire.Event) bool {
	if e.Event == (ticket.EventID{}) {
		return c.slots[place{venue, attendance.SlotOf(e.At)}]
	}
	return c.events[e.Event]
}

// uncount forgets every number that the records can give again.
func uncount(ctx context.Context, q *entrydb.Queries) (gone cleared, err error) {
	gone = cleared{map[ticket.EventID]bool{}, map[place]bool{}}
	events, err := q.ClearedEvents(ctx)
	if err != nil {
		return gone, err
	}
	slots, err := q.ClearedSlots(ctx)
	if err != nil {
		return gone, err
	}
	for _, id := range events {
		gone.events[ticket.EventID(id)] = true
	}
	venues, at := []uuid.UUID{}, []int64{}
	for _, x := range slots {
		gone.slots[place{x.VenueID, x.Slot}] = true
		venues, at = append(venues, x.VenueID), append(at, x.Slot)
	}
	return gone, q.Uncount(ctx, events, venues, at)
}

// atOnce is how many records are counted before they are written: memory is bounded by it and by a gate's open scans.
const atOnce = 20_000

// recountGate first reads the openings, then everything: an end may stand before its opening.
func recountGate(ctx context.Context, tx pgx.Tx, q *entrydb.Queries, g entrydb.GatesWithRecordsRow, gone cleared) (records int, err error) {
	openings := map[attendance.Scan]*wire.Event{}
	if err := eachRecord(ctx, tx, g, "AND type IN ('admission', 'leaving')", func(e *wire.Event) error {
		if scan := attendance.ScanOf(e); attendance.Opens(e) && openings[scan] == nil {
			openings[scan] = slim(e)
		}
		return nil
	}); err != nil {
		return 0, err
	}
	c := newCounting(q, g.OrganizerID, g.VenueID)
	c.openings = openings
	write := func() error {
		err := c.write(ctx)
		c = newCounting(q, g.OrganizerID, g.VenueID)
		c.openings = openings
		return err
	}
	var faults error
	err = eachRecord(ctx, tx, g, "", func(e *wire.Event) error {
		records++
		if e.Type == "" || gone.holds(g.VenueID, e) { // an empty body: a record that was cleared
			return nil
		}
		c.one(e)
		if records%atOnce == 0 {
			faults = write()
		}
		return faults
	})
	if err != nil {
		return records, err
	}
	return records, write()
}

// slim is what counting an end needs of its opening.
func slim(e *wire.Event) *wire.Event {
	return &wire.Event{Type: e.Type, Event: e.Event, Ref: e.Ref, Checkpoint: e.Checkpoint, Record: e.Record}
}

// page is how many records are read at once. A cursor's rows would hold up the statements in between.
const page = 5000

// eachRecord reads a gate's records in order of run and seq.
func eachRecord(ctx context.Context, tx pgx.Tx, g entrydb.GatesWithRecordsRow, also string, do func(*wire.Event) error) error {
	run, seq := "", int64(0)
	for {
		rows, err := tx.Query(ctx, `SELECT run, seq, body FROM entry_events
			WHERE venue_id = $1 AND gate_id = $2 AND (run, seq) > ($3, $4) `+also+` ORDER BY run, seq LIMIT $5`,
			g.VenueID, g.GateID, run, seq, page)
		if err != nil {
			return err
		}
		bodies := make([][]byte, 0, page)
		var body []byte
		if _, err := pgx.ForEachRow(rows, []any{&run, &seq, &body}, func() error {
			bodies = append(bodies, body)
			return nil
		}); err != nil {
			return err
		}
		for _, body := range bodies {
			e := &wire.Event{}
			if err := json.Unmarshal(body, e); err != nil {
				return fmt.Errorf("read a record that was stored: %w", err)
			}
			if err := do(e); err != nil {
				return err
			}
		}
		if len(bodies) < page {
			return nil
		}
	}
}

func newCounting(q *entrydb.Queries, organizer, venue uuid.UUID) *counting {
	return &counting{q: q, organizer: organizer, venue: venue, counts: attendance.Counts{},
		openings: map[attendance.Scan]*wire.Event{}, places: map[attendance.Arrival]*wire.Event{}}
}
