package discover_test

import (
	"context"
	"io"
	"log"
	"net"
	"testing"
	"time"

	"github.com/hashicorp/mdns"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"portaria/edge/internal/discover"
	"portaria/edge/ticket"
)

// announce plays hubs; false on a machine without a network, where nobody can be found.
func announce(t *testing.T, name string, text ...string) bool {
	t.Helper()
	service, err := mdns.NewMDNSService(name, discover.Service, "local.", name+".local.", 1884, []net.IP{net.IPv4(192, 0, 2, 7)}, text)
	require.NoError(t, err)
	server, err := mdns.NewServer(&mdns.Config{Zone: service, Logger: log.New(io.Discard, "", 0)})
	if err != nil {
		return false
	}
	t.Cleanup(func() { server.Shutdown() })
	return true
}

func TestTheVenuesOwnHubIsFoundAmongOthers(t *testing.T) {
	venue := ticket.EventID{1, 2, 3}
	other := ticket.EventID{9}
	heard := announce(t, "other", "v=1", "hub=other", "venue="+other.String(), "http=8444", "ca=aa")
	announce(t, "broken", "v=1", "hub=broken", "venue="+venue.String(), "http=99999999", "ca=bb")
	announce(t, "newer", "v=2", "hub=newer", "venue="+venue.String(), "http=8444", "ca=cc")
	announce(t, "plain", "v=1", "hub=plain", "venue="+venue.String(), "http=8444")
	announce(t, "right", "v=1", "hub=right", "venue="+venue.String(), "http=8444", "ca=dd")
	if !heard {
		assert.Empty(t, discover.Ask(t.Context(), &venue))
		return
	}
	right := discover.Hub{Name: "right", MQTT: "192.0.2.7:1884", HTTP: "192.0.2.7:8444", CA: "dd"}
	var found []discover.Hub
	require.Eventually(t, func() bool { found = discover.Ask(t.Context(), &venue); return len(found) > 0 }, 10*time.Second, time.Millisecond)
	assert.Equal(t, []discover.Hub{right}, found)
	var names []string
	for _, hub := range discover.Ask(t.Context(), nil) {
		names = append(names, hub.Name)
	}
	assert.Subset(t, names, []string{"other", "right"}, "a gate that belongs nowhere yet hears all")
}

func TestAskingEndsWithItsContext(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	assert.Empty(t, discover.Ask(ctx, &ticket.EventID{8}))
}
