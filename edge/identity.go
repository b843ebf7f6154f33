package edge

import (
	"context"
	"crypto/tls"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"net"
	"net/http"
	"net/url"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"time"

	"portaria/edge/internal/discover"
	"portaria/edge/internal/enrol"
	"portaria/edge/internal/scanner"
	"portaria/edge/ticket"
	firmwareconfig "portaria/firmware-config"
	"portaria/identity"
	"portaria/identity/join"
)

func (c *Config) identityDir() string { return filepath.Join(c.StateDir, "identity") }

// adopt fills in what this gate was told when it joined its hub. What the file says too must be the same, but for the
// lanes: there the file knows better.
func (c *Config) adopt() error {
	if c.Insecure || c.StateDir == "" {
		return nil
	}
	m, err := join.LoadSealed(c.identityDir(), time.Now(), c.sealedKey)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err == nil && m.Role != identity.Gate {
		err = fmt.Errorf("the identity in %s is not a gate's", c.identityDir())
	}
	if err != nil {
		return err
	}
	c.member = m
	return c.fill(m.Settings)
}

func (c *Config) fill(s join.Settings) error {
	venue, err := ticket.ParseEventID(s.Venue)
	if err != nil {
		return err
	}
	owner, err := ticket.ParseEventID(s.Organizer)
	if err != nil {
		return err
	}
	none := ticket.EventID{}
	if c.Gate != "" && c.Gate != s.Name || c.Venue != none && c.Venue != venue || c.Organizer != none && c.Organizer != owner {
		return fmt.Errorf("gate, venue, organizer: this gate has joined as %s of venue %s; leave these keys out, or run edge enrol --forget "+
			"and join again", s.Name, s.Venue)
	}
	c.Gate, c.Venue, c.Organizer = s.Name, venue, owner
	if c.PlatformKey == "" {
		c.PlatformKey = hex.EncodeToString(s.PlatformKey)
	}
	for i := range c.Lanes {
		l := &c.Lanes[i]
		told := slices.IndexFunc(s.Lanes, func(t join.Lane) bool { return t.Number == l.Number })
		if l.Checkpoint == "" && told >= 0 {
			l.Checkpoint, l.Exit = s.Lanes[told].Checkpoint, s.Lanes[told].Exit
		}
	}
	return nil
}

// fresh says whether this gate must join a hub before it can do anything. One that is named and has no hub works alone.
func (c *Config) fresh() bool {
	return !c.Insecure && c.member == nil && (c.Gate == "" || c.Hub != (Hub{}))
}

// joinHub waits until this gate has joined a hub: its lanes' scanners read nothing but a code.
func (c *Config) joinHub(ctx context.Context, log *slog.Logger) error {
	if err := errors.Join(checkStateDir(c.StateDir), c.checkTPM()); err != nil {
		return err
	}
	guest := enrol.New(enrol.Config{Dir: c.identityDir(), Fixed: c.fixed(), Find: findAnyHub, NewKey: c.newKey, Log: log})
	defer c.announce(log)()
	working, stop := context.WithCancel(ctx)
	var helpers sync.WaitGroup
	defer helpers.Wait()
	defer stop()
	if err := c.serveGuest(working, guest, &helpers); err != nil {
		return err
	}
	for _, l := range c.Lanes {
		for _, device := range l.scanners() {
			helpers.Go(func() { readCodes(working, device, guest) })
		}
	}
	m, err := guest.Run(ctx)
	if err != nil {
		return err
	}
	c.member = m
	return c.fill(m.Settings)
}

// fixed is the hub that the configuration names, host:port of its HTTPS.
func (c *Config) fixed() []string {
	where, err := url.Parse(c.Hub.HTTP)
	if err != nil || where.Host == "" {
		return nil
	}
	return []string{where.Host}
}

func findAnyHub(ctx context.Context) (out []string) {
	for _, hub := range discover.Ask(ctx, nil) {
		out = append(out, hub.HTTP)
	}
	return out
}

// readCodes reads one scanner for a code to join by. Everything else that is shown to it is no business of a gate
// that belongs to nobody.
func readCodes(ctx context.Context, device Also, guest *enrol.Gate) {
	profile, err := firmwareconfig.ScannerNamed(device.profile())
	if err != nil || device.Scanner == network {
		return // Validate has seen it; a handheld has a code of its own
	}
	scanner.Named(device.Scanner, profile, func() {}).Run(ctx, func(r scanner.Reading) {
		if identity.LooksLikeCode(r.Text) {
			_ = guest.Offer(r.Text) // one that was not read well is scanned again
		}
	}, func(string, error) {})
}

