// Package api is the public REST API, /api/v1, and its OpenAPI document, which is made from the code that serves it.
//
// It knows how requests, keys and refusals look; what they mean is decided by the domain packages it is given.
package api

import (
	"context"
	"log/slog"
	"net/http"
	"net/url"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humagin"
	"github.com/gin-gonic/gin"
	"github.com/google/uuid"

	"portaria/cloud/internal/account"
	"portaria/cloud/internal/catalog"
	"portaria/cloud/internal/sale"
	"portaria/cloud/internal/scan"
)

// Base is where the API lives.
const Base = "/api/v1"

// Answers keeps what was answered to requests that carry an Idempotency-Key.
type Answers interface {
	// Lock claims a request until the transaction ends; false while another runs.
	Lock(ctx context.Context, tenant uuid.UUID, route, key string) (bool, error)
	// Kept reads an earlier answer; status 0 = there is none.
	Kept(ctx context.Context, tenant uuid.UUID, route, key string) (hash []byte, status int, answer []byte, err error)
	Keep(ctx context.Context, tenant uuid.UUID, route, key string, hash []byte, status int, answer []byte) error
}

// Atomic makes several stores' work one transaction.
type Atomic interface {
	InTx(ctx context.Context, fn func(ctx context.Context) error) error
}

// Scopes narrow what a request may see, by who makes it. A nil one narrows nothing.
type Scopes struct {
	Tenant   func(ctx context.Context, organizer uuid.UUID) context.Context // a key's organizer
	Accounts func(ctx context.Context) context.Context                      // the platform; finding out whose a key is
}

func (s Scopes) accounts(ctx context.Context) context.Context {
	if s.Accounts == nil {
		return ctx
	}
	return s.Accounts(ctx)
}

func (s Scopes) tenant(ctx context.Context, organizer uuid.UUID) context.Context {
	if s.Tenant == nil {
		return ctx
	}
	return s.Tenant(ctx, organizer)
}

// Deps is what the API speaks for.
type Deps struct {
	Scopes   Scopes
	Accounts *account.Service
	Catalog  *catalog.Service
	Sale     *sale.Service
	Gates    Gates
	Scans    *scan.Service
	// Visitor says who has a desk's session cookie; false = nobody. Nil = people don't scan.
	Visitor  func(ctx context.Context, cookie string) (Visitor, bool, error)
	Answers  Answers
	Atomic   Atomic
	Audit    Audit // nil = nothing is logged
	Platform account.PlatformToken
	Limits   Limits
	Now      func() time.Time
	Log      *slog.Logger
}

type server struct {
	Deps
	huma.API
	readers map[string]currently // GET operations by path, for edits of what they read
	ops     []op
}

// New serves everything under Base. Other addresses are answered with a problem.
func New(d Deps) (http.Handler, error) {
	engine := newEngine()
	// Only a proxy on this machine may say for whom it asks; it must append to X-Forwarded-For, as proxies do.
	engine.RemoteIPHeaders = []string{"X-Forwarded-For"}
	if err := engine.SetTrustedProxies([]string{"127.0.0.1", "::1"}); err != nil {
		return nil, err
	}
	s := &server{Deps: d}
	limit := newLimiter(d.Limits, d.Now)
	engine.HandleMethodNotAllowed = true
	engine.Use(s.recovery, harden, readableAddress, limit.slow, hurry)
	engine.NoRoute(refuse(http.StatusNotFound, "not_found", "There is nothing at this address."))
	engine.NoMethod(refuse(http.StatusMethodNotAllowed, "method_not_allowed", "This address does not take this method."))
	s.mount(engine)
	return engine, nil
}

func newEngine() *gin.Engine {
	gin.SetMode(gin.ReleaseMode) // its debug mode prints every route
	return gin.New()
}

func (s *server) mount(engine *gin.Engine) {
	s.API = humagin.NewWithGroup(engine, engine.Group(Base), configuration())
	s.UseMiddleware(conditions)
	s.readers = map[string]currently{}
	s.accounts()
	s.catalogue()
	s.orders()
	s.shop()
	s.payments()
	s.gates()
	s.scans()
	s.page(engine)
}

// Document is the OpenAPI document as YAML.
func Document() ([]byte, error) {
	s := &server{}
	s.mount(newEngine())
	return s.OpenAPI().YAML()
}

func configuration() huma.Config {
	config := huma.DefaultConfig("Portaria", "1")
	config.DocsPath, config.SchemasPath, config.CreateHooks = "", "", nil // no external hosts, no $schema in answers
	config.RejectUnknownQueryParameters = true
	config.Info.Description = description
	config.Servers = []*huma.Server{{URL: Base}}
	config.Components.SecuritySchemes = map[string]*huma.SecurityScheme{
		"key":      {Type: "http", Scheme: "bearer", Description: "An organizer's API key."},
		"session":  {Type: "apiKey", In: "cookie", Name: "__Host-desk", Description: "The session of a person who is signed in at the desk."},
		"platform": {Type: "http", Scheme: "bearer", Description: "The platform's token."},
	}
	return config
}

const description = `The public API of Portaria.

Every organizer has keys of its own and sees nothing of the others: what belongs to someone else is not found.
Times are RFC 3339. Money is whole minor units (centavos, cents) with an ISO 4217 currency.
Lists come in pages: ask again with after = next until next is missing.
A POST may carry an Idempotency-Key: repeating it with the same body gives the first answer again and does nothing;
with another body it is refused (422), and while the first still runs too (409).
Every answer has an ETag. A GET with If-None-Match is answered 304 when nothing changed; a PUT or PATCH with If-Match
is refused (412) when somebody else changed the thing meanwhile, so that no change is lost.
Who asks too fast is told when to ask again (429, Retry-After); RateLimit tells how much is left.
Refusals are RFC 9457 problem documents; their types are listed at /api/v1/problems.`

// readableAddress refuses addresses with control characters or broken UTF-8, which no id, name or cursor has.
func readableAddress(c *gin.Context) {
	query, err := url.QueryUnescape(c.Request.URL.RawQuery)
	text := c.Request.URL.Path + query
	if err != nil || !utf8.ValidString(text) || strings.ContainsFunc(text, unicode.IsControl) {
		writeProblem(c, newProblem(http.StatusBadRequest, "bad_request", "The address is not readable text."))
	}
}

// patience is how long a request may take before it is given up.
const patience = 25 * time.Second

// hurry ends what a request waits for, so that a stuck one gives back its connections.
func hurry(c *gin.Context) {
	ctx, cancel := context.WithTimeout(c.Request.Context(), patience)
	defer cancel()
	c.Request = c.Request.WithContext(ctx)
	c.Next()
}

func harden(c *gin.Context) {
	h := c.Writer.Header()
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Cache-Control", "no-store")
	h.Set("Referrer-Policy", "no-referrer")
	h.Set("Content-Security-Policy", "default-src 'none'; style-src 'self'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'")
}
