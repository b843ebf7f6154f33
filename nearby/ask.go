package nearby

import (
	"cmp"
	"context"
	"net"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/hashicorp/mdns"
)

// listen is how long answers are waited for.
const listen = time.Second

// maxEntries bounds what one interface may tell.
const maxEntries = 64

// Answer is something that says it is here.
type Answer struct {
	IP     net.IP
	Port   int
	Fields map[string]string
}

// Ask asks once on every interface, and gives who answered within a second, in order of their addresses. One that answers on
// several interfaces is there with each of its addresses.
func Ask(ctx context.Context, service string) []Answer {
	var mu sync.Mutex
	var asking sync.WaitGroup
	found := map[string]Answer{}
	for _, iface := range interfaces() {
		asking.Go(func() {
			for _, entry := range query(ctx, service, iface) {
				if entry.AddrV4 == nil || entry.Port == 0 {
					continue
				}
				answer := Answer{IP: entry.AddrV4, Port: entry.Port, Fields: fields(entry.InfoFields)}
				mu.Lock()
				found[entry.Name+" "+entry.AddrV4.String()+" "+strings.Join(entry.InfoFields, " ")] = answer
				mu.Unlock()
			}
		})
	}
	asking.Wait()
	out := make([]Answer, 0, len(found))
	for _, answer := range found {
		out = append(out, answer)
	}
	slices.SortFunc(out, func(a, b Answer) int {
		return cmp.Or(cmp.Compare(a.IP.String(), b.IP.String()), cmp.Compare(a.Port, b.Port))
	})
	return out
}

func fields(info []string) map[string]string {
	out := map[string]string{}
	for _, field := range info {
		key, value, _ := strings.Cut(field, "=")
		out[key] = value
	}
	return out
}

func query(ctx context.Context, service string, iface *net.Interface) (out []*mdns.ServiceEntry) {
	entries := make(chan *mdns.ServiceEntry, maxEntries)
	_ = mdns.QueryContext(ctx, &mdns.QueryParam{Service: service, Domain: "local", Timeout: listen, Entries: entries, Interface: iface,
		DisableIPv6: true, Logger: quiet}) // an interface that can't is one without answers
	close(entries)
	for entry := range entries {
		out = append(out, entry)
	}
	return out
}
