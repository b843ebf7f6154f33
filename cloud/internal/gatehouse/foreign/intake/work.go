package intake

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"sync/atomic"
	"time"

	"github.com/google/uuid"

	"portaria/cloud/internal/fault"
	"portaria/cloud/internal/gatehouse/foreign"
	"portaria/cloud/internal/gatehouse/foreign/sheet"
	"portaria/edge/ticket"
)

// How often workers look for jobs that another process was given, and tell how far they are.
const (
	lookEvery  = time.Second
	tellEvery  = 400 * time.Millisecond
	sweepEvery = time.Hour
)

var errLost = errors.New("the job was cancelled or taken up by another worker")

// nudge wakes this process's worker.
func (o *Office) nudge() {
	if o.wake == nil {
		return
	}
	select {
	case o.wake <- struct{}{}:
	default:
	}
}

// Run works until ctx ends. Every process may run one: a job is taken by one of them.
func (o *Office) Run(ctx context.Context, log *slog.Logger) {
	tick := time.NewTicker(lookEvery)
	defer tick.Stop()
	for swept := (time.Time{}); ctx.Err() == nil; {
		for more := true; more && ctx.Err() == nil; {
			var err error
			if more, err = o.Work(ctx); err != nil && ctx.Err() == nil {
				log.Error("import another seller's codes", "error", err)
			}
		}
		if now := o.Now(); now.Sub(swept) >= sweepEvery {
			swept = now
			if err := o.Queue.Sweep(ctx, now.Add(-keepPending)); err != nil && ctx.Err() == nil {
				log.Error("forget files of imports", "error", err)
			}
		}
		select {
		case <-ctx.Done():
		case <-tick.C:
		case <-o.wake:
		}
	}
}

// Ready lets the office wake its own worker; call it before Run.
func (o *Office) Ready() *Office {
	o.wake = make(chan struct{}, 1)
	return o
}

// Work does one job, if there is one.
func (o *Office) Work(ctx context.Context) (some bool, err error) {
	worker := uuid.New()
	i, tried, ok, err := o.Queue.Claim(ctx, worker)
	if err != nil || !ok {
		return false, err
	}
	err = o.attempt(ctx, i, worker)
	if err == nil || errors.Is(err, errLost) || errors.Is(err, ErrNotNow) {
		return true, nil
	}
	if ctx.Err() != nil {
		return true, errors.Join(err, o.Queue.Release(context.WithoutCancel(ctx), i.ID, worker))
	}
	return true, o.failed(ctx, i, worker, tried, err)
}

// failed ends a job with a refusal at once, and one that was disrupted after some tries.
func (o *Office) failed(ctx context.Context, i Import, worker uuid.UUID, tried int, err error) error {
	var no *fault.Fault
	refused := errors.As(err, &no)
	if !refused && tried < tries {
		return errors.Join(fmt.Errorf("import %s, try %d: %w", i.ID, tried, err), o.Queue.Release(ctx, i.ID, worker))
	}
	if !refused {
		no = ErrDisrupted
	}
	i.State, i.Fault, i.EndedAt, i.Counts = Failed, no.Code, o.Now(), map[string]int{}
	if lost := o.Queue.Finish(ctx, i, worker); lost != nil && !errors.Is(lost, ErrNotNow) {
		err = errors.Join(err, lost)
	} else if refused {
		return nil
	}
	return fmt.Errorf("import %s: %w", i.ID, err)
}

// attempt does a job, and tells meanwhile how far it is.
func (o *Office) attempt(ctx context.Context, i Import, worker uuid.UUID) error {
	ctx, stop := context.WithCancelCause(ctx)
	j := &job{Office: o, i: i, worker: worker}
	j.step.Store(StepReading)
	told := make(chan struct{})
	go func() {
		defer close(told)
		j.tell(ctx, stop)
	}()
	err := j.run(ctx)
	if cause := context.Cause(ctx); errors.Is(cause, errLost) {
		err = errLost
	}
	stop(nil)
	<-told
	return err
}

