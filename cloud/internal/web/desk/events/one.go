package events

import (
	"context"
	"net/http"
	"strconv"
	"time"

	"github.com/google/uuid"

	"portaria/cloud/internal/account/role"
	"portaria/cloud/internal/catalog"
	"portaria/cloud/internal/web/desk"
	"portaria/cloud/internal/web/desk/repertoire"
)

type onePage struct {
	desk.Frame
	New                  bool
	Name, Base, CopyAt   string
	When, Venue, VenueAt string
	Zone                 string
	Series, SeriesAt     string
	State                desk.Pill
	Sold, Held, Left     string
	May, MaySell, MayOff bool
	Start, Stop, Back    bool // what can be done with the sale
	Form                 *desk.Form
	Theirs               *desk.Theirs
	Offers               []shownOffer
}

type shownOffer struct {
	Href, Name, Price, Kind, Sold, Window string
	Closed                                bool
}

func (s *section) blank(v *desk.Visit) error {
	c, err := repertoire.Load(v, s.Catalog)
	if err != nil {
		return err
	}
	e := catalog.Event{Currency: "BRL"}
	e.Venue, _ = uuid.Parse(v.Query("venue"))
	e.Series, _ = uuid.Parse(v.Query("series"))
	return s.showNew(v, http.StatusOK, form(v, c, e, true))
}

func (s *section) showNew(v *desk.Visit, status int, f *desk.Form) error {
	return v.ShowAs(status, "one", v.Text("events.new"), &onePage{New: true, May: true, Base: "/desk/events", Form: f})
}

// make makes a draft.
func (s *section) make(v *desk.Visit) error {
	c, err := repertoire.Load(v, s.Catalog)
	if err != nil {
		return err
	}
	f := form(v, c, catalog.Event{}, true)
	if err := v.Read(f); err != nil {
		return err
	}
	e := catalog.Event{Organizer: v.Organizer()}
	twice := taken(f, c, &e, true)
	if f.Good() {
		if err := v.Must(role.EventsEdit, role.Place{Venue: e.Venue}); err != nil {
			return err
		}
		err := s.Catalog.Atomic.InTx(v.Ctx(), func(ctx context.Context) (err error) {
			if e, err = s.Catalog.CreateEvent(ctx, e); err != nil {
				return err
			}
			return v.Note(ctx, "event.made", e.ID.String(), e.Name+" · "+e.Start.Format(time.RFC3339))
		})
		if err == nil {
			return v.Go(Base(e), desk.Flash{Text: told(v, "events.made", twice)})
		}
		if err := f.Blame(err); err != nil {
			return err
		}
	}
	return s.showNew(v, http.StatusUnprocessableEntity, f)
}

func told(v *desk.Visit, id string, twice bool) string {
	if twice {
		return v.Text(id) + " " + v.Text("events.time_twice")
	}
	return v.Text(id)
}

// event is the one of the address, if the person may do something with it.
func (s *section) event(v *desk.Visit, p role.Permission) (catalog.Event, repertoire.Choices, error) {
	id, err := v.ID("event")
	if err != nil {
		return catalog.Event{}, repertoire.Choices{}, err
	}
	e, err := s.Catalog.Event(v.Ctx(), v.Organizer(), id)
	if err != nil {
		return e, repertoire.Choices{}, err
	}
	if err := v.Must(p, repertoire.At(e)); err != nil {
		return e, repertoire.Choices{}, err
	}
	c, err := repertoire.Load(v, s.Catalog)
	return e, c, err
}

func (s *section) show(v *desk.Visit) error {
	e, c, err := s.event(v, role.EventsSee)
	if err != nil {
		return err
	}
	return s.page(v, http.StatusOK, e, c, &onePage{Form: form(v, c, e, false)})
}

