package web

import (
	"errors"
	"net/http"
	"strings"
	"time"

	"github.com/gin-gonic/gin"
	"github.com/google/uuid"

	"portaria/cloud/internal/catalog"
	"portaria/cloud/internal/fault"
	"portaria/cloud/internal/locale"
	"portaria/cloud/internal/sale"
	"portaria/edge/whitelist"
)

// eventPage is one event with its checkout.
type eventPage struct {
	frame
	Name, Organizer, Description string
	When                         moment
	Venue, Address               string
	Currency                     string
	Offers                       []choice
	Open                         bool // something can be bought
	Closed                       string
	Form                         form
	Facts                        []fact // languages, age rating, what to bring
	Series, SeriesAt             string
	Hold                         int // minutes that places wait for their payment
}

// fact is something to know before buying.
type fact struct{ Label, Text string }

func facts(l locale.Locale, e catalog.Event) (out []fact) {
	for _, x := range []fact{
		{"event.age_rating", e.AgeRating}, {"event.bring", e.Documents}, {"event.languages", strings.Join(e.Languages, ", ")},
	} {
		if x.Text != "" {
			out = append(out, fact{l.Text(x.Label), x.Text})
		}
	}
	return out
}

// moment is when an event is, in its venue's zone.
type moment struct {
	Weekday, Month string
	Day            int
	Date, Clock    string
	Doors          string // empty when they open at the start
	ISO            string
}

// choice is an offer as the buyer chooses it.
type choice struct {
	Field, Name, Price string
	Minor              int64
	Left               int
	Opens              string   // when it begins to be sold, where that is later
	Notes              []string // what to know before choosing
	Amounts            []amount
	Fault              string
}

// amount is one number in an offer's list.
type amount struct {
	N      int
	Chosen bool
}

func (s *shop) event(c *gin.Context) {
	x, err := s.listing(c)
	if err != nil {
		s.fail(c, err)
		return
	}
	s.show(c, http.StatusOK, s.eventPage(c, x, form{}))
}

func (s *shop) listing(c *gin.Context) (catalog.Listing, error) {
	id, err := uuid.Parse(c.Param("event"))
	if err != nil {
		return catalog.Listing{}, errNoPage
	}
	return s.Catalogue.Listing(c.Request.Context(), id)
}

func newMoment(l locale.Locale, e catalog.Event, v catalog.Venue) moment {
	start := e.Start.In(v.Zone())
	m := moment{Weekday: l.Weekday(start), Month: l.Month(start), Day: start.Day(), Date: locale.Sentence(l.Date(start)), Clock: l.Clock(start), ISO: start.Format(time.RFC3339)}
	if e.Doors.Before(e.Start) {
		m.Doors = l.Clock(e.Doors.In(v.Zone()))
	}
	return m
}

func (s *shop) eventPage(c *gin.Context, x catalog.Listing, f form) eventPage {
	l := s.speak(c)
	p := eventPage{frame: s.frame(c, l, x.Event.Name), Name: x.Event.Name, Organizer: x.OrganizerName, Description: x.Event.About(l.Tag()), Facts: facts(l, x.Event),
		When: newMoment(l, x.Event, x.Venue), Venue: x.Venue.Name, Address: x.Venue.Address, Currency: x.Event.Currency,
		Form: f, Hold: int(sale.HoldFor / time.Minute)}
	if x.SeriesName != "" {
		p.Series, p.SeriesAt = l.Text("event.dates", "Name", x.SeriesName), "/?series="+x.Event.Series.String()
	}
	for _, o := range x.Offers {
		if o.SoldUntil != nil && !s.Now().Before(*o.SoldUntil) {
			continue
		}
		k := newChoice(l, x, o, f, s.Now())
		p.Open = p.Open || k.Left > 0
		p.Offers = append(p.Offers, k)
	}
	switch {
	case !x.OnSale(s.Now()):
		p.Open, p.Closed = false, l.Text("event.closed_"+closedBecause(x, s.Now()), "When", clockOf(l, x, x.Event.SaleFrom))
	case !p.Open:
		p.Closed = l.Text("event.closed_sold_out")
	}
	return p
}