func (c *Config) serveGuest(ctx context.Context, guest *enrol.Gate, helpers *sync.WaitGroup) error {
	if c.Panel.Listen == "" {
		return nil
	}
	socket, err := net.Listen("tcp", c.Panel.Listen)
	if err != nil {
		return fmt.Errorf("open the panel; is another program on this port? Set panel.listen: %w", err)
	}
	c.Panel.Listen = socket.Addr().String() // the same once it has joined
	server := &http.Server{Handler: guest.Handler(), ReadHeaderTimeout: 5 * time.Second, ReadTimeout: 10 * time.Second,
		WriteTimeout: 10 * time.Second, MaxHeaderBytes: 16 << 10}
	helpers.Go(func() { _ = c.Panel.serve(server, socket) }) // ends with Close
	helpers.Go(func() {
		<-ctx.Done()
		_ = server.Close()
	})
	return nil
}

// hubLine finds the hub anew for every connection, wherever it has moved to: known addresses first, then whoever answers
// by mDNS. Who is right, the certificate says.
type hubLine struct {
	cfg *Config
	log *slog.Logger

	mu     sync.Mutex
	member *join.Member
	last   spot // that answered
	keep   bool // it on the disk

	unknown bool // the hub was met, and is under a root that is not believed
}

// spot is where a hub may be, host:port each.
type spot struct {
	HTTP string `json:"http"`
	MQTT string `json:"mqtt"`
}

func (l *hubLine) now() *join.Member {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.member
}

func (l *hubLine) tls() *tls.Config {
	m := l.now()
	return identity.Dialer{Certificate: m.Certificate, Verify: identity.Is(identity.Door, m.Settings.Venue, m.Believed)}.Config()
}

// dialMQTT and dialHTTP are given an address that says nothing.
func (l *hubLine) dialMQTT(ctx context.Context, _ string) (net.Conn, error) {
	return l.dial(ctx, func(s spot) string { return s.MQTT })
}

func (l *hubLine) dialHTTP(ctx context.Context, _, _ string) (net.Conn, error) {
	return l.dial(ctx, func(s spot) string { return s.HTTP })
}

func (l *hubLine) dial(ctx context.Context, of func(spot) string) (net.Conn, error) {
	known := l.known()
	conn, fault := l.first(ctx, known, of)
	defer func() { l.explain(fault) }()
	if conn != nil || l.cfg.Hub.MQTT != "" && !l.cfg.Hub.Discover {
		return conn, fault
	}
	var found []spot
	venue := l.cfg.Venue
	for _, hub := range discover.Ask(ctx, &venue) {
		if s := (spot{hub.HTTP, hub.MQTT}); !slices.Contains(known, s) {
			found = append(found, s)
		}
	}
	conn, err := l.first(ctx, found, of)
	if err != nil {
		fault = errors.Join(fault, err)
		return nil, fault
	}
	fault = nil
	return conn, nil
}

// errRoots says what to do where the hub is there, and this gate does not believe it.
var errRoots = errors.New("the hub's certificate is under a root that this gate does not know: the platform's roots were changed while this " +
	"gate was off, or it is another platform's hub. If it is ours: edge enrol --forget here, hub enrol replace NAME at the hub, and scan the new code")

// explain logs what a person must do something about, once while it lasts.
func (l *hubLine) explain(fault error) {
	l.mu.Lock()
	again := l.unknown
	l.unknown = errors.Is(fault, identity.ErrRoot)
	unknown := l.unknown
	l.mu.Unlock()
	if unknown && !again {
		l.log.Error(errRoots.Error(), "why", fault)
	}
}

