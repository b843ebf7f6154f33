package bench

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"time"

	"portaria/figure"
)

const manyLanes = 16

// Lanes measures what sixteen lanes of one gate do against one: people per second, and how long each waits.
func Lanes(ctx context.Context, c Config) error {
	c.defaults()
	dir, remove, err := figure.WorkDir(c.Dir)
	if err != nil {
		return err
	}
	defer remove()
	h, err := buildHouse(ctx, dir, c.Tickets)
	if err != nil {
		return err
	}
	s, err := openStation(ctx, h, manyLanes)
	if err != nil {
		return err
	}
	n := c.People
	var more, wait, one, many []float64
	for range blocks {
		alone, err := s.flow(ctx, 1, n)
		if err != nil {
			return err
		}
		crowd, err := s.flow(ctx, manyLanes, n)
		if err != nil {
			return err
		}
		more, wait = append(more, crowd.rate/alone.rate), append(wait, crowd.p50/alone.p50)
		one, many = append(one, alone.rate), append(many, crowd.rate)
	}
	if err := s.close(); err != nil {
		return err
	}
	about := fmt.Sprintf("each lane scans the next ticket when its relay has moved, n=%d a lane x %d, %d tickets, %s", n, blocks, c.Tickets, figure.Medium(dir))
	return errors.Join(
		c.print(figure.Figure{Name: "lanes", Ratio: figure.Median(more), Goal: 5, Least: true,
			About: fmt.Sprintf("%.0f grants/s of %d lanes / %.0f of one, %s", figure.Median(many), manyLanes, figure.Median(one), about)}),
		c.print(figure.Figure{Name: "lanes-p50", Ratio: figure.Median(wait), Goal: 3, About: fmt.Sprintf("scan to relay p50 of %d lanes / of one", manyLanes)}))
}

// traffic is what came through.
type traffic struct {
	rate float64 // people per second
	p50  float64 // scan to relay, ns
}

// flow lets n people in at each of the first lanes, all lanes at once.
func (s *station) flow(ctx context.Context, lanes, n int) (traffic, error) {
	texts := make([]string, lanes*n)
	for i := range texts {
		code, err := s.code(s.next)
		if err != nil {
			return traffic{}, err
		}
		s.next++
		texts[i] = code.Text()
	}
	times, faults := make([][]time.Duration, lanes), make([]error, lanes)
	var queue sync.WaitGroup
	started := time.Now()
	for l := range lanes {
		queue.Go(func() { times[l], faults[l] = s.pass(ctx, l+1, texts[l*n:(l+1)*n]) })
	}
	queue.Wait()
	took := time.Since(started)
	if err := errors.Join(faults...); err != nil {
		return traffic{}, err
	}
	return traffic{rate: float64(lanes*n) / took.Seconds(), p50: figure.P50(slices.Concat(times...))}, s.settle(ctx)
}

// pass lets people in at one lane, each when the one before has been let through.
func (s *station) pass(ctx context.Context, lane int, texts []string) ([]time.Duration, error) {
	times := make([]time.Duration, len(texts))
	for i, text := range texts {
		started := time.Now()
		moved, err := s.grant(ctx, lane, text)
		if err != nil {
			return nil, err
		}
		times[i] = moved.Sub(started)
	}
	return times, nil
}
