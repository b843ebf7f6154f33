package cloud_test

import (
	"log/slog"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"
	"github.com/google/uuid"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"portaria/cloud/internal/attendance/attendancetest"
	"portaria/cloud/internal/ingest"
	"portaria/cloud/internal/postgres"
	"portaria/cloud/internal/postgres/entries"
	"portaria/edge/ticket"
	"portaria/edge/wire"
)

// theatre is a venue with two doors and one inside, whose gates' records come in as a hub brings them.
type theatre struct {
	*walker
	pool             *pgxpool.Pool
	organizer, venue uuid.UUID
	doors            []attendancetest.Door
	inner            attendancetest.Door
	staff            []string
}

func (w *walker) theatre() *theatre {
	w.Helper()
	pool, err := postgres.Open(w.Context(), w.database)
	require.NoError(w, err)
	w.Cleanup(pool.Close)
	t := &theatre{walker: w, pool: pool, venue: uuid.Must(uuid.NewV7())}
	require.NoError(w, pool.QueryRow(w.Context(), "SELECT id FROM organizers WHERE name = 'Festival'").Scan(&t.organizer))
	t.exec("INSERT INTO venues (id, organizer_id, name, time_zone) VALUES ($1, $2, 'Theatro São Pedro', 'America/Sao_Paulo')", t.venue, t.organizer)
	foyer, stalls := uuid.Must(uuid.NewV7()), uuid.Must(uuid.NewV7())
	t.exec(`INSERT INTO zones (id, organizer_id, venue_id, name, parent_id, capacity) VALUES ($1, $3, $4, 'Casa', NULL, 620), ($2, $3, $4, 'Plateia', $1, 270)`,
		foyer, stalls, t.organizer, t.venue)
	for i, name := range []string{"Entrada Praça", "Entrada Lateral", "Plateia"} {
		door := attendancetest.Door{Gate: []string{"gate-1", "gate-2", "gate-3"}[i], Checkpoint: uuid.Must(uuid.NewV7()).String(), To: foyer.String()}
		var from *uuid.UUID
		if i == 2 {
			door.From, door.To, from = foyer.String(), stalls.String(), &foyer
		}
		t.exec(`INSERT INTO checkpoints (id, organizer_id, venue_id, name, direction, from_zone, to_zone, mode, policy, unlisted)
			VALUES ($1, $2, $3, $4, 'both', $5, $6, 'open', 'free', 'refuse')`, door.Checkpoint, t.organizer, t.venue, name, from, door.To)
		t.exec("INSERT INTO gates (venue_id, id, organizer_id, name) VALUES ($1, $2, $3, $2)", t.venue, door.Gate, t.organizer)
		if i == 2 {
			t.inner = door
		} else {
			t.doors = append(t.doors, door)
		}
		person := uuid.Must(uuid.NewV7())
		t.exec("INSERT INTO controllers (id, organizer_id, venue_id, name, badge) VALUES ($1, $2, $3, $4, $5)", person, t.organizer, t.venue,
			[]string{"Elena Prado", "Caio Lima", "Rita Souza"}[i], strings.Repeat(string(rune('0'+i)), 16))
		t.staff = append(t.staff, person.String())
	}
	t.exec("INSERT INTO hubs (id, organizer_id, venue_id, name, token_hash) VALUES ('hub-1', $1, $2, 'Hub', '')", t.organizer, t.venue)
	return t
}

func (t *theatre) exec(sql string, args ...any) {
	t.Helper()
	_, err := t.pool.Exec(t.Context(), sql, args...)
	require.NoError(t, err)
}

