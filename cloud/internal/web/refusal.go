package web

import (
	"errors"
	"net/http"
	"runtime/debug"

	"github.com/gin-gonic/gin"

	"portaria/cloud/internal/fault"
	"portaria/cloud/internal/locale"
)

// Refusals of the pages themselves.
var (
	errNoPage      = fault.New(fault.NotFound, "not_found", "There is no such page.")
	errNoMethod    = fault.New(fault.Invalid, "no_method", "Open this page from a link of the shop.")
	errForeignForm = fault.New(fault.Denied, "foreign_form", "This form came from another site. Open the shop and try there.")
	errBadForm     = fault.New(fault.Invalid, "bad_form", "The form could not be read. Go back and try again.")
	errTooFast     = fault.New(fault.Unavailable, "too_fast", "Too many orders from here at once. Try again in a minute.")
)

// errorPage says what happened and what to do.
type errorPage struct {
	frame
	Heading, Sentence string
	Status            int
}

var statusOf = map[fault.Kind]int{
	fault.Invalid: http.StatusUnprocessableEntity, fault.NotFound: http.StatusNotFound, fault.Conflict: http.StatusConflict,
	fault.Denied: http.StatusForbidden, fault.Unavailable: http.StatusServiceUnavailable,
}

// status of a refusal: by its kind, but for those that HTTP has an own word for.
func status(f *fault.Fault) int {
	switch f.Code {
	case errTooFast.Code:
		return http.StatusTooManyRequests
	case errNoMethod.Code:
		return http.StatusMethodNotAllowed
	case errBadForm.Code:
		return http.StatusBadRequest
	}
	return statusOf[f.Kind]
}

// sentence is what a refusal says in the reader's language; a code without a text of its own gets its kind's.
func sentence(l locale.Locale, f *fault.Fault) string {
	if text, err := l.Find("fault." + f.Code); err == nil {
		return text
	}
	kinds := map[fault.Kind]string{fault.NotFound: "not_found", fault.Conflict: "changed", fault.Denied: "denied", fault.Unavailable: "unavailable"}
	if name, ok := kinds[f.Kind]; ok {
		return l.Text("fault." + name)
	}
	return l.Text("fault.bad_form")
}

// fail answers with the page of a refusal; what is not a refusal is our own failure, which is logged here and
// nowhere else.
func (s *shop) fail(c *gin.Context, err error) {
	l := s.speak(c)
	var no *fault.Fault
	var tooLarge *http.MaxBytesError
	code, text := http.StatusInternalServerError, l.Text("fault.internal")
	switch {
	case errors.As(err, &tooLarge):
		code, text = http.StatusRequestEntityTooLarge, l.Text("fault.bad_form")
	case errors.As(err, &no):
		code, text = status(no), sentence(l, no)
	case c.Request.Context().Err() == nil:
		s.Log.Error("shop", "path", c.FullPath(), "error", err) // the route, not the address: that may be a secret
	}
	if code == http.StatusServiceUnavailable || code == http.StatusTooManyRequests {
		c.Header("Retry-After", "10")
	}
	heading := l.Text("error.heading")
	if code == http.StatusNotFound {
		heading = l.Text("error.not_found")
	}
	p := errorPage{frame: s.frame(c, l, heading), Heading: heading, Sentence: text, Status: code}
	p.Private = true
	p.Tongues = nil // the address may not be one that can be opened again
	s.show(c, code, p)
	c.Abort()
}

// recovery turns a panic into the error page, unless the answer has begun.
func (s *shop) recovery(c *gin.Context) {
	defer func() {
		what := recover()
		if what == nil {
			return
		}
		if err, ok := what.(error); ok && errors.Is(err, http.ErrAbortHandler) {
			panic(what)
		}
		s.Log.Error("shop: panic", "path", c.FullPath(), "panic", what, "stack", string(debug.Stack()))
		if !c.Writer.Written() {
			s.fail(c, errors.New("a page panicked"))
		}
	}()
	c.Next()
}
