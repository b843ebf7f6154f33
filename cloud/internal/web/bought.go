package web

import (
	"context"
	"slices"
	"strings"
	"time"

	"github.com/google/uuid"

	"portaria/cloud/internal/catalog"
	"portaria/cloud/internal/document"
	"portaria/cloud/internal/payment"
	"portaria/cloud/internal/sale"
	"portaria/edge/ticket"
)

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
