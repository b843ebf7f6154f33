package cloud_test

import (
	"fmt"
	"net/http"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"
	"github.com/google/uuid"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"portaria/cloud/internal/account/role"
	"portaria/cloud/internal/locale"
	"portaria/cloud/internal/postgres"
)

// doors gives the town a door, a template's door, a controller with a shift, a hub and a gate.
func (w *town) doors() {
	w.Helper()
	w.ids["checkpoint"] = w.made(`INSERT INTO checkpoints (id, organizer_id, venue_id, name, direction, mode, policy, unlisted)
		VALUES ($1, $2, $3, 'Festival A', 'in', 'open', 'free', 'ask')`, w.ours, w.ids["venue"])
	w.ids["door"] = w.made(`INSERT INTO door_templates (id, organizer_id, venue_id, name, settings) VALUES ($1, $2, $3, 'Festival B',
		'{"name": "Festival B", "direction": "in", "policy": "free", "unlisted": "ask", "kind_names": []}')`, w.ours, w.ids["venue"])
	w.ids["controller"] = w.made("INSERT INTO controllers (id, organizer_id, venue_id, name, badge) VALUES ($1, $2, $3, 'Festival Rui', '0123456789abcdef')",
		w.ours, w.ids["venue"])
	w.ids["shift"] = w.made(`INSERT INTO shifts (id, organizer_id, venue_id, event_id, checkpoint_id, controller_id, rule)
		VALUES ($1, $2, $3, $4, $5, $6, '{"from": {"anchor": "doors", "minutes": -30}, "until": {"anchor": "end", "minutes": 0}}')`,
		w.ours, w.ids["venue"], w.ids["event"], w.ids["checkpoint"], w.ids["controller"])
	w.made("INSERT INTO hubs (id, organizer_id, venue_id, name, token_hash) SELECT 'hub-7', $2::uuid, $3::uuid, 'Festival hub', sha256('x') WHERE $1::uuid IS NOT NULL", w.ours, w.ids["venue"])
	w.made("INSERT INTO gates (venue_id, id, organizer_id, name) SELECT $3::uuid, 'gate-7', $2::uuid, 'Festival 7' WHERE $1::uuid IS NOT NULL", w.ours, w.ids["venue"])
	w.made("INSERT INTO gate_lanes (venue_id, gate_id, lane, checkpoint_id) SELECT $2::uuid, 'gate-7', 1, $3::uuid WHERE $1::uuid IS NOT NULL", w.ids["venue"], w.ids["checkpoint"])
	w.ids["gate"], w.ids["hub"] = "gate-7", "hub-7"
}

// Every page about doors, with what it is about, in every language.
func TestEveryPageAboutDoorsIsDrawn(t *testing.T) {
	t.Parallel()
	w := settle(t)
	session, drawn := w.session(w.people[role.Owner], false), 0
	for _, x := range w.Desk().Routes() {
		if x.Method != http.MethodGet || !strings.HasPrefix(x.Path, "/desk/gates") {
			continue
		}
		for _, tag := range locale.Supported {
			a := w.ask(w.Context(), x.Method, w.fill(x.Path)+"?lang="+tag, session, "", "")
			assert.Equal(t, http.StatusOK, a.status, "%s in %s: %s", x.Path, tag, a.text)
			assert.NotContains(t, a.text, "{{", x.Path)
			drawn++
		}
	}
	assert.Greater(t, drawn, 15)
}

