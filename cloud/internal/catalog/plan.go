package catalog

import (
	"context"
	"strings"
	"time"

	"github.com/google/uuid"

	"portaria/cloud/internal/catalog/dates"
	"portaria/cloud/internal/fault"
)

// Template is what all dates share that are made at once. Its event's venue is for lines that name none; its start,
// end and doors are not read.
type Template struct {
	Event       Event
	DoorsBefore time.Duration
	Length      time.Duration
	Offers      []Offer // for every date; times of theirs and of the sale's end are as far from Start as from each date
	Start       time.Time
}

// Planned is one date before it is made.
type Planned struct {
	Want    dates.Want
	Event   Event
	Venue   Venue
	Problem Problem
	Note    Problem // something to know of a date that can be made
}

// Problem is what is wrong with a planned date; "" is nothing.
type Problem string

// Problems; those of reading a line are dates.Wrong.
const (
	NoSuchVenue Problem = "no_venue"  // by that name
	TwoVenues   Problem = "two_names" // of that name
	NotYours    Problem = "may_not"   // the person may not make events there
	NoSuchTime  Problem = "never"     // clocks go forward over it
	TimeTwice   Problem = "twice"     // a note: the first of the two is taken
	Twin        Problem = "twin"      // the same venue and start as a line before
	There       Problem = "there"     // an event of that name begins there at that time
	Past        Problem = "past"
	Overlaps    Problem = "overlaps" // a note: with another event at the venue
	NotPossible Problem = "invalid"
)

// Plan is what would be made.
type Plan []Planned

// Good is the dates that can be made.
func (p Plan) Good() (out []Event) {
	for _, x := range p {
		if x.Problem == "" {
			out = append(out, x.Event)
		}
	}
	return out
}

// MaxVenues is how many venues of an organizer a list or a search by name goes through, and maxThere how many events
// that are there already.
const (
	MaxVenues = 5_000
	maxThere  = 20_000
)

// Plan says of each wanted date what it would be, or what is wrong with it; it makes nothing. may says where the
// person may make events. ErrTooMany, and refusals of the template by field.
func (s *Service) Plan(ctx context.Context, t Template, wants []dates.Want, now time.Time, may func(venue uuid.UUID) bool) (Plan, error) {
	if len(wants) > dates.Most {
		return nil, dates.ErrTooMany
	}
	if err := t.check(now); err != nil {
		return nil, err
	}
	venues, err := s.Venues(ctx, t.Event.Organizer, uuid.Nil, MaxVenues)
	if err != nil {
		return nil, err
	}
	p := planner{Template: t, now: now, may: may, byID: map[uuid.UUID]Venue{}, byName: map[string][]Venue{}, seen: map[slot]bool{}}
	for _, v := range venues {
		p.byID[v.ID] = v
		p.byName[plainName(v.Name)] = append(p.byName[plainName(v.Name)], v)
	}
	plan := make(Plan, len(wants))
	for i, w := range wants {
		plan[i] = p.one(w)
	}
	return plan, s.meet(ctx, t.Event.Organizer, plan)
}

func (t Template) check(now time.Time) error {
	e := t.Event
	switch {
	case t.DoorsBefore < 0 || t.DoorsBefore > 48*time.Hour:
		return fault.On("doors_before", "Open the doors between 0 minutes and two days before the start.")
	case t.Length < time.Minute || t.Length > 31*24*time.Hour:
		return fault.On("length", "Let an event last between 1 minute and 31 days.")
	}
	e.Start = now
	e.Doors, e.End = now.Add(-t.DoorsBefore), now.Add(t.Length)
	if err := e.check(); err != nil {
		return err
	}
	for _, o := range t.Offers {
		o.defaults()
		if err := o.check(); err != nil {
			return err
		}
	}
	return nil
}

type slot struct {
	venue uuid.UUID
	start int64
	name  string
}

type planner struct {
	Template
	now    time.Time
	may    func(uuid.UUID) bool
	byID   map[uuid.UUID]Venue
	byName map[string][]Venue
	seen   map[slot]bool
}

func plainName(s string) string { return strings.ToLower(strings.Join(strings.Fields(s), " ")) }

func (p *planner) one(w dates.Want) Planned {
	x := Planned{Want: w, Event: p.Event}
	if w.Wrong != "" {
		x.Problem = Problem(w.Wrong)
		return x
	}
	if x.Venue, x.Problem = p.venue(w.Venue); x.Problem != "" {
		return x
	}
	at, fate := dates.In(x.Venue.Zone(), w.Day, w.Clock)
	p.place(&x, at)
	switch {
	case fate == dates.Never:
		x.Problem = NoSuchTime
		return x
	case fate == dates.Twice:
		x.Note = TimeTwice
	case at.Before(p.now):
		x.Problem = Past
		return x
	}
	if err := x.Event.check(); err != nil {
		x.Problem = NotPossible
		return x
	}
	here := slot{x.Venue.ID, at.Unix(), x.Event.Name}
	if p.seen[here] {
		x.Problem = Twin
	}
	p.seen[here] = true
	return x
}

