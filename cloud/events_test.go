package cloud_test

import (
	"path/filepath"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"
	"github.com/stretchr/testify/assert"
)

// An organizer who has registered makes a venue with zones, in a real browser.
func TestAnOrganizerMakesVenuesAndDates(t *testing.T) {
	t.Parallel()
	cfg := byName(t)
	r := start(t, cfg)
	w := r.browser(filepath.Join(cfg.StateDir, "outbox"))
	w.registers("ana@example.com")
	w.makesAVenue()
}

func (w *walker) replaced(css, text string) {
	w.Helper()
	w.do(chromedp.SetValue(chromedp.CSS(css), text))
}

// makesAVenue makes a venue with zones inside zones.
func (w *walker) makesAVenue() {
	w.Helper()
	w.goTo("/desk/venues")
	w.look("venues-none")
	w.click(".empty a.btn")
	w.wait("#time_zone")
	w.look("venues-new")
	w.click("button[data-once]")
	w.wait("[role=alert]")
	assert.Contains(w, w.text("main"), "Fill this in")
	w.typed("#name", "Teatro Guaíra")
	w.typed("#address", "Rua XV de Novembro, 971, Curitiba")
	w.click("button[data-once]")
	w.wait("#zones")
	assert.Contains(w, w.text(".flash"), "Teatro Guaíra is made")
	w.click(".adder summary")
	w.typed("#nn-", "Plateia")
	w.typed("#nc-", "800")
	w.click(".adder button")
	w.wait(".tree")
	w.click(".tree summary")
	w.click(".tree .adder summary")
	w.typed(".tree .adder input[name=name]", "Camarote")
	w.typed(".tree .adder input[name=capacity]", "900")
	w.click(".tree .adder button")
	w.wait(".tree .tree")
	assert.Contains(w, w.text(".tree"), "more than Plateia holds (800)")
	w.click(".tree > li > details > summary")
	w.look("venue")
	w.click(".tree button[value=remove]")
	w.wait(".tree [role=alert]")
	assert.Contains(w, w.text(".tree"), "Zones are inside this one: Camarote")
	w.look("venue-zone-in-use")
	w.click(".tree .tree summary")
	w.click(".tree .tree button[value=remove]")
	w.wait(".flash form")
	assert.False(w, strings.Contains(w.text(".tree"), "Camarote"))
	w.click(".flash button")
	w.wait(".tree .tree")
	w.goTo("/desk/venues")
	w.look("venues")
}