// night is a date with so many tickets, and the people who came for it.
func (t *theatre) night(name string, start time.Time, tickets, people int) uuid.UUID {
	t.Helper()
	event := uuid.Must(uuid.NewV7())
	t.exec(`INSERT INTO events (id, organizer_id, venue_id, name, doors_at, starts_at, ends_at, currency, state, next_kind)
		VALUES ($1, $2, $3, $4, $5, $6, $7, 'BRL', 'on_sale', 3)`, event, t.organizer, t.venue, name, start.Add(-90*time.Minute), start, start.Add(150*time.Minute))
	t.exec("INSERT INTO event_stock (event_id, capacity, sold) VALUES ($1, 700, $2)", event, tickets)
	for kind, offer := range []string{"Inteira", "Meia-entrada", "Idoso"} {
		id := uuid.Must(uuid.NewV7())
		t.exec("INSERT INTO offers (id, organizer_id, event_id, kind, name, admits) VALUES ($1, $2, $3, $4, $5, 'reentry')", id, t.organizer, event, kind, offer)
		t.exec("INSERT INTO offer_prices (offer_id, price) VALUES ($1, 9000)", id)
		t.exec("INSERT INTO offer_stock (offer_id, event_id) VALUES ($1, $2)", id, event)
	}
	for n := range tickets {
		ref := attendancetest.Ref(n)
		t.exec(`INSERT INTO list_entries (event_id, organizer_id, code, ref, kind, state) VALUES ($1, $2, lpad(to_hex($3::int), 16, '0'), $4, $5, 1)`,
			event, t.organizer, n, ref[:], n%3)
	}
	house := attendancetest.House{Event: ticket.EventID(event), Doors: t.doors, Inner: t.inner, Controllers: t.staff, People: people, Start: start, Until: time.Now()}
	hub := ingest.Hub{ID: "hub-1", Organizer: ticket.EventID(t.organizer), Venue: ticket.EventID(t.venue)}
	intake := &ingest.Intake{Store: entries.New(t.pool), Now: time.Now, Log: slog.New(slog.DiscardHandler)}
	for _, batch := range house.Evening() {
		batch.Run.Random = uint32(start.Unix()) //nolint:gosec // another life of the gate for each date
		for i := range batch.Events {
			batch.Events[i].Run = batch.Run
		}
		raw, err := wire.Encode(batch)
		require.NoError(t, err)
		_, err = intake.Events(t.Context(), hub, raw)
		require.NoError(t, err)
	}
	return event
}

// heartbeat is what the hub tells of its gates.
func (t *theatre) heartbeat(event uuid.UUID, at time.Time) {
	t.Helper()
	battery := 17
	lane := func(door string) wire.LaneState {
		return wire.LaneState{Lane: 1, Checkpoint: door, Scanner: "ready", Output: "ready", Mode: "open", Controller: t.staff[1], LastScan: at.UnixMilli() - 4000}
	}
	gone := lane(t.inner.Checkpoint)
	gone.Scanner = "gone"
	lists := []wire.ListState{{Event: ticket.EventID(event), Epoch: 3, Count: 640}}
	state := wire.HubState{Hub: "hub-1", At: at.UnixMilli(), Gates: []wire.GateState{
		{Gate: "gate-1", SeenAt: at.UnixMilli(), Lanes: []wire.LaneState{lane(t.doors[0].Checkpoint)}, Lists: lists, Machine: wire.Machine{Celsius: 54}},
		{Gate: "gate-2", SeenAt: at.UnixMilli(), Lanes: []wire.LaneState{lane(t.doors[1].Checkpoint)}, Lists: lists, Machine: wire.Machine{Celsius: 61, Battery: &battery}},
		{Gate: "gate-3", SeenAt: at.UnixMilli(), Lanes: []wire.LaneState{gone}, Lists: lists},
	}}
	hub := ingest.Hub{ID: "hub-1", Organizer: ticket.EventID(t.organizer), Venue: ticket.EventID(t.venue)}
	require.NoError(t, entries.New(t.pool).SawHub(t.Context(), hub, state, at))
}

