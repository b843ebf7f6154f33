package cloud_test

import (
	"fmt"
	"maps"
	"net/http"
	"net/http/httptest"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"
	"github.com/google/uuid"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"portaria/cloud/internal/account/role"
)

// A telephone with no reader of codes of its own sees our ticket with its camera: the guest enters, and the ticket is used.
func TestPhoneReadsOurTicket(t *testing.T) {
	t.Parallel()
	b := opened(t)
	inteira := b.sell(1, map[string]any{"name": "Inteira", "price": 4500})
	w := b.hands(b.someone("Ana Souza", role.Controller), shot{nil, 3}, shot{inteira[0], 4}, shot{nil, 4})
	require.Eventually(t, func() bool { return w.text("#hint") == "Aim at the ticket's code" }, 10*time.Second, 20*time.Millisecond)
	w.picks("ready")
	w.holds(true)
	said := w.says("admit")
	assert.Contains(t, said, "Enter")
	assert.Contains(t, said, "Inteira")
	w.picks("admitted")
	said = w.says("refuse")
	assert.Contains(t, said, "Already used")
	assert.Regexp(t, `Scanned here \d+ s ago`, said)
	assert.False(t, w.sees("#supervise"), "a controller overrules nothing")
	w.picks("refused")
	w.holds(false)
	assert.Equal(t, "our own", w.reader(), "no browser of Linux reads codes by itself")
	assert.Equal(t, 1, b.entries("entry"))
	b.axes(w)
}

// axes has axe-core look at what opens over the camera.
func (b *booth) axes(w *walker) {
	for _, id := range []string{"type", "last", "menu"} {
		w.rests()
		w.click("#" + id)
		w.wait("dialog[open]")
		w.axe(id)
		if id == "last" {
			assert.Contains(b, w.text("#past-rows"), "Already used")
			w.picks("last")
		}
		w.click("dialog[open] [data-close]")
	}
}

// picks keeps a picture on a phone and on a desk, and has axe-core look.
func (w *walker) picks(name string) {
	w.Helper()
	w.axe(name)
	w.shot(name + "-390")
	w.do(desktopSize)
	w.shot(name + "-1280")
	w.do(phoneSize)
}

// sees says whether an element is on the screen.
func (w *walker) sees(css string) bool {
	w.Helper()
	return asked(w, chromedp.Evaluate[bool](`Boolean(document.querySelector("`+css+`")?.checkVisibility())`))
}

// reader is what reads codes, as the menu tells.
func (w *walker) reader() string {
	w.Helper()
	w.rests()
	w.click("#menu")
	w.wait("#settings[open]")
	found := regexp.MustCompile(`Reader: ([^.]+)\.`).FindStringSubmatch(w.text("#state"))
	require.Len(w, found, 2)
	w.click("#settings [data-close]")
	return found[1]
}

// types a code by hand, from the first letter on, as a scanner that plays a keyboard does.
func (w *walker) types(code string) {
	w.Helper()
	w.rests()
	w.forgets()
	w.do(chromedp.KeyEvent(code + "\r"))
}

// entries counts what the journal holds of the evening, by what it adds to a ticket's history; "" = refusals.
func (b *booth) entries(history string) (n int) {
	b.Helper()
	for _, x := range b.api(b.key, "GET", "/entries?limit=200", nil)["items"].([]any) {
		if got, _ := x.(map[string]any)["history"].(string); got == history {
			n++
		}
	}
	return n
}

// counts waits until the journal holds so many: what a phone decided alone, since it had no answer in time, comes a moment later.
func (b *booth) counts(history string, want int) {
	b.Helper()
	require.Eventually(b, func() bool { return b.entries(history) >= want }, 20*time.Second, 50*time.Millisecond, "%d of %q", want, history)
	assert.Equal(b, want, b.entries(history), history)
}

