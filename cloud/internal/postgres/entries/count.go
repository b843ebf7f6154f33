package entries

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"

	"github.com/google/uuid"

	"portaria/cloud/internal/attendance"
	"portaria/cloud/internal/ingest"
	"portaria/cloud/internal/postgres/entrydb"
	"portaria/edge/ticket"
	"portaria/edge/whitelist"
	"portaria/edge/wire"
)

// count adds what new records say to the numbers that the pages of live attendance show, in the transaction that stores
// them: a record that is sent again is not new and adds nothing. It is called once in a transaction, after every record
// of it has been stored; the gates' turns (LockWatermarks) have been taken.
func count(ctx context.Context, q *entrydb.Queries, hub ingest.Hub, fresh []wire.Event) error {
	if len(fresh) == 0 {
		return nil
	}
	c := newCounting(q, uuid.UUID(hub.Organizer), uuid.UUID(hub.Venue))
	if err := c.find(ctx, fresh); err != nil {
		return fmt.Errorf("count %d records: %w", len(fresh), err)
	}
	c.add(fresh)
	return c.write(ctx)
}

// counting is what one transaction adds.
type counting struct {
	q                *entrydb.Queries
	organizer, venue uuid.UUID

	openings map[attendance.Scan]*wire.Event
	loose    []wire.Event // ends that waited for their openings, which are here now
	waiting  []wire.Event // ends whose openings are not here
	counts   attendance.Counts
	places   map[attendance.Arrival]*wire.Event // that somebody takes, by whose passage
	doubts   []attendance.Arrival
}

// find takes the openings among the new records, and looks up those of ends which have none there, and ends that waited for
// what is new.
func (c *counting) find(ctx context.Context, fresh []wire.Event) error {
	c.keepOpenings(fresh)
	opens, want := false, entrydb.BeforeParams{VenueID: c.venue, Gates: gatesOf(fresh)}
	for i := range fresh {
		e := &fresh[i]
		opens = opens || attendance.Opens(e)
		switch {
		case !attendance.Ends(e) || c.openings[attendance.ScanOf(e)] != nil:
		case e.Ref == (whitelist.Ref{}) || e.Event == (ticket.EventID{}):
			want.Nobodys = append(want.Nobodys, e.Scan[:])
		default:
			want.EventIds, want.Refs = append(want.EventIds, uuid.UUID(e.Event)), append(want.Refs, e.Ref[:])
			want.Scans = append(want.Scans, e.Scan[:])
		}
	}
	if !opens && len(want.Scans)+len(want.Nobodys) == 0 {
		return nil
	}
	rows, err := c.q.Before(ctx, want)
	if err != nil {
		return err
	}
	return c.keepRows(rows)
}

// gatesOf is each gate once.
func gatesOf(events []wire.Event) (names []string) {
	last := ""
	for i := range events {
		if name := events[i].Gate; name != last && !slices.Contains(names, name) {
			names, last = append(names, name), name
		}
	}
	return names
}

// keepOpenings remembers the first opening of each scan.
func (c *counting) keepOpenings(events []wire.Event) {
	for i := range events {
		if e := &events[i]; attendance.Opens(e) && c.openings[attendance.ScanOf(e)] == nil {
			c.openings[attendance.ScanOf(e)] = e
		}
	}
}

func (c *counting) keepRows(rows []entrydb.BeforeRow) error {
	var openings, ends []wire.Event
	for _, r := range rows {
		var e wire.Event
		if err := json.Unmarshal(r.Body, &e); err != nil {
			return fmt.Errorf("read record %s/%s/%d that was stored: %w", r.GateID, r.Run, r.Seq, err)
		}
		if r.Loose {
			ends = append(ends, e)
		} else {
			openings = append(openings, e)
		}
	}
	c.keepOpenings(openings)
	for _, e := range ends {
		if c.openings[attendance.ScanOf(&e)] != nil {
			c.loose = append(c.loose, e)
		}
	}
	return nil
}

