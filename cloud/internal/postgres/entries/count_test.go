package entries_test

import (
	"context"
	"fmt"
	"log/slog"
	"strconv"
	"testing"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"portaria/cloud/internal/ingest"
	"portaria/cloud/internal/postgres/entries"
	"portaria/cloud/internal/postgres/gates/gatestest"
	"portaria/cloud/internal/postgres/postgrestest"
	"portaria/edge/admit"
	"portaria/edge/ticket"
	"portaria/edge/whitelist"
	"portaria/edge/wire"
)

func TestMain(m *testing.M) { postgrestest.Main(m) }

// night is a venue with three gates, and what they recorded.
type night struct {
	*gatestest.World
	hub    ingest.Hub
	event  ticket.EventID
	clouds [2]*ingest.Intake
	store  *entries.Store
}

var gates = []string{"gate-1", "gate-2", "gate-3"}

func newNight(t *testing.T) *night {
	n := &night{World: gatestest.New(t)}
	organizer := n.Organizer("Teatro")
	venue := n.Venue(organizer, "Sala")
	n.event = n.Event(organizer, venue, "Noite")
	for _, g := range gates {
		n.Gate(organizer, venue, g)
	}
	n.hub, n.store = ingest.Hub{ID: "hub-1", Organizer: organizer, Venue: venue}, entries.New(n.Pool)
	for i := range n.clouds {
		n.clouds[i] = &ingest.Intake{Store: entries.New(n.Pool), Now: n.Now, Log: slog.New(slog.DiscardHandler)}
	}
	return n
}

// journal is what one life of a gate recorded.
type journal []wire.Event

// evening draws what three gates with two lives each recorded: people who pass, turn round, leave and come back, codes
// that nobody knows, power cuts whose scans the next life ends, and clocks that are wrong.
func evening(t *rapid.T, event ticket.EventID) (all []journal) {
	scans := byte(0)
	for g, gate := range gates {
		var opened []wire.Event
		for life := range 2 {
			run := wire.Run{Start: uint32(life + 1), Random: uint32(g)} //nolint:gosec // small
			var j journal
			for seq := range rapid.IntRange(0, 12).Draw(t, "records") {
				e := draw(t, event, &scans, opened)
				e.Gate, e.Run, e.Seq = gate, run, uint64(seq+1) //nolint:gosec // small
				if e.Record != nil && e.Type != wire.Heard {
					e.Record.Gate = gate
				}
				if e.Type == wire.Admission || e.Type == wire.Leaving {
					opened = append(opened, e)
				}
				j = append(j, e)
			}
			all = append(all, j)
		}
	}
	return all
}

func draw(t *rapid.T, event ticket.EventID, scans *byte, opened []wire.Event) wire.Event {
	e := wire.Event{
		At:         rapid.SampledFrom([]int64{0, 299_999, 300_000, 1_795_320_000_000, 1_795_320_299_999, 1_795_320_300_000}).Draw(t, "at"),
		Checkpoint: rapid.SampledFrom([]string{"north", "south"}).Draw(t, "door"), Controller: rapid.SampledFrom([]string{"", "ana"}).Draw(t, "on duty"),
	}
	switch kind := rapid.SampledFrom([]string{"in", "in", "out", "end", "end", "end", "refusal", "note", "heard"}).Draw(t, "kind"); {
	case kind == "in" || kind == "out":
		open(t, &e, event, scans, kind == "out")
	case kind == "end" && len(opened) > 0:
		end(t, &e, rapid.SampledFrom(opened).Draw(t, "of"))
	case kind == "note":
		e.Type, e.Text = wire.Note, rapid.SampledFrom([]string{wire.NoteForced, "gate started"}).Draw(t, "text")
	case kind == "heard":
		e.Type, e.Event, e.Ref, e.Scan = wire.Heard, event, whitelist.Ref{9}, admit.ScanID{0xfe}
		e.Record = &admit.Record{Kind: admit.Entry, Scan: e.Scan, Gate: "gate-x"}
	default:
		e.Type, e.Reason = wire.Refusal, rapid.SampledFrom([]admit.Reason{admit.AlreadyUsed, admit.Unknown}).Draw(t, "reason")
	}
	return e
}

