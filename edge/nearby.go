package edge

import (
	"crypto/sha256"
	"fmt"
	"log/slog"
	"net"
	"os"
	"strconv"
	"strings"

	"portaria/edge/internal/discover"
	"portaria/nearby"
)

// announce says on the network that this gate is here, until what it gives is called. A gate with plain links is one of a
// machine that has its hub too.
func (c *Config) announce(log *slog.Logger) (hush func()) {
	if !c.Announce || c.Insecure || c.Hub == (Hub{}) && c.member == nil && !c.fresh() {
		return func() {}
	}
	g := discover.Gate{Name: machineName(), State: discover.Waiting}
	if c.member != nil {
		g.Name, g.Venue, g.State = c.Gate, c.Venue.String(), discover.Joined
	}
	if _, port, err := net.SplitHostPort(c.Panel.Listen); err == nil {
		g.Port, _ = strconv.Atoi(port)
	}
	closer, err := discover.Announce(g)
	if err != nil {
		log.Debug("this gate is not announced", "why", err)
		return func() {}
	}
	return func() { _ = closer.Close() }
}

// machineName tells new gates apart that were all set up from one image: the host's name, and a mark of this machine.
func machineName() string {
	host, err := os.Hostname()
	host, _, _ = strings.Cut(host, ".")
	if err != nil || host == "" {
		host = "gate"
	}
	id, _ := os.ReadFile("/etc/machine-id")
	mark := sha256.Sum256(append([]byte("portaria gate "+host), id...))
	return nearby.Clean(fmt.Sprintf("%.24s-%x", host, mark[:3]))
}