// hasATour gives the organizer a venue with zones and a tour of dates.
func (w *walker) hasATour(dates int) (venue string) {
	w.Helper()
	pool, err := postgres.Open(w.Context(), w.database)
	require.NoError(w, err)
	defer pool.Close()
	id := uuid.Must(uuid.NewV7())
	_, err = pool.Exec(w.Context(), `WITH v AS (INSERT INTO venues (id, organizer_id, name, address, time_zone)
			SELECT $1, id, 'Theatro São Pedro', 'Praça da Matriz', 'America/Sao_Paulo' FROM organizers WHERE name = 'Festival' RETURNING id, organizer_id)
		INSERT INTO zones (id, organizer_id, venue_id, name, capacity) SELECT gen_random_uuid(), organizer_id, id, 'Plateia', 600 FROM v`, id)
	require.NoError(w, err)
	for i := range dates {
		at := time.Now().AddDate(0, 0, i+1).UTC().Truncate(24 * time.Hour).Add(22 * time.Hour)
		_, err = pool.Exec(w.Context(), `WITH e AS (INSERT INTO events (id, organizer_id, venue_id, name, doors_at, starts_at, ends_at, currency, state, next_kind)
				SELECT gen_random_uuid(), organizer_id, id, $2, $3::timestamptz, $3::timestamptz + interval '1 hour', $3::timestamptz + interval '3 hours', 'BRL', 'on_sale', 2
				FROM venues WHERE id = $1 RETURNING id, organizer_id),
			s AS (INSERT INTO event_stock (event_id, capacity) SELECT id, 100 FROM e),
			f AS (INSERT INTO offers (id, organizer_id, event_id, kind, name) SELECT gen_random_uuid(), organizer_id, id, 0, 'Inteira' FROM e)
			INSERT INTO offers (id, organizer_id, event_id, kind, name) SELECT gen_random_uuid(), organizer_id, id, 1, 'Camarote' FROM e`,
			id, fmt.Sprintf("Turnê, noite %d", i+1), at)
		require.NoError(w, err)
	}
	return "/desk/gates/" + id.String()
}

// A venue manager sets up the doors of a tour: a template, what differs on one night, and a door by hand.
func TestAVenueManagerSetsUpTheDoorsOfATour(t *testing.T) {
	t.Parallel()
	cfg := byName(t)
	r := start(t, cfg)
	w := r.browser(filepath.Join(cfg.StateDir, "outbox"))
	w.registers("ana@example.com")
	w.goTo("/desk/gates")
	w.look("gates-none")
	at := w.hasATour(12)
	w.goTo("/desk/gates")
	w.look("gates-choose")
	w.goTo(at)
	w.look("gates-empty")
	w.goTo(at + "/template")
	w.look("template-empty")
	w.goTo(at + "/template/new")
	w.look("template-door")
	w.typed("#name", "Portão A")
	w.do(chromedp.SetValue(chromedp.CSS("#from_n"), "30"), chromedp.SetValue(chromedp.CSS("#from_at"), "-doors"))
	w.posts("button[data-once]")
	w.wait(".flash")
	assert.Contains(w, w.text("#plan"), "Portão A")
	w.look("template-plan")
	w.posts("#plan button[data-once]")
	w.wait(".flash")
	assert.Contains(w, w.text("table"), "from 30 min before the doors open to 30 min after the end")
	w.look("gates-list")
	w.goTo(at + "/dates")
	assert.Equal(w, 12, strings.Count(w.text("tbody"), "automatic"), "every date has its doors by itself")
	w.look("dates")
	w.click("tbody tr:nth-child(3) a")
	w.wait("#date-head")
	w.click("main details summary")
	w.do(chromedp.SetValue(chromedp.CSS("select[name=does]"), "off"))
	w.posts(".inline-form button")
	w.wait(".flash")
	assert.Contains(w, w.text("main"), "does not serve this date")
	w.look("date")
	w.changesTheTemplate(at)
	w.makesADoor(at)
}

// posts presses a button and waits for the page that answers.
func (w *walker) posts(css string) {
	w.Helper()
	asked(w, chromedp.Evaluate[bool]("window.before = true"))
	w.click(css)
	require.Eventually(w, func() bool {
		there, err := chromedp.Run(w.ctx, chromedp.Evaluate[bool]("window.before === undefined && document.readyState === 'complete'"))
		return err == nil && there // between two pages there is none to ask
	}, 20*time.Second, 50*time.Millisecond, "%s led nowhere", css)
}

// changesTheTemplate changes it after a door was changed by hand.
func (w *walker) changesTheTemplate(at string) {
	w.goTo(at)
	w.click("tbody a")
	w.wait("#name")
	w.look("door")
	w.click("#needs_staff")
	w.posts("button[data-once]")
	w.wait(".flash")
	w.goTo(at + "/template")
	w.click("tbody a")
	w.wait("#name")
	w.do(chromedp.SetValue(chromedp.CSS("#until_n"), "90"), chromedp.SetValue(chromedp.CSS("#unlisted"), "refuse"))
	w.posts("button[data-once]")
	w.wait(".flash")
	plan := w.text("#plan")
	assert.Contains(w, plan, "1 h 30 min after the end")
	assert.Contains(w, plan, "Set by hand, stays")
	assert.Contains(w, plan, "Only with a controller")
	w.look("template-change")
	w.posts("#plan button[data-once]")
	w.wait(".flash")
}

