package api

import (
	"context"
	"net/http"
	"time"

	"github.com/google/uuid"

	"portaria/cloud/internal/account"
	"portaria/cloud/internal/sale"
	"portaria/edge/ticket"
)

// Ticket is one code that was sold. Whoever has the code has the ticket: keep it as you would money.
type Ticket struct {
	ID        uuid.UUID        `json:"id"`
	OrderID   uuid.UUID        `json:"order_id"`
	EventID   uuid.UUID        `json:"event_id"`
	OfferID   uuid.UUID        `json:"offer_id"`
	Offer     string           `json:"offer"`
	Code      string           `json:"code" doc:"The signed code, for the QR: 122 characters"`
	ShortCode string           `json:"short_code" doc:"The same ticket for a bar code, or to be typed: 14 characters"`
	State     sale.TicketState `json:"state" enum:"good,revoked,replaced,blocked"`
	Price     int64            `json:"price" doc:"What was paid for it, in minor units"`
	IssuedAt  time.Time        `json:"issued_at"`
}

func showTicket(t sale.Ticket) Ticket {
	shown := Ticket{
		ID: t.ID, OrderID: t.Order, EventID: t.Event, OfferID: t.Offer, Offer: t.OfferName, Code: t.Code,
		State: t.State, Price: t.Price, IssuedAt: t.IssuedAt.UTC(),
	}
	if id, err := ticket.ParseID(t.Number); err == nil { // a row always has a good number: the schema checks it
		shown.ShortCode = id.Short()
	}
	return shown
}

type ticketQuery struct {
	Paging
	Event string `query:"event" doc:"Only of this event"`
	Order string `query:"order" doc:"Only of this order"`
}

func (q ticketQuery) filter() (f sale.TicketFilter, err error) {
	f.Limit = q.Limit
	if f.After, err = q.start(); err != nil {
		return f, err
	}
	for field, text := range map[string]string{"event": q.Event, "order": q.Order} {
		if text == "" {
			continue
		}
		id, err := identify(field, text)
		if err != nil {
			return f, err
		}
		if field == "event" {
			f.Event = id
		} else {
			f.Order = id
		}
	}
	return f, nil
}

func (s *server) tickets() {
	const tag = "Tickets"
	serve(s, op{method: http.MethodGet, path: "/tickets", id: "list-tickets", tag: tag, scope: account.SalesRead,
		summary: "List tickets with their codes"},
		func(ctx context.Context, who account.Key, in *ticketQuery) (page[Ticket], error) {
			filter, err := in.filter()
			if err != nil {
				return page[Ticket]{}, err
			}
			all, err := s.Sale.Tickets.Tickets(ctx, who.Organizer, filter)
			return paged(all, in.Limit, showTicket, func(t sale.Ticket) string { return t.ID.String() }), err
		})
	serve(s, op{method: http.MethodGet, path: "/tickets/{ticket}", id: "get-ticket", tag: tag,
		scope: account.SalesRead, summary: "Read a ticket with its codes"},
		func(ctx context.Context, who account.Key, in *struct {
			Ticket uuid.UUID `path:"ticket" format:"uuid"`
		}) (Ticket, error) {
			t, err := s.Sale.Tickets.Ticket(ctx, who.Organizer, in.Ticket)
			return showTicket(t), err
		})
}
