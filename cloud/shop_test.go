package cloud_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"
	"github.com/stretchr/testify/require"

	"portaria/deploy/browsertest"
)

// The whole cloud as a buyer meets it: a real Chromium buys at the shop, pays on the acquirer's page, and what
// another reader reads off the screen is the code that the organizer sees by the API.
func TestABrowserBuysATicket(t *testing.T) {
	t.Parallel()
	r := start(t, configured(t))
	key, event, _ := r.evening()
	ctx := browsertest.Open(t, 4*time.Minute) // as every walk

	css := func(selector string) chromedp.CSS { return chromedp.CSS(selector) }
	require.NoError(t, chromedp.Do(ctx, chromedp.EmulateViewport(390, 844, chromedp.EmulateMobile, chromedp.EmulateScale(2)),
		chromedp.Navigate(r.PublicURL()+"/"), chromedp.Click(css(`a[href="/e/`+event+`"]`)), chromedp.WaitVisible(css(`#name`)),
		chromedp.SendKeys(css(`select`), "1"), chromedp.SendKeys(css(`#name`), "Conceição Gonçalves"),
		chromedp.SendKeys(css(`#email`), "conceicao@example.org"), chromedp.Click(css(`form button`)),
		chromedp.WaitVisible(css(`button[value=approve]`)), chromedp.Click(css(`button[value=approve]`)), chromedp.WaitVisible(css(`svg.qr`))))
	screen, err := chromedp.Run(ctx, chromedp.FullScreenshot(100))
	require.NoError(t, err)

	picture := filepath.Join(t.TempDir(), "screen.png")
	require.NoError(t, os.WriteFile(picture, screen, 0o600))
	read, err := exec.Command("zbarimg", "--quiet", "--raw", "-Sdisable", "-Sqrcode.enable", picture).Output()
	require.NoError(t, err)
	tickets := r.api(key, "GET", "/tickets?event="+event, nil)["items"].([]any)
	require.Len(t, tickets, 1)
	require.Equal(t, tickets[0].(map[string]any)["code"], strings.TrimSpace(string(read)))
	require.Eventually(t, func() bool { return r.signed(event) == 1 }, 20*time.Second, 10*time.Millisecond, "and it is in the signed list")
}
