// Package desk is the ground that the pages of organizers stand on: who is signed in and what they may, the layout,
// forms, flash messages, and the components that templates share. docs/desk.md says how a page is added.
//
// Pages themselves are in packages below it, each a Section. Who may open a page is said where its route is: a route
// that does not say so cannot be registered.
package desk

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"time"

	"github.com/gin-gonic/gin"
	"github.com/google/uuid"

	"portaria/cloud/internal/account/person"
	"portaria/cloud/internal/account/staff"
	"portaria/cloud/internal/web/asset"
)

// Config is what the desk needs. All but Log, Now and Secure are required.
type Config struct {
	People *person.Service
	Staff  *staff.Service
	Views  staff.Views
	// Tenant lets everything done with the context see one organizer's rows only.
	Tenant func(ctx context.Context, organizer uuid.UUID) context.Context
	// Accounts lets what is done with the context see people, sessions and who works where, of any organizer.
	Accounts func(ctx context.Context) context.Context
	Secure   bool             // reached over HTTPS
	Now      func() time.Time // nil = time.Now
	Log      *slog.Logger     // nil = slog.Default()
}

// Desk serves pages to people who work for organizers.
type Desk struct {
	Config
	assets *asset.Set
	engine *gin.Engine
	pages  pages
	nav    []NavItem
	routes []Route
	tasks  []func(v *Visit) ([]Task, error)
}

// maxBody is more than any form of the desk holds; a route may ask for more.
const maxBody = 256 << 10

// New joins sections to a desk. Two routes of one address, or a route that does not say who may open it, are errors.
func New(c Config, sections ...Section) (*Desk, error) {
	if c.People == nil || c.Staff == nil || c.Views == nil || c.Tenant == nil || c.Accounts == nil {
		return nil, errors.New("desk: people, staff, views, and the two kinds of context are needed")
	}
	if c.Now == nil {
		c.Now = time.Now
	}
	if c.Log == nil {
		c.Log = slog.Default()
	}
	files, err := asset.Open()
	if err != nil {
		return nil, fmt.Errorf("desk: %w", err)
	}
	d := &Desk{Config: c, assets: files}
	if d.pages, err = d.parse(sections); err != nil {
		return nil, fmt.Errorf("desk: %w", err)
	}
	if err := d.mount(append([]Section{d.own()}, sections...)); err != nil {
		return nil, fmt.Errorf("desk: %w", err)
	}
	return d, nil
}

func (d *Desk) mount(sections []Section) error {
	gin.SetMode(gin.ReleaseMode) // its debug mode prints every route
	d.engine = gin.New()
	// Only a proxy on this machine may say for whom it asks; it must append to X-Forwarded-For, as proxies do.
	d.engine.RemoteIPHeaders = []string{"X-Forwarded-For"}
	if err := d.engine.SetTrustedProxies([]string{"127.0.0.1", "::1"}); err != nil {
		return fmt.Errorf("trust the proxy on this machine: %w", err)
	}
	d.engine.HandleMethodNotAllowed = true
	d.engine.RedirectTrailingSlash = false
	d.engine.Use(d.recovery, d.guard)
	for _, s := range sections {
		d.nav = append(d.nav, s.Nav...)
		for _, r := range s.Routes {
			if err := d.register(s, r); err != nil {
				return err
			}
		}
	}
	sortNav(d.nav)
	d.engine.NoRoute(func(c *gin.Context) { d.fail(d.visit(c, Section{}), errNoPage) })
	d.engine.NoMethod(func(c *gin.Context) { d.fail(d.visit(c, Section{}), errNoPage) })
	return nil
}

func (d *Desk) register(s Section, r Route) error {
	if r.Access == nobody || r.Access == permitted && r.Needs == "" {
		return fmt.Errorf("route %s %s does not say who may open it", r.Method, r.Path)
	}
	for _, other := range d.routes {
		if other.Method == r.Method && other.Path == r.Path {
			return fmt.Errorf("route %s %s is there twice", r.Method, r.Path)
		}
	}
	d.routes = append(d.routes, r)
	d.engine.Handle(r.Method, r.Path, func(c *gin.Context) { d.serve(c, s, r) })
	return nil
}

// Routes are all that is served, for the tests that visit each of them as people who may not.
func (d *Desk) Routes() []Route { return d.routes }

// Handler refuses forms that come from other sites.
func (d *Desk) Handler() http.Handler {
	sameSite := http.NewCrossOriginProtection()
	sameSite.SetDenyHandler(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		r = r.Clone(r.Context())
		r.URL.Path, r.Method, r.Body = "/desk/refused", http.MethodGet, http.NoBody
		d.engine.ServeHTTP(w, r)
	}))
	return sameSite.Handler(d.engine)
}

// exportLimit is how long a file may take to be written and fetched.
const exportLimit = 10 * time.Minute

// policy lets pages load from here alone, and run only our script files. A page that needs more sets its own.
const policy = "default-src 'none'; script-src 'self'; style-src 'self'; font-src 'self'; img-src 'self' data:; " +
	"connect-src 'self'; manifest-src 'self'; base-uri 'none'; frame-ancestors 'none'; form-action 'self'"

// guard sets what every answer carries.
func (d *Desk) guard(c *gin.Context) {
	h := c.Writer.Header()
	h.Set("Content-Security-Policy", policy)
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Referrer-Policy", "same-origin")
	h.Set("Permissions-Policy", "camera=(), microphone=(), geolocation=(), publickey-credentials-get=(self), publickey-credentials-create=(self)")
	h.Set("X-Robots-Tag", "noindex, nofollow")
	h.Set("Cache-Control", "no-store")
	if d.Secure {
		h.Set("Strict-Transport-Security", "max-age=31536000")
	}
}
