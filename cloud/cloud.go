// Package cloud is the ticketing core: it sells, signs the lists that gates decide from, and counts who came in.
//
// This file joins the parts and tells in which order they start and stop; what each part does is in its own package.
package cloud

import (
	"context"
	"crypto/ed25519"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"strings"
	"sync"
	"syscall"
	"time"

	"portaria/cloud/internal/account"
	"portaria/cloud/internal/account/person"
	"portaria/cloud/internal/account/staff"
	"portaria/cloud/internal/arbiter"
	"portaria/cloud/internal/attendance"
	"portaria/cloud/internal/authority"
	"portaria/cloud/internal/broker"
	"portaria/cloud/internal/catalog"
	"portaria/cloud/internal/gatehouse"
	"portaria/cloud/internal/gatehouse/foreign/intake"
	"portaria/cloud/internal/gatehouse/vault"
	"portaria/cloud/internal/notify"
	"portaria/cloud/internal/payment"
	"portaria/cloud/internal/payment/acquirer"
	"portaria/cloud/internal/postgres"
	"portaria/cloud/internal/postgres/arbiters"
	"portaria/cloud/internal/postgres/attendances"
	"portaria/cloud/internal/postgres/entries"
	"portaria/cloud/internal/postgres/gates"
	"portaria/cloud/internal/postgres/jobqueue"
	"portaria/cloud/internal/privacy"
	"portaria/cloud/internal/sale"
	"portaria/cloud/internal/scan"
	"portaria/cloud/internal/web/desk"
)

// drainLimit is how long requests may take to end when the cloud stops.
const drainLimit = 10 * time.Second

// Cloud is a running cloud.
type Cloud struct {
	cfg *Config
	log *slog.Logger
	now func() time.Time

	pool    *postgres.Pool
	atomic  postgres.Atomic
	gates   *gates.Store
	entries *entries.Store
	keys    *vault.Keyring
	seal    *vault.Sealer
	token   account.PlatformToken

	listener  net.Listener
	publicURL string
	acquirer  *acquirer.Server
	payPage   *http.Server // of the test acquirer
	payOrigin string
	providers *payment.Registry

	accounts   *account.Service
	people     *person.Service
	attendance *attendance.Service
	staff      *staff.Service
	desk       *desk.Desk
	catalog    *catalog.Service
	sale       *sale.Service
	post       *notify.Office
	hubs       *gatehouse.Hubs
	intake     *intake.Office
	jobs       *jobqueue.Queue
	privacy    *privacy.Service
	broker     broker.Line
	arbiters   *arbiter.Arbiters // of venues without a hub
	scans      *scan.Service
	peers      *arbiters.Peers
	asks       broker.Asks
	web        *http.Server
	enrol      *authority.Hubs // nil = plain links
	hubsAt     net.Listener
	hubsWeb    *http.Server

	fatal   chan error
	stop    context.CancelFunc // ends the workers
	working sync.WaitGroup
	served  sync.WaitGroup
}

// Run starts a cloud and serves until ctx ends.
func Run(ctx context.Context, cfg *Config, log *slog.Logger) error {
	c, err := Start(ctx, cfg, log)
	if err != nil {
		return err
	}
	select {
	case <-ctx.Done():
	case err = <-c.fatal:
	}
	return errors.Join(err, c.Close())
}

// Start starts a cloud. Its addresses may have port 0. The error is one that an operator can act on.
func Start(ctx context.Context, cfg *Config, log *slog.Logger) (*Cloud, error) {
	if err := cfg.Validate(); err != nil {
		return nil, err
	}
	c := &Cloud{cfg: cfg, log: log, now: time.Now, fatal: make(chan error, 2)}
	if cfg.Insecure {
		log.Warn("INSECURE: insecure = true is set, so no link to hubs is encrypted or authenticated; all of them stay on this machine")
	}
	if err := c.open(postgres.System(ctx)); err != nil { // who is served gets a narrower scope where it is known
		return nil, errors.Join(err, c.Close())
	}
	log.Info("cloud ready", "pages", c.publicURL, "api", c.publicURL+"/api/v1", "mqtt", c.MQTTAddr().String(),
		"payments", c.providers.Names(), "platform_key", vault.Fingerprint(c.PlatformKey()))
	return c, nil
}

