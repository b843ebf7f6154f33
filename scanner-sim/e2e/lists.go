package e2e

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"portaria/deploy/demo/market"
	"portaria/deploy/rig"
	"portaria/edge/admit"
)

// ListOptions of a look at how lists reach the gates.
type ListOptions struct {
	Bin     string // folder of the built programs
	Tickets int    // of another seller, listed before anything is measured
	Sales   int    // of our own, one after another
	Say     func(format string, args ...any)
}

// ListResult is how long things took. Sales, Bought and Refunds have one value for each sale, sorted.
type ListResult struct {
	ListOptions
	Cold     time.Duration   // a gate with no list, from its start until it judges by all of it
	Broken   time.Duration   // the same, of one that lost power in the middle of that
	Bought   []time.Duration // from the buyer's first click until the turnstile opens
	Sold     []time.Duration // from the shop's word that it is paid until the turnstile opens
	Refunded []time.Duration // from the refund until every gate refuses
	Behind   int             // refunds while as many foreign tickets again were being imported, refused within refundLimit
}

// Line is everything in one line.
func (r *ListResult) Line() string {
	return fmt.Sprintf("lists: tickets=%d cold=%.1fs cold_after_power_cut=%.1fs sales=%d sale_to_scan p50=%.2fs p95=%.2fs max=%.2fs buy_to_scan p95=%.2fs refund_to_refusal p95=%.2fs refunds_during_import=%d/%d",
		r.Tickets, r.Cold.Seconds(), r.Broken.Seconds(), len(r.Sold), At(r.Sold, 50).Seconds(), At(r.Sold, 95).Seconds(), At(r.Sold, 100).Seconds(),
		At(r.Bought, 95).Seconds(), At(r.Refunded, 95).Seconds(), r.Behind, refundsInImport)
}

// Histogram counts the sales by how long they took to reach the turnstile, a line for every quarter of a second.
func (r *ListResult) Histogram() string {
	const step = 250 * time.Millisecond
	var b strings.Builder
	for from := time.Duration(0); len(r.Sold) > 0 && from <= r.Sold[len(r.Sold)-1]; from += step {
		n := 0
		for _, took := range r.Sold {
			if took >= from && took < from+step {
				n++
			}
		}
		fmt.Fprintf(&b, "%5.2f s %3d %s\n", from.Seconds(), n, strings.Repeat("#", n))
	}
	return b.String()
}

// At is the value below which so many percent of sorted values lie.
func At(sorted []time.Duration, percent int) time.Duration {
	if len(sorted) == 0 {
		return 0
	}
	return sorted[min(len(sorted)-1, len(sorted)*percent/100)]
}

// Lists measures how lists reach two gates: what is sold, what is refunded, and all of it at a gate that has nothing.
func Lists(ctx context.Context, opt ListOptions) (r *ListResult, err error) {
	house, err := open(ctx, Options{Bin: opt.Bin, Gates: 2, Seconds: 30, Say: opt.Say}, tickets("BILHETE", opt.Tickets))
	defer func() { err = errors.Join(err, house.close(err != nil)) }()
	if err != nil {
		return nil, err
	}
	r = &ListResult{ListOptions: opt}
	l := &listed{house: house, ListResult: r}
	for _, step := range []func(context.Context) error{l.openSale, l.sellAndScan, l.refund, l.coldGate, l.refundInImport} {
		if err := step(ctx); err != nil {
			return nil, fmt.Errorf("%w (logs are in %s)", err, house.Dir)
		}
	}
	for _, d := range [][]time.Duration{r.Sold, r.Bought, r.Refunded} {
		slices.Sort(d)
	}
	return r, nil
}

// listed is a house whose lists are watched.
type listed struct {
	*house
	*ListResult
	used int // of the other seller's tickets
}

func (l *listed) openSale(ctx context.Context) error {
	return l.api.Do(ctx, http.MethodPut, "/events/"+l.event+"/sale", map[string]any{"open": true}, nil)
}

