package desk

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/gin-gonic/gin"
	"github.com/google/uuid"

	"portaria/cloud/internal/account/person"
	"portaria/cloud/internal/account/role"
	"portaria/cloud/internal/account/staff"
	"portaria/cloud/internal/locale"
)

// Visit is one request with who makes it. Param, Query, PostForm and the rest are gin's.
type Visit struct {
	*gin.Context
	L       locale.Locale
	Session person.Session // zero on open routes, unless somebody is signed in
	Person  person.Person
	Grants  role.Grants
	Desks   []staff.Desk // where the person works
	Now     time.Time

	desk    *Desk
	section Section
	route   Route
}

func (d *Desk) visit(c *gin.Context, s Section) *Visit {
	v := &Visit{Context: c, desk: d, section: s, Now: d.Now()}
	v.L = v.speak()
	return v
}

// serve carries a route out for whoever may.
func (d *Desk) serve(c *gin.Context, s Section, r Route) {
	limit := r.MaxBody
	if limit == 0 {
		limit = maxBody
	}
	c.Request.Body = http.MaxBytesReader(c.Writer, c.Request.Body, limit)
	v := d.visit(c, s)
	v.route = r
	err := v.admit()
	if err == nil {
		err = r.Do(v)
	}
	switch {
	case errors.Is(err, errAnswered):
	case errors.Is(err, person.ErrNoSession):
		v.toLogin()
	case err != nil:
		d.fail(v, err)
	}
}

// errAnswered says that the visitor was sent elsewhere.
var errAnswered = errors.New("answered")

// admit finds who asks, and refuses who may not.
func (v *Visit) admit() error {
	if err := v.identify(); err != nil {
		return err
	}
	switch v.route.Access {
	case open:
		return nil
	case half:
		if v.Session.ID == uuid.Nil {
			return person.ErrNoSession
		}
		return nil
	}
	if v.Session.ID == uuid.Nil || v.Session.Half {
		return person.ErrNoSession
	}
	if err := v.askFactor(); err != nil {
		return err
	}
	if v.route.Access == platform && !v.Person.Operator {
		return errNoPage // that there is such a page is nobody else's business
	}
	if v.route.Access == permitted && !v.Grants.Anywhere(v.route.Needs) {
		if len(v.Desks) == 0 {
			return errNoDesk
		}
		return errMayNot
	}
	if v.route.Fresh {
		return v.askProof()
	}
	return nil
}

// askFactor leads to the page of sign-in settings whoever must have a second factor where they go, and has not shown
// one. Those pages, and going away, are open to them.
func (v *Visit) askFactor() error {
	if v.Session.Strong || !v.needsFactor() {
		return nil
	}
	if v.Request.Method == http.MethodGet || v.Request.Method == http.MethodPost {
		if err := v.Go("/desk/settings/security", Flash{Text: v.Text("desk.factor.needed")}); err != nil {
			return err
		}
	}
	return errAnswered
}

func (v *Visit) needsFactor() bool {
	switch v.route.Access {
	case platform:
		return v.Person.Operator
	case permitted:
		return v.OpenDesk().NeedsFactor(v.Now)
	}
	return false
}

// OpenDesk is the desk that is open; zero = the person works nowhere.
func (v *Visit) OpenDesk() staff.Desk {
	for _, d := range v.Desks {
		if d.Organizer == v.Session.Organizer {
			return d
		}
	}
	return staff.Desk{}
}

// identify reads the session of the request, and whose desk is open in it. From here on the request's context sees
// that organizer's rows only.
func (v *Visit) identify() error {
	d, ctx := v.desk, v.desk.Accounts(v.Request.Context())
	v.within(ctx)
	token, _ := v.Cookie(d.cookie(sessionCookie)) // none is nobody
	session, err := d.People.Resume(ctx, token)
	if errors.Is(err, person.ErrNoSession) {
		return nil
	}
	if err != nil {
		return err
	}
	v.Session = session
	if v.Person, err = d.People.People.Person(ctx, session.Person); err != nil {
		return err
	}
	v.L = v.speak()
	if session.Half {
		return nil
	}
	return v.enter(ctx)
}

