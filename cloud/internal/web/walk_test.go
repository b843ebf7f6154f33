package web_test

import (
	"bytes"
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/cdproto/browser"
	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/chromedp"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"portaria/cloud/internal/sale"
	"portaria/deploy/browsertest"
)

// newBrowser is a tab of a real Chromium that speaks no word to the network but to us.
func newBrowser(t *testing.T) context.Context {
	t.Helper()
	return browsertest.Open(t, 2*time.Minute, browsertest.Speaks("pt-BR"))
}

func do(t *testing.T, ctx context.Context, steps ...chromedp.Action[chromedp.Void]) {
	t.Helper()
	require.NoError(t, chromedp.Do(ctx, steps...))
}

func ask[T any](t *testing.T, ctx context.Context, a chromedp.Action[T]) T {
	t.Helper()
	v, err := chromedp.Run(ctx, a)
	require.NoError(t, err)
	return v
}

// shot takes a picture, and keeps it where $PORTARIA_SHOTS says.
func shot(t *testing.T, ctx context.Context, name string) []byte {
	t.Helper()
	png := ask(t, ctx, chromedp.FullScreenshot(100))
	keep(t, name, png)
	return png
}

func keep(t *testing.T, name string, png []byte) {
	t.Helper()
	if dir := os.Getenv("PORTARIA_SHOTS"); dir != "" {
		require.NoError(t, os.MkdirAll(dir, 0o755))
		require.NoError(t, os.WriteFile(filepath.Join(dir, name+".png"), png, 0o644))
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

// codesIn has zbarimg read a picture.
func codesIn(t *testing.T, picture []byte) string {
	t.Helper()
	file := filepath.Join(t.TempDir(), "shot.png")
	require.NoError(t, os.WriteFile(file, picture, 0o600))
	out, err := exec.Command("zbarimg", "--quiet", "-Sdisable", "-Sqrcode.enable", file).Output()
	require.NoError(t, err, "zbarimg found no code")
	return string(out)
}

var (
	phone   = chromedp.EmulateViewport(390, 844, chromedp.EmulateMobile, chromedp.EmulateScale(2))
	desktop = chromedp.EmulateViewport(1280, 800)
)

// The whole way of a buyer, in a real browser: choose, mend a mistake, pay on the acquirer's page, come back, and
// hold tickets that another reader reads.
func TestABuyerWalksThroughTheShop(t *testing.T) {
	p := open(t)
	ctx := newBrowser(t)
	do(t, ctx, phone, dark(false), chromedp.Navigate(p.address+"/?lang=pt-BR"))
	shot(t, ctx, "home-phone")
	do(t, ctx, chromedp.Click(chromedp.CSS(`a[href="`+p.eventPath(0)+`"]`)), chromedp.WaitVisible(chromedp.CSS(`button[data-once]`)))
	noSidewaysScroll(t, ctx)

	inteira := `select[name="q-` + p.listings[0].Offers[0].ID.String() + `"]`
	meia := `select[name="q-` + p.listings[0].Offers[1].ID.String() + `"]`
	shot(t, ctx, "event-phone")
	do(t, ctx, chromedp.SendKeys(chromedp.CSS(`#name`), "Conceição Gonçalves"), chromedp.SendKeys(chromedp.CSS(`#email`), "conceicao"),
		chromedp.Click(chromedp.CSS(`button[data-once]`)), chromedp.WaitVisible(chromedp.CSS(`[role=alert]`)))
	shot(t, ctx, "event-faults-phone")
	assert.Equal(t, "Conceição Gonçalves", ask(t, ctx, chromedp.Value(chromedp.CSS(`#name`))), "what was typed is kept")
	assert.Equal(t, "true", ask(t, ctx, chromedp.AttributeValue(chromedp.CSS(`#email`), "aria-invalid")).Value)
	assert.Empty(t, p.placed)

	do(t, ctx, chromedp.SendKeys(chromedp.CSS(inteira), "1"), chromedp.SendKeys(chromedp.CSS(meia), "2"), chromedp.SetValue(chromedp.CSS(`#email`), "conceicao@example.com"))
	assert.Equal(t, "R$\u00a0240,00", ask(t, ctx, chromedp.Text(chromedp.CSS(`[data-sum]`))))
	shot(t, ctx, "event-chosen-phone")
	do(t, ctx, chromedp.Click(chromedp.CSS(`button[data-once]`)), chromedp.WaitVisible(chromedp.CSS(`button[value=late]`)))
	require.True(t, strings.HasPrefix(ask(t, ctx, chromedp.Location()), p.acquirer.URL))
	shot(t, ctx, "acquirer-phone")

	do(t, ctx, chromedp.Click(chromedp.CSS(`button[value=late]`)), chromedp.WaitVisible(chromedp.CSS(`.notice.wait`)))
	shot(t, ctx, "order-pending-phone")
	do(t, ctx, chromedp.WaitVisible(chromedp.CSS(`svg.qr`))) // the page asks again by itself
	noSidewaysScroll(t, ctx)
	view := p.only(t)
	read := codesIn(t, shot(t, ctx, "order-phone"))
	require.Len(t, view.Tickets, 3)
	for _, x := range view.Tickets {
		assert.Contains(t, read, "QR-Code:"+x.Code+"\n")
	}
	assert.Equal(t, "Aqui estão os seus 3 ingressos", ask(t, ctx, chromedp.Text(chromedp.CSS(`h1`))))

	pdf := download(t, ctx, chromedp.Click(chromedp.CSS(`a[download]`)))
	require.True(t, bytes.HasPrefix(pdf, []byte("%PDF-")))
	text, err := exec.Command("pdftotext", write(t, pdf), "-").Output()
	require.NoError(t, err)
	assert.Contains(t, string(text), "Conceição Gonçalves")
	assert.Contains(t, string(text), "3 de 3")

	do(t, ctx, dark(true))
	assert.Contains(t, codesIn(t, shot(t, ctx, "order-phone-dark")), "QR-Code:"+view.Tickets[0].Code, "read in the dark too")
}

// only is the one order there is.
func (p *place) only(t *testing.T) (v sale.View) {
	t.Helper()
	p.mu.Lock()
	defer p.mu.Unlock()
	require.Len(t, p.orders, 1)
	for _, x := range p.orders {
		v = *x
	}
	return v
}

// noSidewaysScroll: nothing is wider than the screen.
func noSidewaysScroll(t *testing.T, ctx context.Context) {
	t.Helper()
	wide := ask(t, ctx, chromedp.Evaluate[bool](`document.documentElement.scrollWidth > document.documentElement.clientWidth`))
	assert.False(t, wide, "the page is wider than the screen")
}

func write(t *testing.T, data []byte) string {
	t.Helper()
	file := filepath.Join(t.TempDir(), "file")
	require.NoError(t, os.WriteFile(file, data, 0o600))
	return file
}

// download does a step and gives the file that the browser saved.
func download(t *testing.T, ctx context.Context, step chromedp.Action[chromedp.Void]) []byte {
	t.Helper()
	dir, events := t.TempDir(), true
	progress := chromedp.Events(ctx, browser.DownloadProgress)
	do(t, ctx, chromedp.Func(func(ctx context.Context, _ *chromedp.Target) error {
		_, err := chromedp.Call(ctx, browser.SetDownloadBehavior, browser.SetDownloadBehaviorParams{
			Behavior: browser.SetDownloadBehaviorBehaviorAllowAndName, DownloadPath: dir, EventsEnabled: &events})
		return err
	}), step)
	for ev, err := range progress {
		require.NoError(t, err)
		if ev.State == browser.DownloadProgressStateCompleted {
			data, err := os.ReadFile(filepath.Join(dir, ev.GUID))
			require.NoError(t, err)
			return data
		}
	}
	t.Fatal("no file was saved")
	return nil
}

// Every page at the sizes and in the shades people have: nothing may stick out.
func TestPagesFitTheirScreens(t *testing.T) {
	p := open(t)
	secret := p.bought(t, 2)
	ctx := newBrowser(t)
	for name, path := range map[string]string{
		"home": "/", "event": p.eventPath(0), "sold-out": p.eventPath(2), "order": "/order/" + secret, "missing": "/nothing", "english": p.eventPath(0) + "?lang=en",
	} {
		for _, size := range []struct {
			name string
			set  chromedp.Action[chromedp.Void]
		}{{"phone", phone}, {"desktop", desktop}} {
			do(t, ctx, size.set, dark(false), chromedp.Navigate(p.address+path))
			noSidewaysScroll(t, ctx)
			small := ask(t, ctx, chromedp.Evaluate[[]string](`[...document.querySelectorAll("a, button, select, input")]
				.filter(e => e.getBoundingClientRect().height < 44 && !e.matches(".skip, .notice a") && e.offsetParent).map(e => e.outerHTML)`))
			assert.Empty(t, small, "%s: targets below 44 px", name)
			assert.True(t, ask(t, ctx, chromedp.Evaluate[bool](`document.fonts.check("16px Inter")`)), "Inter is there")
			shot(t, ctx, "fit-"+name+"-"+size.name)
			do(t, ctx, dark(true))
			shot(t, ctx, "fit-"+name+"-"+size.name+"-dark")
		}
	}
	// The two pictures of the README: PORTARIA_SHOTS=dir go test -run Screens ./cloud/internal/web
	view := chromedp.EmulateViewport(390, 1240, chromedp.EmulateMobile, chromedp.EmulateScale(2))
	do(t, ctx, view, dark(false), chromedp.Navigate(p.address+p.eventPath(0)+"?lang=en"),
		chromedp.SetValue(chromedp.CSS(`select`), "2"), chromedp.SetValue(chromedp.CSS(`#name`), "Conceição Gonçalves"))
	keep(t, "shop-event", ask(t, ctx, chromedp.CaptureScreenshot()))
	do(t, ctx, chromedp.EmulateViewport(390, 1010, chromedp.EmulateMobile, chromedp.EmulateScale(2)), chromedp.Navigate(p.address+"/order/"+secret))
	keep(t, "shop-order", ask(t, ctx, chromedp.CaptureScreenshot()))
}