// open starts the parts, each before those that need it. Pages come last: who can ask can also be answered.
func (c *Cloud) open(ctx context.Context) error {
	for _, step := range []func(context.Context) error{
		c.openDatabase, c.openState, c.listen, c.openPayments, c.openServices, c.openAccounts, c.openJobs,
		c.openAuthority, c.openBroker, c.openScans, c.work, c.serveHubs, c.serve,
	} {
		if err := step(ctx); err != nil {
			return err
		}
	}
	return nil
}

func (c *Cloud) openDatabase(ctx context.Context) (err error) {
	steps, err := Migrate(ctx, c.cfg)
	if err != nil {
		return err
	}
	if steps > 0 {
		c.log.Info("database migrated", "steps", steps)
	}
	if c.pool, err = postgres.OpenGuarded(ctx, c.cfg.Database); err != nil {
		return err
	}
	c.atomic = postgres.NewAtomic(c.pool)
	c.gates, c.entries = gates.New(c.pool), entries.New(c.pool)
	reader := attendances.New(c.pool)
	c.attendance = &attendance.Service{Reader: reader, Incidents: reader, Stays: reader, Now: c.now}
	return c.countOld(ctx)
}

// listen takes the port of the pages before anything needs to know the address; nobody is answered yet.
func (c *Cloud) listen(ctx context.Context) (err error) {
	c.listener, err = listenOn(ctx, "http_listen", c.cfg.HTTPListen)
	if err != nil {
		return err
	}
	c.publicURL = strings.TrimRight(c.cfg.PublicURL, "/")
	if c.publicURL == "" {
		c.publicURL = "http://" + c.listener.Addr().String()
	}
	return nil
}

func listenOn(ctx context.Context, key, address string) (net.Listener, error) {
	var config net.ListenConfig
	listener, err := config.Listen(ctx, "tcp", address)
	if errors.Is(err, syscall.EADDRINUSE) {
		return nil, fmt.Errorf("%s: %s is taken by another program; stop it, or choose another port", key, address)
	}
	if err != nil {
		return nil, fmt.Errorf("%s: %w", key, err)
	}
	return listener, nil
}

// HTTPAddr is where pages and API are served.
func (c *Cloud) HTTPAddr() net.Addr { return c.listener.Addr() }

// MQTTAddr is where hubs connect; with an outside broker, where that is.
func (c *Cloud) MQTTAddr() net.Addr { return c.broker.Addr() }

// PublicURL is how buyers reach the pages, without a slash at the end.
func (c *Cloud) PublicURL() string { return c.publicURL }

// PlatformKey is the public key that hubs and gates are given.
func (c *Cloud) PlatformKey() ed25519.PublicKey { return c.keys.PlatformKey() }

// Close stops in an order that loses nothing: first no new requests and those that run end, then no new records from
// hubs, then the workers, which have seen all that was sold, and last the database.
func (c *Cloud) Close() error {
	var faults []error
	faults = append(faults, drain(c.hubsWeb), drain(c.web), drain(c.payPage))
	if c.hubsAt != nil {
		_ = c.hubsAt.Close() // as below
	}
	if c.listener != nil {
		_ = c.listener.Close() // drain has closed it where anything was served
	}
	c.served.Wait()
	if c.acquirer != nil {
		c.acquirer.Close()
	}
	if c.arbiters != nil {
		c.arbiters.Close()
	}
	if c.broker != nil {
		faults = append(faults, c.broker.Close())
	}
	if c.stop != nil {
		c.stop()
	}
	c.working.Wait()
	if c.pool != nil {
		c.pool.Close()
	}
	return errors.Join(faults...)
}

func drain(server *http.Server) error {
	if server == nil {
		return nil
	}
	ctx, cancel := context.WithTimeout(context.Background(), drainLimit)
	defer cancel()
	if err := server.Shutdown(ctx); err != nil {
		return errors.Join(fmt.Errorf("end the requests that run: %w", err), server.Close())
	}
	return nil
}