func open(t *rapid.T, e *wire.Event, event ticket.EventID, scans *byte, leaving bool) {
	*scans++
	e.Scan, e.Type, e.Reason = admit.ScanID{*scans}, wire.Admission, rapid.SampledFrom([]admit.Reason{admit.OK, admit.OKOffline}).Draw(t, "reason")
	switch right := rapid.ByteRange(0, 4).Draw(t, "right"); {
	case right > 0:
		e.Event, e.Ref, e.Kind = event, whitelist.Ref{right}, uint16(right%2)
	case !leaving:
		e.Ref = whitelist.Ref{5}
	}
	zone := rapid.SampledFrom([]string{"hall", "stage"}).Draw(t, "zone")
	e.Record = &admit.Record{Scan: e.Scan, Kind: admit.Entry, Zone: zone, Checkpoint: e.Checkpoint}
	if rapid.IntRange(0, 3).Draw(t, "inner") == 0 {
		e.Record.From = "foyer"
	}
	before := rapid.ByteRange(0, *scans-1).Draw(t, "before")
	if leaving {
		e.Type, e.Record.Kind, e.Record.From, e.Record.Zone, e.Record.Closes = wire.Leaving, admit.Exit, zone, "", admit.ScanID{before}
		return
	}
	switch rapid.IntRange(0, 4).Draw(t, "again") {
	case 0:
		e.Record.Follows = admit.ScanID{before}
	case 1:
		e.Record.Resumes = admit.ScanID{before}
	case 2:
		e.Record.Override = true
	}
}

func end(t *rapid.T, e *wire.Event, of wire.Event) {
	e.Type, e.Scan, e.Event, e.Ref, e.Kind, e.Checkpoint = wire.Outcome, of.Scan, of.Event, of.Ref, of.Kind, of.Checkpoint
	kind := rapid.SampledFrom([]admit.RecordKind{admit.Passed, admit.Passed, admit.Abort, admit.ForcedPass, admit.UnknownEnd}).Draw(t, "end")
	e.Record = &admit.Record{Scan: of.Scan, Kind: kind}
	if rapid.IntRange(0, 4).Draw(t, "settled") == 0 {
		e.Override = &wire.Override{Supervisor: "eva", Reason: "settled"}
	}
	if rapid.IntRange(0, 9).Draw(t, "of a stranger") == 0 {
		e.Scan = admit.ScanID{0xff}
		e.Record.Scan = e.Scan
	}
}

// deliver brings every journal to a cloud: in batches as they fall, some of them twice, one journal before or after
// another.
func (n *night) deliver(t *rapid.T, all []journal) (batches []wire.Events) {
	next := make([]int, len(all))
	for {
		var left []int
		for i, j := range all {
			if next[i] < len(j) {
				left = append(left, i)
			}
		}
		if len(left) == 0 {
			return batches
		}
		i := rapid.SampledFrom(left).Draw(t, "journal")
		from := rapid.IntRange(0, next[i]).Draw(t, "from")
		to := rapid.IntRange(next[i]+1, len(all[i])).Draw(t, "to")
		batches = append(batches, wire.Events{Gate: all[i][0].Gate, Run: all[i][0].Run, Events: all[i][from:to]})
		next[i] = to
	}
}

func (n *night) send(cloud int, batches []wire.Events) error {
	for i, b := range batches {
		b.Number = uint64(i + 1) //nolint:gosec // an index
		raw, err := wire.Encode(b)
		if err != nil {
			return err
		}
		if _, err := n.clouds[cloud].Events(context.Background(), n.hub, raw); err != nil {
			return fmt.Errorf("batch %d: %w", i, err)
		}
	}
	return nil
}

// numbers are the rows as they stand, without the gate of arrivals: of two gates that let the same right in, the one
// whose record came first has it.
func (n *night) numbers(t require.TestingT) map[string]int {
	rows, err := n.Pool.Query(context.Background(), `SELECT event_id, slot, CASE what WHEN 'arrived' THEN '' ELSE gate_id END, checkpoint,
		came_from, went_to, what, which, sum(n)::int FROM attendance GROUP BY 1, 2, 3, 4, 5, 6, 7, 8`)
	require.NoError(t, err)
	out := map[string]int{}
	var event uuid.UUID
	var slot int64
	var gate, door, from, to, what, which string
	var count int
	_, err = pgx.ForEachRow(rows, []any{&event, &slot, &gate, &door, &from, &to, &what, &which, &count}, func() error {
		out[key(ticket.EventID(event), slot, gate, door, from, to, what, which)] = count
		return nil
	})
	require.NoError(t, err)
	return out
}

