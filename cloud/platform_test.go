package cloud_test

import (
	"net/url"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"
	"github.com/pquerna/otp/totp"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"portaria/cloud"
	"portaria/cloud/internal/postgres"
)

// The first operator is made on the command line, chooses a password, and sees the platform's pages only once codes are
// set up. A sale that is stopped there is stopped everywhere, and the organizer is told.
func TestThePlatformsPeopleStopASale(t *testing.T) {
	t.Parallel()
	cfg := byName(t)
	r := start(t, cfg)
	key, event, offer := r.evening()
	link, err := cloud.AddOperator(t.Context(), cfg, "Op@Portaria.example", "Olga Prado", "en")
	require.NoError(t, err)
	w := r.browser(filepath.Join(cfg.StateDir, "outbox"))
	w.do(desktopSize, chromedp.Navigate(link+"?lang=en"))
	w.typed("#password", goodPassword)
	w.click("button[data-once]")
	w.do(chromedp.WaitNotPresent(chromedp.CSS("#password")))
	w.goTo("/platform")
	assert.Contains(t, w.text("main"), "Everybody who works here needs a second factor")
	w.look("factor-needed")
	w.goTo("/desk/settings/codes")
	w.wait("#totp-secret")
	code, err := totp.GenerateCode(strings.TrimSpace(w.text("#totp-secret")), time.Now())
	require.NoError(t, err)
	w.typed("#code", code)
	w.click("button[data-once]")
	w.wait(".codes")

	w.goTo("/platform")
	assert.Contains(t, w.text("main"), "Olga Prado")
	w.look("platform")
	w.goTo("/platform/organizers?q=festi")
	w.look("platform-organizers")
	w.click(".people a")
	w.wait("#why")
	w.look("platform-organizer")
	w.typed("#why", "Tickets of a show that nobody has heard of.")
	w.click("button.danger")
	w.wait(".flash")
	w.look("platform-suspended")

	buy := map[string]any{"lines": []any{map[string]any{"offer_id": offer, "quantity": 1}}, "buyer": map[string]any{"name": "Ana", "email": "ana@example.org"}}
	status, text := r.try(key, "POST", "/orders", "", buy)
	assert.Equal(t, 409, status, text)
	_, shop := r.page(r.PublicURL() + "/")
	assert.NotContains(t, shop, "Nei Lisboa")
	status, _ = r.try(key, "GET", "/events/"+event, "", nil)
	assert.Equal(t, 200, status, "everything else goes on")
	w.click("form[action$=resume] button")
	w.do(chromedp.WaitNotPresent(chromedp.CSS("form[action$=resume]")))
	status, text = r.try(key, "POST", "/orders", "", buy)
	assert.Equal(t, 201, status, text)

	pool, err := postgres.Open(t.Context(), cfg.Database)
	require.NoError(t, err)
	defer pool.Close()
	_, err = pool.Exec(t.Context(), `INSERT INTO jobs (id, organizer_id, kind, state, made_by, made_at, ended_at, fault)
		SELECT gen_random_uuid(), organizer_id, 'privacy_clear', 'failed', 'portaria', now(), now(), 'disrupted' FROM events`)
	require.NoError(t, err)
	_, err = pool.Exec(t.Context(), `INSERT INTO mails (id, letter, created_at, try_at, tried) VALUES (gen_random_uuid(), '{"Kind": "invite", "To": "secret@example.com"}', now(), now() + interval '1 hour', 2)`)
	require.NoError(t, err)
	w.goTo("/platform/engine")
	assert.NotContains(t, w.text("main"), "secret@example.com")
	w.look("platform-engine")
	w.click("form[action$=jobs] button")
	w.wait(".flash")
	require.Eventually(t, func() bool {
		var n int
		return pool.QueryRow(t.Context(), "SELECT count(*) FROM jobs WHERE state = 'failed'").Scan(&n) == nil && n == 0
	}, 15*time.Second, 20*time.Millisecond)
	w.goTo("/platform/audit")
	assert.Contains(t, w.text("main"), "platform.suspended")
	w.look("platform-audit")
	w.goTo("/platform/organizers?lang=pt-BR")
	w.shot("platform-organizers-pt")

	var told int
	require.NoError(t, pool.QueryRow(t.Context(), "SELECT count(*) FROM audit a JOIN events e USING (organizer_id) WHERE a.what IN ('organizer.suspended', 'organizer.resumed')").Scan(&told))
	assert.Equal(t, 2, told)
	require.NoError(t, cloud.Suspend(t.Context(), cfg, r.one(pool, "SELECT organizer_id::text FROM events"), "by hand"))
	require.ErrorContains(t, cloud.Suspend(t.Context(), cfg, "festival", "x"), "no organizer's id")
	lines, err := cloud.Operators(t.Context(), cfg)
	require.NoError(t, err)
	require.Len(t, lines, 1)
	require.NoError(t, cloud.DropOperator(t.Context(), cfg, "op@portaria.example"))
	require.Error(t, cloud.DropOperator(t.Context(), cfg, "op@portaria.example"))
	w.goTo("/platform?lang=en")
	assert.Contains(t, w.text("main"), "There is no such page")
}

