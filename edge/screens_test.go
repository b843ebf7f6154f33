package edge_test

import (
	"context"
	"os"
	"path/filepath"
	"strconv"
	"testing"
	"time"

	"github.com/chromedp/chromedp"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"portaria/deploy/browsertest"
	"portaria/edge"
	"portaria/edge/admit"
	"portaria/edge/internal/keeper/keepertest"
	"portaria/edge/internal/lane"
	"portaria/edge/ticket"
	"portaria/edge/whitelist"
)

// screensEnv names a directory that gets pictures of every screen, as `make screens` draws docs/img/lane.
const screensEnv = "PORTARIA_SCREENS"

// screenSizes are a lane's touch screen and a television.
var screenSizes = [][2]int64{{800, 480}, {1920, 1080}}

// gallery is the real program before a real browser.
type gallery struct {
	*site
	browser context.Context
	dir     string
}

func openGallery(t *testing.T) *gallery {
	g := &gallery{dir: os.Getenv(screensEnv)}
	g.site = newSite(t, func(c *edge.Config) { c.Gate, c.Board.PassageMillis = "g3", 0 })
	g.browser = browsertest.Open(t, 3*time.Minute)
	g.start()
	return g
}

// show opens a page at a size and does something there.
func (g *gallery) show(size [2]int64, path string, acts ...chromedp.Action[chromedp.Void]) {
	g.t.Helper()
	all := append([]chromedp.Action[chromedp.Void]{chromedp.EmulateViewport(size[0], size[1]), chromedp.Navigate("http://" + g.panel + path)}, acts...)
	for _, act := range all {
		require.NoError(g.t, chromedp.Do(g.browser, act))
	}
}

// picture says whether all fits the screen, and keeps a picture of it.
func (g *gallery) picture(name string, size [2]int64) {
	g.t.Helper()
	_, err := chromedp.Run(g.browser, chromedp.Evaluate[bool](`Promise.all([document.fonts.ready, ...document.getAnimations().map((a) => a.finished)]).then(() => true)`, chromedp.EvalAwaitPromise))
	require.NoError(g.t, err)
	fits, err := chromedp.Run(g.browser, chromedp.Evaluate[bool](`document.documentElement.scrollWidth <= innerWidth && (document.documentElement.scrollHeight <= innerHeight || location.pathname === "/board")`))
	require.NoError(g.t, err)
	assert.True(g.t, fits, "%s is cut off at %d", name, size[0])
	if g.dir == "" {
		return
	}
	raw, err := chromedp.Run(g.browser, chromedp.CaptureScreenshot())
	require.NoError(g.t, err)
	require.Less(g.t, len(raw), 300<<10, name)
	require.NoError(g.t, os.WriteFile(filepath.Join(g.dir, name+"-"+strconv.FormatInt(size[0], 10)+".png"), raw, 0o600))
}

// says waits for a word on the screen.
func (g *gallery) says(word string) {
	g.t.Helper()
	var last string
	require.Eventually(g.t, func() bool {
		var err error
		last, err = chromedp.Run(g.browser, chromedp.Text("#word"))
		return err == nil && last == word
	}, 10*time.Second, 30*time.Millisecond, "the screen never said %s", word)
}

func (g *gallery) sizes() [][2]int64 {
	if g.dir == "" {
		return screenSizes[:1]
	}
	return screenSizes
}