func key(event ticket.EventID, slot int64, gate, door, from, to, what, which string) string {
	return fmt.Sprintf("%t %d %s %s %q>%q %s %q", event != ticket.EventID{}, slot, gate, door, from, to, what, which)
}

// counted is the same by counting what was recorded, all of it at once.
func counted(all []journal) map[string]int {
	out, opened, arrived := map[string]int{}, map[string]wire.Event{}, map[whitelist.Ref]bool{}
	for _, j := range all {
		for _, e := range j {
			if e.Type == wire.Admission || e.Type == wire.Leaving {
				opened[e.Gate+string(e.Scan[:])] = e
			}
		}
	}
	for _, j := range all {
		for _, e := range j {
			of, known := opened[e.Gate+string(e.Scan[:])]
			for _, k := range what(e, of, known, arrived) {
				out[k]++
			}
		}
	}
	return out
}

func what(e, of wire.Event, known bool, arrived map[whitelist.Ref]bool) (keys []string) {
	slot := e.At / 300_000
	if e.At < 0 {
		slot = 0
	}
	scan := func(what, which string) {
		keys = append(keys, key(e.Event, slot, e.Gate, e.Checkpoint, "", "", what, which))
	}
	pass := func(what string) {
		keys = append(keys, key(e.Event, slot, e.Gate, of.Checkpoint, of.Record.From, of.Record.Zone, what, ""))
	}
	staff := func(what string) {
		if e.Controller != "" {
			scan(what, e.Controller)
		}
	}
	switch {
	case e.Type == wire.Refusal:
		scan("refused", string(e.Reason))
		staff("staff_no")
	case e.Type == wire.Note && e.Text == wire.NoteForced:
		scan("told", "forced")
	case e.Type == wire.Admission:
		scan("admitted", string(e.Reason))
		staff("staff_in")
		if e.Record.Override {
			staff("staff_own")
		}
		if e.Record.Resumes != (admit.ScanID{}) {
			scan("settled", "")
		}
	case e.Type == wire.Outcome && known:
		end := e.Record.Kind
		if e.Override != nil && of.Type == wire.Admission {
			scan("settled", "")
		}
		switch {
		case end == admit.Abort:
			pass("aborted")
		case end == admit.UnknownEnd && of.Type == wire.Admission:
			pass("unknown")
		case end == admit.UnknownEnd:
		case of.Type == wire.Leaving && of.Record.Closes == admit.ScanID{}:
			pass("stray")
		case of.Type == wire.Leaving:
			pass("out")
		default:
			pass("in")
			if of.Record.Follows != (admit.ScanID{}) {
				pass("back")
			} else if of.Record.From == "" && of.Ref != (whitelist.Ref{}) && !arrived[of.Ref] {
				arrived[of.Ref] = true
				keys = append(keys, key(e.Event, 0, "", "", "", "", "arrived", strconv.Itoa(int(e.Kind))))
			}
		}
		if end == admit.ForcedPass {
			pass("late")
		}
	}
	return keys
}

func (n *night) clear(t require.TestingT) {
	_, err := n.Pool.Exec(context.Background(), `DELETE FROM entry_events; DELETE FROM watermarks; DELETE FROM attendance;
		DELETE FROM attendance_arrivals; DELETE FROM attendance_doubts; DELETE FROM attendance_loose`)
	require.NoError(t, err)
}

// Whatever the order, the batches, the repetitions, and with two clouds at once.
func TestTheNumbersAreWhatTheRecordsAddUpTo(t *testing.T) {
	n := newNight(t)
	rapid.Check(t, func(t *rapid.T) {
		n.clear(t)
		all := evening(t, n.event)
		ways := [2][]wire.Events{n.deliver(t, all), n.deliver(t, all)}
		done := make(chan error, len(ways))
		for i, batches := range ways {
			go func() { done <- n.send(i, batches) }()
		}
		for range ways {
			require.NoError(t, <-done)
		}
		want := counted(all)
		require.Equal(t, want, n.numbers(t), "as they came")
		n.doubtsHoldEveryPair(t, all)
		records, err := n.store.Recount(context.Background())
		require.NoError(t, err)
		total := 0
		for _, j := range all {
			total += len(j)
		}
		require.Equal(t, total, records)
		require.Equal(t, want, n.numbers(t), "counted anew")
		n.doubtsHoldEveryPair(t, all)
	})
}

