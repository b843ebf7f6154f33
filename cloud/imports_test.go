package cloud_test

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"
	"github.com/google/uuid"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"portaria/cloud/internal/postgres"
)

// Another seller is let in, sends a file, which is looked at, tried and carried out, in a real browser.
func TestAnotherSellersFileIsTriedAndCarriedOut(t *testing.T) {
	t.Parallel()
	cfg := byName(t)
	r := start(t, cfg)
	w := r.browser(filepath.Join(cfg.StateDir, "outbox"))
	w.registers("ana@example.com")
	event := w.hasAnEvent()
	w.goTo("/desk/imports")
	w.look("imports-choose")
	w.goTo("/desk/imports/" + event)
	w.look("imports-first")
	w.typed("#name", "Bilheteria Outra")
	w.click("details button[data-once]")
	w.wait(".flash")
	w.sends("lista.csv")
	w.wait("select#code")
	w.look("imports-preview")
	w.click("button[value=plan]")
	w.wait("button[value=execute]")
	assert.Contains(t, w.text("main"), "A spreadsheet has rounded it")
	assert.Contains(t, w.text("main"), "leading zeros are lost")
	w.look("imports-tried")
	w.click("button[value=execute]")
	w.do(chromedp.WaitVisible(chromedp.CSS(".pill.ok")))
	assert.Contains(t, w.text("main"), "What happened")
	w.look("imports-done")
	w.goTo("/desk/imports/" + event)
	w.look("imports-event")
	w.seesTheReport(event)
}

// registers an organizer whose desk is open.
func (w *walker) registers(email string) {
	w.do(desktopSize, chromedp.Navigate(w.PublicURL()+"/register?lang=en"))
	for css, text := range map[string]string{"#organizer": "Festival", "#name": "Ana Souza", "#email": email, "#password": goodPassword} {
		w.typed(css, text)
	}
	w.click("button[data-once]")
	w.do(chromedp.WaitNotPresent(chromedp.CSS("#password")), chromedp.Navigate(w.letter(email, "Confirm")))
	w.click("button[data-once]")
	w.wait(".rail")
}

// hasAnEvent gives the organizer an event.
func (w *walker) hasAnEvent() string {
	w.Helper()
	pool, err := postgres.Open(w.Context(), w.database)
	require.NoError(w, err)
	defer pool.Close()
	venue, event := uuid.Must(uuid.NewV7()), uuid.Must(uuid.NewV7())
	_, err = pool.Exec(w.Context(), `WITH v AS (INSERT INTO venues (id, organizer_id, name, time_zone)
			SELECT $1, id, 'Theatro', 'America/Sao_Paulo' FROM organizers WHERE name = 'Festival' RETURNING id, organizer_id),
		e AS (INSERT INTO events (id, organizer_id, venue_id, name, doors_at, starts_at, ends_at, currency, state, next_kind)
			SELECT $2, organizer_id, id, 'Noite de Abertura', now(), now() + interval '1 hour', now() + interval '4 hours', 'BRL', 'on_sale', 1 FROM v RETURNING id, organizer_id),
		s AS (INSERT INTO event_stock (event_id, capacity) SELECT id, 100 FROM e)
		INSERT INTO offers (id, organizer_id, event_id, kind, name) SELECT gen_random_uuid(), organizer_id, id, 0, 'Inteira' FROM e`, venue, event)
	require.NoError(w, err)
	return event.String()
}

// sends a file as a person chooses it.
func (w *walker) sends(name string) {
	w.Helper()
	var b strings.Builder
	b.WriteString("código;tipo;lugar\n")
	for n := range 300 {
		fmt.Fprintf(&b, "7891%09d;Inteira;Plateia A %d\n", n*7919, n)
	}
	b.WriteString("1,23E+12;Inteira;\n789123;Inteira;\n=1+1;VIP;\n7891000000000;Inteira;\n")
	file := filepath.Join(w.TempDir(), name)
	require.NoError(w, os.WriteFile(file, []byte(b.String()), 0o600))
	w.do(chromedp.SetUploadFiles(chromedp.CSS("#file"), []string{file}))
	w.click("form[enctype] button[data-once]")
}

func (w *walker) seesTheReport(event string) {
	w.Helper()
	script := `fetch(document.querySelector("a[href*='/desk/imports/` + event + `/0']").href + "/report.csv").then(r => r.text())`
	report := asked(w, chromedp.Evaluate[string](script, chromedp.EvalAwaitPromise))
	assert.Contains(w, report, "'=1+1", "a spreadsheet takes nothing in it for a formula")
	settle := asked(w, chromedp.Evaluate[string](`fetch(document.querySelector("a[href*='settlement']").href).then(r => r.text())`, chromedp.EvalAwaitPromise))
	assert.Equal(w, 301, strings.Count(settle, "\n"), "each of their codes, and a head")
}
