package arbiters

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"

	"portaria/cloud/internal/scan"
	"portaria/edge/wire"
)

// channel is where processes of the cloud speak to each other. What is lost is asked again by the telephone.
const channel = "arbiter_peers"

// maxLetter is what a notice of PostgreSQL holds, less what it adds.
const maxLetter = 7_900

const (
	relisten  = time.Second
	hubWait   = 1500 * time.Millisecond // for a process that has a hub's connection
	workLimit = 4 * time.Second
	atOnce    = 128
)

// errLong says that a letter holds too much.
var errLong = errors.New("too long for one letter")

// Peers are the other processes of this cloud: one of them decides at a venue, one has a hub's connection.
type Peers struct {
	Pool *pgxpool.Pool
	Self string // as leases name it
	// Here does a job that another process passes on; it must not pass it on again.
	Here func(ctx context.Context, job scan.Job) (scan.Done, error)
	// Hub asks a hub that is connected to this process; false = it is not.
	Hub func(ctx context.Context, hub string, q wire.Ask) (wire.Answer, bool)
	Log *slog.Logger

	mu      sync.Mutex
	waiting map[string]chan letter
	busy    chan struct{}
}

var _ scan.Peers = (*Peers)(nil)

// letter is one message between processes.
type letter struct {
	To     string       `json:"to,omitempty"` // empty = whoever has the hub
	From   string       `json:"from,omitempty"`
	ID     string       `json:"id"`
	Job    *scan.Job    `json:"job,omitempty"`
	Hub    string       `json:"hub,omitempty"`
	Ask    *wire.Ask    `json:"ask,omitempty"`
	Done   *scan.Done   `json:"done,omitempty"`
	Answer *wire.Answer `json:"answer,omitempty"`
}

// Ask passes a job on to the process that decides at its venue.
func (p *Peers) Ask(ctx context.Context, holder string, job scan.Job) (scan.Done, error) {
	answer, err := p.write(ctx, letter{To: holder, Job: &job})
	if errors.Is(err, errLong) && job.Bring != nil && len(job.Bring.Events) > 1 {
		return p.inHalves(ctx, holder, job)
	}
	if err != nil {
		p.Log.Warn("another process of the cloud did not answer", "process", holder, "error", err)
		return scan.Done{}, scan.ErrStarting
	}
	if answer.Done == nil {
		return scan.Done{}, scan.ErrStarting
	}
	return *answer.Done, scan.FaultOf(answer.Done.Fault)
}

func (p *Peers) inHalves(ctx context.Context, holder string, job scan.Job) (done scan.Done, err error) {
	all := job.Bring.Events
	for _, half := range [][]wire.Event{all[:len(all)/2], all[len(all)/2:]} {
		part, bring := job, *job.Bring
		bring.Events = half
		part.Bring = &bring
		if done, err = p.Ask(ctx, holder, part); err != nil {
			return done, err
		}
	}
	return done, nil
}

// AskHub asks a hub by way of the process that has its connection.
func (p *Peers) AskHub(ctx context.Context, hub string, q wire.Ask) (wire.Answer, error) {
	ctx, cancel := context.WithTimeout(ctx, hubWait)
	defer cancel()
	answer, err := p.write(ctx, letter{Hub: hub, Ask: &q})
	if err != nil || answer.Answer == nil {
		return wire.Answer{}, scan.ErrHubAway
	}
	return *answer.Answer, nil
}

// write sends a letter and waits for its answer.
func (p *Peers) write(ctx context.Context, l letter) (letter, error) {
	l.From, l.ID = p.Self, rand.Text()[:16]
	answer := make(chan letter, 1)
	p.mu.Lock()
	if p.waiting == nil {
		p.waiting = map[string]chan letter{}
	}
	p.waiting[l.ID] = answer
	p.mu.Unlock()
	defer func() {
		p.mu.Lock()
		defer p.mu.Unlock()
		delete(p.waiting, l.ID)
	}()
	if err := p.send(ctx, l); err != nil {
		return letter{}, err
	}
	select {
	case got := <-answer:
		return got, nil
	case <-ctx.Done():
		return letter{}, ctx.Err()
	}
}

func (p *Peers) send(ctx context.Context, l letter) error {
	raw, err := json.Marshal(l)
	if err != nil {
		return err
	}
	if len(raw) > maxLetter {
		return errLong
	}
	_, err = p.Pool.Exec(ctx, "SELECT pg_notify($1, $2)", channel, string(raw))
	return err
}

// Run reads letters until ctx ends.
func (p *Peers) Run(ctx context.Context) {
	p.busy = make(chan struct{}, atOnce)
	var working sync.WaitGroup
	defer working.Wait()
	for ctx.Err() == nil {
		err := p.listen(ctx, &working)
		if ctx.Err() != nil {
			return
		}
		p.Log.Warn("letters between processes of the cloud broke off; listening again", "error", err)
		select {
		case <-ctx.Done():
		case <-time.After(relisten):
		}
	}
}

func (p *Peers) listen(ctx context.Context, working *sync.WaitGroup) error {
	conn, err := p.Pool.Acquire(ctx)
	if err != nil {
		return fmt.Errorf("take a connection: %w", err)
	}
	own := conn.Hijack() // a connection that listens must not go back to the pool
	defer func() { _ = own.Close(context.WithoutCancel(ctx)) }()
	if _, err := own.Exec(ctx, "LISTEN "+channel); err != nil {
		return fmt.Errorf("listen: %w", err)
	}
	for {
		n, err := own.WaitForNotification(ctx)
		if err != nil {
			return fmt.Errorf("wait for letters: %w", err)
		}
		var l letter
		if json.Unmarshal([]byte(n.Payload), &l) == nil {
			p.read(ctx, working, l)
		}
	}
}

// read takes an answer to the one who waits, and has questions answered.
func (p *Peers) read(ctx context.Context, working *sync.WaitGroup, l letter) {
	switch {
	case l.From == p.Self, l.To != "" && l.To != p.Self:
	case l.Done != nil || l.Answer != nil:
		p.mu.Lock()
		if waiting := p.waiting[l.ID]; waiting != nil {
			waiting <- l // it has room for one, and is taken away
			delete(p.waiting, l.ID)
		}
		p.mu.Unlock()
	default:
		select {
		case p.busy <- struct{}{}:
			working.Go(func() { defer func() { <-p.busy }(); p.answer(ctx, l) })
		default: // the telephone asks again
		}
	}
}

func (p *Peers) answer(ctx context.Context, l letter) {
	ctx, cancel := context.WithTimeout(ctx, workLimit)
	defer cancel()
	back := letter{To: l.From, ID: l.ID, From: p.Self}
	switch {
	case l.Job != nil:
		done, err := p.Here(ctx, *l.Job)
		done.Fault = scan.CodeOf(err)
		back.Done = &done
	case l.Ask != nil:
		answer, connected := p.Hub(ctx, l.Hub, *l.Ask)
		if !connected {
			return // another process may have it
		}
		back.Answer = &answer
	default:
		return
	}
	if err := p.send(ctx, back); err != nil {
		p.Log.Warn("another process of the cloud was not answered", "process", l.From, "error", err)
	}
}
