package desk

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
	errMayNot      = fault.New(fault.Denied, "may_not", "Your role does not reach here. Ask the owner of the desk for it.")
	errNoDesk      = fault.New(fault.Denied, "no_desk", "You work for no organizer yet. Ask to be invited, or register one.")
	errForeignForm = fault.New(fault.Denied, "foreign_form", "This form came from another site. Open the desk and try there.")
	errBadForm     = fault.New(fault.Invalid, "bad_form", "The form could not be read. Go back and try again.")
)

// ErrNotFound is for handlers: there is no such page, or it is somebody else's.
var ErrNotFound = errNoPage

var statusOf = map[fault.Kind]int{
	fault.Invalid: http.StatusUnprocessableEntity, fault.NotFound: http.StatusNotFound, fault.Conflict: http.StatusConflict,
	fault.Denied: http.StatusForbidden, fault.Unavailable: http.StatusServiceUnavailable,
}

// Sentence is what a refusal says in a language; a code without a text of its own gets its kind's.
func Sentence(l locale.Locale, f *fault.Fault) string {
	for _, id := range []string{"desk.fault." + f.Code, "fault." + f.Code} {
		if text, err := l.Find(id); err == nil && f.Code != "invalid_input" {
			return text
		}
	}
	if f.Field != "" {
		if text, err := l.Find("desk.fault.field_" + f.Field); err == nil {
			return text
		}
	}
	if l.Tag() == "en" && f.Text != "" {
		return f.Text
	}
	kinds := map[fault.Kind]string{fault.NotFound: "not_found", fault.Conflict: "changed", fault.Denied: "may_not", fault.Unavailable: "unavailable"}
	if name, ok := kinds[f.Kind]; ok {
		return l.Text("desk.fault." + name)
	}
	return l.Text("desk.fault.invalid_input")
}

// errorPage says what happened and what to do.
type errorPage struct {
	Frame
	Heading, Sentence string
	Status            int
}

// fail answers with the page of a refusal; what is not a refusal is our own failure, which is logged here and
// nowhere else.
func (d *Desk) fail(v *Visit, err error) {
	var no *fault.Fault
	var tooLarge *http.MaxBytesError
	code, text := http.StatusInternalServerError, v.L.Text("desk.fault.internal")
	switch {
	case errors.As(err, &tooLarge):
		code, text = http.StatusRequestEntityTooLarge, v.L.Text("desk.fault.too_large")
	case errors.As(err, &no):
		code, text = statusOf[no.Kind], Sentence(v.L, no)
	case v.Request.Context().Err() == nil:
		d.Log.Error("desk", "path", v.FullPath(), "error", err) // the route, not the address: that may be a secret
	}
	if code == http.StatusServiceUnavailable {
		v.Header("Retry-After", "10")
	}
	v.section = d.own()
	p := &errorPage{Heading: v.L.Text("desk.error.heading"), Sentence: text, Status: code}
	if code == http.StatusNotFound {
		p.Heading = v.L.Text("desk.error.not_found")
	}
	if err := v.ShowAs(code, "error", p.Heading, p); err != nil {
		d.Log.Error("desk", "error", err)
		v.Data(http.StatusInternalServerError, "text/plain; charset=utf-8", []byte("This page failed. Try again in a minute.\n"))
	}
	v.Abort()
}

// recovery turns a panic into the error page, unless the answer has begun.
func (d *Desk) recovery(c *gin.Context) {
	defer func() {
		what := recover()
		if what == nil {
			return
		}
		if err, ok := what.(error); ok && errors.Is(err, http.ErrAbortHandler) {
			panic(what)
		}
		d.Log.Error("desk: panic", "path", c.FullPath(), "panic", what, "stack", string(debug.Stack()))
		if !c.Writer.Written() {
			d.fail(d.visit(c, d.own()), errors.New("a page panicked"))
		}
	}()
	c.Next()
}
