// Package web is the buyer's shop: what is on, an event with its checkout, and the order with its tickets. Pages
// are made on the server and work without scripts. It knows how things look and which answer a refusal gets; what
// may be sold, and what becomes of it, it asks of catalog and sale.
package web

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"strings"
	"time"

	"github.com/gin-gonic/gin"
	"github.com/google/uuid"

	"portaria/cloud/internal/catalog"
	"portaria/cloud/internal/sale"
	"portaria/cloud/internal/web/asset"
)

// Catalogue is what the shop shows.
type Catalogue interface {
	// OnSale lists events on sale that end after now, by start and id, from just after a cursor.
	OnSale(ctx context.Context, now time.Time, shelf catalog.Shelf, limit int) ([]catalog.Listing, error)
	// Listing is one event with its open offers. catalog.ErrNoEvent.
	Listing(ctx context.Context, event uuid.UUID) (catalog.Listing, error)
}

// Sales is what a buyer does.
type Sales interface {
	// Place sets the places aside and makes the order.
	Place(ctx context.Context, draft sale.Draft) (sale.Order, error)
	// Pay gives the address of the page where the order is paid; provider "" is the first way that is offered.
	Pay(ctx context.Context, key sale.OrderKey, provider string) (string, error)
	// View is the order with its tickets and its history. sale.ErrNoOrder.
	View(ctx context.Context, key sale.OrderKey) (sale.View, error)
}

// Config is what the shop needs. Catalogue and Sales are required.
type Config struct {
	Catalogue  Catalogue
	Sales      Sales
	PayOrigins []string // of the payment pages that a form may lead to, such as "https://pay.example.com"
	Secure     bool     // reached over HTTPS: cookies are marked so, and browsers told to stay on it
	// Wish notes that a buyer asks the organizer for their data, or to be erased; nil = buyers are not offered it.
	Wish func(ctx context.Context, organizer uuid.UUID, email string, erase bool) error
	Now  func() time.Time // nil = time.Now
	Log  *slog.Logger     // nil = slog.Default()
}

// maxBody is more than any form of the shop holds.
const maxBody = 64 << 10

type shop struct {
	Config
	assets *asset.Set
	pages  pages
	limit  *limiter
	policy string // Content-Security-Policy
}

// New builds the shop. The handler refuses forms that come from other sites.
func New(c Config) (http.Handler, error) {
	if c.Catalogue == nil || c.Sales == nil {
		return nil, errors.New("shop: a catalogue and sales are needed")
	}
	if c.Now == nil {
		c.Now = time.Now
	}
	if c.Log == nil {
		c.Log = slog.Default()
	}
	files, err := asset.Open()
	if err != nil {
		return nil, fmt.Errorf("shop: %w", err)
	}
	s := &shop{Config: c, assets: files, limit: newLimiter(c.Now), policy: policy(c.PayOrigins)}
	if s.pages, err = parsePages(files); err != nil {
		return nil, fmt.Errorf("shop: %w", err)
	}
	return s.handler()
}

func (s *shop) handler() (http.Handler, error) {
	gin.SetMode(gin.ReleaseMode) // its debug mode prints every route
	engine := gin.New()
	// Only a proxy on this machine may say for whom it asks; it must append to X-Forwarded-For, as proxies do.
	engine.RemoteIPHeaders = []string{"X-Forwarded-For"}
	if err := engine.SetTrustedProxies([]string{"127.0.0.1", "::1"}); err != nil {
		return nil, fmt.Errorf("shop: trust the proxy on this machine: %w", err)
	}
	engine.HandleMethodNotAllowed = true
	engine.RedirectTrailingSlash = false
	engine.Use(s.recovery, s.guard)
	s.routes(engine)
	sameSite := http.NewCrossOriginProtection()
	sameSite.SetDenyHandler(engineAt(engine, "/refused"))
	return sameSite.Handler(engine), nil
}

func (s *shop) routes(engine *gin.Engine) {
	read := func(path string, handlers ...gin.HandlerFunc) {
		engine.Match([]string{http.MethodGet, http.MethodHead}, path, handlers...)
	}
	read("/", s.home)
	read("/e/:event", s.event)
	engine.POST("/e/:event", s.slow, s.buy)
	read("/order/:secret", s.private, s.order)
	engine.POST("/order/:secret/pay", s.slow, s.private, s.pay)
	engine.POST("/order/:secret/privacy", s.slow, s.private, s.wish)
	read("/order/:secret/:file", s.private, s.document)
	read("/static/:file", s.static)
	read("/favicon.ico", func(c *gin.Context) { c.Redirect(http.StatusMovedPermanently, s.assets.Href("icon.svg")) })
	engine.Any("/refused", func(c *gin.Context) { s.fail(c, errForeignForm) })
	engine.NoRoute(func(c *gin.Context) { s.fail(c, errNoPage) })
	engine.NoMethod(func(c *gin.Context) { s.fail(c, errNoMethod) })
}

// Routes are all that the shop serves, as "GET /e/:event".
func Routes() (all []string) {
	engine := gin.New()
	(&shop{}).routes(engine)
	for _, r := range engine.Routes() {
		all = append(all, r.Method+" "+r.Path)
	}
	return all
}

// engineAt shows one page of the engine, whatever was asked for.
func engineAt(engine http.Handler, path string) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		r = r.Clone(r.Context())
		r.URL.Path, r.Body = path, http.NoBody
		engine.ServeHTTP(w, r)
	})
}

// policy lets pages load from here alone, run only our script files, and send forms here and to the payment page:
// browsers hold a form's whole chain of redirects against form-action.
func policy(payOrigins []string) string {
	return "default-src 'none'; script-src 'self'; style-src 'self'; font-src 'self'; img-src 'self'; base-uri 'none'; " +
		"frame-ancestors 'none'; form-action " + strings.Join(append([]string{"'self'"}, payOrigins...), " ")
}

// guard bounds the body and sets what every answer carries.
func (s *shop) guard(c *gin.Context) {
	c.Request.Body = http.MaxBytesReader(c.Writer, c.Request.Body, maxBody)
	h := c.Writer.Header()
	h.Set("Content-Security-Policy", s.policy)
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Referrer-Policy", "same-origin")
	h.Set("Permissions-Policy", "camera=(), microphone=(), geolocation=()")
	h.Set("Vary", "Accept-Language, Cookie")
	h.Set("Cache-Control", "no-cache")
	if s.Secure {
		h.Set("Strict-Transport-Security", "max-age=31536000")
	}
}

// private is for pages whose address is a secret: nobody keeps them, indexes them or learns where one came from.
func (s *shop) private(c *gin.Context) {
	h := c.Writer.Header()
	h.Set("Cache-Control", "no-store")
	h.Set("Referrer-Policy", "no-referrer")
	h.Set("X-Robots-Tag", "noindex, nofollow")
}