// closedBecause is why nothing can be bought, as the texts name it.
func closedBecause(x catalog.Listing, now time.Time) string {
	switch {
	case x.Event.State == catalog.Cancelled:
		return "cancelled"
	case !now.Before(x.Event.End):
		return "over"
	case x.Event.Waits(now):
		return "waits"
	}
	return "stopped"
}

// clockOf is a time in the venue's zone; empty = none.
func clockOf(l locale.Locale, x catalog.Listing, at *time.Time) string {
	if at == nil {
		return ""
	}
	local := at.In(x.Venue.Zone())
	return l.ShortDate(local) + " " + l.Clock(local)
}

func newChoice(l locale.Locale, x catalog.Listing, o catalog.Offer, f form, now time.Time) choice {
	e := x.Event
	k := choice{Field: quantityField(o.ID), Name: o.Name, Price: l.Money(o.Price, e.Currency), Minor: o.Price, Left: o.Left(e), Notes: notes(l, e, o)}
	k.Fault = f.Fault(k.Field)
	if !o.SoldAt(now) {
		k.Left, k.Opens, k.Notes = 0, l.Text("event.opens", "When", clockOf(l, x, o.SoldFrom)), nil
	}
	for n := range min(o.MaxPerOrder, k.Left) + 1 {
		k.Amounts = append(k.Amounts, amount{N: n, Chosen: n == f.Quantities[o.ID]})
	}
	return k
}

// notes are how many are left, how many people a code is for, and what to bring.
func notes(l locale.Locale, e catalog.Event, o catalog.Offer) []string {
	var out []string
	if left := o.Left(e); left > 0 {
		out = append(out, l.Plural("event.left", left))
	}
	if o.Admission.Group > 1 {
		out = append(out, l.Plural("event.group", o.Admission.Group))
	}
	switch {
	case o.Document != "":
		out = append(out, o.Document)
	case o.Admission.Flags&whitelist.CheckDocument != 0:
		out = append(out, l.Text("event.document"))
	}
	return out
}

// buy places the order and sends the buyer to pay it.
func (s *shop) buy(c *gin.Context) {
	x, err := s.listing(c)
	if err != nil {
		s.fail(c, err)
		return
	}
	f, err := readForm(c.Request, s.speak(c), x)
	if err != nil {
		s.fail(c, err)
		return
	}
	if len(f.Faults) > 0 {
		s.show(c, http.StatusUnprocessableEntity, s.eventPage(c, x, f))
		return
	}
	order, err := s.Sales.Place(c.Request.Context(), f.draft(x))
	if err != nil {
		s.refused(c, f, err)
		return
	}
	s.sendToPay(c, order)
}

// refused shows the event as it is now, with what was typed and why it could not be had.
func (s *shop) refused(c *gin.Context, f form, err error) {
	var no *fault.Fault
	if !errors.As(err, &no) || no.Kind == fault.Unavailable || no.Kind == fault.NotFound {
		s.fail(c, err)
		return
	}
	x, errAgain := s.listing(c)
	if errAgain != nil {
		s.fail(c, errAgain)
		return
	}
	f.Faults = append(f.Faults, fieldFault{Text: sentence(s.speak(c), no)})
	s.show(c, http.StatusConflict, s.eventPage(c, x, f))
}

// sendToPay leads to the payment page, or straight to the order when it costs nothing. When the payment page can't
// be had just now the order page says so, and offers to try again while the places are kept.
func (s *shop) sendToPay(c *gin.Context, o sale.Order) {
	here := "/order/" + o.Secret
	if o.At(s.Now()) != sale.Reserved {
		c.Redirect(http.StatusSeeOther, here)
		return
	}
	to, err := s.Sales.Pay(c.Request.Context(), sale.OrderKey{Secret: o.Secret}, "")
	if err != nil {
		s.Log.Warn("shop: open the payment page", "order", o.ID, "error", err)
		to = here + "?unpaid=1"
	}
	c.Redirect(http.StatusSeeOther, to)
}