// known are the addresses to try at once, the best first. A configuration that names the hub leaves no choice.
func (l *hubLine) known() (out []spot) {
	if l.cfg.Hub.MQTT != "" {
		return []spot{{strings.TrimPrefix(l.cfg.Hub.HTTP, "https://"), strings.TrimPrefix(l.cfg.Hub.MQTT, "mqtts://")}}
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.last != (spot{}) {
		out = append(out, l.last)
	}
	for _, s := range l.member.Settings.Hosts {
		at := spot{net.JoinHostPort(s.Host, fmt.Sprint(s.HTTP)), net.JoinHostPort(s.Host, fmt.Sprint(s.MQTT))}
		if !slices.Contains(out, at) {
			out = append(out, at)
		}
	}
	return out
}

// learntFile is where the hub was met last, so that a gate finds it after a power cut on a network without mDNS too.
const learntFile = "hub-address.json"

// learnt reads it; the zero spot = nowhere yet.
func learnt(dir string) (s spot) {
	raw, err := identity.Read(filepath.Join(dir, learntFile), false)
	if err != nil || json.Unmarshal(raw, &s) != nil {
		return spot{}
	}
	return s
}

// learn remembers an address at which the hub has shown its certificate. A disk that does not take it costs a search.
func (l *hubLine) learn(at spot) {
	l.mu.Lock()
	known := l.last == at
	l.last = at
	l.mu.Unlock()
	if known || !l.keep || l.cfg.Hub.MQTT != "" && !l.cfg.Hub.Discover {
		return
	}
	l.log.Info("the hub is at", "https", at.HTTP, "mqtts", at.MQTT)
	raw, err := json.Marshal(at)
	if err == nil {
		err = identity.Write(filepath.Join(l.cfg.identityDir(), learntFile), raw)
	}
	if err != nil {
		l.log.Warn("where the hub is could not be kept", "why", err)
	}
}

// reach is how long one address may take.
const reach = 3 * time.Second

// first tries all addresses at once, and takes the first that is the hub.
func (l *hubLine) first(ctx context.Context, spots []spot, of func(spot) string) (net.Conn, error) {
	if len(spots) == 0 {
		return nil, errors.New("no address of a hub is known, and none answers by mDNS")
	}
	type answer struct {
		conn net.Conn
		at   spot
		err  error
	}
	ctx, cancel := context.WithTimeout(ctx, reach)
	defer cancel()
	answers := make(chan answer, len(spots))
	dialer := tls.Dialer{Config: l.tls()}
	for _, s := range spots {
		go func() {
			conn, err := dialer.DialContext(ctx, "tcp", of(s))
			answers <- answer{conn, s, err}
		}()
	}
	var faults []error
	for i := range spots {
		a := <-answers
		if a.err != nil {
			faults = append(faults, fmt.Errorf("%s: %w", of(a.at), a.err))
			continue
		}
		rest := len(spots) - i - 1
		go func() { // who comes second is not needed
			for range rest {
				if late := <-answers; late.conn != nil {
					_ = late.conn.Close()
				}
			}
		}()
		l.learn(a.at)
		return a.conn, nil
	}
	return nil, errors.Join(faults...)
}

const (
	renewEvery = 10 * time.Minute
	renewSoon  = 20 * time.Second // after one that failed
)

// renew keeps the certificate fresh: when a third of its life is over, when the hub believes other roots, and at once
// when it has expired, which a hub allows while there is an event.
func (l *hubLine) renew(ctx context.Context) {
	client := &http.Client{Transport: &http.Transport{DialTLSContext: l.dialHTTP, IdleConnTimeout: time.Minute}, Timeout: time.Minute}
	defer client.CloseIdleConnections()
	for ctx.Err() == nil {
		next := renewEvery
		if err := l.renewOnce(ctx, client); err != nil && ctx.Err() == nil {
			next = renewSoon
			l.log.Debug("the certificate was not renewed", "why", err)
		}
		select {
		case <-time.After(next):
		case <-ctx.Done():
		}
	}
}

func (l *hubLine) renewOnce(ctx context.Context, client *http.Client) error {
	m := l.now()
	changed, err := m.RootsChanged(ctx, client, "https://hub")
	if err != nil || !changed && !m.Due(time.Now()) {
		return err
	}
	fresh, err := m.Renew(ctx, client, "https://hub")
	if err != nil {
		return err
	}
	if err := fresh.Save(l.cfg.identityDir()); err != nil {
		return err
	}
	l.mu.Lock()
	l.member = fresh
	l.mu.Unlock()
	l.log.Info("the certificate was renewed", "expires", fresh.Chain.Leaf().NotAfter)
	return nil
}