func (c *counting) add(fresh []wire.Event) {
	for _, events := range [][]wire.Event{fresh, c.loose} {
		for i := range events {
			c.one(&events[i])
		}
	}
}

func (c *counting) one(e *wire.Event) {
	opening := c.openings[attendance.ScanOf(e)]
	if attendance.Ends(e) && opening == nil {
		c.waiting = append(c.waiting, *e)
		return
	}
	if attendance.Doubtful(e) {
		c.doubts = append(c.doubts, attendance.Arrival{Event: e.Event, Ref: e.Ref})
	}
	place := c.counts.Add(e, opening)
	switch {
	case place == nil:
	case c.places[*place] != nil:
		c.doubts = append(c.doubts, *place)
	default:
		c.places[*place] = e
	}
}

// write keeps everything.
func (c *counting) write(ctx context.Context) error {
	for _, step := range []func(context.Context) error{c.writeLoose, c.writeCounts} {
		if err := step(ctx); err != nil {
			return fmt.Errorf("write what new records add: %w", err)
		}
	}
	return nil
}

func (c *counting) writeLoose(ctx context.Context) error {
	if len(c.loose) > 0 {
		var gates, runs []string
		var seqs []int64
		for _, e := range c.loose {
			gates, runs, seqs = append(gates, e.Gate), append(runs, e.Run.String()), append(seqs, int64(e.Seq)) //nolint:gosec // was stored
		}
		if err := c.q.DropLoose(ctx, gates, runs, seqs, c.venue); err != nil {
			return err
		}
	}
	if len(c.waiting) == 0 {
		return nil
	}
	rows := entrydb.AddLooseParams{OrganizerID: c.organizer, VenueID: c.venue}
	for _, e := range c.waiting {
		rows.Gates, rows.Scans = append(rows.Gates, e.Gate), append(rows.Scans, e.Scan[:])
		rows.Runs, rows.Seqs = append(rows.Runs, e.Run.String()), append(rows.Seqs, int64(e.Seq)) //nolint:gosec // was stored
	}
	return c.q.AddLoose(ctx, rows)
}

// after is the scan that a place follows as its column has it.
func after(place attendance.Arrival) []byte {
	if place.After == [16]byte{} {
		return []byte{}
	}
	return place.After[:]
}

// writeCounts adds the numbers, and what the places that people took say: see the statement.
func (c *counting) writeCounts(ctx context.Context) error {
	if len(c.counts)+len(c.places)+len(c.doubts) == 0 {
		return nil
	}
	rows := entrydb.CountParams{OrganizerID: c.organizer, VenueID: c.venue}
	for k, n := range c.counts {
		rows.EventIds, rows.Slots, rows.Gates = append(rows.EventIds, uuid.UUID(k.Event)), append(rows.Slots, k.Slot), append(rows.Gates, k.Gate)
		rows.Checkpoints, rows.Froms, rows.Tos = append(rows.Checkpoints, k.Checkpoint), append(rows.Froms, k.From), append(rows.Tos, k.To)
		rows.Whats, rows.Whiches, rows.Ns = append(rows.Whats, string(k.What)), append(rows.Whiches, k.Which), append(rows.Ns, int64(n))
	}
	for place, e := range c.places {
		rows.PlaceEvents, rows.Refs = append(rows.PlaceEvents, uuid.UUID(place.Event)), append(rows.Refs, place.Ref[:])
		rows.Doors, rows.Afters = append(rows.Doors, place.Door), append(rows.Afters, after(place))
		first := attendance.First(e)
		rows.PlaceGates, rows.Kinds = append(rows.PlaceGates, first.Gate), append(rows.Kinds, first.Which)
	}
	for _, d := range c.doubts {
		rows.DoubtEvents, rows.Doubts = append(rows.DoubtEvents, uuid.UUID(d.Event)), append(rows.Doubts, d.Ref[:])
	}
	return c.q.Count(ctx, rows)
}
