package panel_test

import (
	"net/http/httptest"
	"testing"
	"time"

	"github.com/chromedp/chromedp"
	"github.com/stretchr/testify/require"

	"portaria/deploy/browsertest"
	"portaria/edge/admit"
	"portaria/edge/internal/lane"
	"portaria/edge/internal/panel"
)

// TestARealScreenFollowsTheGateAndNeverKeepsAnOldGreen looks at the page in Chromium, at the size of a lane's screen.
func TestARealScreenFollowsTheGateAndNeverKeepsAnOldGreen(t *testing.T) {
	g := working()
	server := httptest.NewServer(panel.Handler(panel.Config{Gate: g}))
	defer server.Close()
	ctx := browsertest.Open(t, time.Minute, chromedp.WindowSize(800, 480))

	shows := func(mood, word string) {
		t.Helper()
		require.NoError(t, chromedp.Do(ctx, chromedp.WaitVisible(`body[data-mood="`+mood+`"] svg.`+mood)))
		require.Eventually(t, func() bool {
			text, err := chromedp.Run(ctx, chromedp.Text("#word"))
			return err == nil && text == word
		}, 10*time.Second, 50*time.Millisecond)
	}
	require.NoError(t, chromedp.Do(ctx, chromedp.Navigate(server.URL+"/")))
	shows("rest", "Aproxime o ingresso")

	g.set(func(s *lane.Status) {
		s.Lanes[0].Last = []lane.Shown{{At: s.At, Admit: true, Reason: admit.OK, Scan: admit.ScanID{1}, Kind: "Inteira"}}
	})
	shows("admit", "Entre")
	fits, err := chromedp.Run(ctx, chromedp.Evaluate[bool](`document.documentElement.scrollWidth <= 800 && document.documentElement.scrollHeight <= innerHeight`))
	require.NoError(t, err)
	require.True(t, fits, "nothing is cut off on a small screen")

	server.CloseClientConnections()
	server.Close() // the gate is gone, in the middle of a green
	shows("attend", "Sem resposta")
}
