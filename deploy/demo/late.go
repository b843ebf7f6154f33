package main

import (
	"context"
	"errors"
	"slices"
	"time"

	"portaria/deploy/demo/market"
	"portaria/scanner-sim/crowd"
)

// lastMinute is one buyer in the queue: the ticket bought on the phone opens the gate a moment later; given back, it
// opens nothing any more.
func (f *festival) lastMinute(ctx context.Context) error {
	started := time.Now()
	o, err := market.Buy(ctx, f.api, market.Purchase{Buyer: 1000, Offer: f.show.Offers[0].ID, Quantity: 1, Pay: "approve"})
	if err != nil {
		return err
	}
	if err := f.readTickets(ctx); err != nil {
		return err
	}
	if err := f.everyGate(ctx, "the new ticket", f.complete); err != nil {
		return err
	}
	known := time.Since(started)
	i := slices.IndexFunc(f.tickets, func(t market.Ticket) bool { return t.OrderID == o.ID })
	if i < 0 {
		return errors.New("the ticket bought in the queue is not there")
	}
	code := f.tickets[i].Code
	got, err := f.single(ctx, crowd.Valid, code, 1)
	if err != nil {
		return err
	}
	f.say("somebody buys in the queue; %.1f s after the order both gates know the ticket: %s at %s", known.Seconds(), got.Reason, got.Gate)
	if err := f.giveBack(ctx, []market.Order{o}); err != nil {
		return err
	}
	if got, err = f.single(ctx, crowd.Refunded, code, 0); err != nil {
		return err
	}
	f.say("they come back with the refunded ticket: %s at %s", got.Reason, got.Gate)
	return nil
}

// single brings one person to a lane.
func (f *festival) single(ctx context.Context, label crowd.Label, code string, lane int) (answer, error) {
	got, err := f.doors[lane].show(ctx, code)
	if err == nil {
		f.people = append(f.people, told{crowd.Person{Label: label, Code: code, Lane: lane}, got})
	}
	return got, err
}
