package announce_test

import (
	"context"
	"net"
	"os"
	"slices"
	"strconv"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"portaria/edge/ticket"
	"portaria/hub/internal/announce"
	"portaria/nearby"
)

func TestAHubIsFoundByItsService(t *testing.T) {
	local := func(port int) *net.TCPAddr { return &net.TCPAddr{IP: net.IPv4(127, 0, 0, 5), Port: port} }
	closer, err := announce.Start(announce.Config{Hub: "hub-announced", Venue: "v", MQTT: local(1884), HTTP: local(8081), CA: "aa"})
	require.NoError(t, err)
	defer closer.Close()
	require.Eventually(t, func() bool {
		return slices.ContainsFunc(nearby.Ask(t.Context(), nearby.Hub), func(a nearby.Answer) bool {
			return a.Port == 1884 && a.IP.Equal(net.IPv4(127, 0, 0, 5)) && a.Fields["http"] == "8081" && a.Fields["hub"] == "hub-announced" && a.Fields["ca"] == "aa"
		})
	}, 10*time.Second, time.Millisecond)
}

// Others on this network may say the same names at the same time, as tests of other packages do: what tells these gates
// apart is the process.
func TestNewGatesAreHeardAndStrangersCannotWriteOnThePage(t *testing.T) {
	venue := ticket.EventID{7}
	for _, g := range []struct{ name, venue string }{{"pi-a1b2c3", ""}, {"gate-1", venue.String()}, {"<b>x</b>", "<i>not an id</i>"}} {
		closer, err := nearby.Announce(nearby.Thing{Service: nearby.Gate, Name: nearby.Clean(g.name) + "-" + strconv.Itoa(os.Getpid()), Port: 9, Listened: net.IPv4(127, 0, 0, 6),
			Text: []string{"v=1", "gate=" + g.name, "venue=" + g.venue}})
		require.NoError(t, err)
		t.Cleanup(func() { _ = closer.Close() })
	}
	ctx, stop := context.WithCancel(t.Context())
	var watch announce.Watch
	done := make(chan struct{})
	go func() { defer close(done); watch.Run(ctx) }()
	names := func() (out []string) {
		for _, g := range watch.Gates() {
			if g.At == "127.0.0.6" {
				out = append(out, g.Name+"/"+g.Venue)
			}
		}
		return out
	}
	require.Eventually(t, func() bool { return len(names()) == 3 }, 20*time.Second, 10*time.Millisecond)
	assert.Equal(t, []string{"bxb/", "gate-1/" + venue.String(), "pi-a1b2c3/"}, names())
	stop()
	<-done
}
