// Package discover finds hubs on the local network by mDNS, on every interface that has one.
//
// What it hears is not trusted: anybody may answer. A wrong hub is found out by its certificate.
package discover

import (
	"cmp"
	"context"
	"io"
	"log"
	"net"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/hashicorp/mdns"

	"portaria/edge/ticket"
)

// Service is the DNS-SD name of hubs.
const Service = "_portaria-hub._tcp"

// listen is how long answers are waited for.
const listen = time.Second

// Hub is one that answered.
type Hub struct {
	Name string
	MQTT string // host:port
	HTTP string // host:port of its HTTPS
	CA   string // fingerprint of its CA, hex, as it says
}

// Ask asks once, and gives the hubs of a venue that answered, or with nil those of any. It takes a second.
func Ask(ctx context.Context, venue *ticket.EventID) []Hub {
	var mu sync.Mutex
	var asking sync.WaitGroup
	found := map[Hub]bool{}
	for _, iface := range interfaces() {
		asking.Go(func() {
			for _, entry := range query(ctx, iface) {
				if hub, ok := read(entry, venue); ok {
					mu.Lock()
					found[hub] = true
					mu.Unlock()
				}
			}
		})
	}
	asking.Wait()
	var out []Hub
	for hub := range found {
		out = append(out, hub)
	}
	slices.SortFunc(out, func(a, b Hub) int { return cmp.Or(cmp.Compare(a.Name, b.Name), cmp.Compare(a.MQTT, b.MQTT)) })
	return out
}

// interfaces are those that can carry mDNS; nil stands for the system's choice, where none says so.
func interfaces() (out []*net.Interface) {
	all, err := net.Interfaces()
	for i := range all {
		const usable = net.FlagUp | net.FlagMulticast
		if err == nil && all[i].Flags&usable == usable && all[i].Flags&net.FlagLoopback == 0 {
			out = append(out, &all[i])
		}
	}
	if len(out) == 0 {
		return []*net.Interface{nil}
	}
	return out
}

// maxEntries bounds what one interface may tell.
const maxEntries = 64

func query(ctx context.Context, iface *net.Interface) (out []*mdns.ServiceEntry) {
	entries := make(chan *mdns.ServiceEntry, maxEntries)
	_ = mdns.QueryContext(ctx, &mdns.QueryParam{Service: Service, Domain: "local", Timeout: listen, Entries: entries, Interface: iface,
		DisableIPv6: true, Logger: log.New(io.Discard, "", 0)}) // an interface that can't is one without hubs
	close(entries)
	for entry := range entries {
		out = append(out, entry)
	}
	return out
}

// read takes an answer apart; false when it is another venue's hub, or not a whole answer.
func read(entry *mdns.ServiceEntry, venue *ticket.EventID) (Hub, bool) {
	fields := map[string]string{}
	for _, field := range entry.InfoFields {
		key, value, _ := strings.Cut(field, "=")
		fields[key] = value
	}
	http, err := strconv.ParseUint(fields["http"], 10, 16)
	wanted := venue == nil || fields["venue"] == venue.String()
	if err != nil || fields["v"] != "1" || fields["ca"] == "" || !wanted || entry.AddrV4 == nil || entry.Port == 0 {
		return Hub{}, false
	}
	at := func(port int) string { return net.JoinHostPort(entry.AddrV4.String(), strconv.Itoa(port)) }
	return Hub{Name: fields["hub"], MQTT: at(entry.Port), HTTP: at(int(http)), CA: fields["ca"]}, true
}
