package main

import (
	"context"
	"errors"
	"time"

	"portaria/deploy/demo/market"
	"portaria/deploy/rig"
)

func (f *festival) sale(ctx context.Context) error {
	f.chapter("Tickets are sold online")
	started := time.Now()
	tonight := market.Purchases([]string{f.show.Offers[0].ID, f.show.Offers[1].ID, f.show.Offers[2].ID}, soldAtLeast-20)
	later := market.Purchases([]string{f.show.Later.ID}, 20)
	orders, err := market.Sell(ctx, f.api, append(tonight, later...))
	if err != nil {
		return err
	}
	if err := f.readTickets(ctx); err != nil {
		return err
	}
	f.say("%d tickets in %d orders, each paid on the acquirer's page, in %.1f s", len(f.tickets), len(orders), time.Since(started).Seconds())
	f.foreign = foreignCodes(20)
	if err := importForeign(ctx, f.api, f.show.Tonight, f.show.Offers[0].Kind, f.foreign); err != nil {
		return err
	}
	f.say("%d barcodes of another seller are imported", len(f.foreign))
	if err := f.everyGate(ctx, "the whole list", f.complete); err != nil {
		return err
	}
	f.say("both gates hold every ticket of both shows, signed")
	if err := f.giveBack(ctx, orders[:6]); err != nil {
		return err
	}
	return f.print(ctx, orders[6:9])
}

// complete says whether a gate knows every ticket that there is.
func (f *festival) complete(ctx context.Context, d *door) error {
	want := map[string]int{f.show.Tonight: len(f.foreign)}
	for _, t := range f.tickets {
		want[t.EventID]++
	}
	return d.Holds(ctx, want)
}

// giveBack refunds a ticket of each order, and waits each time until both gates have a newer list.
func (f *festival) giveBack(ctx context.Context, orders []market.Order) error {
	slowest := time.Duration(0)
	for _, o := range orders {
		before, err := f.epochs(ctx)
		if err != nil {
			return err
		}
		started := time.Now()
		id, err := market.Refund(ctx, f.api, o, f.tickets)
		if err != nil {
			return err
		}
		f.refunded = append(f.refunded, id)
		if err := f.newer(ctx, before); err != nil {
			return err
		}
		slowest = max(slowest, time.Since(started))
	}
	f.say("refunds: %d; both gates know within %.1f s", len(orders), slowest.Seconds())
	return f.readTickets(ctx)
}

// newer waits until every gate's list of tonight is newer than it was.
func (f *festival) newer(ctx context.Context, before map[string]uint64) error {
	return f.everyGate(ctx, "the list without the refunded ticket", func(ctx context.Context, d *door) error {
		epoch, err := d.epoch(ctx, f.show.Tonight)
		if err == nil && epoch <= before[d.Gate] {
			err = errors.New("its list is as before")
		}
		return err
	})
}

func (f *festival) epochs(ctx context.Context) (map[string]uint64, error) {
	epochs := map[string]uint64{}
	for _, d := range f.doors {
		epoch, err := d.epoch(ctx, f.show.Tonight)
		if err != nil {
			return nil, err
		}
		epochs[d.Gate] = epoch
	}
	return epochs, nil
}

// print reads some tickets back off the paper that their buyers print.
func (f *festival) print(ctx context.Context, orders []market.Order) error {
	pages := 0
	for _, o := range orders {
		_, n, err := market.ReadBack(ctx, f.Dir, o, f.tickets)
		if err != nil {
			return err
		}
		pages += n
	}
	f.say("%d printed tickets read back off their PDF pages, QR and bar code; a buyer's page: %s", pages, orders[0].PageURL)
	return nil
}

func (f *festival) readTickets(ctx context.Context) (err error) {
	f.tickets, err = rig.All[market.Ticket](ctx, f.api, "/tickets", nil)
	return err
}
