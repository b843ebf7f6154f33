// Package announce tells the local network by mDNS where this hub is, so that a fresh gate finds it. Nothing relies on
// it: a hub's address in a gate's configuration always works too.
package announce

import (
	"errors"
	"fmt"
	"io"
	"log"
	"net"
	"strconv"

	"github.com/hashicorp/mdns"
)

// Service is the DNS-SD name of hubs.
const Service = "_portaria-hub._tcp"

// ErrLoopback is why nothing is announced: the hub listens on loopback only, where nobody could reach what is announced.
var ErrLoopback = errors.New("the hub listens on loopback only")

// Config says what to announce.
type Config struct {
	Hub   string
	Venue string       // UUID text
	MQTT  *net.TCPAddr // where gates connect
	HTTP  *net.TCPAddr // where they join and fetch blobs
	CA    string       // fingerprint of the venue CA, hex; empty = plain links
}

// Start announces until the closer is closed.
func Start(cfg Config) (io.Closer, error) {
	service, err := describe(cfg)
	if err != nil {
		return nil, fmt.Errorf("announce the hub by mDNS: %w", err)
	}
	server, err := mdns.NewServer(&mdns.Config{Zone: service, Logger: log.New(io.Discard, "", 0)})
	if err != nil {
		return nil, fmt.Errorf("announce the hub by mDNS (is there a network with a multicast route?): %w", err)
	}
	return closer{server}, nil
}

// describe names everything itself: left to the library, the host name is looked up in DNS and blocks where there is
// none.
func describe(cfg Config) (*mdns.MDNSService, error) {
	ips, err := addresses(cfg.MQTT.IP)
	if err != nil {
		return nil, err
	}
	text := []string{"v=1", "hub=" + cfg.Hub, "venue=" + cfg.Venue, "http=" + strconv.Itoa(cfg.HTTP.Port)}
	if cfg.CA != "" {
		text = append(text, "ca="+cfg.CA)
	}
	return mdns.NewMDNSService(cfg.Hub, Service, "local.", cfg.Hub+".local.", cfg.MQTT.Port, ips, text)
}

// addresses are those a gate may reach: the one listened on, or every address of the machine but loopback.
func addresses(listened net.IP) ([]net.IP, error) {
	if !listened.IsUnspecified() {
		if listened.IsLoopback() {
			return nil, ErrLoopback
		}
		return []net.IP{listened}, nil
	}
	all, err := net.InterfaceAddrs()
	if err != nil {
		return nil, err
	}
	var out []net.IP
	for _, a := range all {
		if n, ok := a.(*net.IPNet); ok && !n.IP.IsLoopback() && !n.IP.IsLinkLocalUnicast() {
			out = append(out, n.IP)
		}
	}
	if len(out) == 0 {
		return nil, errors.New("this machine has no address but loopback")
	}
	return out, nil
}

type closer struct{ server *mdns.Server }

func (c closer) Close() error { return c.server.Shutdown() }
