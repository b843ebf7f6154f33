package api

import (
	"context"
	"net/http"
	"time"

	"github.com/google/uuid"

	"portaria/cloud/internal/account"
	"portaria/cloud/internal/sale"
)

// Buyer is who the tickets are for.
type Buyer struct {
	Name  string `json:"name" minLength:"1" maxLength:"200"`
	Email string `json:"email" maxLength:"254" format:"email"`
}

// OrderDraft asks for tickets.
type OrderDraft struct {
	Lines    []LineDraft `json:"lines" minItems:"1" maxItems:"50"`
	Buyer    Buyer       `json:"buyer"`
	Language string      `json:"language,omitempty" doc:"BCP 47; pt-BR where nothing is said"`
}

// LineDraft is so many of one offer.
type LineDraft struct {
	OfferID  uuid.UUID `json:"offer_id"`
	Quantity int       `json:"quantity" minimum:"1" maximum:"100"`
}

// Order is an order; its places are held until expires_at while it is reserved.
type Order struct {
	ID        uuid.UUID    `json:"id"`
	State     sale.State   `json:"state" enum:"reserved,paid,part_refunded,refunded,expired,cancelled"`
	Channel   sale.Channel `json:"channel" enum:"web,api"`
	Buyer     Buyer        `json:"buyer"`
	Language  string       `json:"language"`
	Total     int64        `json:"total" doc:"Minor units"`
	Currency  string       `json:"currency"`
	ExpiresAt time.Time    `json:"expires_at"`
	CreatedAt time.Time    `json:"created_at"`
	PageURL   string       `json:"page_url" doc:"The buyer's page, with tickets once it is paid. Whoever has the address has the tickets."`
	Lines     []Line       `json:"lines"`
	History   []Happening  `json:"history,omitempty" doc:"Only where one order is read"`
}

// Line is so many of one offer at the price that was agreed.
type Line struct {
	OfferID   uuid.UUID `json:"offer_id"`
	EventID   uuid.UUID `json:"event_id"`
	Event     string    `json:"event"`
	Offer     string    `json:"offer"`
	Quantity  int       `json:"quantity"`
	UnitPrice int64     `json:"unit_price" doc:"Minor units"`
}

// Happening is what somebody did to an order.
type Happening struct {
	At   time.Time `json:"at"`
	Who  string    `json:"who"`
	What string    `json:"what"`
	Why  string    `json:"why,omitempty"`
}

func (s *server) showOrder(o sale.Order) Order {
	shown := Order{
		ID: o.ID, State: o.At(s.Now()), Channel: o.Channel, Buyer: Buyer(o.Buyer), Language: o.Language,
		Total: o.Total, Currency: o.Currency, ExpiresAt: o.ExpiresAt.UTC(), CreatedAt: o.CreatedAt.UTC(),
		PageURL: s.Sale.OrderURL(o), Lines: make([]Line, len(o.Lines)),
	}
	for i, l := range o.Lines {
		shown.Lines[i] = Line{
			OfferID: l.Offer, EventID: l.Event, Event: l.EventName, Offer: l.OfferName, Quantity: l.Quantity,
			UnitPrice: l.UnitPrice,
		}
	}
	return shown
}

// OrderPath names an order.
type OrderPath struct {
	Order uuid.UUID `path:"order" format:"uuid"`
}

func (p OrderPath) of(who account.Key) sale.OrderKey {
	return sale.OrderKey{Organizer: who.Organizer, ID: p.Order}
}

func (s *server) orders() {
	const tag = "Orders"
	create(s, op{path: "/orders", id: "place-order", books: orderHistory, tag: tag, scope: account.SalesWrite,
		summary: "Hold places for ten minutes, all or none"}, s.placeOrder)
	serve(s, op{method: http.MethodGet, path: "/orders", id: "list-orders", tag: tag, scope: account.SalesRead,
		summary: "List orders, newest first"}, s.listOrders)
	serve(s, op{method: http.MethodGet, path: "/orders/{order}", id: "get-order", tag: tag, scope: account.SalesRead,
		summary: "Read an order with its history"}, s.getOrder)
	act(s, op{method: http.MethodPost, path: "/orders/{order}/cancel", id: "cancel-order", books: orderHistory, tag: tag,
		scope: account.SalesWrite, summary: "Give back the places of an unpaid order; again does nothing",
		errors: []int{http.StatusConflict}},
		func(ctx context.Context, who account.Key, in *OrderPath) error {
			return s.Sale.Cancel(ctx, in.of(who), by(who), "")
		})
	s.refunds()
	s.tickets()
}

func (s *server) placeOrder(ctx context.Context, who account.Key, in *Post[OrderDraft]) (Order, error) {
	draft := sale.Draft{
		Organizer: who.Organizer, Buyer: sale.Buyer(in.Body.Buyer), Language: in.Body.Language, Channel: sale.API,
		Who: by(who),
	}
	if draft.Language == "" {
		draft.Language = "pt-BR"
	}
	for _, l := range in.Body.Lines {
		draft.Wants = append(draft.Wants, sale.Want{Offer: l.OfferID, Quantity: l.Quantity})
	}
	o, err := s.Sale.Place(ctx, draft)
	if err != nil {
		return Order{}, err
	}
	return s.showOrder(o), nil
}

func (s *server) listOrders(ctx context.Context, who account.Key, in *Paging) (page[Order], error) {
	before, err := in.start()
	if err != nil {
		return page[Order]{}, err
	}
	all, err := s.Sale.Orders.Orders(ctx, who.Organizer, before, in.Limit)
	return paged(all, in.Limit, s.showOrder, func(o sale.Order) string { return o.ID.String() }), err
}

func (s *server) getOrder(ctx context.Context, who account.Key, in *OrderPath) (Order, error) {
	v, err := s.Sale.View(ctx, in.of(who))
	if err != nil {
		return Order{}, err
	}
	shown := s.showOrder(v.Order)
	for _, h := range v.History {
		h.At = h.At.UTC()
		shown.History = append(shown.History, Happening(h))
	}
	return shown, nil
}
