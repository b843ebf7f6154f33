package announce_test

import (
	"io"
	"log"
	"net"
	"testing"
	"time"

	"github.com/hashicorp/mdns"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"portaria/hub/internal/announce"
)

func TestAHubIsFoundByItsService(t *testing.T) {
	any4 := func(port int) *net.TCPAddr { return &net.TCPAddr{IP: net.IPv4zero, Port: port} }
	closer, err := announce.Start(announce.Config{Hub: "hub-1", Venue: "v", MQTT: any4(1884), HTTP: any4(8081)})
	if err != nil { // a machine with no network says so, and the hub goes on without
		assert.Regexp(t, "multicast|loopback", err.Error())
		return
	}
	defer closer.Close()
	found := make(chan *mdns.ServiceEntry, 16)
	require.NoError(t, mdns.Query(&mdns.QueryParam{Service: announce.Service, Domain: "local", Timeout: time.Second, Entries: found,
		DisableIPv6: true, Logger: log.New(io.Discard, "", 0)}))
	require.NotEmpty(t, found)
	entry := <-found
	assert.Equal(t, 1884, entry.Port)
	assert.Contains(t, entry.InfoFields, "http=8081")
	assert.Contains(t, entry.InfoFields, "hub=hub-1")
}

func TestAHubOnLoopbackIsNotAnnounced(t *testing.T) {
	local := &net.TCPAddr{IP: net.IPv4(127, 0, 0, 1), Port: 1884}
	_, err := announce.Start(announce.Config{Hub: "hub-1", Venue: "v", MQTT: local, HTTP: local})
	assert.ErrorIs(t, err, announce.ErrLoopback)
}
