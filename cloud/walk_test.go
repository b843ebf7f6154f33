package cloud_test

import (
	"compress/gzip"
	"context"
	"io"
	"net"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/webauthn"
	"github.com/chromedp/chromedp"
	"github.com/pquerna/otp/totp"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"portaria/cloud"
	"portaria/deploy/browsertest"
)

// walker is somebody with a real browser.
type walker struct {
	*running
	ctx    context.Context
	outbox string
}

// byName is a configuration whose pages are reached by a name, without which browsers allow no passkeys.
func byName(t *testing.T) *cloud.Config {
	t.Helper()
	cfg := configured(t)
	probe, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	_, port, err := net.SplitHostPort(probe.Addr().String())
	require.NoError(t, err)
	require.NoError(t, probe.Close())
	cfg.HTTPListen, cfg.PublicURL, cfg.Development = "127.0.0.1:"+port, "http://localhost:"+port, true
	return cfg
}

// browser is a new one, in English.
func (r *running) browser(outbox string) *walker {
	r.Helper()
	return &walker{r, browsertest.Open(r.T, 4*time.Minute, browsertest.Speaks("en")), outbox}
}

func (w *walker) do(steps ...chromedp.Action[chromedp.Void]) {
	w.Helper()
	if err := chromedp.Do(w.ctx, steps...); err != nil {
		if png, shotErr := chromedp.Run(w.ctx, chromedp.FullScreenshot(100)); shotErr == nil {
			w.keep("failed", png)
		}
		require.NoError(w, err)
	}
}

func asked[T any](w *walker, a chromedp.Action[T]) T {
	w.Helper()
	v, err := chromedp.Run(w.ctx, a)
	require.NoError(w, err)
	return v
}

func (w *walker) goTo(path string)       { w.do(chromedp.Navigate(w.PublicURL() + path)) }
func (w *walker) wait(css string)        { w.do(chromedp.WaitVisible(chromedp.CSS(css))) }
func (w *walker) typed(css, text string) { w.do(chromedp.SendKeys(chromedp.CSS(css), text)) }

// text waits for an element and reads it in one step: pages that renew themselves may replace it in between two.
func (w *walker) text(css string) (text string) {
	w.Helper()
	read := chromedp.Evaluate[string](`(e => e?.checkVisibility() ? "=" + e.innerText : "")(document.querySelector(` + quoted(css) + `))`)
	require.Eventually(w, func() bool {
		found, err := chromedp.Run(w.ctx, read) // between two pages there is none to ask
		text = strings.TrimPrefix(found, "=")
		return err == nil && found != ""
	}, time.Minute, 20*time.Millisecond, "no %s is seen", css)
	return text
}

// click presses the mouse over an element, once more where it missed: pages move while they are drawn, on a busy computer
// between the look and the press.
func (w *walker) click(css string) {
	w.Helper()
	var err error
	for range 5 {
		w.do(chromedp.WaitVisible(chromedp.CSS(css)))
		asked(w, chromedp.Evaluate[bool](`(css => { window.pressed = 0; document.addEventListener("click", e => window.pressed += e.target.closest(css) ? 1 : 0, true); return true })(`+quoted(css)+`)`))
		_, err = chromedp.Run(w.ctx, chromedp.Click(chromedp.CSS(css)))
		if hit, gone := chromedp.Run(w.ctx, chromedp.Evaluate[bool](`window.pressed !== 0`)); hit || gone != nil {
			return // or there is another page already
		}
	}
	require.NoError(w, err)
	require.Fail(w, "a click hits nothing", css)
}

var (
	phoneSize   = chromedp.EmulateViewport(390, 844, chromedp.EmulateMobile, chromedp.EmulateScale(2))
	desktopSize = chromedp.EmulateViewport(1280, 900)
)

// keep keeps a picture where $PORTARIA_SHOTS says.
func (w *walker) keep(name string, png []byte) {
	if dir := os.Getenv("PORTARIA_SHOTS"); dir != "" {
		require.NoError(w, os.MkdirAll(dir, 0o755))
		require.NoError(w, os.WriteFile(filepath.Join(dir, name+".png"), png, 0o644))
	}
}