// sellAndScan has buyers come one after another, whose tickets are shown at once, as bar codes: those are good only when
// listed.
func (l *listed) sellAndScan(ctx context.Context) error {
	for i := range l.Sales {
		started := time.Now()
		o, err := market.Buy(ctx, l.api, market.Purchase{Buyer: i, Offer: l.offer, Quantity: 1, Pay: "approve"})
		if err != nil {
			return err
		}
		paid := time.Now()
		d := l.doors[i%len(l.doors)]
		if err := l.show(ctx, d, o, i+1); err != nil {
			return err
		}
		l.Sold, l.Bought = append(l.Sold, time.Since(paid)), append(l.Bought, time.Since(started))
	}
	return nil
}

// show waits until a gate has heard of all that was sold, and scans the newest.
func (l *listed) show(ctx context.Context, d *rig.Door, o market.Order, sold int) error {
	ctx, cancel := context.WithTimeout(ctx, 30*time.Second)
	defer cancel()
	code, err := l.shortCode(ctx, o)
	if err != nil {
		return err
	}
	if err := rig.Until(ctx, "the ticket at "+d.Gate, func() error { return d.Holds(ctx, map[string]int{l.event: l.Tickets + sold}) }); err != nil {
		return err
	}
	return l.scan(ctx, d, code, admitted)
}

// scan shows a ticket and waits for the screen, whose word must be the one wanted.
func (l *listed) scan(ctx context.Context, d *rig.Door, code string, wanted func(rig.Shown) bool) error {
	ctx, cancel := context.WithTimeout(ctx, 10*time.Second)
	defer cancel()
	before, err := d.Newest(ctx)
	if err != nil {
		return err
	}
	if err := d.Scanner.Scan(ctx, code); err != nil {
		return err
	}
	return rig.Until(ctx, d.Gate+" to answer", func() error {
		now, err := d.Newest(ctx)
		switch {
		case err != nil:
			return err
		case now.Scan == before.Scan:
			return errors.New("the screen has not changed")
		case !wanted(now):
			return rig.Final(fmt.Errorf("%s says %s of %s", d.Gate, now.Reason, code))
		case now.Admit:
			return d.Pass(ctx)
		}
		return nil
	})
}

func admitted(s rig.Shown) bool { return s.Admit }

func revoked(s rig.Shown) bool { return s.Reason == admit.Revoked }

func (l *listed) shortCode(ctx context.Context, o market.Order) (string, error) {
	ticket, err := l.ticket(ctx, o)
	return ticket.ShortCode, err
}

func (l *listed) ticket(ctx context.Context, o market.Order) (market.Ticket, error) {
	all, err := rig.All[market.Ticket](ctx, l.api, "/tickets", nil)
	if err != nil {
		return market.Ticket{}, err
	}
	i := slices.IndexFunc(all, func(t market.Ticket) bool { return t.OrderID == o.ID })
	if i < 0 {
		return market.Ticket{}, fmt.Errorf("order %s has no ticket", o.ID)
	}
	return all[i], nil
}

// refund gives tickets that nobody used back, and waits until each gate has heard: its epoch has risen.
func (l *listed) refund(ctx context.Context) error {
	for i := range l.Sales {
		o, err := market.Buy(ctx, l.api, market.Purchase{Buyer: 1000 + i, Offer: l.offer, Quantity: 1, Pay: "approve"})
		if err != nil {
			return err
		}
		t, err := l.ticket(ctx, o)
		if err != nil {
			return err
		}
		count := l.Tickets + l.Sales + i + 1
		if err := l.everyDoor(ctx, "the ticket", func(ctx context.Context, d *rig.Door) error { return d.Holds(ctx, map[string]int{l.event: count}) }); err != nil {
			return err
		}
		epochs, err := l.epochs(ctx)
		if err != nil {
			return err
		}
		if _, err := market.Refund(ctx, l.api, o, []market.Ticket{t}); err != nil {
			return err
		}
		given := time.Now()
		if err := l.everyDoor(ctx, "the refund", l.newer(epochs)); err != nil {
			return err
		}
		l.Refunded = append(l.Refunded, time.Since(given))
		if err := l.scan(ctx, l.doors[i%len(l.doors)], t.ShortCode, revoked); err != nil {
			return err
		}
	}
	return nil
}