// enter opens the desk that the session has open, or the first where the person works.
func (v *Visit) enter(ctx context.Context) (err error) {
	d := v.desk
	if v.Desks, err = d.Staff.Roster.DesksOf(ctx, v.Person.ID); err != nil || len(v.Desks) == 0 {
		return err
	}
	works := func(x staff.Desk) bool { return x.Organizer == v.Session.Organizer }
	if !slices.ContainsFunc(v.Desks, works) {
		v.Session.Organizer = v.Desks[0].Organizer
		if err := d.People.At(ctx, v.Session, v.Session.Organizer); err != nil {
			return err
		}
	}
	if v.Grants, err = d.Staff.Roster.GrantsOf(ctx, v.Session.Organizer, v.Person.ID); err != nil {
		return err
	}
	if v.route.Access == permitted {
		v.within(d.Tenant(v.Request.Context(), v.Session.Organizer))
	}
	return nil
}

func (v *Visit) within(ctx context.Context) { v.Request = v.Request.WithContext(ctx) }

// Ctx is the context of the request: it sees the rows of the organizer whose desk is open.
func (v *Visit) Ctx() context.Context { return v.Request.Context() }

// AccountsCtx sees people, sessions and who works where; for the settings pages.
func (v *Visit) AccountsCtx() context.Context { return v.desk.Accounts(v.Request.Context()) }

// Organizer is whose desk is open.
func (v *Visit) Organizer() uuid.UUID { return v.Session.Organizer }

// May says whether the person may do something at a place; give an event's venue too.
func (v *Visit) May(p role.Permission, at role.Place) bool { return v.Grants.May(p, at) }

// Must refuses the visit when the person may not do something at a place: return its error.
func (v *Visit) Must(p role.Permission, at role.Place) error {
	if !v.May(p, at) {
		return errMayNot
	}
	return nil
}

// Reach is where the person may do something, for lists that show only that.
func (v *Visit) Reach(p role.Permission) role.Reach { return v.Grants.Where(p) }

// Actor is who acts, for services and the audit log.
func (v *Visit) Actor() staff.Actor {
	return staff.Actor{Organizer: v.Organizer(), Person: v.Person.ID, Name: v.Person.Name, Grants: v.Grants, Address: v.ClientIP()}
}

// Note writes what was done to the organizer's audit log. What is stable and dotted: "checkpoint.changed".
func (v *Visit) Note(ctx context.Context, what, subject, detail string) error {
	return v.desk.Staff.Note(v.desk.Accounts(ctx), v.Actor(), what, subject, detail)
}

// ID reads an id of the path; what is none is a page that is not there.
func (v *Visit) ID(name string) (uuid.UUID, error) {
	id, err := uuid.Parse(v.Param(name))
	if err != nil {
		return uuid.Nil, errNoPage
	}
	return id, nil
}

// Text is a text of the page in the visitor's language.
func (v *Visit) Text(id string, pairs ...any) string { return v.L.Text(id, pairs...) }

// Client is the visitor's connection.
func (v *Visit) Client() person.Client {
	device, _ := v.Cookie(v.desk.cookie(deviceCookie)) // none is an unknown browser
	return person.Client{Address: v.ClientIP(), Agent: v.GetHeader("User-Agent"), Device: device}
}

// Go sends the visitor to a page of ours after an action, with a message.
func (v *Visit) Go(path string, f Flash) error {
	v.keepFlash(f)
	v.Redirect(http.StatusSeeOther, path)
	return nil
}

// toLogin sends a visitor to sign in, and back to where they were going.
func (v *Visit) toLogin() {
	to := "/login"
	if v.Request.Method == http.MethodGet {
		to += "?" + url.Values{"to": {v.Request.URL.RequestURI()}}.Encode()
	}
	v.Redirect(http.StatusSeeOther, to)
}

// Inside gives back a path of ours that a link asks to go on to, or the desk.
func Inside(path string) string {
	at, err := url.Parse(path)
	if err != nil || at.IsAbs() || at.Host != "" || !strings.HasPrefix(path, "/") || strings.HasPrefix(path, "//") || strings.ContainsAny(path, "\\\r\n\t") {
		return "/desk"
	}
	return path
}
