package nearby

import (
	"errors"
	"fmt"
	"io"
	"log"
	"net"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/hashicorp/mdns"
)

// Thing is something to be found.
type Thing struct {
	Service  string
	Name     string // of its own on this network: a-z, 0-9, -
	Port     int
	Listened net.IP   // on which it can be reached; unspecified = on all of this machine's
	Text     []string // key=value
}

// lookEvery is how soon a new address of this machine is announced, as when DHCP gave it another.
const lookEvery = 10 * time.Second

// Announce says that a thing is here until the closer is closed: on each interface with the addresses that it has there, so
// that whoever hears of it is told one that they can reach. An interface or an address that comes later is announced too.
func Announce(t Thing) (io.Closer, error) {
	a := &announcer{thing: t, end: make(chan struct{})}
	if err := a.look(); err != nil {
		return nil, fmt.Errorf("announce %s by mDNS (is there a network with a multicast route?): %w", t.Name, err)
	}
	a.ended.Go(a.follow)
	return a, nil
}

type announcer struct {
	thing Thing
	end   chan struct{}
	ended sync.WaitGroup

	places  string // as they were announced
	servers []*mdns.Server
}

func (a *announcer) follow() {
	tick := time.NewTicker(lookEvery)
	defer tick.Stop()
	for {
		select {
		case <-a.end:
			return
		case <-tick.C:
			_ = a.look() // with no network there is nobody to tell
		}
	}
}

// look announces anew when the machine's addresses are others than they were.
func (a *announcer) look() error {
	now := placesOf(a.thing.Listened)
	text := fmt.Sprint(now)
	if text == a.places && len(a.servers) > 0 {
		return nil
	}
	a.hush()
	a.places = text
	faults := []error{errors.New("no interface can carry it")}
	for _, at := range now {
		server, err := announceAt(a.thing, at)
		if err != nil {
			faults = append(faults, err)
			continue
		}
		a.servers = append(a.servers, server)
	}
	if len(a.servers) == 0 {
		return errors.Join(faults...)
	}
	return nil
}

func (a *announcer) hush() {
	for _, server := range a.servers {
		_ = server.Shutdown()
	}
	a.servers = nil
}

// Close ends the announcement.
func (a *announcer) Close() error {
	close(a.end)
	a.ended.Wait()
	a.hush()
	return nil
}

// place is an interface with the addresses of this machine on it.
type place struct {
	name string
	ips  []net.IP
}

// String is for comparing.
func (p place) String() string { return fmt.Sprintf("%s %v", p.name, p.ips) }

// placesOf are the interfaces to announce on: those with an address that is listened on.
func placesOf(listened net.IP) (out []place) {
	for _, iface := range interfaces() {
		if loop := iface.Flags&net.FlagLoopback != 0; loop != listened.IsLoopback() {
			continue // what listens on loopback is for this machine; what listens elsewhere is found elsewhere
		}
		if ips := addresses(iface, listened); len(ips) > 0 {
			out = append(out, place{iface.Name, ips})
		}
	}
	if len(out) == 0 && listened.IsUnspecified() {
		return placesOf(net.IPv4(127, 0, 0, 1)) // a machine with no network: for its own programs
	}
	return out
}

// interfaces are those that are up and can carry mDNS; loopback can, on Linux, though it does not say so.
func interfaces() (out []*net.Interface) {
	all, err := net.Interfaces()
	if err != nil {
		return nil
	}
	for i := range all {
		up, loop := all[i].Flags&net.FlagUp != 0, all[i].Flags&net.FlagLoopback != 0
		if up && (loop || all[i].Flags&net.FlagMulticast != 0) {
			out = append(out, &all[i])
		}
	}
	return out
}

// addresses are those of an interface that somebody may reach. Every address of 127.0.0.0/8 is loopback's, named or not.
func addresses(iface *net.Interface, listened net.IP) (out []net.IP) {
	if listened.IsLoopback() {
		return []net.IP{listened}
	}
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

// announceAt names everything itself: left to the library, the host name is looked up in DNS and blocks where there is none.
func announceAt(t Thing, at place) (*mdns.Server, error) {
	iface, err := net.InterfaceByName(at.name)
	if err != nil {
		return nil, err
	}
	service, err := mdns.NewMDNSService(t.Name, t.Service, "local.", t.Name+".local.", t.Port, at.ips, t.Text)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", at.name, err)
	}
	server, err := mdns.NewServer(&mdns.Config{Zone: service, Iface: iface, Logger: quiet})
	if err != nil {
		return nil, fmt.Errorf("%s: %w", at.name, err)
	}
	return server, nil
}

var quiet = log.New(io.Discard, "", 0)

// Clean is a name or a word that somebody announces, as it may be shown to people: a-z, 0-9, dots and dashes, at most 32.
func Clean(text string) string {
	text = strings.ToLower(text)
	if len(text) > 32 {
		text = text[:32]
	}
	return strings.Map(func(r rune) rune {
		if r >= 'a' && r <= 'z' || r >= '0' && r <= '9' || slices.Contains([]rune("-."), r) {
			return r
		}
		return -1
	}, text)
}
