// Package gates is the desk's pages about a venue's doors: checkpoints with their hours in plain words, the template that
// gives every date its doors, what is set by hand of single dates, and how far a change has come to the lanes.
package gates

import (
	"embed"
	"slices"
	"strings"

	"github.com/google/uuid"

	"portaria/cloud/internal/account/role"
	"portaria/cloud/internal/catalog"
	"portaria/cloud/internal/gatehouse/dates"
	"portaria/cloud/internal/gatehouse/template"
	frame "portaria/cloud/internal/web/desk"
	"portaria/cloud/internal/web/desk/gates/place"
)

//go:embed templates/*.html
var templates embed.FS

// Config is what the pages show.
type Config struct {
	place.Config
	Dates    *dates.Book
	Template *template.Book
}

type section struct{ Config }

// Section is the pages.
func Section(c Config) frame.Section {
	s := &section{c}
	return frame.Section{
		Name: "gates", Templates: templates,
		Nav: []frame.NavItem{{Path: "/desk/gates", Text: "gates.nav", Needs: role.GatesSee, Order: 30}},
		Routes: []frame.Route{
			frame.Get("/desk/gates", role.GatesSee, s.choose),
			frame.Get("/desk/gates/:venue", role.GatesSee, s.list),
			frame.Get("/desk/gates/:venue/applied", role.GatesSee, s.applied),
			frame.Get("/desk/gates/:venue/doors/new", role.GatesEdit, s.blank),
			frame.Post("/desk/gates/:venue/doors/new", role.GatesEdit, s.make),
			frame.Get("/desk/gates/:venue/doors/:checkpoint", role.GatesSee, s.show),
			frame.Post("/desk/gates/:venue/doors/:checkpoint", role.GatesEdit, s.save),
			frame.Post("/desk/gates/:venue/doors/:checkpoint/mode", role.GatesEdit, s.mode),
			frame.Post("/desk/gates/:venue/doors/:checkpoint/remove", role.GatesEdit, s.remove),
			frame.Post("/desk/gates/:venue/doors/:checkpoint/restore", role.GatesEdit, s.restore),
			frame.Get("/desk/gates/:venue/template", role.GatesSee, s.template),
			frame.Post("/desk/gates/:venue/template", role.GatesEdit, s.apply),
			frame.Post("/desk/gates/:venue/template/learn", role.GatesEdit, s.learn),
			frame.Get("/desk/gates/:venue/template/new", role.GatesEdit, s.blankTemplate),
			frame.Post("/desk/gates/:venue/template/new", role.GatesEdit, s.makeTemplate),
			frame.Get("/desk/gates/:venue/template/:door", role.GatesSee, s.showTemplate),
			frame.Post("/desk/gates/:venue/template/:door", role.GatesEdit, s.saveTemplate),
			frame.Post("/desk/gates/:venue/template/:door/drop", role.GatesEdit, s.dropTemplate),
			frame.Get("/desk/gates/:venue/dates", role.GatesSee, s.dates),
			frame.Get("/desk/gates/:venue/dates/:event", role.GatesSee, s.date),
			frame.Post("/desk/gates/:venue/dates/:event", role.GatesEdit, s.byHand),
			frame.Post("/desk/gates/:venue/dates/:event/:checkpoint", role.GatesEdit, s.except),
		},
	}
}

type choosePage struct {
	frame.Frame
	Venues []shownVenue
	Empty  frame.Empty
}

type shownVenue struct{ Href, Name, Told string }

// choose lists the venues whose doors the person may see; the only one is opened at once.
func (s *section) choose(v *frame.Visit) error {
	all, err := s.Venues.Venues(v.Ctx(), v.Organizer(), uuid.Nil, catalog.MaxVenues)
	if err != nil {
		return err
	}
	p := &choosePage{Empty: frame.Empty{Title: v.Text("gates.no_venues"), Text: v.Text("gates.no_venues_why")}}
	if v.May(role.VenuesEdit, role.Place{}) {
		p.Empty.Href, p.Empty.Do = "/desk/venues/new", v.Text("gates.new_venue")
	}
	reach := v.Reach(role.GatesSee)
	for _, x := range all {
		if reach.Holds(role.Place{Venue: x.ID}) {
			p.Venues = append(p.Venues, shownVenue{"/desk/gates/" + x.ID.String(), x.Name, x.Address})
		}
	}
	slices.SortFunc(p.Venues, func(a, b shownVenue) int {
		return strings.Compare(strings.ToLower(a.Name), strings.ToLower(b.Name))
	})
	return v.Show("choose", v.Text("gates.title"), p)
}

// watchPage is the watch alone.
type watchPage struct {
	frame.Frame
	Watch frame.Watch
}

// applied is how far a change has come.
func (s *section) applied(v *frame.Visit) error {
	x, err := s.At(v, role.GatesSee)
	if err != nil {
		return err
	}
	w, err := s.Watch(v, x)
	if err != nil {
		return err
	}
	return v.ShowPart("choose", "only-watch", &watchPage{Watch: w})
}