// look sees the page that is open on a phone and on a desktop, and has axe-core look too: at most pages on the phone, at
// those that hold every component in the dark as well.
func (w *walker) look(name string) {
	w.Helper()
	w.do(phoneSize)
	wide := asked(w, chromedp.Evaluate[bool](`document.documentElement.scrollWidth > 391`))
	assert.False(w, wide, "%s scrolls sideways on a phone", name)
	w.shot(name + "-phone")
	w.axe(name + " on a phone")
	w.do(desktopSize)
	w.shot(name + "-desktop")
	if slices.Contains([]string{"components", "people", "security", "login"}, name) {
		w.do(dark(true))
		w.axe(name + " in the dark")
		w.do(dark(false))
	}
}

// shot takes a picture where somebody wants pictures.
func (w *walker) shot(name string) {
	if os.Getenv("PORTARIA_SHOTS") != "" {
		w.keep(name, asked(w, chromedp.FullScreenshot(100)))
	}
}

func dark(on bool) chromedp.Action[chromedp.Void] {
	value := "light"
	if on {
		value = "dark"
	}
	return chromedp.Func(func(ctx context.Context, _ *chromedp.Target) error {
		_, err := chromedp.Call(ctx, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{
			Features: []*emulation.MediaFeature{{Name: "prefers-color-scheme", Value: value}}})
		return err
	})
}

// axeSource is axe-core, unpacked once.
var axeSource = sync.OnceValues(func() (string, error) {
	file, err := os.Open("internal/web/desk/desktest/axe.min.js.gz")
	if err != nil {
		return "", err
	}
	defer file.Close()
	unpacked, err := gzip.NewReader(file)
	if err != nil {
		return "", err
	}
	raw, err := io.ReadAll(unpacked)
	return string(raw), err
})

// axe fails on what keeps people out: violations that axe-core calls serious or critical.
func (w *walker) axe(name string) {
	w.Helper()
	if !asked(w, chromedp.Evaluate[bool]("typeof axe === 'object'")) {
		source, err := axeSource()
		require.NoError(w, err)
		asked(w, chromedp.Evaluate[bool](source+"; true"))
	}
	found := asked(w, chromedp.Evaluate[string](`axe.run(document, {resultTypes: ["violations"]}).then(r => JSON.stringify(r.violations
		.filter(v => v.impact === "serious" || v.impact === "critical").map(v => v.id + ": " + v.nodes.map(n => n.html + " " + n.failureSummary).join("; "))))`, chromedp.EvalAwaitPromise))
	assert.Equal(w, "[]", found, name)
}

// seesFaults shows that axe-core finds what is wrong: it would be of no use if it found nothing anywhere.
func (w *walker) seesFaults() {
	asked(w, chromedp.Evaluate[bool](`document.querySelector("label[for=name]").remove(); true`))
	found := asked(w, chromedp.Evaluate[string](`axe.run(document).then(r => r.violations.map(v => v.id).join(" "))`, chromedp.EvalAwaitPromise))
	require.Contains(w, found, "label")
	w.do(chromedp.Reload())
	w.wait("#name")
}

// letter gives the link of a mail.
func (w *walker) letter(to, subject string) string {
	w.Helper()
	return (&visitor{running: w.running, outbox: w.outbox}).letter(to, subject)
}

// An organizer registers, protects the account with codes and a passkey, and invites somebody whose role reaches less.
func TestAnOrganizerSettlesIn(t *testing.T) {
	t.Parallel()
	cfg := byName(t)
	r := start(t, cfg)
	outbox := filepath.Join(cfg.StateDir, "outbox")
	w := r.browser(outbox)
	w.do(desktopSize, chromedp.Navigate(r.PublicURL()+"/register?lang=en"))
	w.look("register")
	w.seesFaults()
	w.typed("#organizer", "Festival de Inverno")
	w.typed("#name", "Ana Souza")
	w.typed("#email", "ana@example.com")
	w.typed("#password", "short")
	w.click("button[data-once]")
	w.wait("[role=alert]")
	assert.Equal(t, "Ana Souza", asked(w, chromedp.Value(chromedp.CSS("#name"))), "what was typed is kept")
	w.look("register-faults")
	w.typed("#password", goodPassword)
	w.click("button[data-once]")
	w.do(chromedp.WaitNotPresent(chromedp.CSS("#password")))
	assert.Contains(t, w.text("main"), "Look into your mail")
	w.look("register-sent")
	w.do(chromedp.Navigate(w.letter("ana@example.com", "Confirm")))
	w.look("register-confirm")
	w.click("button[data-once]")
	w.wait(".rail")
	w.look("today")
	w.settles()
	w.invites("bruno@example.com")
}

