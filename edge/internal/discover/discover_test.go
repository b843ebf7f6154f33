package discover_test

import (
	"context"
	"io"
	"log"
	"log/slog"
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
	heard := announce(t, "other", "v=1", "hub=other", "venue="+ticket.EventID{9}.String(), "http=8081")
	announce(t, "broken", "v=1", "hub=broken", "venue="+venue.String(), "http=99999999")
	announce(t, "newer", "v=2", "hub=newer", "venue="+venue.String(), "http=8081")
	announce(t, "right", "v=1", "hub=right", "venue="+venue.String(), "http=8081")
	ctx, cancel := context.WithTimeout(t.Context(), 5*time.Second)
	defer cancel()
	hub, err := discover.Find(ctx, venue, slog.New(slog.DiscardHandler))
	if !heard {
		require.ErrorIs(t, err, context.DeadlineExceeded)
		return
	}
	require.NoError(t, err)
	assert.Equal(t, discover.Hub{Name: "right", MQTT: "tcp://192.0.2.7:1884", HTTP: "http://192.0.2.7:8081"}, hub)
}

func TestTheSearchEndsWithItsContext(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, err := discover.Find(ctx, ticket.EventID{8}, slog.New(slog.DiscardHandler))
	assert.ErrorIs(t, err, context.Canceled)
}