func (l *listed) epochs(ctx context.Context) (map[string]uint64, error) {
	all := map[string]uint64{}
	for _, d := range l.doors {
		epoch, err := l.epoch(ctx, d)
		if err != nil {
			return nil, err
		}
		all[d.Gate] = epoch
	}
	return all, nil
}

func (l *listed) epoch(ctx context.Context, d *rig.Door) (uint64, error) {
	s, err := d.Status(ctx)
	if err != nil {
		return 0, err
	}
	for _, list := range s.Lists {
		if list.Event == l.event {
			return list.Epoch, nil
		}
	}
	return 0, fmt.Errorf("%s has no list of the event", d.Gate)
}

func (l *listed) newer(than map[string]uint64) func(context.Context, *rig.Door) error {
	return func(ctx context.Context, d *rig.Door) error {
		epoch, err := l.epoch(ctx, d)
		if err == nil && epoch <= than[d.Gate] {
			err = fmt.Errorf("its list is still of epoch %d", epoch)
		}
		return err
	}
}

// coldGate takes the lists from a gate, twice: once it loads them in peace, once the power fails in the middle.
func (l *listed) coldGate(ctx context.Context) (err error) {
	if l.Cold, err = l.load(ctx, 0); err != nil {
		return err
	}
	l.Broken, err = l.load(ctx, l.Cold/2)
	return err
}

// load has a gate start with no list, cuts its power after a time unless that is 0, and says how long it took from its
// last start until it judges by the whole list.
func (l *listed) load(ctx context.Context, cut time.Duration) (time.Duration, error) {
	d := l.doors[0]
	program := l.programs[d.Gate]
	if err := program.Stop(); err != nil {
		return 0, err
	}
	if err := os.Remove(filepath.Join(l.State(d.Gate), "lists.db")); err != nil {
		return 0, fmt.Errorf("take the lists from %s: %w", d.Gate, err)
	}
	if err := program.Start(); err != nil {
		return 0, err
	}
	if cut > 0 {
		if err := rig.Pause(ctx, cut); err != nil {
			return 0, err
		}
		program.Kill()
		if err := program.Start(); err != nil {
			return 0, err
		}
	}
	started := time.Now()
	ctx, cancel := context.WithTimeout(ctx, 2*time.Minute)
	defer cancel()
	err := rig.Until(ctx, "the whole list at "+d.Gate, func() error {
		return d.Holds(ctx, map[string]int{l.event: l.Tickets + 2*l.Sales})
	})
	took := time.Since(started)
	if err != nil {
		return 0, err
	}
	l.used++
	return took, l.scan(ctx, d, fmt.Sprintf("BILHETE%06d", l.used), admitted)
}

// Refunds while another seller's list is imported.
const (
	refundsInImport = 3
	refundLimit     = 2 * time.Second
)

// refundInImport gives tickets back while a big import is being taken in and signed, and shows each a moment later.
func (l *listed) refundInImport(ctx context.Context) error {
	var bought []market.Order
	for i := range refundsInImport {
		o, err := market.Buy(ctx, l.api, market.Purchase{Buyer: 2000 + i, Offer: l.offer, Quantity: 1, Pay: "approve"})
		if err != nil {
			return err
		}
		bought = append(bought, o)
	}
	count := l.Tickets + 2*l.Sales + refundsInImport
	if err := l.everyDoor(ctx, "the tickets", func(ctx context.Context, d *rig.Door) error { return d.Holds(ctx, map[string]int{l.event: count}) }); err != nil {
		return err
	}
	imported := make(chan error, 1)
	go func() { imported <- l.sell(ctx, tickets("SEGUNDA", l.Tickets)) }()
	for i, o := range bought {
		t, err := l.ticket(ctx, o)
		if err == nil {
			_, err = market.Refund(ctx, l.api, o, []market.Ticket{t})
		}
		if err == nil {
			err = rig.Pause(ctx, refundLimit)
		}
		if err == nil {
			if late := l.scan(ctx, l.doors[i%len(l.doors)], t.ShortCode, revoked); late == nil {
				l.Behind++
			} else {
				l.Say("refund %d during the import: %v", i+1, late)
			}
		}
		if err != nil {
			return errors.Join(err, <-imported)
		}
	}
	return <-imported
}
