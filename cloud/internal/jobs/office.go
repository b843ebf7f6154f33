package jobs

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"github.com/google/uuid"

	"portaria/cloud/internal/fault"
)

// How long a slice of work may be, and how often a disrupted job is tried.
const (
	Slice     = 20 * time.Second
	maxTries  = 5
	tellEvery = 300 * time.Millisecond
)

// Work does a job, or goes on with it: everything it needs to go on is in Kept. It may be done twice from the same
// point on, so it keeps its place in the transaction of what it changes. A *fault.Fault ends it for good.
type Work func(ctx context.Context, r *Run) error

// Office does jobs, each in the scope of its organizer.
type Office struct {
	Ledger Ledger
	Works  map[string]Work
	// Tenant lets what is done with the context see one organizer's rows only.
	Tenant func(ctx context.Context, organizer uuid.UUID) context.Context
	Now    func() time.Time
	Log    *slog.Logger
}

// Run is one slice of a job.
type Run struct {
	Job
	office *Office
	until  time.Time
	told   time.Time
}

// Spent says that the slice is over: keep the place and return ErrMore.
func (r *Run) Spent() bool { return r.office.Now().After(r.until) }

// Tell shows how far the job is; not every one of many in a row is shown.
func (r *Run) Tell(ctx context.Context, step string, done, total int64) error {
	now := r.office.Now()
	if step == r.Step && now.Sub(r.told) < tellEvery {
		return nil
	}
	r.told, r.Step, r.Job.Done, r.Total = now, step, done, total
	return r.office.Ledger.Progress(ctx, r.Job)
}

// Keep remembers where the job goes on, in the transaction of ctx.
func (r *Run) Keep(ctx context.Context, place any) (err error) {
	if r.Kept, err = json.Marshal(place); err != nil {
		return fmt.Errorf("keep the place of a job: %w", err)
	}
	return r.office.Ledger.Keep(ctx, r.Job)
}

// Place reads where the job goes on; at its first slice nothing is changed.
func (r *Run) Place(place any) error {
	if len(r.Kept) == 0 {
		return nil
	}
	return json.Unmarshal(r.Kept, place)
}

// Came says what came of the job.
func (r *Run) Came(result any) (err error) {
	r.Result, err = json.Marshal(result)
	return err
}

// Attempt does a slice of a job. again says that more is to be done, after a while; an error, that not even that could
// be written down.
func (o *Office) Attempt(ctx context.Context, id uuid.UUID) (again bool, after time.Duration, err error) {
	j, err := o.Ledger.Begin(ctx, id)
	if errors.Is(err, ErrNone) {
		return false, 0, nil // it is over: its end was written, and the queue not told
	}
	if err != nil {
		return false, 0, err
	}
	r := &Run{Job: j, office: o, until: o.Now().Add(Slice)}
	if r.Tries > maxTries { // each of them killed the program, or was killed with it
		return false, 0, o.end(ctx, r, "disrupted")
	}
	err = o.work(ctx, r)
	stopped, ctx := ctx.Err() != nil, context.WithoutCancel(ctx)
	var no *fault.Fault
	switch {
	case err == nil:
		return false, 0, o.end(ctx, r, "")
	case errors.Is(err, ErrMore), stopped:
		r.Tries, r.Fault = 0, ""
		return true, 0, o.Ledger.Wait(ctx, r.Job)
	case errors.As(err, &no):
		return false, 0, o.end(ctx, r, no.Code)
	}
	o.Log.Error("a job was disrupted", "job", id, "kind", r.Kind, "try", r.Tries, "error", err)
	if r.Tries >= maxTries {
		return false, 0, o.end(ctx, r, "disrupted")
	}
	r.Fault = "disrupted"
	return true, wait(r.Tries), o.Ledger.Wait(ctx, r.Job)
}

// wait grows from a second to about four minutes.
func wait(tries int) time.Duration { return time.Second << (2 * min(max(tries-1, 0), 4)) }

func (o *Office) end(ctx context.Context, r *Run, code string) error {
	r.State, r.Ended, r.Fault = Done, o.Now(), code
	if code != "" {
		r.State = Failed
	}
	return o.Ledger.End(ctx, r.Job)
}

// work survives what panics: one bad job must not take the others with it.
func (o *Office) work(ctx context.Context, r *Run) (err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("panic: %v", p)
		}
	}()
	do, known := o.Works[r.Kind]
	if !known {
		return fmt.Errorf("nobody here does %q", r.Kind)
	}
	if r.Organizer != uuid.Nil {
		ctx = o.Tenant(ctx, r.Organizer)
	}
	return do(ctx, r)
}

// Round is something that is looked at again and again, by one program of all that run.
type Round struct {
	Name  string // small letters and underscores
	Every time.Duration
	Do    func(ctx context.Context) error
}