// place puts the template's event at a venue and a time.
func (p *planner) place(x *Planned, at time.Time) {
	e := &x.Event
	e.ID, e.Venue, e.State = uuid.Nil, x.Venue.ID, Draft
	e.Start, e.Doors, e.End = at, at.Add(-p.DoorsBefore), at.Add(p.Length)
	if x.Want.Name != "" {
		e.Name = x.Want.Name
	}
	if len(e.Languages) == 0 {
		e.Languages = x.Venue.Languages
	}
	if !p.Start.IsZero() {
		e.SaleUntil = moved(e.SaleUntil, at.Sub(p.Start))
	}
}

func moved(t *time.Time, by time.Duration) *time.Time {
	if t == nil {
		return nil
	}
	at := t.Add(by)
	return &at
}

func (p *planner) venue(name string) (Venue, Problem) {
	if name == "" {
		v, ok := p.byID[p.Event.Venue]
		switch {
		case !ok:
			return v, NoSuchVenue
		case !p.may(v.ID):
			return v, NotYours
		}
		return v, ""
	}
	var mine []Venue
	for _, v := range p.byName[plainName(name)] {
		if p.may(v.ID) {
			mine = append(mine, v)
		}
	}
	switch len(mine) {
	case 0:
		return Venue{}, NoSuchVenue
	case 1:
		return mine[0], ""
	}
	return Venue{}, TwoVenues
}

// meet compares a plan with what is there already.
func (s *Service) meet(ctx context.Context, organizer uuid.UUID, plan Plan) error {
	var first, last time.Time
	for _, e := range plan.Good() {
		if first.IsZero() || e.Doors.Before(first) {
			first = e.Doors
		}
		if e.End.After(last) {
			last = e.End
		}
	}
	if first.IsZero() {
		return nil
	}
	there, err := s.Repertoire(ctx, organizer, Filter{EndsAfter: first, StartsTill: last, Limit: maxThere})
	if err != nil {
		return err
	}
	at := map[uuid.UUID][]Event{}
	for _, e := range there {
		if e.State != Cancelled {
			at[e.Venue] = append(at[e.Venue], e)
		}
	}
	for i := range plan {
		if plan[i].Problem == "" {
			plan[i].meet(at[plan[i].Venue.ID])
		}
	}
	return nil
}

func (x *Planned) meet(there []Event) {
	for _, e := range there {
		switch {
		case e.Start.Equal(x.Event.Start) && e.Name == x.Event.Name:
			x.Problem = There
			return
		case e.Doors.Before(x.Event.End) && x.Event.Doors.Before(e.End) && x.Note == "":
			x.Note = Overlaps
		}
	}
}

// MakeDates makes the dates of a plan that can be made, with the template's offers, all or none.
func (s *Service) MakeDates(ctx context.Context, t Template, plan Plan) (made []Event, err error) {
	err = s.Atomic.InTx(ctx, func(ctx context.Context) error {
		if t.Event.Series != uuid.Nil {
			if _, err := s.Series(ctx, t.Event.Organizer, t.Event.Series); err != nil {
				return err
			}
		}
		for _, e := range plan.Good() {
			e.ID, e.State = uuid.Must(uuid.NewV7()), Draft
			if err := s.EventStore.CreateEvent(ctx, e); err != nil {
				return err
			}
			if err := s.makeOffers(ctx, t, e); err != nil {
				return err
			}
			made = append(made, e)
		}
		return nil
	})
	return made, err
}

func (s *Service) makeOffers(ctx context.Context, t Template, e Event) error {
	for _, o := range t.Offers {
		o.ID, o.Organizer, o.Event = uuid.Must(uuid.NewV7()), e.Organizer, e.ID
		if !t.Start.IsZero() {
			by := e.Start.Sub(t.Start)
			o.Admission.ValidFrom, o.Admission.ValidUntil = moved(o.Admission.ValidFrom, by), moved(o.Admission.ValidUntil, by)
		}
		if e.Venue != t.Event.Venue {
			o.Admission.Zones = nil // they are of the other venue
		}
		o.defaults()
		if err := s.OfferStore.CreateOffer(ctx, o); err != nil {
			return err
		}
	}
	return nil
}

// TemplateOf is an event as what its copies share: with its offers that are still sold.
func (s *Service) TemplateOf(ctx context.Context, organizer, event uuid.UUID) (t Template, err error) {
	if t.Event, err = s.Event(ctx, organizer, event); err != nil {
		return t, err
	}
	offers, err := s.Offers(ctx, organizer, event)
	if err != nil {
		return t, err
	}
	for _, o := range offers {
		if !o.Closed {
			t.Offers = append(t.Offers, o)
		}
	}
	t.Start = t.Event.Start
	t.DoorsBefore, t.Length = t.Start.Sub(t.Event.Doors), t.Event.End.Sub(t.Start)
	return t, nil
}
