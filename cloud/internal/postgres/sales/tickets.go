package sales

import (
	"context"
	"errors"
	"fmt"

	"github.com/google/uuid"

	"portaria/cloud/internal/postgres"
	"portaria/cloud/internal/postgres/saledb"
	"portaria/cloud/internal/sale"
)

// Issue writes new tickets and their lines in the gates' lists, and tells who signs lists when that is committed.
func (s Store) Issue(ctx context.Context, tickets []sale.Ticket) error {
	var rows []saledb.IssueTicketParams
	var lines []saledb.ListTicketParams
	for _, t := range tickets {
		rows = append(rows, saledb.IssueTicketParams{
			ID: t.ID, OrganizerID: t.Organizer, OrderID: t.Order, EventID: t.Event, OfferID: t.Offer,
			Number: t.Number, Ref: t.Ref[:], Code: t.Code, Kind: int32(t.Kind), Price: t.Price,
		})
		lines = append(lines, saledb.ListTicketParams{Code: t.Number, Ref: t.Ref[:], OfferID: t.Offer})
	}
	var faults []error
	collect := func(_ int, err error) { faults = append(faults, err) }
	s.on(ctx).IssueTicket(ctx, rows).Exec(collect)
	s.on(ctx).ListTicket(ctx, lines).Exec(collect)
	if err := errors.Join(faults...); err != nil {
		return fmt.Errorf("issue %d tickets: %w", len(tickets), err)
	}
	return s.tell(ctx, tickets)
}

// Revoke turns tickets and their lines in the gates' lists into tombstones.
func (s Store) Revoke(ctx context.Context, tickets []sale.Ticket) error {
	ids := make([]uuid.UUID, len(tickets))
	for i, t := range tickets {
		ids[i] = t.ID
	}
	revoked, err := s.on(ctx).RevokeTickets(ctx, ids)
	if err != nil {
		return fmt.Errorf("revoke %d tickets: %w", len(ids), err)
	}
	delisted, err := s.on(ctx).DelistTickets(ctx, ids)
	if err != nil {
		return fmt.Errorf("revoke %d list entries: %w", len(ids), err)
	}
	if revoked != int64(len(ids)) || delisted != revoked {
		return fmt.Errorf("revoke %d tickets: %d were good and %d are listed", len(ids), revoked, delisted)
	}
	return s.tell(ctx, tickets)
}

func (s Store) tell(ctx context.Context, tickets []sale.Ticket) error {
	seen := map[uuid.UUID]bool{}
	var events []uuid.UUID
	for _, t := range tickets {
		if !seen[t.Event] {
			seen[t.Event] = true
			events = append(events, t.Event)
		}
	}
	if err := s.on(ctx).TellLists(ctx, events); err != nil {
		return fmt.Errorf("tell of changed lists: %w", err)
	}
	return nil
}

// OfOrder lists an order's tickets in the order they were made.
func (s Store) OfOrder(ctx context.Context, id uuid.UUID) ([]sale.Ticket, error) {
	rows, err := s.on(ctx).TicketsOfOrder(ctx, id)
	if err != nil {
		return nil, fmt.Errorf("read an order's tickets: %w", err)
	}
	tickets := make([]sale.Ticket, len(rows))
	for i, row := range rows {
		tickets[i] = ticketOf(row.Ticket, row.OfferName)
	}
	return tickets, nil
}

// Tickets lists an organizer's tickets in the order they were made, from just after one.
func (s Store) Tickets(ctx context.Context, organizer uuid.UUID, f sale.TicketFilter) ([]sale.Ticket, error) {
	rows, err := s.on(ctx).Tickets(ctx, saledb.TicketsParams{
		OrganizerID: organizer, After: f.After, EventID: optional(f.Event), OrderID: optional(f.Order),
		Count: int32(f.Limit),
	})
	if err != nil {
		return nil, fmt.Errorf("list tickets: %w", err)
	}
	tickets := make([]sale.Ticket, len(rows))
	for i, row := range rows {
		tickets[i] = ticketOf(row.Ticket, row.OfferName)
	}
	return tickets, nil
}

// Ticket reads one. sale.ErrNoTicket.
func (s Store) Ticket(ctx context.Context, organizer, id uuid.UUID) (sale.Ticket, error) {
	row, err := s.on(ctx).Ticket(ctx, organizer, id)
	if postgres.NoRow(err) {
		return sale.Ticket{}, sale.ErrNoTicket
	}
	if err != nil {
		return sale.Ticket{}, fmt.Errorf("read ticket %s: %w", id, err)
	}
	return ticketOf(row.Ticket, row.OfferName), nil
}

func ticketOf(row saledb.Ticket, offer string) sale.Ticket {
	return sale.Ticket{
		ID: row.ID, Organizer: row.OrganizerID, Order: row.OrderID, Event: row.EventID, Offer: row.OfferID,
		OfferName: offer, Number: row.Number, Ref: [16]byte(row.Ref), Code: row.Code, Kind: uint16(row.Kind),
		Price: row.Price, State: sale.TicketState(row.State), IssuedAt: row.IssuedAt,
	}
}

func optional(id uuid.UUID) *uuid.UUID {
	if id == uuid.Nil {
		return nil
	}
	return &id
}
