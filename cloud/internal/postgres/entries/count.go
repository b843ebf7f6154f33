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
	for _, step := range []func(context.Context, []wire.Event) error{c.findOpenings, c.findLoose} {
		if err := step(ctx, fresh); err != nil {
			return fmt.Errorf("count %d records: %w", len(fresh), err)
		}
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

// findOpenings takes the openings among the new records, and looks up those of ends which have none there.
func (c *counting) findOpenings(ctx context.Context, fresh []wire.Event) error {
	c.keepOpenings(fresh)
	rights := entrydb.OpeningsOfRightsParams{VenueID: c.venue}
	var scans [][]byte // of nobody's right
	for i := range fresh {
		e := &fresh[i]
		if !attendance.Ends(e) || c.openings[attendance.ScanOf(e)] != nil {
			continue
		}
		if e.Ref == (whitelist.Ref{}) || e.Event == (ticket.EventID{}) {
			scans = append(scans, e.Scan[:])
			continue
		}
		rights.EventIds, rights.Refs = append(rights.EventIds, uuid.UUID(e.Event)), append(rights.Refs, e.Ref[:])
		rights.Scans = append(rights.Scans, e.Scan[:])
	}
	if len(rights.Scans) > 0 {
		rights.Gates = gatesOf(fresh)
		if err := c.keepRows(c.q.OpeningsOfRights(ctx, rights)); err != nil {
			return err
		}
	}
	if len(scans) > 0 {
		return c.keepRows(c.q.OpeningsOfNobody(ctx, c.venue, gatesOf(fresh), scans))
	}
	return nil
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

func (c *counting) keepRows(bodies [][]byte, err error) error {
	if err != nil {
		return err
	}
	events, err := readBodies(bodies)
	c.keepOpenings(events)
	return err
}

func readBodies(bodies [][]byte) ([]wire.Event, error) {
	events := make([]wire.Event, len(bodies))
	for i, body := range bodies {
		if err := json.Unmarshal(body, &events[i]); err != nil {
			return nil, fmt.Errorf("read a record that was stored: %w", err)
		}
	}
	return events, nil
}

// findLoose looks up ends that came before the openings which are new.
func (c *counting) findLoose(ctx context.Context, fresh []wire.Event) error {
	if !slices.ContainsFunc(fresh, func(e wire.Event) bool { return attendance.Opens(&e) }) {
		return nil
	}
	bodies, err := c.q.Loose(ctx, c.venue, gatesOf(fresh))
	if err != nil {
		return err
	}
	ends, err := readBodies(bodies)
	for _, e := range ends {
		if c.openings[attendance.ScanOf(&e)] != nil {
			c.loose = append(c.loose, e)
		}
	}
	return err
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

// write keeps everything, table after table in the order of StopCounting.
func (c *counting) write(ctx context.Context) error {
	for _, step := range []func(context.Context) error{c.writeLoose, c.writePlaces, c.writeDoubts, c.writeCounts} {
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

// writePlaces takes the places, and counts the rights that were used for the first time.
func (c *counting) writePlaces(ctx context.Context) error {
	if len(c.places) == 0 {
		return nil
	}
	rows := entrydb.AddArrivalsParams{OrganizerID: c.organizer}
	for place := range c.places {
		rows.EventIds, rows.Refs = append(rows.EventIds, uuid.UUID(place.Event)), append(rows.Refs, place.Ref[:])
		rows.Doors, rows.Afters = append(rows.Doors, place.Door), append(rows.Afters, after(place))
	}
	taken, err := c.q.AddArrivals(ctx, rows)
	if err != nil {
		return err
	}
	for _, row := range taken {
		place := attendance.Arrival{Event: ticket.EventID(row.EventID), Ref: whitelist.Ref(row.Ref), Door: row.Door}
		copy(place.After[:], row.After)
		if e := c.places[place]; e != nil && place.First() {
			c.counts.Arrive(e)
		}
		delete(c.places, place)
	}
	for place := range c.places { // somebody had taken it
		c.doubts = append(c.doubts, place)
	}
	return nil
}

// after is the scan that a place follows as its column has it.
func after(place attendance.Arrival) []byte {
	if place.After == [16]byte{} {
		return []byte{}
	}
	return place.After[:]
}

func (c *counting) writeDoubts(ctx context.Context) error {
	if len(c.doubts) == 0 {
		return nil
	}
	var events []uuid.UUID
	var refs [][]byte
	for _, d := range c.doubts {
		events, refs = append(events, uuid.UUID(d.Event)), append(refs, d.Ref[:])
	}
	return c.q.AddDoubts(ctx, c.organizer, events, refs)
}

func (c *counting) writeCounts(ctx context.Context) error {
	rows := entrydb.AddCountsParams{OrganizerID: c.organizer, VenueID: c.venue}
	for k, n := range c.counts {
		rows.EventIds, rows.Slots, rows.Gates = append(rows.EventIds, uuid.UUID(k.Event)), append(rows.Slots, k.Slot), append(rows.Gates, k.Gate)
		rows.Checkpoints, rows.Froms, rows.Tos = append(rows.Checkpoints, k.Checkpoint), append(rows.Froms, k.From), append(rows.Tos, k.To)
		rows.Whats, rows.Whiches, rows.Ns = append(rows.Whats, string(k.What)), append(rows.Whiches, k.Which), append(rows.Ns, int64(n))
	}
	if len(rows.Ns) == 0 {
		return nil
	}
	return c.q.AddCounts(ctx, rows)
}