// doubtsHoldEveryPair: a right that took the same place twice, by two scans, is one to look at.
func (n *night) doubtsHoldEveryPair(t require.TestingT, all []journal) {
	type place struct {
		ref   whitelist.Ref
		door  string
		after admit.ScanID
	}
	opened, by := map[string]wire.Event{}, map[place]map[admit.ScanID]bool{}
	for _, j := range all {
		for _, e := range j {
			if e.Type == wire.Admission {
				opened[e.Gate+string(e.Scan[:])] = e
			}
		}
	}
	for _, j := range all {
		for _, e := range j {
			of, known := opened[e.Gate+string(e.Scan[:])]
			if e.Type != wire.Outcome || !known || of.Ref == (whitelist.Ref{}) || e.Record.Kind != admit.Passed && e.Record.Kind != admit.ForcedPass {
				continue
			}
			p := place{ref: of.Ref, after: of.Record.Follows}
			if of.Record.From != "" {
				p.door, p.after = of.Record.Zone, of.Record.Closes
			}
			if by[p] == nil {
				by[p] = map[admit.ScanID]bool{}
			}
			by[p][e.Scan] = true
		}
	}
	for p, scans := range by {
		if len(scans) < 2 {
			continue
		}
		var held bool
		require.NoError(t, n.Pool.QueryRow(context.Background(), "SELECT EXISTS (SELECT FROM attendance_doubts WHERE ref = $1)", p.ref[:]).Scan(&held))
		require.True(t, held, "a right that %d people came in on", len(scans))
	}
}

// After some weeks nothing is left of who it was (see cloud/internal/privacy), and the numbers must outlive that.
func TestNumbersOutliveTheirRecords(t *testing.T) {
	n := newNight(t)
	scan := admit.ScanID{1}
	events := []wire.Event{
		{Type: wire.Admission, Scan: scan, Ref: whitelist.Ref{1}, Event: n.event, Reason: admit.OK, Controller: "ana", Record: &admit.Record{Scan: scan, Kind: admit.Entry, Gate: "gate-1"}},
		{Type: wire.Outcome, Scan: scan, Ref: whitelist.Ref{1}, Event: n.event, Record: &admit.Record{Scan: scan, Kind: admit.Passed, Gate: "gate-1"}},
		{Type: wire.Note, Text: wire.NoteFire, At: 900_000},
		{Type: wire.Refusal, Reason: admit.Unknown, At: 3_000_000},
	}
	for i := range events {
		events[i].Gate, events[i].Run, events[i].Seq = "gate-1", wire.Run{Start: 1}, uint64(i+1) //nolint:gosec // an index
	}
	require.NoError(t, n.send(0, []wire.Events{{Gate: "gate-1", Run: wire.Run{Start: 1}, Events: events}}))
	before := n.numbers(t)
	require.Len(t, before, 6)
	n.Exec("UPDATE entry_events SET ref = NULL, scan = NULL, body = '{}' WHERE seq < 4")
	records, err := n.store.Recount(t.Context())
	require.NoError(t, err)
	require.Equal(t, 4, records)
	require.Equal(t, before, n.numbers(t))
}

// A database that a version without attendance has filled is counted at the next start.
func TestWhatWasStoredBeforeIsCountedOnce(t *testing.T) {
	n := newNight(t)
	n.clouds[0].Store = entries.NewUncounted(n.Pool)
	scan := admit.ScanID{1}
	e := wire.Event{Gate: "gate-1", Run: wire.Run{Start: 1}, Seq: 1, Type: wire.Admission, Scan: scan, Ref: whitelist.Ref{1}, Event: n.event, Reason: admit.OK,
		Record: &admit.Record{Scan: scan, Kind: admit.Entry, Gate: "gate-1"}}
	require.NoError(t, n.send(0, []wire.Events{{Gate: e.Gate, Run: e.Run, Events: []wire.Event{e}}}))
	require.Empty(t, n.numbers(t))
	n.Exec("INSERT INTO attendance_due VALUES ('recount')") // as the migration does where there are records
	due, err := n.store.RecountDue(t.Context())
	require.NoError(t, err)
	require.True(t, due)
	_, err = n.store.Recount(t.Context())
	require.NoError(t, err)
	require.Len(t, n.numbers(t), 1)
	due, err = n.store.RecountDue(t.Context())
	require.NoError(t, err)
	require.False(t, due)
}
