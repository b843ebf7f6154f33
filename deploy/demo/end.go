package main

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"portaria/deploy/demo/market"
	"portaria/deploy/rig"
	"portaria/edge/admit"
	"portaria/scanner-sim/crowd"
)

// watch lets people trickle in until the visitor has seen enough. Each round sells a few tickets first.
func (f *festival) watch(ctx context.Context) error {
	if f.opt.Once {
		return nil
	}
	f.chapter("The evening goes on; Ctrl-C ends it")
	for round := uint64(1); ctx.Err() == nil; round++ {
		if err := f.stragglers(ctx, f.opt.Seed+round); err != nil && ctx.Err() == nil {
			return err
		}
	}
	return nil
}

// stragglers are a few people who buy at the door and go in, and a few who should not.
func (f *festival) stragglers(ctx context.Context, seed uint64) error {
	before := len(f.tickets)
	orders, err := market.Sell(ctx, f.api, market.Purchases([]string{f.show.Offers[0].ID, f.show.Offers[1].ID}, 6))
	if err != nil {
		return err
	}
	if err := f.readTickets(ctx); err != nil {
		return err
	}
	if err := f.everyGate(ctx, "the new tickets", f.complete); err != nil {
		return err
	}
	fresh := func(t market.Ticket) bool {
		return slices.ContainsFunc(orders, func(o market.Order) bool { return o.ID == t.OrderID })
	}
	codes := shown(f.tickets, fresh)
	f.say("%d tickets more are sold", len(f.tickets)-before)
	people, err := crowd.Gather(crowd.Tickets{Valid: codes}, trickle(seed, len(codes)))
	if err != nil {
		return err
	}
	return f.admit(ctx, people)
}

// reckon compares the cloud's records with what the crowd did, and says the last line.
func (f *festival) reckon(ctx context.Context) error {
	f.chapter("The evening is counted")
	if err := f.settle(ctx); errors.Is(err, rig.ErrBusy) {
		return err // what is late is not lost
	} else if err != nil {
		f.warn("%v", err) // what is missing is counted below
	}
	if err := f.readTickets(ctx); err != nil {
		return err
	}
	t, records, err := f.compare(ctx)
	if err != nil {
		return err
	}
	f.say("%d people, one by one: what the gate said, what they should have heard, and what the cloud has (%d records)", len(f.people), records)
	for i, fault := range t.wrong {
		if i == 20 {
			f.warn("and %d more", len(t.wrong)-i)
			break
		}
		f.warn("%s", fault)
	}
	last := fmt.Sprintf("demo: sold=%d scanned=%d admitted=%d refused=%d lost=%d duplicated=%d",
		len(f.tickets), t.scanned, t.admitted, t.refused, t.lost, t.duplicated)
	style := green
	if !t.good() {
		style = red
	}
	f.line(style, "\n"+last)
	if !t.good() {
		return errors.New("the evening does not add up: see above")
	}
	return nil
}

// settle waits until the last records have come up, and then until no gate has any that is not confirmed.
func (f *festival) settle(ctx context.Context) error {
	err := rig.Within(ctx, rig.StartLimit, "the last records", func(ctx context.Context) error {
		t, _, err := f.compare(ctx)
		if err == nil && t.lost+t.onTheirWay > 0 {
			err = fmt.Errorf("of %d people nothing is in the cloud yet, and of %d not that they went through", t.lost, t.onTheirWay)
		}
		return err
	})
	if err != nil {
		return err
	}
	return f.everyGate(ctx, "an empty journal", func(ctx context.Context, d *door) error {
		s, err := d.Status(ctx)
		if err == nil && s.Journal > 0 {
			err = fmt.Errorf("%d records are still on their way", s.Journal)
		}
		return err
	})
}

// compare reads all that the cloud has and compares it with what the crowd did.
func (f *festival) compare(ctx context.Context) (t tally, records int, err error) {
	kept, err := rig.All[record](ctx, f.api, "/entries", nil)
	if err != nil {
		return t, 0, err
	}
	t = compare(f.people, kept)
	return t, len(kept), f.summary(ctx, &t)
}

// summary checks that the cloud's own sums say the same.
func (f *festival) summary(ctx context.Context, t *tally) error {
	var sum struct {
		Admitted int `json:"admitted"`
		Refused  int `json:"refused"`
	}
	if err := f.api.Get(ctx, "/entries/summary", &sum); err != nil {
		return err
	}
	if sum.Admitted != t.admitted || sum.Refused != t.refused {
		t.fault("the cloud's summary says %d admitted and %d refused", sum.Admitted, sum.Refused)
	}
	conflicts, err := rig.All[struct {
		Ref string `json:"ref"`
	}](ctx, f.api, "/events/"+f.show.Tonight+"/conflicts", nil)
	for _, c := range conflicts {
		t.fault("the cloud shows ticket %s as let in twice", c.Ref)
	}
	return err
}

// reasons counts what people were told.
func reasons(people []told) (counts []count) {
	n := map[admit.Reason]int{}
	for _, p := range people {
		n[p.Reason]++
	}
	for reason := range n {
		counts = append(counts, count{string(reason), n[reason]})
	}
	slices.SortFunc(counts, func(a, b count) int {
		if a.n != b.n {
			return b.n - a.n
		}
		return slices.Compare([]byte(a.what), []byte(b.what))
	})
	return counts
}