// settles turns codes on, and adds a passkey with a key that the browser plays.
func (w *walker) settles() {
	w.goTo("/desk/settings/codes")
	w.wait("#totp-secret")
	w.look("codes")
	code, err := totp.GenerateCode(strings.TrimSpace(w.text("#totp-secret")), time.Now())
	require.NoError(w, err)
	w.typed("#code", code)
	w.click("button[data-once]")
	w.wait(".codes")
	recovery := strings.Fields(w.text(".codes"))
	require.Len(w, recovery, 10)
	w.look("recovery")
	w.do(virtualKey())
	w.goTo("/desk/settings/security")
	w.look("security")
	w.typed("#key-name", "my phone")
	w.click("[data-passkey=make]")
	w.wait(".flash")
	assert.Contains(w, w.text("main"), "my phone")
	w.signsInAgain(recovery[0])
}

// virtualKey is a key that the browser plays, as a phone has it inside.
func virtualKey() chromedp.Action[chromedp.Void] {
	return chromedp.Func(func(ctx context.Context, _ *chromedp.Target) error {
		if _, err := chromedp.Call(ctx, webauthn.Enable, webauthn.EnableParams{}); err != nil {
			return err
		}
		_, err := chromedp.Call(ctx, webauthn.AddVirtualAuthenticator, webauthn.AddVirtualAuthenticatorParams{Options: &webauthn.VirtualAuthenticatorOptions{
			Protocol: webauthn.AuthenticatorProtocolCtap2, Transport: webauthn.AuthenticatorTransportInternal, HasResidentKey: true,
			HasUserVerification: true, IsUserVerified: true, AutomaticPresenceSimulation: true,
		}})
		return err
	})
}

// signsInAgain leaves, and comes back by passkey; leaves, and comes back by password and a recovery code.
func (w *walker) signsInAgain(recovery string) {
	w.click(".rail-body form[action='/logout'] button")
	w.wait("#email")
	w.look("login")
	w.click("[data-passkey=use]")
	w.wait(".rail")
	w.click(".rail-body form[action='/logout'] button")
	w.wait("#email")
	w.typed("#email", "ana@example.com")
	w.typed("#password", goodPassword)
	w.click("form[action='/login'] button")
	w.wait("#code")
	w.look("login-code")
	w.typed("#code", recovery)
	w.click("button[data-once]")
	w.wait(".rail")
}

// invites a gate supervisor, who finds people and keys closed.
func (w *walker) invites(email string) {
	w.goTo("/desk/settings/people/invite")
	w.look("invite")
	w.typed("#email", email)
	w.do(chromedp.SetValue(chromedp.CSS("#role"), "gate_supervisor"))
	w.click("button[data-once]")
	w.wait(".flash")
	w.look("people")
	for _, page := range []string{"keys", "secrets", "audit", "roles", "organizer"} {
		w.goTo("/desk/settings/" + page)
		w.look(page)
	}
	w.goTo("/desk/_components")
	w.look("components")

	bruno := w.browser(w.outbox)
	bruno.do(desktopSize, chromedp.Navigate(w.letter(email, "invites you")+"?lang=en"))
	bruno.look("invitation")
	bruno.typed("#name", "Bruno Lima")
	bruno.typed("#password", goodPassword)
	bruno.click("button[data-once]")
	bruno.wait(".rail")
	for _, closed := range []string{"people", "keys", "secrets", "audit", "organizer"} {
		bruno.goTo("/desk/settings/" + closed)
		assert.Contains(w, bruno.text("main"), "Your role does not reach here", closed)
	}
	bruno.look("refused")
}
