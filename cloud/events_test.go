package cloud_test

import (
	"fmt"
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
	w.makesADate()
	w.makesATour()
	w.sellsIt()
	w.changesMany()
}

func (w *walker) replaced(css, text string) {
	w.Helper()
	if text == "" {
		asked(w, chromedp.Evaluate[bool](fmt.Sprintf("document.querySelector(%q).value = ''; true", css)))
		return
	}
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
	w.posts(".flash button")
	w.wait(".tree .tree")
	w.goTo("/desk/venues")
	w.look("venues")
}

// makesADate makes one date, whose sale waits for an offer.
func (w *walker) makesADate() {
	w.Helper()
	w.goTo("/desk/events")
	w.look("events-none")
	w.click(".empty a.btn")
	w.wait("#doors")
	w.look("event-new")
	w.typed("#name", "Noite de Abertura")
	w.replaced("#doors", "2027-03-05T20:30")
	w.replaced("#start", "2027-03-05T20:00")
	w.replaced("#end", "2027-03-05T23:00")
	w.typed("#capacity", "1000")
	w.click("button[data-once]")
	w.wait("[role=alert]")
	assert.Contains(w, w.text("[role=alert]"), "start when the doors open or later")
	assert.Equal(w, "Noite de Abertura", asked(w, chromedp.Value(chromedp.CSS("#name"))), "what was typed is kept")
	w.replaced("#doors", "2027-03-05T19:00")
	w.click("button[data-once]")
	w.wait("#sale")
	w.look("event")
	w.click("button[value=start]")
	w.wait("[role=alert]")
	assert.Contains(w, w.text("[role=alert]"), "Add an offer before starting the sale")
	w.click("button[value=cancel]")
	w.wait(".flash form")
	assert.Contains(w, w.text("main"), "Cancelled")
	w.posts(".flash button")
	w.wait("button[value=start]")
}

// makesATour makes a series of twelve dates, of which a list says thirteen.
func (w *walker) makesATour() {
	w.Helper()
	w.goTo("/desk/series")
	w.look("series-none")
	w.click(".empty a.btn")
	w.wait("#kind")
	w.typed("#name", "Homens de Perto")
	w.look("series-new")
	w.click("button[data-once]")
	w.wait("#lines")
	w.look("dates-new")
	w.replaced("#lines", strings.Repeat("2027-04-05 20:00\n", 10_000))
	w.typed("#capacity", "800")
	w.click("button[value=plan]")
	w.wait("[role=alert]")
	assert.Contains(w, w.text("[role=alert]"), "At most 1,000 dates at once")
	var lines strings.Builder
	for day := range 12 {
		fmt.Fprintf(&lines, "2027-04-%02d 20:00; Teatro Guaíra\n", day+1)
	}
	w.replaced("#lines", lines.String()+"2027-04-31 20:00\nontem; Teatro\n2027-04-01 20:00\n")
	w.replaced("#offers", "Inteira; 120,00\nMeia; 60")
	w.click("button[value=plan]")
	w.wait("button[value=make]")
	assert.Contains(w, w.text("#plan"), "12 dates can be made")
	assert.Contains(w, w.text("main"), "the calendar has no such day")
	w.look("dates-plan")
	w.click("button[value=make]")
	w.wait("#dates")
	assert.Contains(w, w.text("#dates"), "12 dates")
	w.look("series-one")
	w.goTo("/desk/events")
	w.look("events")
	w.goTo("/desk/events/calendar?month=2027-04")
	w.look("calendar")
	w.goTo("/desk/series")
	w.look("series")
}

// sellsIt gives a date an offer, and prices by table.
func (w *walker) sellsIt() {
	w.Helper()
	w.goTo("/desk/events?q=Noite")
	w.click("td a")
	w.wait("#offers")
	w.click("a[href$='/offers/new']")
	w.wait("#use")
	w.look("offer-new")
	w.typed("#name", "Meia")
	w.typed("#price", "60,0,0")
	w.click("button[data-once]")
	w.wait("[role=alert]")
	assert.Contains(w, w.text("[role=alert]"), "Give a price, such as 120,00")
	w.replaced("#price", "60")
	w.replaced("#document", "Carteira de estudante")
	w.click("button[data-once]")
	w.wait(".flash")
	w.click("#offers ~ ul a")
	w.wait("#prices")
	w.look("offer")
	w.goTo("/desk/prices?q=Homens")
	w.wait("[data-grid]")
	w.look("prices")
	w.replaced("tbody tr:nth-child(1) td:nth-child(2) input:last-child", "150")
	w.replaced("tbody tr:nth-child(2) td:nth-child(3) input:last-child", "")
	w.replaced("tbody tr:nth-child(3) td:nth-child(4) input:last-child", "300,00")
	w.replaced("#further", "VIP")
	w.posts("form[method=post] .btn.primary")
	w.wait(".flash form")
	assert.Contains(w, w.text(".flash"), "3 dates are changed")
	assert.Equal(w, "150.00", asked(w, chromedp.Value(chromedp.CSS("tbody tr:nth-child(1) td:nth-child(2) input:last-child"))))
	w.posts(".flash button")
	w.wait(".flash")
	assert.Contains(w, w.text(".flash"), "3 dates are as they were before")
}

// changesMany starts the sale of the tour and moves it by half an hour, and takes that back.
func (w *walker) changesMany() {
	w.Helper()
	w.goTo("/desk/changes?q=Homens")
	w.wait("#which")
	w.look("changes")
	w.click("input[name=all]")
	w.replaced("#start", "20:30")
	w.replaced("#sale", "start")
	w.click("button[value=preview]")
	w.wait("button[value=apply]")
	assert.Contains(w, w.text("#preview"), "12 dates would change")
	w.look("changes-preview")
	w.click("button[value=apply]")
	w.wait(".flash form")
	assert.Contains(w, w.text(".flash"), "12 dates are changed")
	w.goTo("/?lang=en")
	assert.Contains(w, w.text("main"), "Homens de Perto")
	assert.Contains(w, w.text("main"), "11 more dates", "a tour is one card")
	w.look("shop-series")
	w.goTo("/?place=Curitiba&since=2027-04-10")
	assert.NotContains(w, w.text("main"), "1 Apr 2027")
	w.goTo("/desk/events/calendar?month=2027-04")
	assert.Contains(w, w.text("main"), "20:30")
	w.look("calendar-sold")
}
