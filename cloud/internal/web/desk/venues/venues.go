// Package venues is the desk's pages about venues: where they are, and the zones inside zones that people move through.
package venues

import (
	"context"
	"embed"
	"net/http"
	"strconv"
	"strings"

	"github.com/google/uuid"

	"portaria/cloud/internal/account/role"
	"portaria/cloud/internal/catalog"
	"portaria/cloud/internal/gatehouse/desk"
	frame "portaria/cloud/internal/web/desk"
	"portaria/cloud/internal/web/desk/table"
)

//go:embed templates/*.html
var templates embed.FS

//go:embed timezones.txt
var zoneNames string

// TimeZones are the places by which time zones are chosen, of the IANA database.
func TimeZones() []string { return strings.Fields(zoneNames) }

// Atomic makes a change and its line in the audit log one transaction.
type Atomic interface {
	InTx(ctx context.Context, fn func(ctx context.Context) error) error
}

// Config is what the pages show.
type Config struct {
	Catalog *catalog.Service
	Desk    *desk.Desk
	Atomic  Atomic
}

type section struct{ Config }

// Section is the pages.
func Section(c Config) frame.Section {
	s := &section{c}
	return frame.Section{
		Name: "venues", Templates: templates,
		Nav: []frame.NavItem{{Path: "/desk/venues", Text: "venues.nav", Needs: role.VenuesSee, Order: 25}},
		Routes: []frame.Route{
			frame.Get("/desk/venues", role.VenuesSee, s.list),
			frame.Post("/desk/venues", role.VenuesEdit, s.make),
			frame.Get("/desk/venues/new", role.VenuesEdit, s.blank),
			frame.Get("/desk/venues/:venue", role.VenuesSee, s.show),
			frame.Post("/desk/venues/:venue", role.VenuesEdit, s.save),
			frame.Post("/desk/venues/:venue/zones", role.VenuesEdit, s.addZone),
			frame.Post("/desk/venues/:venue/zones/:zone", role.VenuesEdit, s.changeZone),
		},
	}
}

type listPage struct {
	frame.Frame
	Table table.View
	May   bool // make one
}

func (s *section) list(v *frame.Visit) error {
	reach := v.Reach(role.VenuesSee)
	all, err := s.Catalog.Venues(v.Ctx(), v.Organizer(), uuid.Nil, catalog.MaxVenues)
	if err != nil {
		return err
	}
	var seen []catalog.Venue
	for _, x := range all {
		if reach.Holds(role.Place{Venue: x.ID}) {
			seen = append(seen, x)
		}
	}
	empty := frame.Empty{Title: v.Text("venues.none"), Text: v.Text("venues.none_why")}
	may := v.May(role.VenuesEdit, role.Place{})
	if may {
		empty.Href, empty.Do = "/desk/venues/new", v.Text("venues.new")
	}
	shown, answered, err := frame.List(v, listSpec(seen), empty)
	if answered || err != nil {
		return err
	}
	return v.Show("list", v.Text("venues.title"), &listPage{Table: shown, May: may})
}

type onePage struct {
	frame.Frame
	Name   string
	Base   string
	New    bool
	May    bool
	Form   *frame.Form
	Theirs *frame.Theirs
	Zones  zonesPart
}

func form(v *frame.Visit, x catalog.Venue) *frame.Form {
	zones := []frame.Option{}
	for _, name := range TimeZones() {
		zones = append(zones, frame.Option{Value: name})
	}
	return v.Form(
		frame.Field{Name: "name", Label: "venues.name", Value: x.Name, Needed: true},
		frame.Field{Name: "address", Label: "venues.address", Hint: "venues.address_hint", Value: x.Address, Max: 500},
		frame.Field{Name: "time_zone", Label: "venues.time_zone", Hint: "venues.time_zone_hint", Value: x.TimeZone, Options: zones, Needed: true, Complete: "off"},
		frame.Field{Name: "languages", Label: "venues.languages", Hint: "venues.languages_hint", Value: strings.Join(x.Languages, ", ")},
		frame.Field{Name: "version", Type: "hidden", Value: strconv.Itoa(x.Version)},
	)
}

// Languages reads what was typed into a field of languages: tags parted by commas or spaces.
func Languages(typed string) []string {
	return strings.FieldsFunc(typed, func(r rune) bool { return r == ',' || r == ';' || r == ' ' })
}