func (s *section) page(v *desk.Visit, status int, e catalog.Event, c repertoire.Choices, p *onePage) error {
	offers, err := s.Catalog.Offers(v.Ctx(), v.Organizer(), e.ID)
	if err != nil {
		return err
	}
	venue, series := c.Venues[e.Venue], c.Series[e.Series]
	p.CopyAt = "/desk/dates?copy=" + e.ID.String()
	p.Name, p.Base, p.When, p.State = e.Name, Base(e), c.When(v, e), repertoire.Pill(v, e)
	p.Venue, p.VenueAt, p.Zone = venue.Name, "/desk/venues/"+venue.ID.String(), venue.TimeZone
	if series.ID != uuid.Nil {
		p.Series, p.SeriesAt = series.Name, "/desk/series/"+series.ID.String()
	}
	p.Sold, p.Held, p.Left = v.L.Number(int64(e.Sold)), v.L.Number(int64(e.Held)), v.L.Number(int64(e.Left()))
	at := repertoire.At(e)
	p.May, p.MaySell, p.MayOff = v.May(role.EventsEdit, at), v.May(role.SaleSwitch, at), v.May(role.PricesEdit, at)
	p.Start = e.State == catalog.Draft || e.State == catalog.Stopped
	p.Stop, p.Back = e.State == catalog.OnSale, e.State == catalog.Cancelled
	for _, o := range offers {
		p.Offers = append(p.Offers, shown(v, e, o, c))
	}
	return v.ShowAs(status, "one", e.Name, p)
}

func shown(v *desk.Visit, e catalog.Event, o catalog.Offer, c repertoire.Choices) shownOffer {
	x := shownOffer{
		Href: "/desk/offers/" + o.ID.String(), Name: o.Name, Price: v.L.Money(o.Price, e.Currency), Closed: o.Closed,
		Kind: v.Text("events.use_" + string(o.Admission.Use)), Sold: v.L.Number(int64(o.Sold)),
	}
	if o.Capacity != nil {
		x.Sold += " / " + v.L.Number(int64(*o.Capacity))
	}
	x.Window = repertoire.Window(v, c.Zone(e), o.SoldFrom, o.SoldUntil)
	return x
}

// save changes a date. The second of two editors is shown what the first one saved, and keeps what they typed.
func (s *section) save(v *desk.Visit) error {
	e, c, err := s.event(v, role.EventsEdit)
	if err != nil {
		return err
	}
	f := form(v, c, e, false)
	if err := v.Read(f); err != nil {
		return err
	}
	p := &onePage{Form: f}
	draft := e
	twice := taken(f, c, &draft, false)
	if f.Good() {
		err := s.Catalog.Atomic.InTx(v.Ctx(), func(ctx context.Context) error {
			saved, err := s.Catalog.EditEventAt(ctx, v.Organizer(), e.ID, f.Version(), func(e *catalog.Event) { taken(f, c, e, false) })
			if err != nil {
				return err
			}
			return v.Note(ctx, "event.changed", saved.ID.String(), saved.Name)
		})
		if err == nil {
			return v.Go(Base(e), desk.Flash{Text: told(v, "events.saved", twice)})
		}
		if desk.Stale(err) {
			if e, err = s.Catalog.Event(v.Ctx(), v.Organizer(), e.ID); err != nil {
				return err
			}
			p.Theirs = f.Against(form(v, c, e, false))
			f.Set("version", strconv.Itoa(e.Version))
			return s.page(v, http.StatusConflict, e, c, p)
		}
		if err := f.Blame(err); err != nil {
			return err
		}
	}
	return s.page(v, http.StatusUnprocessableEntity, e, c, p)
}

// sale starts or stops the sale, says that a date does not take place, or takes that back.
func (s *section) sale(v *desk.Visit) error {
	e, c, err := s.event(v, role.SaleSwitch)
	if err != nil {
		return err
	}
	do := map[string]struct {
		move func(context.Context, uuid.UUID, uuid.UUID) (catalog.Event, error)
		undo string
	}{
		"start": {s.Catalog.StartSale, "stop"}, "stop": {s.Catalog.StopSale, "start"},
		"cancel": {s.Catalog.Cancel, "reinstate"}, "reinstate": {s.Catalog.Reinstate, "cancel"},
	}
	asked := v.PostForm("do")
	step, ok := do[asked]
	if !ok {
		return desk.ErrNotFound
	}
	err = s.Catalog.Atomic.InTx(v.Ctx(), func(ctx context.Context) error {
		if _, err := step.move(ctx, v.Organizer(), e.ID); err != nil {
			return err
		}
		return v.Note(ctx, "sale."+asked, e.ID.String(), e.Name)
	})
	if err == nil {
		return v.Go(Base(e), desk.Flash{Text: v.Text("events.did_" + asked),
			Undo: &desk.Undo{Action: Base(e) + "/sale", Values: map[string][]string{"do": {step.undo}}}})
	}
	f := form(v, c, e, false)
	if err := f.Blame(err); err != nil {
		return err
	}
	return s.page(v, http.StatusConflict, e, c, &onePage{Form: f})
}
