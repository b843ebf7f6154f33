// Package offers is the desk's pages about what can be bought: one offer of a date with its kind, windows and prices,
// and the table of prices over many dates.
package offers

import (
	"context"
	"embed"
	"net/http"
	"slices"
	"strconv"

	"github.com/google/uuid"

	"portaria/cloud/internal/account/role"
	"portaria/cloud/internal/catalog"
	"portaria/cloud/internal/catalog/bulk"
	"portaria/cloud/internal/gatehouse/desk"
	frame "portaria/cloud/internal/web/desk"
	"portaria/cloud/internal/web/desk/repertoire"
)

//go:embed templates/*.html
var templates embed.FS

// Zones lists a venue's zones.
type Zones interface {
	Zones(ctx context.Context, s desk.Scope) ([]desk.Zone, error)
}

// Config is what the pages show.
type Config struct {
	Catalog *catalog.Service
	Bulk    *bulk.Office
	Zones   Zones
}

type section struct{ Config }

// maxTable is a form of two hundred dates with a dozen prices each.
const maxTable = 2 << 20

// Section is the pages.
func Section(c Config) frame.Section {
	s := &section{c}
	return frame.Section{
		Name: "offers", Templates: templates,
		Routes: []frame.Route{
			frame.Get("/desk/events/:event/offers/new", role.PricesEdit, s.blank),
			frame.Post("/desk/events/:event/offers", role.PricesEdit, s.make),
			frame.Get("/desk/offers/:offer", role.EventsSee, s.show),
			frame.Post("/desk/offers/:offer", role.PricesEdit, s.save),
			frame.Get("/desk/prices", role.EventsSee, s.table),
			frame.Post("/desk/prices", role.PricesEdit, s.saveTable).Taking(maxTable),
		},
	}
}

type onePage struct {
	frame.Frame
	New, May                      bool
	Name, Base, Event, When, Back string
	Form                          *frame.Form
	Theirs                        *frame.Theirs
	Zones                         []tick
	Flags                         []tick
	Sold                          string
	Prices                        []shownPrice
}

// tick is a box to tick.
type tick struct {
	Value, Text string
	On          bool
}

type shownPrice struct{ Price, Since string }

// at is a date whose offer is on the page.
type at struct {
	event catalog.Event
	c     repertoire.Choices
	zones []desk.Zone
}

func (s *section) at(v *frame.Visit, event uuid.UUID, p role.Permission) (x at, err error) {
	if x.event, err = s.Catalog.Event(v.Ctx(), v.Organizer(), event); err != nil {
		return x, err
	}
	if err := v.Must(p, repertoire.At(x.event)); err != nil {
		return x, err
	}
	if x.c, err = repertoire.Load(v, s.Catalog); err != nil {
		return x, err
	}
	x.zones, err = s.Zones.Zones(v.Ctx(), desk.Scope{Organizer: v.Organizer(), Venue: x.event.Venue})
	return x, err
}

func (x at) page(v *frame.Visit, status int, o catalog.Offer, p *onePage) error {
	p.Event, p.When, p.Back = x.event.Name, x.c.When(v, x.event), "/desk/events/"+x.event.ID.String()
	p.Name, p.May = o.Name, v.May(role.PricesEdit, repertoire.At(x.event))
	if p.New {
		p.Name, p.Base = v.Text("events.add_offer"), p.Back+"/offers"
	} else {
		p.Base, p.Sold = "/desk/offers/"+o.ID.String(), v.L.Plural("offers.sold", o.Sold)
	}
	for _, z := range x.zones {
		p.Zones = append(p.Zones, tick{z.ID.String(), z.Name, slices.Contains(o.Admission.Zones, z.ID.String())})
	}
	for _, f := range flags {
		p.Flags = append(p.Flags, tick{f.name, v.Text("offers.flag_" + f.name), o.Admission.Flags&f.bit != 0})
	}
	return v.ShowAs(status, "one", p.Name, p)
}

