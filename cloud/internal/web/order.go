package web

import (
	"net/http"

	"github.com/gin-gonic/gin"
	"github.com/google/uuid"

	"portaria/cloud/internal/document"
	"portaria/cloud/internal/locale"
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
	CanWish    bool // the buyer may ask for their data, or to be erased
	Wished     bool // they just have
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
	p.CanWish, p.Wished = s.Wish != nil, c.Query("wished") != ""
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
