package cloud_test

import (
	"archive/zip"
	"bytes"
	"encoding/base64"
	"path/filepath"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"
	"github.com/google/uuid"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"portaria/cloud/internal/postgres"
)

// bought gives the organizer's event an order, and one of a night long ago.
func (w *walker) bought(event, email string) {
	w.Helper()
	pool, err := postgres.Open(w.Context(), w.database)
	require.NoError(w, err)
	defer pool.Close()
	old := uuid.Must(uuid.NewV7())
	_, err = pool.Exec(w.Context(), `INSERT INTO events (id, organizer_id, venue_id, name, doors_at, starts_at, ends_at, currency, state, next_kind)
		SELECT $2::uuid, organizer_id, venue_id, 'Noite antiga', now() - interval '200 days', now() - interval '200 days', now() - interval '199 days', 'BRL', 'stopped', 1 FROM events WHERE id = $1::uuid`, event, old)
	require.NoError(w, err)
	_, err = pool.Exec(w.Context(), `INSERT INTO offers (id, organizer_id, event_id, kind, name) SELECT gen_random_uuid(), organizer_id, id, 0, 'Inteira' FROM events WHERE id = $1`, old)
	require.NoError(w, err)
	_, err = pool.Exec(w.Context(), "INSERT INTO event_stock (event_id, capacity) VALUES ($1, 10)", old)
	require.NoError(w, err)
	_, err = pool.Exec(w.Context(), "INSERT INTO offer_stock (offer_id, event_id) SELECT id, event_id FROM offers WHERE event_id = $1", old)
	require.NoError(w, err)
	_, err = pool.Exec(w.Context(), "INSERT INTO offer_prices (offer_id, price) SELECT id, 4500 FROM offers WHERE event_id = $1", old)
	require.NoError(w, err)
	for _, e := range []string{event, old.String()} {
		_, err = pool.Exec(w.Context(), `WITH o AS (INSERT INTO orders (id, organizer_id, secret, state, channel, buyer_name, buyer_email, language, total, currency, expires_at)
				SELECT gen_random_uuid(), organizer_id, translate(replace(gen_random_uuid()::text, '-', ''), '0189', 'ghij'), 'paid', 'web', 'Bia Ramos', $2, 'pt-BR', 4500, 'BRL', now() FROM events WHERE id = $1::uuid RETURNING id)
			INSERT INTO order_lines (order_id, position, event_id, offer_id, quantity, unit_price, places)
			SELECT o.id, 0, f.event_id, f.id, 1, 4500, 1 FROM o, offers f WHERE f.event_id = $1::uuid`, e, email)
		require.NoError(w, err)
	}
}

// pool is the database as its owner sees it.
func (r *running) pool() *postgres.Pool {
	r.Helper()
	pool, err := postgres.Open(r.Context(), r.database)
	require.NoError(r, err)
	r.Cleanup(pool.Close)
	return pool
}

// An organizer sees what is kept, decides for how long, and gives a buyer what is theirs, then erases them.
func TestABuyersDataIsHandedOutAndErased(t *testing.T) {
	t.Parallel()
	cfg := byName(t)
	r := start(t, cfg)
	w := r.browser(filepath.Join(cfg.StateDir, "outbox"))
	w.registers("ana@example.com")
	event := w.hasAnEvent()
	w.bought(event, "Bia@example.com")

	w.goTo("/desk/settings/privacy")
	w.look("privacy-inventory")
	w.goTo("/desk/settings/privacy/retention")
	w.do(chromedp.SetValue(chromedp.CSS("#buyers"), "10"))
	w.click("form:has(#buyers) button[data-once]")
	w.wait("[role=alert]")
	w.look("privacy-retention-faults")
	w.do(chromedp.SetValue(chromedp.CSS("#buyers"), "300"))
	w.click("form:has(#buyers) button[data-once]")
	w.wait(".flash")
	w.click("form[action$=run] button")
	w.do(chromedp.WaitVisible(chromedp.CSS(".pill.ok")))
	w.look("privacy-retention")

	secret := w.one(w.pool(), "SELECT secret FROM orders o JOIN order_lines l ON l.order_id = o.id JOIN events e ON e.id = l.event_id WHERE e.name = 'Noite antiga'")
	status, page := r.page(r.PublicURL() + "/order/" + secret + "?lang=en")
	require.Equal(t, 200, status, page)
	require.Contains(t, page, "Your data")
	w.goTo("/order/" + secret + "?lang=en")
	w.click("#data summary")
	w.look("order-data")
	for range 2 { // twice is once
		w.goTo("/order/" + secret)
		w.click("#data summary")
		w.click("button[value=export]")
		w.wait("#data [role=status]")
	}
	assert.Contains(t, w.text("#data"), "answers to Bia@example.com within 15 days")
	w.goTo("/desk")
	assert.Contains(t, w.text("main"), "Somebody asks about their data")
	w.shot("privacy-task")
	w.goTo("/desk/settings/privacy/people")
	assert.Equal(t, 1, strings.Count(w.text("main"), "Bia@example.com"))
	w.click(".people a")
	w.wait("button[value=decline]")
	w.click("button[value=decline]")
	w.do(chromedp.WaitNotPresent(chromedp.CSS("button[value=decline]")))

	w.goTo("/desk/settings/privacy/people")
	w.typed("#given", "nobody@example.com")
	w.click("form:has(#given) button")
	w.wait("[role=alert]")
	w.do(chromedp.SetValue(chromedp.CSS("#given"), "bia@example.com"))
	w.click("form:has(#given) button")
	w.wait("button[value=export]")
	assert.Contains(t, w.text("main"), "Noite antiga")
	w.look("privacy-request")
	w.click("button[value=export]")
	w.wait("a[href$=file]")
	script := `fetch(document.querySelector("a[href$=file]").href).then(r => r.arrayBuffer()).then(b => btoa(String.fromCharCode(...new Uint8Array(b))))`
	raw, err := base64.StdEncoding.DecodeString(asked(w, chromedp.Evaluate[string](script, chromedp.EvalAwaitPromise)))
	require.NoError(t, err)
	packed, err := zip.NewReader(bytes.NewReader(raw), int64(len(raw)))
	require.NoError(t, err)
	require.Len(t, packed.File, 2)

	w.typed("#typed", "somebody@else.example")
	w.click("button[value=erase]")
	w.wait("[role=alert]")
	w.do(chromedp.SetValue(chromedp.CSS("#typed"), "bia@example.com"))
	w.click("button[value=erase]")
	w.wait(".facts-list") // what has gone
	assert.Contains(t, w.text("main"), "Its tickets open the doors until then")
	assert.Equal(t, "1 1", asked(w, chromedp.Evaluate[string](`[...document.querySelectorAll(".facts-list dd")].map(d => d.textContent).join(" ")`)), "one order, one packed file")
	w.look("privacy-erased")
	w.goTo("/desk/settings/privacy/people")
	assert.NotContains(t, w.text("main"), "bia@", "the request forgets whom it was about")
	w.look("privacy-people")
	w.goTo("/desk/settings/privacy/people?lang=pt-BR")
	w.shot("privacy-people-pt")
	w.goTo("/desk/settings/privacy/retention")
	w.shot("privacy-retention-pt")
	w.goTo("/desk/settings/privacy")
	w.shot("privacy-inventory-pt")
}
