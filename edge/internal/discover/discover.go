// Package discover finds hubs on the local network by mDNS, and tells it that a gate is here.
//
// What it hears is not trusted: anybody may answer. A wrong hub is found out by its certificate.
package discover

import (
	"cmp"
	"context"
	"io"
	"net"
	"slices"
	"strconv"

	"portaria/edge/ticket"
	"portaria/nearby"
)

// Hub is one that answered.
type Hub struct {
	Name string
	MQTT string // host:port
	HTTP string // host:port of its HTTPS
	CA   string // fingerprint of its CA, hex, as it says
}

// Ask asks once, and gives the hubs of a venue that answered, or with nil those of any. It takes a second.
func Ask(ctx context.Context, venue *ticket.EventID) (out []Hub) {
	for _, answer := range nearby.Ask(ctx, nearby.Hub) {
		if hub, ok := read(answer, venue); ok && !slices.Contains(out, hub) {
			out = append(out, hub)
		}
	}
	slices.SortFunc(out, func(a, b Hub) int { return cmp.Or(cmp.Compare(a.Name, b.Name), cmp.Compare(a.MQTT, b.MQTT)) })
	return out
}

// read takes an answer apart; false when it is another venue's hub, or not a whole answer.
func read(answer nearby.Answer, venue *ticket.EventID) (Hub, bool) {
	http, err := strconv.ParseUint(answer.Fields["http"], 10, 16)
	wanted := venue == nil || answer.Fields["venue"] == venue.String()
	if err != nil || answer.Fields["v"] != "1" || answer.Fields["ca"] == "" || !wanted {
		return Hub{}, false
	}
	at := func(port int) string { return net.JoinHostPort(answer.IP.String(), strconv.Itoa(port)) }
	return Hub{Name: nearby.Clean(answer.Fields["hub"]), MQTT: at(answer.Port), HTTP: at(int(http)), CA: answer.Fields["ca"]}, true
}

// States of a gate that is announced.
const (
	Waiting = "waiting" // for a hub to join
	Joined  = "joined"
)

// Gate is what a gate says of itself.
type Gate struct {
	Name  string // the machine's, while it has joined no hub
	Venue string // empty while it has joined none
	State string
	Port  int // of its screen, or any other
}

// Announce says that a gate is here, until the closer is closed: people at a hub see that a new one waits, and a doctor that
// one which does not connect is at least on the network.
func Announce(g Gate) (io.Closer, error) {
	return nearby.Announce(nearby.Thing{Service: nearby.Gate, Name: g.Name, Port: cmp.Or(g.Port, 9), Listened: net.IPv4zero,
		Text: []string{"v=1", "gate=" + g.Name, "venue=" + g.Venue, "state=" + g.State}})
}
