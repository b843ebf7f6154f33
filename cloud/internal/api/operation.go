package api

import (
	"context"
	"net/http"
	"strings"

	"github.com/danielgtaylor/huma/v2"

	"portaria/cloud/internal/account"
	"portaria/cloud/internal/account/role"
	"portaria/cloud/internal/scan"
)

// maxBody bounds a request's body, in bytes, where the operation says nothing else.
const maxBody = 64 << 10

// platform is the scope of operations that only the platform's operator may do.
const platform account.Scope = "platform"

// op describes one operation.
type op struct {
	method  string
	path    string // below Base
	of      string // the path of what is edited, where it is not path itself
	id      string
	tag     string
	summary string
	scope   account.Scope     // "" = open to everybody
	person  role.Permission   // or somebody who is signed in and may this anywhere; "" = keys only
	status  int               // of success; 0 = 200
	maxBody int64             // bytes; 0 = maxBody
	body    *huma.RequestBody // of what the operation reads itself; nil = as its input says
	errors  []int             // statuses of refusals besides 401, 403, 404, 422
	books   string            // where what it does is written, if not in the audit log
	slow    bool              // its body streams in: the audit log is written after it, not with it
	inner   bool              // whoever registers it writes the audit log
}

type reply[T any] struct {
	ETag string `header:"ETag" doc:"The version of this answer."`
	Body T
}

// serve registers an operation whose answer is a T as JSON.
func serve[I, T any](s *server, o op, do func(ctx context.Context, who account.Key, in *I) (T, error)) {
	if o.method == http.MethodGet && s.readers != nil {
		s.readers[o.path] = reading(do)
	}
	huma.Register(s.API, o.describe(s), func(ctx context.Context, in *I) (*reply[T], error) {
		who := caller(ctx)
		run := func(ctx context.Context) (T, error) {
			return logged(ctx, s, o, who, func(ctx context.Context) (T, error) { return do(ctx, who, in) })
		}
		body, err := carryOut(ctx, s, o, who, run)
		if err != nil {
			return nil, s.problem(ctx, err)
		}
		etag, err := etagOf(body)
		if err != nil {
			return nil, s.problem(ctx, err)
		}
		if none := asked(ctx).ifNoneMatch; o.method == http.MethodGet && none != "" && matches(none, etag, false) {
			return nil, unchanged(etag)
		}
		return &reply[T]{ETag: etag, Body: body}, nil
	})
}

// carryOut carries an operation out; an edit only if it is of what the caller has read.
func carryOut[T any](ctx context.Context, s *server, o op, who account.Key, do func(context.Context) (T, error)) (T, error) {
	if o.edits() {
		return guarded(ctx, s, o, who, do)
	}
	return do(ctx)
}

// act registers an operation that answers 204.
func act[I any](s *server, o op, do func(ctx context.Context, who account.Key, in *I) error) {
	o.status = http.StatusNoContent
	huma.Register(s.API, o.describe(s), func(ctx context.Context, in *I) (*struct{}, error) {
		who := caller(ctx)
		_, err := logged(ctx, s, o, who, func(ctx context.Context) (struct{}, error) { return struct{}{}, do(ctx, who, in) })
		if err != nil {
			return nil, s.problem(ctx, err)
		}
		return nil, nil
	})
}

func (o op) describe(s *server) huma.Operation {
	s.ops = append(s.ops, o)
	d := huma.Operation{
		OperationID: o.id, Method: o.method, Path: o.path, Summary: o.summary, Tags: []string{o.tag},
		DefaultStatus: o.status, MaxBodyBytes: o.maxBody, Errors: o.errors, RequestBody: o.body,
	}
	if d.MaxBodyBytes == 0 {
		d.MaxBodyBytes = maxBody
	}
	switch o.scope {
	case "":
	case platform:
		d.Security = []map[string][]string{{"platform": {}}}
		d.Middlewares = huma.Middlewares{s.onlyPlatform}
		d.Errors = append(d.Errors, http.StatusUnauthorized)
	case account.ScansWrite, account.ScansOverride:
		d.Security = []map[string][]string{{"key": {}}, {"session": {}}}
		d.Description = "Needs a key with the scope `" + string(o.scope) + "`, or a person who is signed in at the desk and may " + string(o.person) + "."
		d.Middlewares = huma.Middlewares{s.keyOrPerson(o.scope, o.person)}
		d.Errors = append(d.Errors, http.StatusUnauthorized, http.StatusForbidden)
	default:
		d.Security = []map[string][]string{{"key": {}}}
		d.Description = "Needs a key with the scope `" + string(o.scope) + "`."
		d.Middlewares = huma.Middlewares{s.onlyKey(o.scope)}
		d.Errors = append(d.Errors, http.StatusUnauthorized, http.StatusForbidden)
	}
	o.conditional(&d)
	d.Errors = append(d.Errors, http.StatusTooManyRequests)
	if strings.Contains(o.path, "{") {
		d.Errors = append(d.Errors, http.StatusNotFound)
	}
	return d
}

type callerKey struct{}

// visit is who asks, and for what address.
type visit struct {
	key     account.Key
	route   string
	address string
	scanner scan.Caller // of the scan API
}

func caller(ctx context.Context) account.Key {
	v, _ := ctx.Value(callerKey{}).(visit) // nobody, where everybody may
	return v.key
}

func route(ctx context.Context) string {
	v, _ := ctx.Value(callerKey{}).(visit)
	return v.route
}

// by is how an order's history names who holds a key.
func by(key account.Key) string { return "API key " + key.ID.String() }

func (s *server) onlyPlatform(ctx huma.Context, next func(huma.Context)) {
	if !s.Platform.Is(bearer(ctx)) {
		s.writeFault(ctx, errNoPlatform)
		return
	}
	ctx = huma.WithContext(ctx, s.Scopes.accounts(ctx.Context()))
	next(huma.WithValue(ctx, callerKey{}, visit{route: ctx.Method() + " " + ctx.URL().Path, address: address(ctx)}))
}

func (s *server) onlyKey(scope account.Scope) func(huma.Context, func(huma.Context)) {
	return func(ctx huma.Context, next func(huma.Context)) {
		secret := bearer(ctx)
		if secret == "" {
			s.writeFault(ctx, errNoCredentials)
			return
		}
		key, err := s.Accounts.Authenticate(s.Scopes.accounts(ctx.Context()), secret)
		if err != nil {
			s.writeFault(ctx, err)
			return
		}
		if !key.May(scope) {
			s.writeFault(ctx, errNoScope.Say("This key does not have the scope "+string(scope)+"."))
			return
		}
		ctx = huma.WithContext(ctx, s.Scopes.tenant(ctx.Context(), key.Organizer))
		next(huma.WithValue(ctx, callerKey{}, visit{key: key, route: ctx.Method() + " " + ctx.URL().Path, address: address(ctx)}))
	}
}

func bearer(ctx huma.Context) string {
	scheme, secret, _ := strings.Cut(ctx.Header("Authorization"), " ")
	if !strings.EqualFold(scheme, "Bearer") {
		return ""
	}
	return secret
}