func (r *running) one(pool *postgres.Pool, query string) (text string) {
	r.Helper()
	require.NoError(r, pool.QueryRow(r.Context(), query).Scan(&text))
	return text
}

// Who asks everybody for a second factor has one; then nobody does anything without, but set it up.
func TestEverybodyIsLedToASecondFactor(t *testing.T) {
	t.Parallel()
	cfg := configured(t)
	r := start(t, cfg)
	ana := r.registered(filepath.Join(cfg.StateDir, "outbox"), "ana@example.com")
	pool, err := postgres.Open(t.Context(), cfg.Database)
	require.NoError(t, err)
	defer pool.Close()
	status, _, text := ana.see("POST", "/desk/settings/organizer/factor", url.Values{"factor": {"0"}})
	assert.Equal(t, 422, status)
	assert.Contains(t, text, "for yourself first")
	sql := func(query string) {
		t.Helper()
		_, err := pool.Exec(t.Context(), query)
		require.NoError(t, err)
	}
	sql("UPDATE sessions SET strong = true")
	status, _, text = ana.see("POST", "/desk/settings/organizer/factor", url.Values{"factor": {"7"}})
	assert.Equal(t, 200, status)
	assert.Contains(t, text, "Everybody, since or from")
	status, _, _ = ana.see("POST", "/desk/settings/organizer/factor", url.Values{"factor": {"8"}})
	assert.Equal(t, 422, status)
	_, _, text = ana.see("POST", "/desk/settings/keys", url.Values{"name": {"site"}, "scope": {"catalog:read"}})
	key := text[strings.Index(text, "ptk_"):][:4+52]

	sql("UPDATE sessions SET strong = false")
	_, at, text := ana.see("GET", "/desk", nil)
	assert.Equal(t, "/desk", at, "in the days of grace")
	assert.Contains(t, text, "nobody works here without a second factor")
	sql("UPDATE organizers SET second_factor_from = now() - interval '1 second'")
	for _, page := range []string{"/desk", "/desk/settings/people", "/desk/imports"} {
		_, at, text = ana.see("GET", page, nil)
		assert.Equal(t, "/desk/settings/security", at, page)
	}
	assert.Contains(t, text, "Everybody who works here needs a second factor")
	_, at, _ = ana.see("POST", "/desk/settings/organizer", url.Values{"name": {"Taken over"}, "language": {"en"}})
	assert.Equal(t, "/desk/settings/security", at)
	assert.NotEqual(t, "Taken over", r.one(pool, "SELECT name FROM organizers"))
	_, at, _ = ana.see("GET", "/desk/settings/codes", nil)
	assert.Equal(t, "/desk/settings/codes", at, "setting it up is open")
	r.api(key, "GET", "/events", nil)
	sql("UPDATE sessions SET strong = true")
	_, at, _ = ana.see("GET", "/desk", nil)
	assert.Equal(t, "/desk", at)
}