// A house fills: the venue's manager sees it, on a phone and at a desk, sees to an incident, and looks back at a date
// that is over.
func TestAHouseFillsAndIsLookedBackAt(t *testing.T) {
	t.Parallel()
	cfg := byName(t)
	r := start(t, cfg)
	w := r.browser(filepath.Join(cfg.StateDir, "outbox"))
	w.registers("ana@example.com")
	w.goTo("/desk/live")
	assert.Contains(t, w.text("main"), "No events yet")
	w.look("live-first")
	house := w.theatre()
	now := time.Now()
	past := house.night("Homens de Perto", now.Add(-7*24*time.Hour), 640, 590)
	tonight := house.night("Homens de Perto", now.Add(-15*time.Minute), 640, 610)
	w.goTo("/desk/live")
	assert.Contains(t, w.text("main"), "Homens de Perto")
	w.look("live-choose")
	house.heartbeat(tonight, time.Now()) // its gates count as away a quarter of a minute later
	w.goTo("/desk/live/" + tonight.String())
	main := w.text("main")
	w.look("live-now")
	for _, text := range []string{"let in more people than it may", "somebody passed without an admission", "battery at 17 %", "no scanner", "already used", "Elena Prado", "nearly full", "Plateia", "Meia-entrada"} {
		assert.Contains(t, main, text)
	}
	w.seesTo(tonight)
	house.heartbeat(tonight, time.Now().Add(-4*time.Minute))
	w.goTo("/desk/live/" + tonight.String() + "?lang=pt-BR")
	assert.Contains(t, w.text("main"), "falou pela última vez há 4 min")
	assert.NotContains(t, w.text("main"), "gate-1 · 1: sem contato", "the silent hub is told once")
	w.look("live-stale")
	w.goTo("/desk/live/" + past.String() + "/history?lang=en")
	w.look("live-history")
	assert.Contains(t, w.text("main"), "Did not come")
	w.goTo("/desk/live/" + tonight.String() + "/history?with=" + past.String())
	w.look("live-compare")
	w.goTo("/desk/live/" + past.String() + "/tables/minutes")
	w.look("live-table")
	house.filesAreWhole(past)
}

// seesTo marks the double admission as seen to, while the page asks again by itself.
func (w *walker) seesTo(event uuid.UUID) {
	w.Helper()
	w.do(chromedp.WaitReady(chromedp.CSS("#now")))
	w.click("#mark-0 summary")
	before := w.text("#updated")
	asked(w, chromedp.Poll[bool](`document.getElementById("updated").textContent !== `+quoted(before)))
	w.wait("#mark-0 button") // what was opened stays open
	w.typed("#note-0", "Talked to both; they were father and son")
	w.click("#mark-0 button")
	w.wait(".flash")
	assert.Contains(w, w.text("main"), "1 seen to")
	w.goTo("/desk/live/" + event.String())
}

func quoted(text string) string { return `"` + strings.ReplaceAll(text, `"`, `\"`) + `"` }

// filesAreWhole: every record is in the file of records, and the people of the table are those of the page.
func (t *theatre) filesAreWhole(event uuid.UUID) {
	t.Helper()
	base := "/desk/live/" + event.String()
	var records, people int
	require.NoError(t, t.pool.QueryRow(t.Context(), "SELECT count(*) FROM entry_events WHERE event_id = $1", event).Scan(&records))
	require.NoError(t, t.pool.QueryRow(t.Context(), "SELECT sum(n) FROM attendance WHERE event_id = $1 AND what = 'in'", event).Scan(&people))
	file := func(path string) string {
		return asked(t.walker, chromedp.Evaluate[string](`fetch("`+base+path+`").then(r => r.ok ? r.text() : "status " + r.status)`, chromedp.EvalAwaitPromise))
	}
	assert.Equal(t, records+1, strings.Count(file("/records.csv"), "\r\n"), "and a head")
	in := 0
	for line := range strings.Lines(file("/tables/minutes?as=csv")) {
		if cells := strings.Split(strings.TrimSpace(line), ","); len(cells) == 8 && cells[3] == "came in" {
			n, err := strconv.Atoi(cells[7])
			require.NoError(t, err)
			in += n
		}
	}
	assert.Equal(t, people, in)
	for _, name := range []string{"minutes", "gates", "refusals", "offers", "staff"} {
		assert.True(t, strings.HasPrefix(file("/tables/"+name+"?as=xlsx"), "PK"), name)
		assert.NotContains(t, file("/tables/"+name), "status", name)
	}
}
