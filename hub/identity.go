package hub

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"slices"
	"strconv"
	"time"

	"portaria/edge/venue"
	"portaria/hub/internal/enrol"
	"portaria/identity"
	"portaria/identity/join"
	"portaria/mqtt/session"
)

// openIdentity reads who this hub is, and who is on its roll. A hub that is to work without a cloud makes an identity of
// its own at its first start.
func (h *Hub) openIdentity(context.Context) (err error) {
	h.cloud = h.cfg.Cloud
	if h.cfg.Insecure {
		return nil
	}
	h.self, err = enrol.OpenSelf(h.cfg.identityDir(), h.log)
	if errors.Is(err, enrol.ErrNotJoined) && h.cfg.Cloud == (CloudConfig{}) && h.cfg.ID != "" {
		h.self, err = h.alone()
	}
	if err != nil {
		return err
	}
	h.nameCloud()
	h.roll, err = enrol.Open(enrol.Config{Dir: h.cfg.identityDir(), Self: h.self, Gone: h.gone, Joined: h.joined,
		Serving: h.serving, Now: time.Now, Log: h.log})
	h.log.Info("identity", "is", h.self.Describe())
	return err
}

func (h *Hub) alone() (*enrol.Self, error) {
	platform, err := h.cfg.platform()
	if err != nil {
		return nil, err
	}
	err = enrol.Alone(h.cfg.identityDir(), join.Settings{Name: h.cfg.ID, Venue: h.cfg.Venue, Organizer: h.cfg.Organizer,
		PlatformKey: platform}, time.Now())
	if err != nil {
		return nil, err
	}
	h.log.Warn("this hub has no cloud, and has made an identity of its own")
	return enrol.OpenSelf(h.cfg.identityDir(), h.log)
}

// nameCloud fills in where the cloud said it is, unless the configuration knows better.
func (h *Hub) nameCloud() { h.cloud = learnt(h.cloud, h.self.Member()) }

// learnt is where the cloud is, with what it said itself where the configuration does not say.
func learnt(c CloudConfig, m *join.Member) CloudConfig {
	hosts := m.Settings.Hosts
	if len(hosts) == 0 {
		return c
	}
	at := func(port int) string { return net.JoinHostPort(hosts[0].Host, strconv.Itoa(port)) }
	if c.MQTT == "" && hosts[0].MQTT != 0 {
		c.MQTT = "mqtts://" + at(hosts[0].MQTT)
	}
	if c.HTTP == "" {
		c.HTTP = "https://" + at(hosts[0].HTTP)
	}
	return c
}

// cloudTLS shows this hub's certificate to the cloud and holds the cloud to its own; nil where links are plain.
func (h *Hub) cloudTLS() *tls.Config {
	if h.self == nil {
		return nil
	}
	return identity.Dialer{Certificate: h.self.Certificate, Verify: identity.Is(identity.Cloud, "", h.self.Roots)}.Config()
}

// cloudDial is how the session to the cloud's broker connects. A broker that is not the cloud's own is known by its name
// and its CAs.
func (h *Hub) cloudDial() (func(context.Context, string) (net.Conn, error), error) {
	if h.self == nil {
		return nil, nil //nolint:nilnil // plain
	}
	if h.cloud.CAFile == "" {
		return session.TLS(h.cloudTLS()), nil
	}
	raw, err := os.ReadFile(h.cloud.CAFile)
	if err != nil {
		return nil, fmt.Errorf("cloud.mqtt_ca_file: %w", err)
	}
	roots := x509.NewCertPool()
	if block, _ := pem.Decode(raw); block == nil || !roots.AppendCertsFromPEM(raw) {
		return nil, fmt.Errorf("cloud.mqtt_ca_file: %s holds no certificates", h.cloud.CAFile)
	}
	return session.TLS(&tls.Config{MinVersion: tls.VersionTLS12, RootCAs: roots}), nil
}

// gates are the names of those that may connect.
func (h *Hub) gates() []string {
	if h.roll == nil {
		return h.cfg.Gates
	}
	return h.roll.Gates()
}

// role says what a client of the broker is; empty = nobody.
func (h *Hub) role(client string) identity.Role {
	switch {
	case h.roll != nil:
		role, _ := h.roll.Role(client)
		return role
	case slices.Contains(h.cfg.Gates, client):
		return identity.Gate
	case slices.Contains(h.cfg.Observers, client):
		return identity.Observer
	}
	return ""
}

