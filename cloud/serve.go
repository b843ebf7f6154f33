package cloud

import (
	"context"
	"errors"
	"net"
	"net/http"
	"strings"
	"time"

	"portaria/cloud/internal/api"
	"portaria/cloud/internal/broker"
	"portaria/cloud/internal/postgres"
	"portaria/cloud/internal/postgres/accounts"
	"portaria/cloud/internal/web"
)

func (c *Cloud) serve(context.Context) error {
	handler, err := c.handler()
	if err != nil {
		return err
	}
	c.web = server(handler)
	c.served.Go(func() { c.serveOn(c.web, c.listener) })
	return nil
}

// server has limits on everything that a client decides.
func server(handler http.Handler) *http.Server {
	return &http.Server{
		Handler: handler, ReadHeaderTimeout: 5 * time.Second, ReadTimeout: 30 * time.Second,
		WriteTimeout: time.Minute, IdleTimeout: 2 * time.Minute, MaxHeaderBytes: 32 << 10,
	}
}

func (c *Cloud) serveOn(s *http.Server, listener net.Listener) {
	if err := s.Serve(listener); !errors.Is(err, http.ErrServerClosed) {
		c.fatal <- err
	}
}

// handler joins what is served on one address: pages, the API, and what hubs fetch.
func (c *Cloud) handler() (http.Handler, error) {
	rest, err := api.New(api.Deps{
		Accounts: c.accounts, Catalog: c.catalog, Sale: c.sale, Gates: c.gateSide(),
		Scans: c.scans, Visitor: c.visitor,
		Answers: accounts.Answers{Pool: c.pool}, Atomic: c.atomic, Audit: c.staff.Audit, Platform: c.token, Now: c.now, Log: c.log,
		Limits: api.Limits{Key: c.cfg.API.KeyPerMinute, Address: c.cfg.API.AddressPerMinute},
		Scopes: api.Scopes{Tenant: postgres.Tenant, Accounts: postgres.Accounts},
	})
	if err != nil {
		return nil, err
	}
	shop, err := web.New(web.Config{
		Catalogue: c.catalog, Sales: c.sale, PayOrigins: c.payOrigins(), Now: c.now, Log: c.log,
		Secure: c.secure(), Wish: c.wish,
	})
	if err != nil {
		return nil, err
	}
	organizers, err := c.openDesk()
	if err != nil {
		return nil, err
	}
	mux := http.NewServeMux()
	mux.Handle("/", within(postgres.Shop, shop))
	for _, path := range []string{"/desk", "/desk/", "/login", "/login/", "/logout", "/register", "/register/", "/invitation/", "/platform", "/platform/", "/scan", "/scan/"} {
		mux.Handle(path, organizers)
	}
	mux.Handle("/api/", within(postgres.Shop, http.NewCrossOriginProtection().Handler(rest)))
	if c.cfg.Insecure {
		door := (&broker.Door{Shelf: c.hubs, Log: c.log}).Handler()
		mux.Handle("/blobs/", within(postgres.System, door))
		mux.Handle("/secrets/", within(postgres.System, door))
	}
	mux.HandleFunc("GET /health", c.health)
	return mux, nil
}

// within lets a handler see what a scope shows.
func within(scope func(context.Context) context.Context, h http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h.ServeHTTP(w, r.WithContext(scope(r.Context())))
	})
}

// secure says whether the pages are reached over HTTPS.
func (c *Cloud) secure() bool { return strings.HasPrefix(c.publicURL, "https://") }

func (c *Cloud) payOrigins() []string {
	if c.payOrigin == "" {
		return nil
	}
	return []string{c.payOrigin}
}

// health answers 200 while the database does, for load balancers.
func (c *Cloud) health(w http.ResponseWriter, r *http.Request) {
	ctx, cancel := context.WithTimeout(r.Context(), 2*time.Second)
	defer cancel()
	if err := c.pool.Ping(ctx); err != nil {
		http.Error(w, "the database does not answer", http.StatusServiceUnavailable)
		return
	}
	w.WriteHeader(http.StatusOK)
}
