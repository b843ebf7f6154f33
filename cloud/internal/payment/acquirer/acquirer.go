// Package acquirer plays the company that moves the money: it has a page of its own where the buyer pays, an API
// for the shop, and signed notices that come late, twice or never, as real ones do. It is for development, tests
// and demonstrations; it knows nothing of tickets, and the shop talks to it over HTTP only.
package acquirer

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/url"
	"sync"
	"time"
)

// Config is how the acquirer is set up. Secret, NoticeKey and URL are needed.
type Config struct {
	Secret    string // the shop's bearer secret, 16 characters at least
	NoticeKey []byte // key of the notices' HMAC-SHA256, 16 bytes at least
	URL       string // where buyers reach the page, without a slash at the end
	File      string // where charges are kept between runs; empty = in memory only

	Late   time.Duration   // how long "pay late" takes; 0 = 5 s
	Resend []time.Duration // pauses before each resending of a notice; nil = 1, 2, 4 … 64 s
	Client *http.Client    // sends the notices; nil = one with a 10 s limit
	Log    *slog.Logger    // nil = slog.Default()
}

// Server is the acquirer: an http.Handler for the page and the API. Close stops its notices.
type Server struct {
	config Config
	mux    *http.ServeMux
	book   *book
	ctx    context.Context
	stop   context.CancelFunc

	mu      sync.Mutex // guards closed, and so that no work starts after Close has begun to wait
	closed  bool
	running sync.WaitGroup // notices and late payments on their way
}

// New checks the configuration, naming all its faults, and loads the charges that File holds.
func New(c Config) (*Server, error) {
	if err := c.check(); err != nil {
		return nil, fmt.Errorf("test acquirer: %w", err)
	}
	c.fill()
	b, err := openBook(c.File)
	if err != nil {
		return nil, fmt.Errorf("test acquirer: %w", err)
	}
	s := &Server{config: c, mux: http.NewServeMux(), book: b}
	s.ctx, s.stop = context.WithCancel(context.Background())
	s.routes()
	return s, nil
}

func (c Config) check() error {
	var faults []error
	if len(c.Secret) < 16 {
		faults = append(faults, errors.New("secret: 16 characters at least"))
	}
	if len(c.NoticeKey) < 16 {
		faults = append(faults, errors.New("notice key: 16 bytes at least"))
	}
	if !webAddress(c.URL) {
		faults = append(faults, fmt.Errorf("url %q: an http or https address", c.URL))
	}
	return errors.Join(faults...)
}

func (c *Config) fill() {
	if c.Late == 0 {
		c.Late = 5 * time.Second
	}
	if c.Resend == nil {
		for pause := time.Second; pause <= 64*time.Second; pause *= 2 {
			c.Resend = append(c.Resend, pause)
		}
	}
	if c.Client == nil {
		c.Client = &http.Client{Timeout: 10 * time.Second}
	}
	if c.Log == nil {
		c.Log = slog.Default()
	}
}

func webAddress(s string) bool {
	u, err := url.Parse(s)
	return err == nil && (u.Scheme == "http" || u.Scheme == "https") && u.Host != "" && len(s) <= 2000
}

func (s *Server) routes() {
	s.mux.HandleFunc("POST /v1/charges", s.authorized(s.create))
	s.mux.HandleFunc("GET /v1/charges/{id}", s.authorized(s.status))
	s.mux.HandleFunc("POST /v1/charges/{id}/refunds", s.authorized(s.refund))
	s.mux.HandleFunc("GET /pay/{id}", s.page)
	s.mux.HandleFunc("POST /pay/{id}", s.decide)
	s.mux.HandleFunc("GET /acquirer.css", stylesheet)
}

// ServeHTTP serves the page and the API. Bodies beyond 16 KiB are refused.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	r.Body = http.MaxBytesReader(w, r.Body, 16<<10)
	s.mux.ServeHTTP(w, r)
}

// Close gives up the notices that are still being resent and waits for those in flight.
func (s *Server) Close() {
	s.mu.Lock()
	s.closed = true
	s.mu.Unlock()
	s.stop()
	s.running.Wait()
}

// background runs work that outlives its request, until Close.
func (s *Server) background(work func(context.Context)) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if !s.closed {
		s.running.Go(func() { work(s.ctx) })
	}
}

// pause waits, and says whether there is time left to go on.
func pause(ctx context.Context, d time.Duration) bool {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return false
	case <-timer.C:
		return true
	}
}