func (s *section) blank(v *frame.Visit) error {
	id, err := v.ID("event")
	if err != nil {
		return err
	}
	x, err := s.at(v, id, role.PricesEdit)
	if err != nil {
		return err
	}
	o := catalog.Offer{MaxPerOrder: 10, Admission: catalog.Admission{Use: "single", Uses: 1, Group: 1}}
	return x.page(v, http.StatusOK, o, &onePage{New: true, Form: x.form(v, o, true)})
}

// make makes an offer of a date.
func (s *section) make(v *frame.Visit) error {
	id, err := v.ID("event")
	if err != nil {
		return err
	}
	x, err := s.at(v, id, role.PricesEdit)
	if err != nil {
		return err
	}
	o := catalog.Offer{Organizer: v.Organizer(), Event: id}
	f := x.form(v, o, true)
	if err := v.Read(f); err != nil {
		return err
	}
	x.take(v, f, &o, true)
	if f.Good() {
		made := o
		err := s.Catalog.Atomic.InTx(v.Ctx(), func(ctx context.Context) (err error) {
			if made, err = s.Catalog.CreateOffer(ctx, o); err != nil {
				return err
			}
			return v.Note(ctx, "offer.made", made.ID.String(), x.event.Name+" · "+made.Name)
		})
		if err == nil {
			return v.Go("/desk/events/"+id.String(), frame.Flash{Text: v.Text("offers.made", "Name", made.Name)})
		}
		if err := f.Blame(err); err != nil {
			return err
		}
	}
	return x.page(v, http.StatusUnprocessableEntity, o, &onePage{New: true, Form: f})
}

func (s *section) offer(v *frame.Visit, p role.Permission) (catalog.Offer, at, error) {
	id, err := v.ID("offer")
	if err != nil {
		return catalog.Offer{}, at{}, err
	}
	o, err := s.Catalog.Offer(v.Ctx(), v.Organizer(), id)
	if err != nil {
		return o, at{}, err
	}
	x, err := s.at(v, o.Event, p)
	return o, x, err
}

func (s *section) show(v *frame.Visit) error {
	o, x, err := s.offer(v, role.EventsSee)
	if err != nil {
		return err
	}
	return s.page(v, http.StatusOK, o, x, &onePage{Form: x.form(v, o, false)})
}

func (s *section) page(v *frame.Visit, status int, o catalog.Offer, x at, p *onePage) error {
	prices, err := s.Catalog.Prices(v.Ctx(), v.Organizer(), o.ID)
	if err != nil {
		return err
	}
	for _, price := range prices {
		since := price.Since.In(x.c.Zone(x.event))
		p.Prices = append(p.Prices, shownPrice{v.L.Money(price.Minor, x.event.Currency), v.L.ShortDate(since) + " " + v.L.Clock(since)})
	}
	return x.page(v, status, o, p)
}

// save changes an offer. The second of two editors is shown what the first one saved, and keeps what they typed.
func (s *section) save(v *frame.Visit) error {
	o, x, err := s.offer(v, role.PricesEdit)
	if err != nil {
		return err
	}
	f := x.form(v, o, false)
	if err := v.Read(f); err != nil {
		return err
	}
	p := &onePage{Form: f}
	draft := o
	x.take(v, f, &draft, false)
	if f.Good() {
		err := s.Catalog.Atomic.InTx(v.Ctx(), func(ctx context.Context) error {
			saved, err := s.Catalog.EditOfferAt(ctx, v.Organizer(), o.ID, f.Version(), func(o *catalog.Offer) { x.take(v, f, o, false) })
			if err != nil {
				return err
			}
			return v.Note(ctx, "offer.changed", saved.ID.String(), x.event.Name+" · "+saved.Name)
		})
		if err == nil {
			return v.Go("/desk/events/"+o.Event.String(), frame.Flash{Text: v.Text("offers.saved", "Name", draft.Name)})
		}
		if frame.Stale(err) {
			if o, err = s.Catalog.Offer(v.Ctx(), v.Organizer(), o.ID); err != nil {
				return err
			}
			p.Theirs = f.Against(x.form(v, o, false))
			f.Set("version", strconv.Itoa(o.Version))
			return s.page(v, http.StatusConflict, draft, x, p)
		}
		if err := f.Blame(err); err != nil {
			return err
		}
	}
	return s.page(v, http.StatusUnprocessableEntity, draft, x, p)
}