// codes are the short codes of an offer's tickets.
func (b *booth) codes(offer string) (codes []string) {
	b.Helper()
	for _, x := range b.api(b.key, "GET", "/tickets?event="+b.ids["event"], nil)["items"].([]any) {
		if ticket := x.(map[string]any); ticket["offer"] == offer {
			codes = append(codes, ticket["short_code"].(string))
		}
	}
	return codes
}

// What a shift meets beside good tickets: a document to be seen, a group, a guest who turns round, a supervisor.
func TestPhoneGoesThroughAShift(t *testing.T) {
	t.Parallel()
	b := opened(t)
	b.sell(2, map[string]any{"name": "Meia-entrada", "price": 2000, "flags": []string{"check_document"}})
	b.sell(1, map[string]any{"name": "Família <b>3</b>", "price": 9000, "group": 3})
	w := b.hands(b.someone("Bia Lima", role.GateSupervisor), shot{nil, 2})
	meia, family := b.codes("Meia-entrada"), b.codes("Família <b>3</b>")
	w.holds(true)

	w.types(strings.ToLower(meia[0]))
	said := w.says("attend")
	assert.Contains(t, said, "Document")
	assert.Contains(t, said, "then let pass")
	w.picks("ask")

	w.click("#undo")
	assert.Contains(t, w.says("attend"), "Undone")
	w.types(meia[0])
	assert.Contains(t, w.says("attend"), "Document", "who turned round has used nothing")

	w.types(meia[0])
	assert.Contains(t, w.says("refuse"), "Already used")
	w.click("#supervise")
	w.wait("#reasons[open]")
	w.axe("reasons")
	w.shot("reasons-390")
	w.click("#reason-tiles button:nth-child(2)")
	said = w.says("attend")
	assert.Contains(t, said, "Document")

	w.types(family[0])
	for _, which := range []string{"1 of 3", "2 of 3", "3 of 3"} {
		said := w.says("admit")
		assert.Contains(t, said, which)
		assert.Contains(t, said, "Família <b>3</b>", "a name is text, never markup")
		assert.Equal(t, which != "3 of 3", w.sees("#another"))
		if which == "2 of 3" {
			w.shot("group-390")
		}
		if which != "3 of 3" {
			w.click("#another")
		}
	}
	w.types("https://evil.example/<script>alert(1)</script>")
	assert.Contains(t, w.says("refuse"), "Not found")
	w.turnsRound()
	w.types(meia[0])
	assert.Contains(t, w.says("admit"), "May leave")
	b.counts("entry", 6)
	b.counts("abort", 1)
}

// turnsRound reads an exit at a door for both ways.
func (w *walker) turnsRound() {
	w.Helper()
	w.rests()
	w.click("#menu")
	w.wait("#settings[open]")
	w.click("#to-way")
	w.do(chromedp.WaitNotPresent(chromedp.CSS("#settings[open]")))
	require.Eventually(w, func() bool { return w.text("#way") == "Exit" }, 15*time.Second, 20*time.Millisecond)
}

// A cellar: the network goes, guests come in, the page is closed and opened, the network comes back. Everything arrives once.
func TestPhoneLosesNothingInACellar(t *testing.T) {
	t.Parallel()
	b := opened(t)
	tickets := b.sell(2, map[string]any{"name": "Inteira", "price": 4500})
	require.Eventually(t, func() bool { return b.signed(b.ids["event"]) >= 2 }, 10*time.Second, 20*time.Millisecond)
	w := b.hands(b.someone("Ana Souza", role.Controller), shot{nil, 5}, shot{tickets[0], 3}, shot{nil, 2}, shot{tickets[1], 3}, shot{nil, 3})
	w.click("#last") // the camera takes nothing behind it
	w.wait("#past[open]")
	codes := b.codes("Inteira")
	w.kept()
	b.air.cut.Store(true)
	w.do(inCellar(true))
	w.click("#past [data-close]")
	w.holds(true)

	assert.Contains(t, w.says("admit"), "Decided on this phone")
	w.linked("offline: ")
	w.picks("offline")
	assert.Contains(t, w.says("admit"), "Decided on this phone")
	assert.Contains(t, w.says("refuse"), "Already used", "the first comes again")
	w.do(chromedp.Reload())
	w.linked("offline: ")
	w.types(codes[1])
	assert.Contains(t, w.says("refuse"), "Already used", "what the phone let in, it knows after a restart")

	b.air.cut.Store(false)
	w.do(inCellar(false))
	w.linked("online")
	b.counts("entry", 2)
	assert.GreaterOrEqual(t, b.entries(""), 2)
	w.do(chromedp.Reload())
	w.linked("online")
	w.types(codes[0])
	assert.Contains(t, w.says("refuse"), "Already used", "and the arbiter knows it")
	assert.Equal(t, 2, b.entries("entry"), "nothing arrives twice")
}

