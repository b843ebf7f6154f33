package rig

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"time"
)

// Final marks an error that waiting will not mend: Until returns it at once.
func Final(err error) error { return final{err} }

type final struct{ error }

func (f final) Unwrap() error { return f.error }

// between is how long nobody asks after a try.
const between = 50 * time.Millisecond

// Until tries again and again until ok is nil; when ctx ends it says what the last try said.
func Until(ctx context.Context, what string, ok func() error) error {
	for {
		err := ok()
		if err == nil {
			return nil
		}
		if stop := (final{}); errors.As(err, &stop) {
			return stop.error
		}
		if Pause(ctx, between) != nil {
			return fmt.Errorf("waited for %s: %w", what, err)
		}
	}
}

// Pause waits for a time, or until ctx ends.
func Pause(ctx context.Context, d time.Duration) error {
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

// Answers is a check that a page can be had.
func Answers(url string) func(context.Context) error {
	return func(ctx context.Context) error {
		request, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
		if err != nil {
			return err
		}
		response, err := http.DefaultClient.Do(request)
		if err != nil {
			return err
		}
		_ = response.Body.Close()
		if response.StatusCode != http.StatusOK {
			return fmt.Errorf("%s answers %s", url, response.Status)
		}
		return nil
	}
}