// makesADoor makes one by hand, first with hours that overlap.
func (w *walker) makesADoor(at string) {
	w.goTo(at + "/doors/new")
	w.typed("#name", "Porta dos artistas")
	w.do(chromedp.SetValue(chromedp.CSS("#when"), "fixed"), chromedp.SetValue(chromedp.CSS("#hours"), "2027-02-01 18:00-02:00\n2027-02-02 01:00-03:00"))
	w.posts("button[data-once]")
	w.wait("[role=alert]")
	fault := w.text("[role=alert]")
	assert.Contains(w, fault, "18:00–02:00")
	assert.Contains(w, fault, "01:00–03:00")
	assert.Equal(w, "Porta dos artistas", asked(w, chromedp.Value(chromedp.CSS("#name"))), "what was typed is kept")
	w.look("door-faults")
	w.do(chromedp.SetValue(chromedp.CSS("#hours"), "2027-02-01 18:00-02:00"))
	w.posts("button[data-once]")
	w.wait(".flash")
	w.posts("tbody tr:nth-child(2) button")
	w.wait(".flash")
	assert.Contains(w, w.text("tbody tr:nth-child(2)"), "closed")
	w.posts(".flash button")
	w.wait(".flash")
	assert.NotContains(w, w.text("tbody tr:nth-child(2)"), "closed", "undone")
}

// Two editors at once: the second is told what the first one saved, and keeps what they typed.
func TestTheSecondEditorOfADoorIsTold(t *testing.T) {
	t.Parallel()
	w := settle(t)
	path, session := "/desk/gates/"+w.ids["venue"]+"/doors/"+w.ids["checkpoint"], w.session(w.people[role.VenueManager], false)
	form := func(name, policy, version string) string {
		return "direction=in&from=outside&to=outside&mode=open&unlisted=ask&when=always&name=" + name + "&policy=" + policy + "&version=" + version + "&from_n=0&from_at=%2Bdoors&until_n=0&until_at=%2Bend"
	}
	assert.Equal(t, http.StatusSeeOther, w.ask(t.Context(), "POST", path, session, "", form("First", "free", "1")).status)
	a := w.ask(t.Context(), "POST", path, session, "", form("Second", "strict", "1"))
	assert.Equal(t, http.StatusConflict, a.status, a.text)
	assert.Contains(t, a.text, `value="Second"`)
	assert.Contains(t, a.text, "<dd>First</dd>")
	assert.Equal(t, http.StatusSeeOther, w.ask(t.Context(), "POST", path, session, "", form("Second", "strict", "2")).status)
}

// A venue manager adds people, prints their badges, plans who stands where, and sets up hub and gate.
func TestAVenueManagerPlansWhoStandsWhere(t *testing.T) {
	t.Parallel()
	cfg := byName(t)
	r := start(t, cfg)
	w := r.browser(filepath.Join(cfg.StateDir, "outbox"))
	w.registers("ana@example.com")
	at := w.hasATour(4)
	for _, name := range []string{"Portão A", "Portão B"} {
		w.goTo(at + "/doors/new")
		w.typed("#name", name)
		w.posts("button[data-once]")
	}
	w.goTo(at + "/controllers")
	w.look("controllers-none")
	w.goTo(at + "/controllers/many")
	w.typed("#people", "Rui Lima; supervisor\nBia Castro;; Portão A\nZé; rei\nCris;; Porta X")
	w.posts("button[data-once]")
	report := w.text("tbody")
	assert.Contains(w, report, "rei is no rank")
	assert.Contains(w, report, "there is no door Porta X")
	w.look("controllers-many")
	w.goTo(at + "/controllers")
	w.look("controllers")
	w.printsBadges(at)
	w.click("tbody tr:nth-child(1) a")
	w.wait("#name")
	w.look("controller")
	w.posts("form[action$='/pin'] button")
	assert.Len(w, strings.TrimSpace(w.text("#pin")), 6)
	w.look("pin")
	w.plansShifts(at)
	w.setsUpMachines(at)
}