// The cable is cut between an admission and its answer. The phone refuses alone, or its page is closed; the guest's ticket is free
// as soon as the cloud hears of it.
func TestPhoneGivesBackWhatItRefusedAlone(t *testing.T) {
	t.Parallel()
	b := opened(t)
	b.door = b.api(b.key, "POST", "/venues/"+b.ids["venue"]+"/checkpoints", map[string]any{"name": "Entrada estrita", "direction": "in", "policy": "strict"})["id"].(string)
	b.sell(2, map[string]any{"name": "Inteira", "price": 4500})
	w := b.hands(b.someone("Ana Souza", role.Controller), shot{nil, 2})
	codes := b.codes("Inteira")
	w.kept()
	for n, after := range []func(){func() { w.says("refuse") }, func() { w.do(chromedp.Reload()) }} {
		b.air.mutes("/api/v1/scans")
		w.types(codes[n])
		require.Eventually(t, func() bool { return b.entries("entry") == 2*n+1 }, 20*time.Second, 20*time.Millisecond, "it was admitted, and nobody hears it")
		after()
		b.air.mutes("")
		require.Eventually(t, func() bool { return b.entries("abort") == n+1 }, 20*time.Second, 20*time.Millisecond, "it is given back")
		w.linked("online")
		w.types(codes[n])
		w.says("admit")
	}
	assert.Equal(t, 4, b.entries("entry"))
}

// kept waits until the phone has page and list.
func (w *walker) kept() {
	w.Helper()
	ready := asked(w, chromedp.Evaluate[string](`navigator.serviceWorker.ready.then(r => r.active.state)`, chromedp.EvalAwaitPromise))
	require.Contains(w, []string{"activated", "activating"}, ready)
	require.Eventually(w, func() bool { return strings.Contains(w.text("#list"), "old") }, 10*time.Second, 50*time.Millisecond, "no list")
}

// linked waits for what the pill says.
func (w *walker) linked(want string) {
	w.Helper()
	require.Eventually(w, func() bool {
		return strings.HasPrefix(asked(w, chromedp.Evaluate[string](`document.querySelector("#link")?.textContent ?? ""`)), want)
	}, 25*time.Second, 50*time.Millisecond, want)
}

// A browser that reads codes by itself is used; here a stand-in that finds one in every picture.
func TestPhoneUsesTheBrowsersOwnReader(t *testing.T) {
	t.Parallel()
	b := opened(t)
	b.sell(1, map[string]any{"name": "Inteira", "price": 4500})
	w := b.phone("", b.video(shot{nil, 1}))
	w.signs(b, b.someone("Ana Souza", role.Controller))
	w.do(phoneSize, before(`globalThis.BarcodeDetector = class {
		static async getSupportedFormats() { return ["qr_code", "code_128", "aztec"] }
		constructor(o) { if (o.formats.join() !== "qr_code,code_128,aztec") throw new Error(o.formats) }
		async detect(video) { if (!video.videoWidth) throw new Error("no picture"); return [{rawValue: "`+b.codes("Inteira")[0]+`", cornerPoints: [{x: 1, y: 1}, {x: 9, y: 9}]}] }
	}`))
	w.goTo("/scan")
	w.picksDoor(b)
	assert.Contains(t, w.says("admit"), "Inteira")
	assert.Equal(t, "the browser's", w.reader())
	assert.Equal(t, 1, b.entries("entry"), "it stays in view, and is judged once")
}

