// Package announce tells the local network by mDNS where this hub is, so that gates find it, also after it has moved; and it
// hears which gates are there. Nothing relies on it: a hub's address in a gate's configuration always works too.
package announce

import (
	"context"
	"io"
	"net"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"portaria/edge/ticket"
	"portaria/nearby"
)

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
	text := []string{"v=1", "hub=" + cfg.Hub, "venue=" + cfg.Venue, "http=" + strconv.Itoa(cfg.HTTP.Port)}
	if cfg.CA != "" {
		text = append(text, "ca="+cfg.CA)
	}
	return nearby.Announce(nearby.Thing{Service: nearby.Hub, Name: cfg.Hub, Port: cfg.MQTT.Port, Listened: cfg.MQTT.IP, Text: text})
}

// Gate is a gate that says it is on this network. Anybody may say so.
type Gate struct {
	Name   string // its machine's, while it has joined no hub; a-z, 0-9, dots and dashes
	At     string // IP address
	Venue  string // empty = it has joined no hub
	SeenAt time.Time
}

// maxGates bounds what is shown of what strangers say.
const maxGates = 64

// Gates asks the network once which gates are there; it takes a second.
func Gates(ctx context.Context) (out []Gate) {
	for _, answer := range nearby.Ask(ctx, nearby.Gate) {
		g := Gate{Name: nearby.Clean(answer.Fields["gate"]), At: answer.IP.String(), SeenAt: time.Now()}
		if venue, err := ticket.ParseEventID(answer.Fields["venue"]); err == nil {
			g.Venue = venue.String()
		}
		known := slices.ContainsFunc(out, func(o Gate) bool { return o.Name == g.Name && o.At == g.At })
		if answer.Fields["v"] == "1" && g.Name != "" && !known && len(out) < maxGates {
			out = append(out, g)
		}
	}
	return out
}

// Watch hears again and again which gates are there.
type Watch struct {
	mu    sync.Mutex
	gates []Gate
}

const (
	watchEvery = 5 * time.Second
	forget     = 20 * time.Second // one that was not heard for so long is gone
)

// Run listens until ctx ends.
func (w *Watch) Run(ctx context.Context) {
	for ctx.Err() == nil {
		w.take(Gates(ctx))
		select {
		case <-ctx.Done():
		case <-time.After(watchEvery):
		}
	}
}

func (w *Watch) take(heard []Gate) {
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, old := range w.gates {
		again := slices.ContainsFunc(heard, func(g Gate) bool { return g.Name == old.Name && g.At == old.At })
		if !again && time.Since(old.SeenAt) < forget && len(heard) < maxGates {
			heard = append(heard, old)
		}
	}
	slices.SortFunc(heard, func(a, b Gate) int { return strings.Compare(a.Name+" "+a.At, b.Name+" "+b.At) })
	w.gates = heard
}

// Gates are those that were heard lately, by name.
func (w *Watch) Gates() []Gate {
	w.mu.Lock()
	defer w.mu.Unlock()
	return slices.Clone(w.gates)
}
