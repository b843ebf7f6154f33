// Package stock is what can still be sold: places of an event and of its offers, held for a time, then sold or given
// back. It knows no order's content, no price and no ticket.
//
// The database decides, memory never does: see the CHECKs of event_stock and offer_stock.
package stock

import (
	"context"
	"slices"
	"time"

	"github.com/google/uuid"

	"portaria/cloud/internal/fault"
)

// ErrSoldOut says that too few places are left.
var ErrSoldOut = fault.New(fault.Conflict, "sold_out", "Not enough places are left. Choose fewer, or another offer.")

// Want is so many of one offer. Offers that admit groups take more places of the event than they count themselves.
type Want struct {
	Event    uuid.UUID
	Offer    uuid.UUID
	Quantity int // of the offer
	Places   int // of the event
}

// Stock takes and gives back places. Every call is all or nothing, and joins the transaction of its context. The
// batching writer of large sales will stand behind the same interface.
type Stock interface {
	// Hold sets places aside for an order until a time, or answers ErrSoldOut. What others hold past now is free.
	Hold(ctx context.Context, order uuid.UUID, wants []Want, now, until time.Time) error
	// Capture turns an order's hold into sold places. Where the hold has gone, it takes the places again or answers
	// ErrSoldOut.
	Capture(ctx context.Context, order uuid.UUID, wants []Want, now time.Time) error
	// Release gives back what an order still holds; nothing is no error.
	Release(ctx context.Context, order uuid.UUID, wants []Want) error
	// Return gives back sold places.
	Return(ctx context.Context, wants []Want) error
}

// EventWants is what an order wants of one event.
type EventWants struct {
	Event  uuid.UUID
	Places int
	Wants  []Want
}

// ByEvent groups wants by event, one want per offer, both in order of id. Everyone who locks stock in this order can
// wait for others but never for each other.
func ByEvent(wants []Want) []EventWants {
	sorted := slices.Clone(wants)
	slices.SortFunc(sorted, func(a, b Want) int {
		if c := slices.Compare(a.Event[:], b.Event[:]); c != 0 {
			return c
		}
		return slices.Compare(a.Offer[:], b.Offer[:])
	})
	var groups []EventWants
	for _, w := range sorted {
		if len(groups) == 0 || groups[len(groups)-1].Event != w.Event {
			groups = append(groups, EventWants{Event: w.Event})
		}
		groups[len(groups)-1].add(w)
	}
	return groups
}

func (g *EventWants) add(w Want) {
	g.Places += w.Places
	if n := len(g.Wants); n > 0 && g.Wants[n-1].Offer == w.Offer {
		g.Wants[n-1].Quantity += w.Quantity
		g.Wants[n-1].Places += w.Places
		return
	}
	g.Wants = append(g.Wants, w)
}