// A new version takes over by itself, and finds what the old one kept.
func TestPhoneKeepsWhatWaitsThroughANewVersion(t *testing.T) {
	t.Parallel()
	b := opened(t)
	b.sell(1, map[string]any{"name": "Inteira", "price": 4500})
	require.Eventually(t, func() bool { return b.signed(b.ids["event"]) >= 1 }, 10*time.Second, 20*time.Millisecond)
	w := b.hands(b.someone("Ana Souza", role.Controller), shot{nil, 1})
	codes := b.codes("Inteira")
	w.kept()
	b.air.cut.Store(true)
	w.types(codes[0])
	w.says("admit")
	w.linked("offline: 1 waiting")

	const version = "0123456789ab"
	old := asked(w, chromedp.Evaluate[string](`document.querySelector("script[type=module]").src.split("/").at(-2)`))
	b.air.through(renamed(b.air.next, old, version))
	b.air.closes("/api/v1/scans/offline", "/"+version+"/words.js") // the network is back, and drops one file of all
	b.air.cut.Store(false)
	w.rests()
	asked(w, chromedp.Evaluate[bool](`navigator.serviceWorker.getRegistration("/scan").then(r => r.update()).then(() =>
		new Promise(lost => navigator.serviceWorker.getRegistration("/scan").then(r => r.installing ? r.installing.onstatechange = () => lost(true) : lost(true))))`, chromedp.EvalAwaitPromise))
	b.air.closes("/api/v1/scans/offline")
	require.Eventually(t, func() bool {
		return asked(w, chromedp.Evaluate[bool](`document.querySelector("script[type=module]")?.src.includes("`+version+`") ?? false`))
	}, time.Minute, 100*time.Millisecond, "the new version takes over")
	w.waits(1)
	b.air.closes()
	require.Eventually(t, func() bool { return b.entries("entry") == 1 }, time.Minute, 100*time.Millisecond, "what waited has come")
	w.linked("online") // which a page says too that has just begun
	w.waits(0)
	assert.Equal(t, 1, b.entries("entry"), "once")
}

// waits says how many records the phone's store holds, once what was acknowledged a moment ago is out of it.
func (w *walker) waits(want int) {
	w.Helper()
	var got int
	counted := func() bool {
		got = asked(w, chromedp.Evaluate[int](`new Promise(done => { const open = indexedDB.open("portaria-scan"); open.onsuccess = () => {
		const all = open.result.transaction("queue").objectStore("queue").count(); all.onsuccess = () => { open.result.close(); done(all.result) } } })`, chromedp.EvalAwaitPromise))
		return got == want
	}
	require.Eventually(w, counted, 10*time.Second, 50*time.Millisecond, "%d records should wait", want)
}

// renamed serves the page as another version of itself.
func renamed(next http.Handler, old, version string) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		r.URL.Path = strings.ReplaceAll(r.URL.Path, version, old)
		if r.URL.Path != "/scan" && r.URL.Path != "/scan/worker.js" {
			next.ServeHTTP(w, r)
			return
		}
		r.Header.Del("Accept-Encoding")
		kept := httptest.NewRecorder()
		next.ServeHTTP(kept, r)
		maps.Copy(w.Header(), kept.Header())
		w.Header().Del("Content-Length")
		w.WriteHeader(kept.Code)
		fmt.Fprint(w, strings.ReplaceAll(kept.Body.String(), old, version))
	})
}

