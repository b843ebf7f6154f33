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

// Start announces until the closer is closed: on every interface that can carry mDNS its own address, so that a gate on any
// of the hub's networks is told one that it can reach.
func Start(cfg Config) (io.Closer, error) {
	if ip := cfg.MQTT.IP; ip.IsLoopback() {
		return nil, ErrLoopback
	}
	var all closers
	var faults []error
	for _, at := range places(cfg.MQTT.IP) {
		server, err := announce(cfg, at)
		if err != nil {
			faults = append(faults, err)
			continue
		}
		all = append(all, server)
	}
	if len(all) == 0 {
		return nil, fmt.Errorf("announce the hub by mDNS (is there a network with a multicast route?): %w",
			errors.Join(append(faults, errors.New("no interface but loopback can carry it"))...))
	}
	return all, nil
}

// place is an interface with the addresses of this machine on it.
type place struct {
	iface *net.Interface
	ips   []net.IP
}

// places are the interfaces to announce on: those with an address that is listened on.
func places(listened net.IP) (out []place) {
	interfaces, err := net.Interfaces()
	if err != nil {
		return nil
	}
	for i := range interfaces {
		const usable = net.FlagUp | net.FlagMulticast
		if interfaces[i].Flags&usable != usable || interfaces[i].Flags&net.FlagLoopback != 0 {
			continue
		}
		if ips := addresses(&interfaces[i], listened); len(ips) > 0 {
			out = append(out, place{&interfaces[i], ips})
		}
	}
	return out
}

// addresses are those of an interface that a gate may reach.
func addresses(iface *net.Interface, listened net.IP) (out []net.IP) {
	all, err := iface.Addrs()
	if err != nil {
		return nil
	}
	for _, a := range all {
		n, ok := a.(*net.IPNet)
		if ok && !n.IP.IsLinkLocalUnicast() && (listened.IsUnspecified() || n.IP.Equal(listened)) {
			out = append(out, n.IP)
		}
	}
	return out
}

func announce(cfg Config, at place) (*mdns.Server, error) {
	service, err := describe(cfg, at.ips)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", at.iface.Name, err)
	}
	server, err := mdns.NewServer(&mdns.Config{Zone: service, Iface: at.iface, Logger: log.New(io.Discard, "", 0)})
	if err != nil {
		return nil, fmt.Errorf("%s: %w", at.iface.Name, err)
	}
	return server, nil
}

// describe names everything itself: left to the library, the host name is looked up in DNS and blocks where there is
// none.
func describe(cfg Config, ips []net.IP) (*mdns.MDNSService, error) {
	text := []string{"v=1", "hub=" + cfg.Hub, "venue=" + cfg.Venue, "http=" + strconv.Itoa(cfg.HTTP.Port)}
	if cfg.CA != "" {
		text = append(text, "ca="+cfg.CA)
	}
	return mdns.NewMDNSService(cfg.Hub, Service, "local.", cfg.Hub+".local.", cfg.MQTT.Port, ips, text)
}

type closers []*mdns.Server

func (c closers) Close() error {
	var faults []error
	for _, server := range c {
		faults = append(faults, server.Shutdown())
	}
	return errors.Join(faults...)
}
