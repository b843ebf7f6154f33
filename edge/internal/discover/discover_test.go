package discover_test

import (
	"net"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"portaria/edge/internal/discover"
	"portaria/edge/ticket"
	"portaria/nearby"
)

// announce plays hubs.
func announce(t *testing.T, name string, text ...string) {
	t.Helper()
	closer, err := nearby.Announce(nearby.Thing{Service: nearby.Hub, Name: name, Port: 1884, Listened: net.IPv4(127, 0, 0, 7), Text: text})
	require.NoError(t, err)
	t.Cleanup(func() { _ = closer.Close() })
}

func TestTheVenuesOwnHubIsFoundAmongOthers(t *testing.T) {
	venue := ticket.EventID{1, 2, 3, 4}
	other := ticket.EventID{9}
	announce(t, "other", "v=1", "hub=other", "venue="+other.String(), "http=8444", "ca=aa")
	announce(t, "broken", "v=1", "hub=broken", "venue="+venue.String(), "http=99999999", "ca=bb")
	announce(t, "newer", "v=2", "hub=newer", "venue="+venue.String(), "http=8444", "ca=cc")
	announce(t, "plain", "v=1", "hub=plain", "venue="+venue.String(), "http=8444")
	announce(t, "right", "v=1", "hub=right", "venue="+venue.String(), "http=8444", "ca=dd")
	right := discover.Hub{Name: "right", MQTT: "127.0.0.7:1884", HTTP: "127.0.0.7:8444", CA: "dd"}
	var found []discover.Hub
	require.Eventually(t, func() bool { found = discover.Ask(t.Context(), &venue); return len(found) > 0 }, 10*time.Second, time.Millisecond)
	assert.Equal(t, []discover.Hub{right}, found)
	var names []string
	require.Eventually(t, func() bool {
		names = nil
		for _, hub := range discover.Ask(t.Context(), nil) {
			names = append(names, hub.Name)
		}
		return len(names) >= 2
	}, 10*time.Second, time.Millisecond)
	assert.Subset(t, names, []string{"other", "right"}, "a gate that belongs nowhere yet hears all")
}