// job is one attempt at one import.
type job struct {
	*Office
	i      Import
	worker uuid.UUID
	step   atomic.Value
	lines  atomic.Int64
}

// tell renews the claim until ctx ends, and ends the work when the claim is lost.
func (j *job) tell(ctx context.Context, stop context.CancelCauseFunc) {
	tick := time.NewTicker(tellEvery)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
		mine, err := j.Queue.Progress(ctx, j.i.ID, j.worker, j.step.Load().(string), int(j.lines.Load()))
		if err == nil && !mine {
			stop(errLost)
			return
		}
	}
}

func (j *job) run(ctx context.Context) error {
	read, task, err := j.prepare(ctx)
	if err != nil {
		return err
	}
	file := j.reader(ctx, j.i) // on a connection of its own: the transaction's takes the lines meanwhile
	return j.Atomic.InTx(ctx, func(ctx context.Context) error {
		if err := j.stage(ctx, read, file); err != nil {
			return fmt.Errorf("stage line %d: %w", j.lines.Load(), err)
		}
		j.i.Lines, task.LostZero = read.lines, read.lostZeros()
		return j.settle(ctx, task)
	})
}

func (j *job) prepare(ctx context.Context) (*reading, Task, error) {
	i := j.i
	facts, issuer, err := j.facts(ctx, i.Scope, i.Issuer)
	if err != nil {
		return nil, Task{}, err
	}
	secrets, err := j.Keys.Secrets(ctx, ticket.EventID(i.Scope.Event), ticket.EventID(i.Scope.Organizer))
	if err != nil {
		return nil, Task{}, err
	}
	name, err := j.Places.TimeZone(ctx, i.Scope.Event)
	if err != nil {
		return nil, Task{}, err
	}
	zone, err := time.LoadLocation(name)
	if err != nil {
		return nil, Task{}, fmt.Errorf("the venue's time zone: %w", err)
	}
	task := Task{Kind: issuer.Kind}
	for _, other := range facts.Issuers {
		if other.Name != issuer.Name {
			task.Others = append(task.Others, Namespace{other.Name, profile(other.Normalise)})
		}
	}
	return newReading(i.Mapping, facts, issuer, secrets.Ref, zone), task, nil
}

func (j *job) stage(ctx context.Context, read *reading, file io.Reader) error {
	lines := read.staged(sheet.Rows(file, j.i.Mapping.Format))
	return j.Table.Stage(ctx, j.i, func(yield func(Staged, error) bool) {
		for s, err := range lines {
			j.lines.Store(int64(read.lines))
			if !yield(s, err) {
				return
			}
		}
	})
}

// settle compares, and where it is no dry run writes.
func (j *job) settle(ctx context.Context, task Task) (err error) {
	j.step.Store(StepComparing)
	task.Import = j.i
	if j.i.Counts, err = j.Table.Compare(ctx, task); err != nil {
		return fmt.Errorf("compare %d lines: %w", j.i.Lines, err)
	}
	if j.i.Lines == 0 || j.i.Mode == Replace && good(j.i.Counts) == 0 {
		return ErrEmpty // a file of nothing must not withdraw everything
	}
	task.Import = j.i
	if err := j.Table.Report(ctx, task); err != nil {
		return fmt.Errorf("keep the report: %w", err)
	}
	if j.i.State == Writing {
		j.step.Store(StepWriting)
		if err := j.Table.Write(ctx, task); err != nil {
			return fmt.Errorf("write %d lines: %w", j.i.Imported(), err)
		}
		j.i.State = Done
	} else {
		j.i.State = Planned
	}
	j.i.EndedAt = j.Now()
	return j.Queue.Finish(ctx, j.i, j.worker)
}

// good is how many lines of a file are codes that are good.
func good(counts map[string]int) int {
	return counts[Adds] + counts[Changes] + counts[Reinstates] + counts[string(foreign.Known)]
}