// A telephone goes from hand to hand. What its first owner did alone leaves it under no other name, and is not lost; the
// list does not stay for whoever finds it.
func TestPhoneGoesFromHandToHand(t *testing.T) {
	t.Parallel()
	b := opened(t)
	b.sell(2, map[string]any{"name": "Inteira", "price": 4500})
	require.Eventually(t, func() bool { return b.signed(b.ids["event"]) >= 2 }, 10*time.Second, 20*time.Millisecond)
	codes := b.codes("Inteira")
	ana, bia := b.someone("Ana Souza", role.Controller), b.someone("Bia Lima", role.Controller)
	w := b.hands(ana, shot{nil, 1})
	w.kept()
	b.air.cut.Store(true)
	w.types(codes[0])
	w.says("admit")
	w.linked("offline: 1 waiting")
	b.air.closes("/api/v1/scans/offline") // the network is back, but not for this
	b.air.cut.Store(false)

	w.rests()
	w.signsOut()
	w.waits(1)
	assert.False(t, w.keeps("lists"), "the list is gone")
	assert.False(t, w.keeps("doors"))
	w.goTo("/scan")
	w.wait("#doors a[href^='/login']")
	assert.Contains(t, w.text("#doors"), "1 to send on this phone")
	w.axe("signed out")

	b.air.closes()
	w.signs(b, bia)
	w.goTo("/scan")
	w.picksOrHas(b)
	w.types(codes[1])
	assert.Contains(t, w.says("admit"), "Inteira")
	require.Eventually(t, func() bool { return b.entries("entry") > 0 }, time.Minute, 100*time.Millisecond,
		"Bia's guest is written down, also when the telephone had to let them in without an answer")
	w.waits(1)
	assert.Equal(t, 1, b.entries("entry"), "Ana's record is not written under Bia's name")

	w.signs(b, ana)
	w.goTo("/scan")
	require.Eventually(t, func() bool { return b.entries("entry") == 2 }, time.Minute, 100*time.Millisecond, "Ana is back, and so is what she did")
	w.linked("online")
	w.waits(0)
	b.endsSessions(ana)
	w.types(codes[0])
	w.wait("#doors a[href^='/login']")
	require.Eventually(t, func() bool { return !w.keeps("lists") }, 10*time.Second, 50*time.Millisecond, "a session that was ended takes the list with it")
}

// signsOut by the menu.
func (w *walker) signsOut() {
	w.Helper()
	w.click("#menu")
	w.wait("#settings[open]")
	w.click("#to-leave")
	w.wait("#leaving[open]")
	require.Eventually(w, func() bool { return w.text("#leaving-say") != "" }, 15*time.Second, 20*time.Millisecond)
	assert.Contains(w, w.text("#leaving-say"), "1 not sent yet")
	w.axe("leaving")
	w.shot("leaving-390")
	w.click("#leave-now")
	w.wait("#email")
}

// picksOrHas is at our door, as it was left.
func (w *walker) picksOrHas(b *booth) {
	w.Helper()
	require.Eventually(w, func() bool { return w.sees("#tools") || w.sees("[data-door='"+b.door+"']") }, 10*time.Second, 50*time.Millisecond)
	if !w.sees("#tools") {
		w.picksDoor(b)
	}
}

// keeps says whether the phone's store holds something of that name.
func (w *walker) keeps(name string) bool {
	w.Helper()
	return asked(w, chromedp.Evaluate[bool](`new Promise(done => { const open = indexedDB.open("portaria-scan"); open.onsuccess = () => {
		const found = open.result.transaction("kept").objectStore("kept").get("`+name+`"); found.onsuccess = () => { open.result.close(); done(found.result !== undefined) } } })`, chromedp.EvalAwaitPromise))
}

// endsSessions is what a manager does about a telephone that was lost.
func (b *booth) endsSessions(who uuid.UUID) {
	b.Helper()
	_, err := b.pool.Exec(b.Context(), "DELETE FROM sessions WHERE person_id = $1", who)
	require.NoError(b, err)
}
