// Package enrol is a gate that belongs to no hub yet: it waits for a code, from its own scanner, from its screen's
// address or from a command, joins the hub that the code names, and shows the four words that somebody at the hub
// compares. It admits nobody.
package enrol

import (
	"context"
	"crypto"
	"errors"
	"log/slog"
	"slices"
	"strings"
	"sync"
	"time"

	"portaria/edge/internal/tongue"
	"portaria/identity"
	"portaria/identity/join"
)

// Phases of a gate that joins.
const (
	Waiting   = "waiting"   // for a code
	Searching = "searching" // for the hub
	Comparing = "comparing" // somebody at the hub compares the words
	Refused   = "refused"   // waits for another code
	Joined    = "joined"
)

// Status is what people see.
type Status struct {
	Phase string   `json:"phase"`
	Words []string `json:"words,omitempty"`
	Error string   `json:"error,omitempty"` // what to do about it
	// Trouble names the screen that says the same in the reader's language: used, wrong, busy, silent.
	Trouble string `json:"trouble,omitempty"`
	Name    string `json:"name,omitempty"` // once it has one
}

// Config is what a fresh gate needs.
type Config struct {
	Dir string // where its identity goes
	// Fixed are host:port of hubs that the configuration names; Find asks the network for more. Both come before and
	// after what the code says.
	Fixed []string
	Find  func(ctx context.Context) []string
	// NewKey makes the gate's private key; nil = a file's.
	NewKey func() (crypto.Signer, error)
	Log    *slog.Logger
	Pause  time.Duration // between attempts; 2 s
}

// Gate is a gate that is joining.
type Gate struct {
	cfg   Config
	codes chan identity.Invitation

	mu      sync.Mutex
	status  Status
	changed chan struct{} // closed at every change
}

// patience is how long a hub is looked for with one code: as long as the code may be good.
const patience = 15 * time.Minute

// New makes a gate that waits.
func New(cfg Config) *Gate {
	if cfg.Pause == 0 {
		cfg.Pause = 2 * time.Second
	}
	if cfg.NewKey == nil {
		cfg.NewKey = func() (crypto.Signer, error) { return identity.NewKey() }
	}
	return &Gate{cfg: cfg, codes: make(chan identity.Invitation, 1), status: Status{Phase: Waiting}, changed: make(chan struct{})}
}

// Status is what people see now, and a channel that is closed when that changes.
func (g *Gate) Status() (Status, <-chan struct{}) {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.status, g.changed
}

func (g *Gate) show(s Status) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.status = s
	close(g.changed)
	g.changed = make(chan struct{})
}

// Offer takes a text that was scanned or typed. The newest code counts; a text that is none changes nothing but the
// error that is returned.
func (g *Gate) Offer(text string) error {
	code, err := identity.ParseCode(text, identity.Gate)
	if err != nil {
		return err
	}
	for {
		select {
		case g.codes <- code:
			return nil
		case <-g.codes: // an older one that nobody has looked at
		}
	}
}

// Run waits for codes until the gate has joined, and keeps what it has become; the error is ctx's, or that of a disk
// that does not take it. A new code ends the attempt with an older one.
func (g *Gate) Run(ctx context.Context) (*join.Member, error) {
	g.cfg.Log.Info("this gate has not joined a hub yet: scan the code that the hub shows, or run edge enrol CODE")
	done := make(chan result, 1)
	stop := func() {}
	defer func() { stop() }()
	for {
		select {
		case code := <-g.codes:
			stop()
			stop = g.begin(ctx, code, done)
		case r := <-done:
			switch {
			case r.member != nil:
				return r.member, g.keep(r.member)
			case errors.Is(r.ctx.Err(), context.Canceled): // another code came
			default:
				g.cfg.Log.Warn("this gate did not join", "why", r.err)
				g.show(Status{Phase: Refused, Error: advice(r.err), Trouble: trouble(r.err)})
			}
		case <-ctx.Done():
			return nil, ctx.Err()
		}
	}
}

func (g *Gate) begin(ctx context.Context, code identity.Invitation, done chan<- result) (stop func()) {
	ctx, cancel := context.WithTimeout(ctx, patience)
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		m, err := g.attempt(ctx, code)
		select {
		case done <- result{ctx, m, err}:
		default: // nobody listens any more
		}
	}()
	return func() { cancel(); <-ended }
}

// result is what came of a code.
type result struct {
	ctx    context.Context //nolint:containedctx // tells an attempt that was given up
	member *join.Member
	err    error
}

func (g *Gate) keep(m *join.Member) error {
	if err := m.Save(g.cfg.Dir); err != nil {
		return err
	}
	g.show(Status{Phase: Joined, Name: m.Settings.Name})
	g.cfg.Log.Info("this gate has joined", "gate", m.Settings.Name, "hub", m.Settings.Host, "venue", m.Settings.Venue)
	return nil
}

// attempt looks for the hub of a code until it has decided, at one address after another.
func (g *Gate) attempt(ctx context.Context, code identity.Invitation) (*join.Member, error) {
	key, err := g.cfg.NewKey()
	if err != nil {
		return nil, err
	}
	g.show(Status{Phase: Searching})
	for {
		m, err := g.round(ctx, code, key)
		if m != nil || errors.Is(err, join.ErrRefused) || ctx.Err() != nil {
			return m, err
		}
		g.show(Status{Phase: Searching, Error: advice(err), Trouble: trouble(err)})
		select {
		case <-time.After(g.cfg.Pause):
		case <-ctx.Done():
			return nil, errors.Join(err, ctx.Err())
		}
	}
}

// round tries every address once.
func (g *Gate) round(ctx context.Context, code identity.Invitation, key crypto.Signer) (*join.Member, error) {
	addresses := append(slices.Clone(g.cfg.Fixed), code.Addresses()...)
	faults := []error{errNoHub}
	for step := range 2 {
		if step == 1 {
			addresses = g.cfg.Find(ctx)
		}
		for _, address := range addresses {
			guest := join.Guest{Invitation: code, Key: key, Words: g.compare}
			m, err := guest.Join(ctx, address)
			if m != nil || errors.Is(err, join.ErrRefused) {
				return m, err
			}
			faults = append(faults, err)
		}
	}
	return nil, errors.Join(faults...)
}

func (g *Gate) compare(words [4]string) {
	g.cfg.Log.Info("somebody at the hub compares these words", "words", strings.Join(words[:], " "))
	g.show(Status{Phase: Comparing, Words: words[:]})
}

var errNoHub = errors.New("no hub answers")

// trouble names what went wrong.
func trouble(err error) string {
	switch {
	case errors.Is(err, join.ErrRefused):
		return "used"
	case errors.Is(err, join.ErrWrongHost):
		return "wrong"
	case errors.Is(err, join.ErrBusy):
		return "busy"
	}
	return "silent"
}

// advice is one sentence that says what to do, for logs and commands.
func advice(err error) string { return tongue.Of("en").Joining[trouble(err)].Why }