// TestTheScreensOfALane goes through every screen of the real program in a browser.
func TestTheScreensOfALane(t *testing.T) {
	g := openGallery(t)
	e := g.hub.src.Event("Ópera: A Flauta Mágica")
	e.Rules.Kinds = []whitelist.Kind{{Name: "Inteira", Use: whitelist.UseSingle}, {Name: "Meia-entrada", Use: whitelist.UseSingle, Flags: whitelist.CheckDocument}}
	e.Rules.Seats = []string{"Plateia B, fila 12, lugar 7"}
	for id := ticket.ID(201); id <= 260; id++ {
		entry := e.Ticket(id, whitelist.Good)
		if entry.Seat = 1; id > 220 {
			entry.Kind = 1
		}
		e.Entries[entry.Key] = entry
	}
	g.hub.set(func() { g.hub.inside = 1284 })
	g.employ(whitelist.Checkpoint{Policy: whitelist.Free, NeedsStaff: true, NoContact: true}, e)
	for _, size := range g.sizes() {
		g.show(size, "/")
		g.says("Sem porteiro")
		g.picture("nobody-on-duty", size)
	}
	require.Eventually(t, func() bool {
		code, _ := g.act("POST", "/lane/1/duty", `{"number":7,"pin":"`+rosaPIN+`"}`)
		return code == 200
	}, 10*time.Second, 100*time.Millisecond)
	if g.dir != "" {
		g.until("the notice is over", func(st lane.Status) bool { return st.At-st.Lanes[0].NoticeAt > 5000 })
		for _, size := range g.sizes() {
			g.show(size, "/")
			g.says("Aproxime o ingresso")
			g.picture("idle", size)
		}
	}
	next := ticket.ID(200)
	fresh := func(from ticket.ID) string { next = max(next, from) + 1; return next.Short() }
	for _, size := range g.sizes() {
		g.show(size, "/")
		g.line.Send(fresh(200) + "\r\n")
		g.says("Entre")
		g.picture("admit", size)
	}
	g.hub.set(func() { g.hub.deny = admit.AlreadyUsed })
	for i, language := range []string{"", "uk", "de"} {
		word := []string{"Já usado", "Уже використано", "Schon benutzt"}[i]
		for _, size := range g.sizes() {
			g.show(size, "/?lang="+language)
			g.line.Send(fresh(200) + "\r\n")
			g.says(word)
			g.picture("already-used"+language, size)
		}
	}
	for _, size := range g.sizes() {
		g.desk(size)
	}
	g.hub.set(func() { g.hub.deny = admit.OtherGate })
	for _, size := range g.sizes() {
		g.show(size, "/")
		g.line.Send(fresh(200) + "\r\n")
		g.says("Outra entrada")
		g.picture("other-gate", size)
	}
	g.hub.set(func() { g.hub.deny = "" })
	for _, size := range g.sizes() {
		g.show(size, "/")
		g.line.Send(fresh(220) + "\r\n")
		g.says("Documento")
		g.picture("check-document", size)
	}
	for _, size := range g.sizes() {
		g.show(size, "/board", chromedp.WaitVisible(`li[data-line="unlock_a"]`))
		g.picture("board", size)
	}
	if g.dir != "" {
		g.trouble(e)
	}
}

// desk goes through the menu and the forms, by keyboard where a keyboard does.
func (g *gallery) desk(size [2]int64) {
	g.show(size, "/", chromedp.KeyEvent("m"), chromedp.WaitVisible("#menu[open]"))
	g.picture("menu", size)
	require.NoError(g.t, chromedp.Do(g.browser, chromedp.Click(`#menu [data-open="last"]`), chromedp.WaitVisible("#last .row")))
	g.picture("last-scans", size)
	require.NoError(g.t, chromedp.Do(g.browser, chromedp.Click(`#last [data-close]`), chromedp.KeyEvent("m"), chromedp.Click(`#menu [data-open="typing"]`),
		chromedp.WaitVisible("#code"), chromedp.SendKeys("#code", ticket.ID(201).ShortShown()), chromedp.Click(`#typing [data-send="look"]`), chromedp.WaitVisible("#found strong")))
	g.picture("look-up", size)
	g.line.Send("ANOTHER\r\n") // the same code again at once would count as the same scan
	g.says("Não encontrado")
	g.line.Send(ticket.ID(201).Short() + "\r\n")
	g.says("Já usado")
	require.NoError(g.t, chromedp.Do(g.browser, chromedp.WaitNotVisible("#typing"), chromedp.KeyEvent("s"), chromedp.WaitVisible("#reasons[open]")))
	g.picture("supervisor-reason", size)
	require.NoError(g.t, chromedp.Do(g.browser, chromedp.Click(`[data-reason="came_out"]`), chromedp.WaitVisible("#who[open]")))
	g.picture("supervisor-pin", size)
	before := g.status().Lanes[0].In
	require.NoError(g.t, chromedp.Do(g.browser, chromedp.SendKeys(`#who [name="number"]`, "7\r"), chromedp.SendKeys(`#who [name="pin"]`, rosaPIN+"\r")))
	g.says("Entre")
	g.until("somebody passes", func(st lane.Status) bool { return st.Lanes[0].In > before }) // what was read before may be a heartbeat old
}

// trouble is what a lane shows when something is wrong.
func (g *gallery) trouble(e *keepertest.Event) {
	g.employ(whitelist.Checkpoint{Policy: whitelist.Strict, NoContact: true}, e)
	g.hub.unplug()
	g.until("the hub is away", func(st lane.Status) bool { return !st.Hub.Up })
	for i, size := range g.sizes() {
		g.show(size, "/")
		g.line.Send(ticket.ID(90+i).Short() + "\r\n")
		g.says("Sem central")
		g.picture("arbiter-required", size)
	}
	g.line.Unplug()
	for _, size := range g.sizes() {
		g.show(size, "/")
		g.says("Leitor desligado")
		g.picture("trouble", size)
	}
}