// gone cuts off who was removed or replaced, and nobody waits for a gate that was: what it was granted is released.
func (h *Hub) gone(name string, role identity.Role) {
	if h.broker != nil {
		go h.broker.Kick(name)
	}
	if role == identity.Gate {
		h.floor.Do(venue.Exclude{Gate: name})
	}
}

// joined lets a gate take part, also one whose name was removed or replaced before: its new machine has nothing of the
// old one's, and begins a run of its own.
func (h *Hub) joined(name string, role identity.Role) {
	if role == identity.Gate {
		h.floor.Do(venue.Readmit{Gate: name})
	}
}

// around is how long before doors and after the end an event counts as on.
const around = 12 * time.Hour

// serving says whether the venue has an event about now.
func (h *Hub) serving(at time.Time) bool {
	v, _, _ := h.relay.View()
	if v == nil {
		return false
	}
	for _, e := range v.Events {
		if !at.Before(time.Unix(e.Doors, 0).Add(-around)) && !at.After(time.Unix(e.End, 0).Add(around)) {
			return true
		}
	}
	return false
}

// openDoor serves gates over HTTPS: joining and renewing, blobs, and the secrets of this venue and its events.
func (h *Hub) openDoor(ctx context.Context) (err error) {
	if h.roll == nil {
		return nil
	}
	if h.at, err = listen(ctx, "gates_listen", h.cfg.GatesListen); err != nil {
		return err
	}
	h.self.Serve(h.at.Addr().(*net.TCPAddr), h.MQTTAddr().(*net.TCPAddr))
	mux, shelf := http.NewServeMux(), http.NewServeMux()
	h.shelf.Register(shelf)
	join.Register(mux, h.roll, h.log)
	mux.Handle("GET /blobs/", h.roll.Only(identity.Gate, shelf))
	mux.Handle("GET /secrets/", h.roll.Only(identity.Gate, shelf))
	h.door = h.server(mux)
	h.serve(h.door, tls.NewListener(h.at, h.roll.ForHTTP()))
	if h.upstream != nil {
		client := &http.Client{Transport: &http.Transport{TLSClientConfig: h.cloudTLS()}, Timeout: time.Minute}
		h.carried.Go(func() { h.renew(h.carrying, client) })
	}
	return nil
}

// renewEvery is how often the hub looks whether its certificate is due, and whether the roots have changed.
const renewEvery = 10 * time.Minute

func (h *Hub) renew(ctx context.Context, client *http.Client) {
	tick := time.NewTicker(renewEvery)
	defer tick.Stop()
	h.carried.Go(func() { h.tellRoll(ctx, client) })
	for {
		if err := h.self.Renew(ctx, client, h.cloud.HTTP, time.Now()); err != nil && ctx.Err() == nil {
			h.log.Warn("the hub's certificate was not renewed; trying again", "why", err,
				"good_until", h.self.Member().Chain.Leaf().NotAfter)
		}
		select {
		case <-ctx.Done():
			client.CloseIdleConnections()
			return
		case <-tick.C:
		}
	}
}

// tellEvery is how soon the cloud hears of a change of the roll.
const tellEvery = 2 * time.Second

// tellRoll keeps a copy of the roll in the cloud, for the hub that may have to take this one's place.
func (h *Hub) tellRoll(ctx context.Context, client *http.Client) {
	tick := time.NewTicker(tellEvery)
	defer tick.Stop()
	told, said := -1, false
	for {
		raw, version, err := h.roll.Copy()
		if err == nil && version != told {
			if err = join.Tell(ctx, client, h.cloud.HTTP, raw); err == nil {
				told, said = version, false
			}
		}
		if err != nil && !said && ctx.Err() == nil {
			said = true
			h.log.Warn("the cloud has no copy of the newest roll yet; trying again", "why", err)
		}
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
	}
}

// GatesAddr is where gates join and fetch; nil where links are plain.
func (h *Hub) GatesAddr() net.Addr {
	if h.at == nil {
		return nil
	}
	return h.at.Addr()
}

// Enrolment is the hub's roll and its invitations; nil where links are plain. A page may use it as package enrol says.
func (h *Hub) Enrolment() *enrol.Roll { return h.roll }
