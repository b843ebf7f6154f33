package web

import (
	"context"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/gin-gonic/gin"
	"github.com/google/uuid"

	"portaria/cloud/internal/catalog"
	"portaria/cloud/internal/document"
	"portaria/cloud/internal/locale"
	"portaria/cloud/internal/payment"
	"portaria/cloud/internal/sale"
	"portaria/edge/ticket"
)

// refreshAfter is how often the order page asks again while a payment is on its way.
const refreshAfter = 3 // seconds

// orderPage is an order with its tickets.
type orderPage struct {
	frame
	Here       string // the page's own address
	Number     string
	Buyer      sale.Buyer
	State      sale.State
	Unpaid     bool   // the payment page could not be opened
	Declined   bool   // the last attempt to pay was declined
	Until      string // the time of day until which places are kept
	Lines      []orderLine
	Total      string
	Shows      []show
	Good       int // tickets that open a door
	FirstEvent string
}

type orderLine struct {
	Name, Event, Price string
	Quantity           int
}

// show is one event of the order with its tickets.
type show struct {
	Name, Venue, Address string
	When                 moment
	Tickets              []pass
}

// pass is a ticket on the screen.
type pass struct {
	Offer, Price, Short string
	Index               int
	Good                bool
	State               sale.TicketState
	Side                int    // of the QR with its quiet zone, in modules
	Path                string // its dark modules
	File                string // address of its documents, without extension
}

// bought is an order with all that its page and documents show.
type bought struct {
	order    sale.Order
	tickets  []sale.Ticket
	declined bool
	events   map[uuid.UUID]catalog.Listing
}

// declined says whether the newest attempt to pay failed.
func declined(history []sale.Happening) bool {
	for _, h := range slices.Backward(history) {
		if what, isPayment := strings.CutPrefix(h.What, "payment "); isPayment {
			return what == string(payment.Declined)
		}
	}
	return false
}

func (s *shop) open(ctx context.Context, secret string) (bought, error) {
	if len(secret) < 16 || len(secret) > 100 {
		return bought{}, sale.ErrNoOrder
	}
	v, err := s.Sales.View(ctx, sale.OrderKey{Secret: secret})
	if err != nil {
		return bought{}, err
	}
	b := bought{order: v.Order, tickets: v.Tickets, declined: declined(v.History), events: map[uuid.UUID]catalog.Listing{}}
	for _, line := range v.Order.Lines {
		if _, known := b.events[line.Event]; known {
			continue
		}
		if b.events[line.Event], err = s.Catalogue.Listing(ctx, line.Event); err != nil {
			return bought{}, err
		}
	}
	return b, nil
}

func (s *shop) order(c *gin.Context) {
	b, err := s.open(c.Request.Context(), c.Param("secret"))
	if err != nil {
		s.fail(c, err)
		return
	}
	p, err := s.orderPage(c, b)
	if err != nil {
		s.fail(c, err)
		return
	}
	s.show(c, http.StatusOK, p)
}

func (s *shop) orderPage(c *gin.Context, b bought) (orderPage, error) {
	l := s.speak(c)
	o := b.order
	number := orderNumber(o.ID)
	p := orderPage{frame: s.frame(c, l, l.Text("order.title", "Number", number)), Here: "/order/" + o.Secret, Number: number, Buyer: o.Buyer,
		State: o.At(s.Now()), Unpaid: c.Query("unpaid") != "", Total: l.Money(o.Total, o.Currency)}
	p.Private, p.Declined = true, b.declined
	for _, x := range o.Lines {
		p.Lines = append(p.Lines, orderLine{Name: x.OfferName, Event: x.EventName, Price: l.Money(x.UnitPrice*int64(x.Quantity), o.Currency), Quantity: x.Quantity})
	}
	if len(o.Lines) > 0 {
		first := b.events[o.Lines[0].Event]
		p.FirstEvent = "/e/" + first.Event.ID.String()
		p.Until = l.Clock(o.ExpiresAt.In(first.Venue.Zone()))
	}
	if p.State == sale.Reserved && !p.Unpaid && !p.Declined {
		p.Refresh = refreshAfter
	}
	return p, p.addShows(l, b)
}

// addShows groups the tickets by event, in the order in which they were bought.
func (p *orderPage) addShows(l locale.Locale, b bought) error {
	at := map[uuid.UUID]int{}
	for _, line := range b.order.Lines {
		if _, there := at[line.Event]; there {
			continue
		}
		x := b.events[line.Event]
		at[line.Event] = len(p.Shows)
		p.Shows = append(p.Shows, show{Name: x.Event.Name, Venue: x.Venue.Name, Address: x.Venue.Address, When: newMoment(l, x.Event, x.Venue)})
	}
	for i, t := range b.tickets {
		k, err := newPass(l, b.order, t, i+1)
		if err != nil {
			return err
		}
		if k.Good {
			p.Good++
		}
		if n, ok := at[t.Event]; ok {
			p.Shows[n].Tickets = append(p.Shows[n].Tickets, k)
		}
	}
	return nil
}

func newPass(l locale.Locale, o sale.Order, t sale.Ticket, index int) (pass, error) {
	id, err := ticket.ParseID(t.Number)
	if err != nil {
		return pass{}, err
	}
	k := pass{Offer: t.OfferName, Price: l.Money(t.Price, o.Currency), Short: id.ShortShown(), Index: index, State: t.State,
		Good: t.State == sale.Good, File: "/order/" + o.Secret + "/" + fileName(index)}
	if !k.Good {
		return k, nil
	}
	qr, err := document.QR(t.Code)
	if err != nil {
		return pass{}, err
	}
	k.Side, k.Path = qr.Width, qr.Path()
	return k, nil
}

// pay opens the payment page of an order that waits for its money.
func (s *shop) pay(c *gin.Context) {
	b, err := s.open(c.Request.Context(), c.Param("secret"))
	if err != nil {
		s.fail(c, err)
		return
	}
	s.sendToPay(c, b.order)
}

// orderNumber is what people say of an order: the last eight digits of its id, which are random.
func orderNumber(id uuid.UUID) string {
	text := strings.ToUpper(id.String())
	return text[28:32] + "-" + text[32:]
}

// paper is a ticket as it is printed, in the language in which it was bought.
func (b bought) paper(t sale.Ticket, index int) (document.Ticket, error) {
	id, err := ticket.ParseID(t.Number)
	if err != nil {
		return document.Ticket{}, err
	}
	x := b.events[t.Event]
	d := document.Ticket{Language: b.order.Language, Organizer: x.OrganizerName, Event: x.Event.Name, Starts: x.Event.Start.In(x.Venue.Zone()),
		Venue: x.Venue.Name, Address: x.Venue.Address, Offer: t.OfferName, Minor: t.Price, Currency: b.order.Currency,
		Holder: b.order.Buyer.Name, Order: orderNumber(b.order.ID), Index: index, Count: len(b.tickets), Code: t.Code, ID: id}
	if x.Event.Doors.Before(x.Event.Start) {
		d.Doors = x.Event.Doors.In(x.Venue.Zone())
	}
	return d, nil
}

// made is the date that documents carry: that of their newest ticket, so that they are the same each time.
func (b bought) made() time.Time {
	newest := b.order.CreatedAt
	for _, t := range b.tickets {
		if t.IssuedAt.After(newest) {
			newest = t.IssuedAt
		}
	}
	return newest
}