func take(f *frame.Form, x *catalog.Venue) {
	x.Name, x.Address, x.TimeZone = f.Value("name"), f.Value("address"), f.Value("time_zone")
	x.Languages = Languages(f.Value("languages"))
}

func (s *section) blank(v *frame.Visit) error {
	if err := v.Must(role.VenuesEdit, role.Place{}); err != nil {
		return err
	}
	f := form(v, catalog.Venue{TimeZone: "America/Sao_Paulo", Languages: []string{v.L.Tag()}})
	return v.Show("one", v.Text("venues.new"), &onePage{New: true, May: true, Base: "/desk/venues", Form: f})
}

// make makes a venue.
func (s *section) make(v *frame.Visit) error {
	if err := v.Must(role.VenuesEdit, role.Place{}); err != nil {
		return err
	}
	f := form(v, catalog.Venue{})
	if err := v.Read(f); err != nil {
		return err
	}
	if f.Good() {
		x := catalog.Venue{Organizer: v.Organizer()}
		take(f, &x)
		err := s.Atomic.InTx(v.Ctx(), func(ctx context.Context) (err error) {
			if x, err = s.Catalog.CreateVenue(ctx, x); err != nil {
				return err
			}
			return v.Note(ctx, "venue.made", x.ID.String(), x.Name)
		})
		if err == nil {
			return v.Go(base(x.ID), frame.Flash{Text: v.Text("venues.made", "Name", x.Name)})
		}
		if err := f.Blame(err); err != nil {
			return err
		}
	}
	return v.ShowAs(http.StatusUnprocessableEntity, "one", v.Text("venues.new"), &onePage{New: true, May: true, Base: "/desk/venues", Form: f})
}

func base(id uuid.UUID) string { return "/desk/venues/" + id.String() }

// venue is the one of the address, if the person may do something there.
func (s *section) venue(v *frame.Visit, p role.Permission) (catalog.Venue, error) {
	id, err := v.ID("venue")
	if err != nil {
		return catalog.Venue{}, err
	}
	x, err := s.Catalog.Venue(v.Ctx(), v.Organizer(), id)
	if err != nil {
		return x, err
	}
	return x, v.Must(p, role.Place{Venue: id})
}

func (s *section) show(v *frame.Visit) error {
	x, err := s.venue(v, role.VenuesSee)
	if err != nil {
		return err
	}
	return s.page(v, http.StatusOK, x, &onePage{Form: form(v, x)}, typedZone{})
}

// page is a venue's page, with what was typed where something is to be mended.
func (s *section) page(v *frame.Visit, status int, x catalog.Venue, p *onePage, typed typedZone) error {
	zones, err := s.Desk.Zones(v.Ctx(), desk.Scope{Organizer: v.Organizer(), Venue: x.ID})
	if err != nil {
		return err
	}
	p.Name, p.Base = x.Name, base(x.ID)
	p.May = v.May(role.VenuesEdit, role.Place{Venue: x.ID})
	p.Zones = tree(v, p, zones, typed)
	return v.ShowAs(status, "one", x.Name, p)
}

// save changes a venue. The second of two editors is shown what the first one saved, and keeps what they typed.
func (s *section) save(v *frame.Visit) error {
	x, err := s.venue(v, role.VenuesEdit)
	if err != nil {
		return err
	}
	f := form(v, x)
	if err := v.Read(f); err != nil {
		return err
	}
	p := &onePage{Form: f}
	if f.Good() {
		err := s.Atomic.InTx(v.Ctx(), func(ctx context.Context) error {
			saved, err := s.Catalog.EditVenueAt(ctx, v.Organizer(), x.ID, f.Version(), func(x *catalog.Venue) { take(f, x) })
			if err != nil {
				return err
			}
			return v.Note(ctx, "venue.changed", saved.ID.String(), saved.Name)
		})
		if err == nil {
			return v.Go(base(x.ID), frame.Flash{Text: v.Text("venues.saved")})
		}
		if frame.Stale(err) {
			if x, err = s.Catalog.Venue(v.Ctx(), v.Organizer(), x.ID); err != nil {
				return err
			}
			p.Theirs = f.Against(form(v, x))
			f.Set("version", strconv.Itoa(x.Version))
			return s.page(v, http.StatusConflict, x, p, typedZone{})
		}
		if err := f.Blame(err); err != nil {
			return err
		}
	}
	return s.page(v, http.StatusUnprocessableEntity, x, p, typedZone{})
}
