// Package sales keeps orders, tickets, payments and refunds in PostgreSQL. A ticket's line in the gates' list is
// written in the transaction that issues or revokes it.
package sales

import (
	"context"
	"fmt"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5/pgxpool"

	"portaria/cloud/internal/postgres"
	"portaria/cloud/internal/postgres/catalogdb"
	"portaria/cloud/internal/postgres/saledb"
	"portaria/cloud/internal/sale"
)

// Store is every store of the sale but the stock.
type Store struct{ Pool *pgxpool.Pool }

var (
	_ sale.Pricing  = Store{}
	_ sale.Orders   = Store{}
	_ sale.Journal  = Store{}
	_ sale.Tickets  = Store{}
	_ sale.Payments = Store{}
	_ sale.Refunds  = Store{}
)

func (s Store) on(ctx context.Context) *saledb.Queries { return saledb.New(postgres.On(ctx, s.Pool)) }

// Quote reads what offers cost now. sale.ErrNotForSale when any of them is not for sale.
func (s Store) Quote(ctx context.Context, offers []uuid.UUID, now time.Time) ([]sale.Quote, error) {
	rows, err := catalogdb.New(postgres.On(ctx, s.Pool)).Quotes(ctx, offers, now)
	if err != nil {
		return nil, fmt.Errorf("quote %d offers: %w", len(offers), err)
	}
	byOffer := map[uuid.UUID]sale.Quote{}
	for _, row := range rows {
		byOffer[row.ID] = quote(row)
	}
	quotes := make([]sale.Quote, len(offers))
	for i, id := range offers {
		q, ok := byOffer[id]
		if !ok {
			return nil, sale.ErrNotForSale
		}
		quotes[i] = q
	}
	return quotes, nil
}

func quote(row catalogdb.QuotesRow) sale.Quote {
	return sale.Quote{
		Line: sale.Line{
			Event: row.EventID, EventName: row.EventName, Offer: row.ID, OfferName: row.OfferName,
			Kind: uint16(row.Kind), Group: int(row.GroupSize), UnitPrice: row.Price,
		},
		Organizer: row.OrganizerID, Currency: row.Currency, MaxPerOrder: int(row.MaxPerOrder),
	}
}

// Create writes a new order and its lines.
func (s Store) Create(ctx context.Context, o sale.Order) error {
	err := s.on(ctx).CreateOrder(ctx, saledb.CreateOrderParams{
		ID: o.ID, OrganizerID: o.Organizer, Secret: o.Secret, State: string(o.State), Channel: string(o.Channel),
		BuyerName: o.Buyer.Name, BuyerEmail: o.Buyer.Email, Language: o.Language, Total: o.Total,
		Currency: o.Currency, ExpiresAt: o.ExpiresAt, CreatedAt: o.CreatedAt,
	})
	if err != nil {
		return fmt.Errorf("create order: %w", err)
	}
	for i, l := range o.Lines {
		err := s.on(ctx).CreateLine(ctx, saledb.CreateLineParams{
			OrderID: o.ID, Position: int32(i), EventID: l.Event, OfferID: l.Offer, Quantity: int32(l.Quantity),
			UnitPrice: l.UnitPrice, Places: int32(l.Quantity * max(1, l.Group)),
		})
		if err != nil {
			return fmt.Errorf("create order line %d: %w", i+1, err)
		}
	}
	return nil
}

// Order finds one with its lines. sale.ErrNoOrder.
func (s Store) Order(ctx context.Context, key sale.OrderKey) (sale.Order, error) {
	row, err := s.lookUp(ctx, key)
	if postgres.NoRow(err) {
		return sale.Order{}, sale.ErrNoOrder
	}
	if err != nil {
		return sale.Order{}, fmt.Errorf("read order: %w", err)
	}
	orders, err := s.withLines(ctx, []saledb.Order{row})
	if err != nil {
		return sale.Order{}, err
	}
	return orders[0], nil
}

