package gatehouse

import (
	"context"
	"log/slog"
	"time"

	"portaria/edge/ticket"
)

// How often the office looks. A notice from the database wakes it at once; looking covers a notice that was lost.
const (
	lookEvery  = 500 * time.Millisecond
	restAtMost = 100 * time.Millisecond // between two rounds, so that a crowd's sales share a patch
	sweepEvery = time.Minute
	retryAfter = 5 * time.Second // what can't be signed must not fill the log
)

// Blobs and manifests that nothing needs are kept this long for whoever is still fetching them.
const keepStale = 15 * time.Minute

// Due finds work.
type Due interface {
	// DueLists is every event with unsigned rows or a mark, and those not over whose list is good until less than
	// renewBefore.
	DueLists(ctx context.Context, renewBefore, over time.Time) ([]ticket.EventID, error)
	// DueVenues is every marked venue; with all, every venue that has a hub as well.
	DueVenues(ctx context.Context, all bool) ([]ticket.EventID, error)
	// Sweep deletes what was stale before a time, and marks of what does not exist.
	Sweep(ctx context.Context, before time.Time) error
}

// Office signs and publishes until its context ends. One process may run one; several processes may run at once.
type Office struct {
	Due       Due
	Changes   ChangeStore // nil = nobody asks
	Lists     *Lists
	Venues    *Venues
	Publisher *Publisher
	Wake      <-chan struct{} // something changed
	Now       func() time.Time
	Log       *slog.Logger

	swept  time.Time
	failed map[ticket.EventID]time.Time
}

// Run works until ctx ends.
func (o *Office) Run(ctx context.Context) {
	tick := time.NewTicker(lookEvery)
	defer tick.Stop()
	for {
		o.Round(ctx)
		if !pause(ctx, restAtMost) {
			return
		}
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		case <-o.Wake:
		}
	}
}

func pause(ctx context.Context, d time.Duration) bool {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-ctx.Done():
		return false
	case <-t.C:
		return true
	}
}

// Round does what is due once. One event that can't be signed does not hold up the others.
func (o *Office) Round(ctx context.Context) {
	now := o.Now()
	sweep := now.Sub(o.swept) >= sweepEvery || now.Before(o.swept)
	if events, err := o.Due.DueLists(ctx, now.Add(renewWhen), now.Add(-KeepAfter)); !o.fault(ctx, "find lists to sign", err) {
		if o.each(ctx, events, o.Lists.SignWithdrawn, "withdrawn tickets signed") {
			o.fault(ctx, "publish", o.Publisher.Publish(ctx))
		}
		o.each(ctx, events, o.Lists.Sign, "list signed")
	}
	if venues, err := o.Due.DueVenues(ctx, sweep); !o.fault(ctx, "find venue manifests to sign", err) {
		o.each(ctx, venues, o.Venues.Sign, "venue manifest signed")
	}
	o.changeSecrets(ctx)
	o.fault(ctx, "publish", o.Publisher.Publish(ctx))
	if sweep && !o.fault(ctx, "sweep", o.Due.Sweep(ctx, now.Add(-keepStale))) {
		o.swept = now
	}
}

func (o *Office) each(ctx context.Context, ids []ticket.EventID, sign func(context.Context, ticket.EventID) (bool, error), done string) (some bool) {
	for _, id := range ids {
		if o.Now().Before(o.failed[id]) {
			continue
		}
		signed, err := sign(ctx, id)
		if o.fault(ctx, "sign", err) {
			o.holdOff(id)
			continue
		}
		delete(o.failed, id)
		if signed {
			some = true
			o.Log.Debug(done, "id", id)
		}
	}
	return some
}

func (o *Office) holdOff(id ticket.EventID) {
	if o.failed == nil {
		o.failed = map[ticket.EventID]time.Time{}
	}
	o.failed[id] = o.Now().Add(retryAfter)
}

func (o *Office) fault(ctx context.Context, what string, err error) bool {
	if err != nil && ctx.Err() == nil {
		o.Log.Error("gatehouse: "+what, "error", err)
	}
	return err != nil
}
