package sale

import (
	"context"
	"fmt"

	"github.com/google/uuid"

	"portaria/edge/ticket"
)

// mint makes the tickets of an order, one code for each.
func (s *Service) mint(ctx context.Context, o Order) ([]Ticket, error) {
	var all []Ticket
	for _, line := range o.Lines {
		requests := make([]MintRequest, line.Quantity)
		for i := range requests {
			requests[i] = MintRequest{Kind: line.Kind}
		}
		minted, err := s.Minter.Mint(ctx, ticket.EventID(line.Event), requests)
		if err != nil {
			return nil, fmt.Errorf("mint %d codes of event %s: %w", line.Quantity, line.Event, err)
		}
		if len(minted) != line.Quantity {
			return nil, fmt.Errorf("mint codes of event %s: asked for %d, got %d", line.Event, line.Quantity, len(minted))
		}
		for _, m := range minted {
			all = append(all, newTicket(o, line, m))
		}
	}
	return all, nil
}

func newTicket(o Order, line Line, m Minted) Ticket {
	return Ticket{
		ID: uuid.Must(uuid.NewV7()), Organizer: o.Organizer, Order: o.ID, Event: line.Event, Offer: line.Offer,
		OfferName: line.OfferName, Number: m.ID.String(), Ref: m.Ref, Code: m.Code.Text(), Kind: line.Kind,
		Price: line.UnitPrice, State: Good,
	}
}