// printsBadges has the browser fetch what the button sends.
func (w *walker) printsBadges(at string) {
	w.Helper()
	kind := asked(w, chromedp.Evaluate[string](`fetch("`+at+`/controllers/badges", {method: "POST", headers: {"Content-Type": "application/x-www-form-urlencoded"},
		body: "all=on&paper=a4"}).then(async r => r.headers.get("Content-Type") + " " + (await r.text()).slice(0, 5))`, chromedp.EvalAwaitPromise))
	assert.Equal(w, "application/pdf %PDF-", kind)
	w.goTo(at + "/controllers")
	assert.Contains(w, w.text("tbody"), "printed")
}

func (w *walker) plansShifts(at string) {
	w.Helper()
	w.goTo(at + "/shifts")
	w.look("shifts")
	w.click("tbody tr:nth-child(1) a")
	w.wait(".posts")
	w.posts(".post:nth-child(1) form[data-add] button")
	w.posts(".post:nth-child(2) form[data-add] button")
	assert.Contains(w, w.text("[role=alert]"), "already stands at a door", "nobody is at two doors at once")
	w.do(chromedp.SetValue(chromedp.CSS(".post:nth-child(2) select[name=controller]"), asked(w, chromedp.Evaluate[string](`document.querySelector(".post:nth-child(2) form[data-add] option:nth-child(2)").value`))))
	w.posts(".post:nth-child(2) form[data-add] button")
	w.look("shifts-plan")
	w.drags()
	w.click("input[name=to]")
	w.posts("form[action$='/copy'] button")
	assert.Contains(w, w.text("[role=status] ul"), "2 shifts copied")
	person := asked(w, chromedp.Evaluate[string](`document.querySelector("[data-person]").dataset.person`))
	w.goTo(at + "/shifts/of/" + person)
	assert.Contains(w, w.text("tbody"), "Portão")
	w.look("shifts-sheet")
}

// drags takes the shift of the first door to the second, as a mouse does.
func (w *walker) drags() {
	w.Helper()
	before := asked(w, chromedp.Evaluate[string](`document.querySelector(".post:nth-child(1) [data-shift] b").textContent`))
	asked(w, chromedp.Evaluate[bool](`window.before = true; (() => {
		const item = document.querySelector(".post:nth-child(1) [data-shift]"), post = document.querySelector(".post:nth-child(2)"), data = new DataTransfer();
		item.dispatchEvent(new DragEvent("dragstart", {bubbles: true, dataTransfer: data}));
		post.dispatchEvent(new DragEvent("dragover", {bubbles: true, cancelable: true, dataTransfer: data}));
		post.dispatchEvent(new DragEvent("drop", {bubbles: true, cancelable: true, dataTransfer: data}));
		return true;
	})()`))
	require.Eventually(w, func() bool {
		there, err := chromedp.Run(w.ctx, chromedp.Evaluate[bool]("window.before === undefined && document.readyState === 'complete'"))
		return err == nil && there
	}, 20*time.Second, 50*time.Millisecond)
	assert.Contains(w, w.text(".post:nth-child(2)"), before)
	w.posts(".flash button")
	assert.Contains(w, w.text(".post:nth-child(1)"), before, "undone")
}

func (w *walker) setsUpMachines(at string) {
	w.Helper()
	w.goTo(at + "/hubs")
	w.click("main details summary")
	w.typed("#hub_id", "teatro-1")
	w.typed("#name", "Bilheteria")
	w.look("hubs-add")
	w.posts("form[action$='/hubs'] button")
	w.goTo(at + "/hubs")
	w.posts("form[action$='/code'] button")
	w.look("hubs-code")
	w.goTo(at + "/hubs")
	w.click("#gates details summary")
	w.typed("#gate", "gate-1")
	w.typed("#gate_name", "Catraca 1")
	w.do(chromedp.SetValue(chromedp.CSS("#lane1"), asked(w, chromedp.Evaluate[string](`document.querySelector("#lane1 option:nth-child(2)").value`))))
	w.posts("form[action$='/machines'] button")
	assert.Contains(w, w.text("#gates"), "never seen")
	assert.Contains(w, w.text(".watch"), "gate-1 has never been seen")
	w.look("hubs")
}
