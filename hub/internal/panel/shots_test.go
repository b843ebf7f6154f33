package panel_test

import (
	"context"
	"net/url"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/chromedp/chromedp"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"portaria/deploy/browsertest"
	"portaria/edge/whitelist"
	"portaria/edge/wire"
	"portaria/hub/internal/panel"
)

func tab(t *testing.T) context.Context {
	t.Helper()
	return browsertest.Open(t, time.Minute, browsertest.Speaks("pt-BR"))
}

// TestPagesFitTheirScreens opens every page on a phone and on a desk; $PORTARIA_SHOTS keeps the pictures.
func TestPagesFitTheirScreens(t *testing.T) {
	alone := fullHouse()
	alone.view.Ready, alone.view.Waiting, alone.view.Cloud = false, []string{"gate-3"}, panel.Cloud{Configured: true, Pending: 1532}
	evacuated := fullHouse()
	for i := range evacuated.view.Doors {
		evacuated.view.Doors[i].Order = &wire.DoorOrder{Checkpoint: wire.EveryDoor, Mode: whitelist.Evacuation, By: "#11"}
	}
	ctx := tab(t)
	houses := map[string]*fakeHouse{"full": fullHouse()}
	if os.Getenv("PORTARIA_SHOTS") != "" {
		houses["alone"], houses["evacuation"] = alone, evacuated
	}
	for name, house := range houses {
		v := visit(t, house)
		require.NoError(t, chromedp.Do(ctx, chromedp.Navigate(v.base+"/sign-on"), chromedp.SendKeys(`input[name=number]`, "11"),
			chromedp.SendKeys(`input[name=pin]`, "123456\r"), chromedp.WaitVisible(`.figs`)))
		for _, screen := range []struct {
			name          string
			width, height int64
		}{{"phone", 390, 844}, {"desk", 1280, 900}} {
			require.NoError(t, chromedp.Do(ctx, chromedp.EmulateViewport(screen.width, screen.height)))
			for page, path := range map[string]string{"live": "/", "doors": "/doors", "incidents": "/incidents", "gates": "/gates"} {
				require.NoError(t, chromedp.Do(ctx, chromedp.Navigate(v.base+path), chromedp.WaitVisible(`main`)))
				wide, err := chromedp.Run(ctx, chromedp.Evaluate[int64](`document.documentElement.scrollWidth`))
				require.NoError(t, err)
				assert.LessOrEqual(t, wide, screen.width, "%s on a %s scrolls sideways", page, screen.name)
				picture(t, ctx, "hub-"+name+"-"+page+"-"+screen.name)
			}
		}
		_, _ = v.post("/sign-off", url.Values{})
	}
}

func picture(t *testing.T, ctx context.Context, name string) {
	t.Helper()
	dir := os.Getenv("PORTARIA_SHOTS")
	if dir == "" {
		return
	}
	png, err := chromedp.Run(ctx, chromedp.FullScreenshot(100))
	require.NoError(t, err)
	require.NoError(t, os.WriteFile(filepath.Join(dir, name+".png"), png, 0o644))
}
