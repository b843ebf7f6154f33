package desk

import (
	"cmp"
	"io/fs"
	"net/http"
	"slices"

	"portaria/cloud/internal/account/role"
)

// Section is a part of the desk: pages that belong together, with their templates.
type Section struct {
	Name      string // of the templates: "settings" makes templates/people.html "settings/people"
	Templates fs.FS  // holds templates/*.html; each defines "main"
	Nav       []NavItem
	Routes    []Route
}

// NavItem is a link of the desk's navigation, shown to those who may anywhere what it needs.
type NavItem struct {
	Path     string
	Text     string // id of its text
	Needs    role.Permission
	Platform bool // for those who run the platform, whatever Needs says
	Order    int  // today 10, events 20, doors 30, live 40, imports 50, orders 60, reports 70, settings 90
}

func sortNav(nav []NavItem) {
	slices.SortStableFunc(nav, func(a, b NavItem) int { return cmp.Compare(a.Order, b.Order) })
}

// Access is who may open a route.
type Access uint8

// Accesses.
const (
	nobody    Access = iota // not said: cannot be registered
	open                    // everybody
	half                    // who gave a right password, and must still give a code
	signedIn                // everybody with a session, whatever they may
	permitted               // who may, anywhere, what the route needs
	platform                // who runs the platform, and has shown a second factor
)

func (a Access) String() string {
	return [...]string{"nobody", "open", "half", "signed in", "permitted", "platform operator"}[a]
}

// Route is one page or one action.
type Route struct {
	Method  string
	Path    string // as gin writes it: /desk/events/:event
	Access  Access
	Needs   role.Permission
	Fresh   bool  // money and keys: who they are must have been proved within the last minutes
	MaxBody int64 // bytes; 0 = a form's
	Do      func(v *Visit) error
}

// Get is a page for those who may, anywhere, what it needs. What is shown of single venues and events is for the
// handler to ask: v.May, v.Reach.
func Get(path string, needs role.Permission, do func(v *Visit) error) Route {
	return Route{Method: http.MethodGet, Path: path, Access: permitted, Needs: needs, Do: do}
}

// Post is an action for those who may, anywhere, what it needs.
func Post(path string, needs role.Permission, do func(v *Visit) error) Route {
	return Route{Method: http.MethodPost, Path: path, Access: permitted, Needs: needs, Do: do}
}

// Own makes a route one for everybody who is signed in: it concerns nobody but themselves.
func (r Route) Own() Route { r.Access, r.Needs = signedIn, ""; return r }

// Open makes a route one for everybody: sign-in, links from mails.
func (r Route) Open() Route { r.Access, r.Needs = open, ""; return r }

// Half makes a route the second step of signing in.
func (r Route) Half() Route { r.Access, r.Needs = half, ""; return r }

// Platform makes a route one for those who run the platform. It sees people and accounts, and nothing of organizers.
func (r Route) Platform() Route { r.Access, r.Needs = platform, ""; return r }

// Proved asks who acts to prove again who they are, if that is some minutes ago: for money and keys.
func (r Route) Proved() Route { r.Fresh = true; return r }

// Taking lets a request be so many bytes large: for uploads.
func (r Route) Taking(bytes int64) Route { r.MaxBody = bytes; return r }

// Class says in one line who may open the route, for the table of all routes.
func (r Route) Class() string {
	class := r.Access.String()
	if r.Access == permitted {
		class = string(r.Needs)
	}
	if r.Fresh {
		class += ", proved"
	}
	return class
}