func (s Store) lookUp(ctx context.Context, key sale.OrderKey) (saledb.Order, error) {
	q := s.on(ctx)
	switch {
	case key.Secret != "" && key.Lock:
		return q.LockOrderBySecret(ctx, key.Secret)
	case key.Secret != "":
		return q.OrderBySecret(ctx, key.Secret)
	case key.Organizer != uuid.Nil && key.Lock:
		return q.LockOrderOfOrganizer(ctx, key.Organizer, key.ID)
	case key.Organizer != uuid.Nil:
		return q.OrderOfOrganizer(ctx, key.Organizer, key.ID)
	case key.Lock:
		return q.LockOrderByID(ctx, key.ID)
	default:
		return q.OrderByID(ctx, key.ID)
	}
}

// Orders lists an organizer's orders, newest first, from just before one; the zero id is the newest.
func (s Store) Orders(ctx context.Context, organizer, before uuid.UUID, limit int) ([]sale.Order, error) {
	if before == uuid.Nil {
		before = uuid.Max
	}
	rows, err := s.on(ctx).Orders(ctx, organizer, before, int32(limit))
	if err != nil {
		return nil, fmt.Errorf("list orders: %w", err)
	}
	return s.withLines(ctx, rows)
}

func (s Store) withLines(ctx context.Context, rows []saledb.Order) ([]sale.Order, error) {
	orders := make([]sale.Order, len(rows))
	ids := make([]uuid.UUID, len(rows))
	at := map[uuid.UUID]int{}
	for i, row := range rows {
		orders[i], ids[i], at[row.ID] = order(row), row.ID, i
	}
	lines, err := s.on(ctx).Lines(ctx, ids)
	if err != nil {
		return nil, fmt.Errorf("read order lines: %w", err)
	}
	for _, l := range lines {
		o := &orders[at[l.OrderID]]
		o.Lines = append(o.Lines, sale.Line{
			Event: l.EventID, EventName: l.EventName, Offer: l.OfferID, OfferName: l.OfferName,
			Kind: uint16(l.Kind), Group: int(l.GroupSize), Quantity: int(l.Quantity), UnitPrice: l.UnitPrice,
		})
	}
	return orders, nil
}

func order(row saledb.Order) sale.Order {
	return sale.Order{
		ID: row.ID, Organizer: row.OrganizerID, Secret: row.Secret, State: sale.State(row.State),
		Channel: sale.Channel(row.Channel), Buyer: sale.Buyer{Name: row.BuyerName, Email: row.BuyerEmail},
		Language: row.Language, Total: row.Total, Currency: row.Currency, ExpiresAt: row.ExpiresAt,
		PaidBy: row.PaidBy, CreatedAt: row.CreatedAt,
	}
}

// Move changes an order's state and who paid it.
func (s Store) Move(ctx context.Context, id uuid.UUID, to sale.State, paidBy *uuid.UUID) error {
	if err := s.on(ctx).MoveOrder(ctx, string(to), paidBy, id); err != nil {
		return fmt.Errorf("move order to %s: %w", to, err)
	}
	return nil
}

// Overdue lists reserved orders whose time is over, oldest first.
func (s Store) Overdue(ctx context.Context, now time.Time, limit int) ([]uuid.UUID, error) {
	ids, err := s.on(ctx).Overdue(ctx, now, int32(limit))
	if err != nil {
		return nil, fmt.Errorf("list overdue orders: %w", err)
	}
	return ids, nil
}

// Note adds a line to an order's history.
func (s Store) Note(ctx context.Context, id uuid.UUID, h sale.Happening) error {
	if err := s.on(ctx).Note(ctx, id, h.Who, h.What, h.Why); err != nil {
		return fmt.Errorf("note what happened to an order: %w", err)
	}
	return nil
}

// History reads what happened to an order, oldest first.
func (s Store) History(ctx context.Context, id uuid.UUID) ([]sale.Happening, error) {
	rows, err := s.on(ctx).History(ctx, id)
	if err != nil {
		return nil, fmt.Errorf("read an order's history: %w", err)
	}
	all := make([]sale.Happening, len(rows))
	for i, row := range rows {
		all[i] = sale.Happening(row)
	}
	return all, nil
}
