// Package discover finds the venue's hub on the local network by mDNS.
//
// What it hears is not trusted: anybody may answer. A wrong hub is found out by the signatures of what it sends.
package discover

import (
	"context"
	"fmt"
	"io"
	"log"
	"log/slog"
	"net"
	"strconv"
	"strings"
	"time"

	"github.com/hashicorp/mdns"

	"portaria/edge/ticket"
)

// Service is the DNS-SD name of hubs.
const Service = "_portaria-hub._tcp"

const (
	listen = time.Second     // for answers to one question
	pause  = 2 * time.Second // between questions
)

// Hub is one that answered.
type Hub struct {
	Name string
	MQTT string // tcp://host:port
	HTTP string // http://host:port
}

// Find asks until a hub of the venue answers, or ctx ends.
func Find(ctx context.Context, venue ticket.EventID, say *slog.Logger) (Hub, error) {
	for said := false; ; said = true {
		hub, found, err := ask(venue)
		if found {
			return hub, nil
		}
		if !said {
			say.Warn("no hub of this venue answers by mDNS; asking on. An address under [hub] always works too", "why", err)
		}
		select {
		case <-ctx.Done():
			return Hub{}, ctx.Err()
		case <-time.After(pause):
		}
	}
}

func ask(venue ticket.EventID) (Hub, bool, error) {
	entries := make(chan *mdns.ServiceEntry, 64)
	err := mdns.Query(&mdns.QueryParam{Service: Service, Domain: "local", Timeout: listen, Entries: entries,
		DisableIPv6: true, Logger: log.New(io.Discard, "", 0)})
	close(entries)
	for entry := range entries {
		if hub, ok := read(entry, venue); ok {
			return hub, true, nil
		}
	}
	return Hub{}, false, err
}

// read takes an answer apart; false when it is another venue's hub, or not a whole answer.
func read(entry *mdns.ServiceEntry, venue ticket.EventID) (Hub, bool) {
	fields := map[string]string{}
	for _, field := range entry.InfoFields {
		key, value, _ := strings.Cut(field, "=")
		fields[key] = value
	}
	http, err := strconv.ParseUint(fields["http"], 10, 16)
	if err != nil || fields["v"] != "1" || fields["venue"] != venue.String() || entry.AddrV4 == nil || entry.Port == 0 {
		return Hub{}, false
	}
	at := func(scheme string, port int) string {
		return fmt.Sprintf("%s://%s", scheme, net.JoinHostPort(entry.AddrV4.String(), strconv.Itoa(port)))
	}
	return Hub{Name: fields["hub"], MQTT: at("tcp", entry.Port), HTTP: at("http", int(http))}, true
}
