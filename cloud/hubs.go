package cloud

import (
	"context"
	"crypto/ed25519"
	"crypto/tls"
	"encoding/hex"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"portaria/cloud/internal/authority"
	"portaria/cloud/internal/broker"
	"portaria/cloud/internal/gatehouse"
	"portaria/cloud/internal/postgres"
	"portaria/cloud/internal/postgres/gates"
	"portaria/edge/ticket"
	"portaria/identity/join"
)

func (c *Config) authorityDir() string { return filepath.Join(c.StateDir, "ca") }

// hubHost is the name or address at which hubs reach the cloud.
func (c *Config) hubHost() string {
	if c.HubsHost != "" {
		return c.HubsHost
	}
	if where, err := url.Parse(c.PublicURL); err == nil && where.Hostname() != "" {
		return where.Hostname()
	}
	host, _, _ := net.SplitHostPort(c.HubsListen)
	return host
}

// openAuthority reads who may sign hubs, and takes the port where they join; nil where links are plain.
func (c *Cloud) openAuthority(ctx context.Context) error {
	if c.cfg.Insecure {
		return nil
	}
	ca, err := authority.Open(c.cfg.authorityDir(), []string{c.cfg.hubHost(), "localhost", "127.0.0.1"}, c.log)
	if err != nil {
		return err
	}
	if c.hubsAt, err = listenOn(ctx, "hubs_listen", c.cfg.HubsListen); err != nil {
		return err
	}
	c.enrol = &authority.Hubs{Authority: ca, Store: c.gates, Platform: c.PlatformKey(), Spots: c.spots, Now: c.now, Log: c.log,
		Stolen: func(ctx context.Context, venue ticket.EventID, gate, key string) error {
			return c.gates.ReportStolen(ctx, venue, gate, key, c.now().Add(-gatehouse.KeepAfter))
		}}
	return nil
}

func (c *Cloud) spots() []join.Spot {
	spot := join.Spot{Host: c.cfg.hubHost(), HTTP: c.hubsAt.Addr().(*net.TCPAddr).Port}
	if at, ok := c.MQTTAddr().(*net.TCPAddr); ok { // an outside broker is named in the hub's configuration
		spot.MQTT = at.Port
	}
	return []join.Spot{spot}
}

// HubsAddr is where hubs join and fetch; nil where links are plain.
func (c *Cloud) HubsAddr() net.Addr {
	if c.hubsAt == nil {
		return nil
	}
	return c.hubsAt.Addr()
}

// brokerTLS is what the embedded broker speaks.
func (c *Cloud) brokerTLS(cfg *broker.Config) {
	if c.enrol != nil {
		cfg.TLS, cfg.Holder = c.enrol.ForMQTT(), c.enrol.Holder
	}
}

// serveHubs answers hubs over mutual TLS: joining and renewing, blobs and secrets.
func (c *Cloud) serveHubs(context.Context) error {
	if c.enrol == nil {
		return nil
	}
	mux := http.NewServeMux()
	join.Register(mux, c.enrol, c.log)
	door := (&broker.Door{Shelf: c.hubs, Holder: c.enrol.Holder, Log: c.log}).Handler()
	mux.Handle("/blobs/", door)
	mux.Handle("/secrets/", door)
	mux.HandleFunc("PUT /roll", c.enrol.ServeRoll)
	c.hubsWeb = server(within(postgres.System, mux))
	socket := tls.NewListener(c.hubsAt, c.enrol.ForHTTP())
	c.served.Go(func() { c.serveOn(c.hubsWeb, socket) })
	return nil
}

// InviteHub makes a code for a hub that is on the books of a cloud with that configuration, which may run meanwhile.
func InviteHub(ctx context.Context, cfg *Config, id string) (code, typed string, expires time.Time, err error) {
	c := &Cloud{cfg: cfg, now: time.Now}
	if err := cfg.Validate(); err != nil {
		return "", "", expires, err
	}
	if cfg.Insecure {
		return "", "", expires, fmt.Errorf("insecure = true: hubs of this cloud use their token")
	}
	ctx = postgres.System(ctx)
	if c.pool, err = postgres.Open(ctx, cfg.Database); err != nil {
		return "", "", expires, err
	}
	defer c.pool.Close()
	platform, err := cfg.publicKey()
	if err != nil {
		return "", "", expires, err
	}
	host, port, err := cfg.hubsPort()
	if err != nil {
		return "", "", expires, err
	}
	ca, err := authority.Open(cfg.authorityDir(), nil, slog.New(slog.DiscardHandler))
	if err != nil {
		return "", "", expires, err
	}
	hubs := &authority.Hubs{Authority: ca, Store: gates.New(c.pool), Platform: platform, Now: time.Now, Log: slog.New(slog.DiscardHandler),
		Spots: func() []join.Spot { return []join.Spot{{Host: host, HTTP: port}} }}
	return hubs.Invite(ctx, id)
}

// ChangeSecret asks a cloud with that configuration, which may run meanwhile, for another list secret of an event or a venue.
func ChangeSecret(ctx context.Context, cfg *Config, id string) error {
	scope, err := ticket.ParseEventID(id)
	if err != nil {
		return fmt.Errorf("%q is no event and no venue: give its id, as its page's address has it", id)
	}
	ctx = postgres.System(ctx)
	pool, err := postgres.Open(ctx, cfg.Database)
	if err != nil {
		return err
	}
	defer pool.Close()
	store := gates.New(pool)
	owner, err := store.ScopeOwner(ctx, scope)
	if err != nil {
		return fmt.Errorf("change the secret of %s: %w", id, err)
	}
	return store.AskChange(ctx, owner, scope)
}

// invite is InviteHub for the API; nil where links are plain.
func (c *Cloud) invite() func(ctx context.Context, hub string) (code, typed string, expires time.Time, err error) {
	if c.enrol == nil {
		return nil
	}
	return c.enrol.Invite
}

// publicKey reads the platform's public key as the running cloud wrote it.
func (c *Config) publicKey() (ed25519.PublicKey, error) {
	raw, err := os.ReadFile(filepath.Join(c.StateDir, publicKeyFile))
	if err != nil {
		return nil, fmt.Errorf("read the platform's key; has this cloud run before? %w", err)
	}
	key, err := hex.DecodeString(strings.TrimSpace(string(raw)))
	if err != nil || len(key) != ed25519.PublicKeySize {
		return nil, fmt.Errorf("%s holds no key", publicKeyFile)
	}
	return key, nil
}

// hubsPort is where hubs reach the cloud, as far as its configuration says.
func (c *Config) hubsPort() (host string, port int, err error) {
	_, text, err := net.SplitHostPort(c.HubsListen)
	if err != nil {
		return "", 0, err
	}
	port, err = strconv.Atoi(text)
	if err == nil && port == 0 {
		err = errors.New("hubs_listen: with port 0 nobody knows where the cloud is")
	}
	return c.hubHost(), port, err
}

// AddRoot, NewIssuer and DropRoot change the certificate authority of a cloud, which may run meanwhile.
func AddRoot(cfg *Config, name string) error {
	return authority.AddRoot(cfg.authorityDir(), name, time.Now())
}

// NewIssuer makes an issuer under the root whose files are <path>.crt and <path>.key.
func NewIssuer(cfg *Config, path string) error {
	return authority.NewIssuer(cfg.authorityDir(), path, time.Now())
}

// DropRoot has members believe a root no longer.
func DropRoot(cfg *Config, name string) error { return authority.DropRoot(cfg.authorityDir(), name) }
