package desk

import (
	"net/http"
	"net/url"
	"strings"

	"portaria/cloud/internal/account/staff"
	"portaria/cloud/internal/locale"
)

// Frame is what every page has: page structs embed it, and Show fills it. Templates call its texts by id: .Find, and
// .Count for plurals.
type Frame struct {
	locale.Locale
	Title     string
	Nav       []Link
	Desks     []Link // other desks of the same person
	Organizer string
	Person    string
	SignedIn  bool
	Flash     *Flash
	Suspended bool // the platform has stopped the sale of the desk that is open
	Tongues   []Link
	Scripts   []string // further script files of the page, by plain name
	Live      string   // an address that is asked again every few seconds for #live; empty = never
}

// Link is somewhere to go.
type Link struct {
	Href, Text, Tag string
	Here            bool
}

// fill is how Show reaches the frame of any page struct.
func (f *Frame) fill(x Frame) {
	x.Scripts, x.Live = f.Scripts, f.Live
	*f = x
}

// Page is a pointer to a struct that embeds Frame.
type Page interface{ fill(Frame) }

func (v *Visit) frame(title string) Frame {
	f := Frame{Locale: v.L, Title: title, Person: v.Person.Name, SignedIn: v.Person.Email != "" && !v.Session.Half, Flash: v.takeFlash(), Tongues: v.tongues()}
	if !f.SignedIn {
		return f
	}
	for _, d := range v.Desks {
		f.Desks = append(f.Desks, deskLink(d, v.Session.Organizer == d.Organizer))
		if d.Organizer == v.Session.Organizer {
			f.Organizer, f.Suspended = d.Name, d.Suspended
		}
	}
	here := v.Request.URL.Path
	longest := -1 // the item whose path is most of this page's is the one we are in
	for _, n := range v.desk.nav {
		if n.Platform && !v.Person.Operator || !n.Platform && !v.Grants.Anywhere(n.Needs) {
			continue
		}
		f.Nav = append(f.Nav, Link{Href: n.Path, Text: v.L.Text(n.Text)})
		if here == n.Path || strings.HasPrefix(here, n.Path+"/") && n.Path != "/desk" {
			if last := len(f.Nav) - 1; longest < 0 || len(n.Path) > len(f.Nav[longest].Href) {
				longest = last
			}
		}
	}
	if longest >= 0 {
		f.Nav[longest].Here = true
	}
	return f
}

func deskLink(d staff.Desk, here bool) Link {
	return Link{Href: d.Organizer.String(), Text: d.Name, Here: here}
}

// tongues are this page in each language; a page that answers a form is reached again by its own address.
func (v *Visit) tongues() (out []Link) {
	for _, tag := range locale.Supported {
		query := v.Request.URL.Query()
		query.Set("lang", tag)
		href := (&url.URL{Path: v.Request.URL.Path, RawQuery: query.Encode()}).String()
		out = append(out, Link{Href: href, Text: locale.Name(tag), Tag: tag, Here: tag == v.L.Tag()})
	}
	return out
}

// Show answers with a page: a template of the section, by its name without .html.
func (v *Visit) Show(template, title string, p Page) error {
	return v.ShowAs(http.StatusOK, template, title, p)
}

// ShowAs is Show with another status, such as 422 for a form that must be mended.
func (v *Visit) ShowAs(status int, template, title string, p Page) error {
	p.fill(v.frame(title))
	body, err := v.desk.pages.draw(v.section.Name+"/"+template, "layout.html", p)
	if err != nil {
		return err
	}
	v.Writer.Header().Set("Content-Language", v.L.Tag())
	v.Data(status, "text/html; charset=utf-8", body)
	return nil
}

// ShowPart answers with one named part of a template, for htmx to put into the page.
func (v *Visit) ShowPart(template, part string, p Page) error {
	p.fill(Frame{Locale: v.L})
	body, err := v.desk.pages.draw(v.section.Name+"/"+template, part, p)
	if err != nil {
		return err
	}
	v.Data(http.StatusOK, "text/html; charset=utf-8", body)
	return nil
}
