package main

import (
	"context"
	"fmt"
	"slices"
	"sync"
	"time"

	"portaria/edge/admit"
	"portaria/scanner-sim/crowd"
)

// answer is what a lane showed a person.
type answer struct {
	Scan     admit.ScanID
	Gate     string
	Admitted bool
	Reason   admit.Reason
	Offline  bool
}

// An entrance is a lane as the crowd finds it: one shows a code and looks at the screen. Before somebody comes again, the
// lane has to have heard of the first time.
type entrance interface {
	show(ctx context.Context, code string) (answer, error)
	hears(ctx context.Context, code string) error
}

// told is a person with what they were told.
type told struct {
	crowd.Person
	answer
}

// letIn brings people to their lanes in the order in which they come, and writes down what each was told. People of
// one lane queue; whoever comes again waits until the first with that ticket was answered. When ctx ends, nobody more
// comes; those who were answered are in the result in any case.
func letIn(ctx context.Context, people []crowd.Person, lanes []entrance) ([]told, error) {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	answered := map[int]chan struct{}{}
	for _, p := range people {
		answered[p.Number] = make(chan struct{})
	}
	results := make([]told, len(people))
	started := time.Now()
	var queues sync.WaitGroup
	for lane, entrance := range lanes {
		queues.Go(func() {
			for i, p := range people {
				if p.Lane != lane {
					continue
				}
				got, err := arrive(ctx, p, entrance, started.Add(p.At-people[0].At), answered[p.After])
				if err != nil {
					cancel(fmt.Errorf("person %d (%s) at lane %d: %w", p.Number, p.Label, lane+1, err))
					return
				}
				results[i] = told{p, got}
				close(answered[p.Number])
			}
		})
	}
	queues.Wait()
	answeredOnly := slices.DeleteFunc(results, func(p told) bool { return p.Gate == "" })
	return answeredOnly, context.Cause(ctx)
}

// arrive waits for the person's time, for whoever must have been before (a nil channel is nobody), and until the lane knows
// of them.
func arrive(ctx context.Context, p crowd.Person, at entrance, when time.Time, before chan struct{}) (answer, error) {
	if err := pause(ctx, time.Until(when)); err != nil {
		return answer{}, context.Cause(ctx)
	}
	if before != nil {
		select {
		case <-before:
		case <-ctx.Done():
			return answer{}, context.Cause(ctx)
		}
		if err := at.hears(ctx, p.Code); err != nil {
			return answer{}, err
		}
	}
	return at.show(context.WithoutCancel(ctx), p.Code) // a code half typed would be a scan that nobody counts
}

func pause(ctx context.Context, d time.Duration) error {
	if d <= 0 {
		return ctx.Err()
	}
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-timer.C:
		return nil
	}
}
