package api

import (
	"context"
	"errors"
	"fmt"
	"net/http"

	"github.com/danielgtaylor/huma/v2"
	"github.com/gin-gonic/gin"

	"portaria/cloud/internal/account"
	"portaria/cloud/internal/fault"
	"portaria/cloud/internal/scan"
)

// Refusals of the API itself.
var (
	errNoPlatform    = fault.New(fault.Denied, "bad_credentials", "Send the platform's token as a bearer token.")
	errNoCredentials = fault.New(fault.Denied, "bad_credentials", "Send your API key as a bearer token.")
	errNoScope       = fault.New(fault.Denied, "no_scope", "This key may not do that.")
	errOtherBody     = fault.New(fault.Invalid, "idempotency_key_reused",
		"This Idempotency-Key was used with another body. Use a new one.")
	errStillRunning = fault.New(fault.Conflict, "request_running",
		"The first request with this Idempotency-Key still runs. Ask again in a moment.")
)

// Problem is an RFC 9457 problem document.
type Problem struct {
	Type   string              `json:"type" doc:"Stable; listed at /api/v1/problems." example:"/api/v1/problems#sold_out"`
	Title  string              `json:"title" doc:"The kind of refusal."`
	Status int                 `json:"status"`
	Detail string              `json:"detail,omitempty" doc:"One sentence that says what to do."`
	Code   string              `json:"code" doc:"The end of the type." example:"sold_out"`
	Field  string              `json:"field,omitempty" doc:"The input it is about."`
	Errors []*huma.ErrorDetail `json:"errors,omitempty" doc:"Each fault of the input."`

	headers http.Header
}

func (p *Problem) Error() string { return p.Detail }

// GetStatus makes it an answer.
func (p *Problem) GetStatus() int { return p.Status }

// GetHeaders says when to ask again, where that is soon.
func (p *Problem) GetHeaders() http.Header {
	if p.headers == nil {
		p.headers = http.Header{}
	}
	if seconds := again[p.Code]; seconds != "" {
		p.headers.Set("Retry-After", seconds)
	}
	return p.headers
}

// again is after how many seconds to send the same again.
var again = map[string]string{scan.ErrStarting.Code: "1", scan.ErrTooFast.Code: "2"}

// ContentType is what RFC 9457 says.
func (p *Problem) ContentType(string) string { return "application/problem+json" }

// statuses is the one table from kinds of refusals to HTTP.
var statuses = map[fault.Kind]int{
	fault.Invalid:     http.StatusUnprocessableEntity,
	fault.NotFound:    http.StatusNotFound,
	fault.Conflict:    http.StatusConflict,
	fault.Denied:      http.StatusForbidden,
	fault.Unavailable: http.StatusServiceUnavailable,
}

// exactly are refusals for which HTTP has a word of its own.
var exactly = map[string]int{
	errStale.Code: http.StatusPreconditionFailed, errTooFast.Code: http.StatusTooManyRequests,
	scan.ErrTooFast.Code: http.StatusTooManyRequests,
}

func newProblem(status int, code, detail string) *Problem {
	return &Problem{
		Type: Base + "/problems#" + code, Title: http.StatusText(status), Status: status, Detail: detail, Code: code,
	}
}

func problemOf(f *fault.Fault) *Problem {
	status := statuses[f.Kind]
	if errors.Is(f, account.ErrBadKey) { // bad credentials of any kind
		status = http.StatusUnauthorized
	}
	if exact, ok := exactly[f.Code]; ok {
		status = exact
	}
	p := newProblem(status, f.Code, f.Text)
	p.Field = f.Field
	return p
}

// problem turns a domain's refusal into an answer; anything else is ours: logged, and told without its inside.
func (s *server) problem(ctx context.Context, err error) error {
	var ready huma.StatusError
	var refusal *fault.Fault
	switch {
	case errors.As(err, &refusal):
		return problemOf(refusal)
	case errors.As(err, &ready):
		return ready
	case ctx.Err() != nil:
		return newProblem(http.StatusServiceUnavailable, "interrupted", "The request was interrupted. Send it again.")
	}
	s.Log.Error("api", "route", route(ctx), "error", err)
	return internalProblem()
}

func internalProblem() *Problem {
	return newProblem(http.StatusInternalServerError, "internal", "Something failed on our side. Try again later.")
}

// writeFault answers from a middleware.
func (s *server) writeFault(ctx huma.Context, err error) {
	var p *Problem
	if !errors.As(s.problem(ctx.Context(), err), &p) {
		p = internalProblem()
	}
	if p.Status == http.StatusUnauthorized {
		ctx.SetHeader("WWW-Authenticate", "Bearer")
	}
	ctx.SetHeader("Content-Type", p.ContentType(""))
	ctx.SetStatus(p.Status)
	if err := s.Marshal(ctx.BodyWriter(), "application/json", p); err != nil {
		s.Log.Debug("write a refusal", "error", err) // the caller has gone
	}
}

// codes of what huma refuses before an operation is reached.
var codes = map[int]string{
	http.StatusBadRequest:            "bad_request",
	http.StatusNotFound:              "not_found",
	http.StatusRequestTimeout:        "body_too_slow",
	http.StatusRequestEntityTooLarge: "body_too_large",
	http.StatusUnsupportedMediaType:  "unsupported_media_type",
	http.StatusUnprocessableEntity:   "invalid_input",
	http.StatusNotAcceptable:         "not_acceptable",
	http.StatusNotModified:           "not_modified",
}

func init() { // huma has no other place for these than its own variables
	huma.DefaultArrayNullable = false
	huma.NewError = func(status int, message string, errs ...error) huma.StatusError {
		code, known := codes[status]
		if !known {
			code = "internal"
		}
		p := newProblem(status, code, message)
		for _, err := range errs {
			var detailed huma.ErrorDetailer
			if errors.As(err, &detailed) {
				p.Errors = append(p.Errors, detailed.ErrorDetail())
			}
		}
		return p
	}
}

// refuse answers what no operation takes.
func refuse(status int, code, detail string) gin.HandlerFunc {
	return func(c *gin.Context) { writeProblem(c, newProblem(status, code, detail)) }
}

func writeProblem(c *gin.Context, p *Problem) {
	c.Header("Content-Type", p.ContentType(""))
	c.JSON(p.Status, p)
	c.Abort()
}

// recovery answers 500 where a handler panics, and keeps the server running.
func (s *server) recovery(c *gin.Context) {
	defer func() {
		if fault := recover(); fault != nil {
			s.Log.Error("api: panic", "route", c.Request.Method+" "+c.FullPath(), "fault", fmt.Sprint(fault))
			if !c.Writer.Written() {
				writeProblem(c, internalProblem())
			}
		}
	}()
	c.Next()
}
