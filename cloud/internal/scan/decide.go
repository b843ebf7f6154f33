package scan

import (
	"context"
	"errors"
	"fmt"

	"github.com/google/uuid"

	"portaria/cloud/internal/arbiter"
	"portaria/edge/ticket"
	"portaria/edge/wire"
	"portaria/floor/wicket"
)

// Doing is what a job asks for.
type Doing string

// Doings.
const (
	DoScan  Doing = "scan"
	DoPass  Doing = "passed"
	DoAbort Doing = "abort"
	DoBring Doing = "bring" // records that a device made alone
)

// Job is work for whoever decides at a venue.
type Job struct {
	Organizer uuid.UUID    `json:"organizer"`
	Venue     uuid.UUID    `json:"venue"`
	Do        Doing        `json:"do"`
	Ask       wicket.Ask   `json:"ask"`
	Bring     *wire.Events `json:"bring,omitempty"`
}

// Done is what came of it.
type Done struct {
	Said    wicket.Said    `json:"said"`
	Passage wicket.Passage `json:"passage,omitempty"`
	By      string         `json:"by"`
	Fault   string         `json:"fault,omitempty"` // between processes: the code of a refusal
}

// Who decides.
const (
	ByCloud = "cloud"
	ByHub   = "hub"
)

// decide gives a job to the arbiter of its venue: here, in another process, or the hub. An arbiter that ends in between is
// looked for once more.
func (s *Service) decide(ctx context.Context, job Job) (done Done, err error) {
	for range 2 {
		done, err = s.give(ctx, job)
		if !errors.Is(err, arbiter.ErrLost) && !errors.Is(err, wicket.ErrEnded) || ctx.Err() != nil {
			break
		}
	}
	return done, err
}

func (s *Service) give(ctx context.Context, job Job) (Done, error) {
	done, err := s.Here(ctx, job)
	var hub *arbiter.HubError
	var elsewhere *arbiter.ElsewhereError
	switch {
	case errors.As(err, &hub):
		return s.toHub(ctx, hub.Hub, job)
	case errors.As(err, &elsewhere):
		if s.Peers == nil {
			return Done{}, ErrStarting
		}
		return s.Peers.Ask(ctx, elsewhere.Holder, job)
	}
	return done, err
}

// Here does a job if this process decides at its venue, or nobody does yet.
func (s *Service) Here(ctx context.Context, job Job) (Done, error) {
	seat, err := s.Arbiters.At(ctx, ticket.EventID(job.Venue))
	if err != nil {
		return Done{}, err
	}
	if err := s.covers(ctx, seat, job); err != nil {
		return Done{}, err
	}
	done := Done{By: ByCloud}
	switch job.Do {
	case DoScan:
		done.Said, err = seat.Scan(ctx, job.Ask)
	case DoPass, DoAbort:
		done.Passage, err = seat.Close(ctx, job.Ask, job.Do == DoPass)
	case DoBring:
		if job.Bring != nil {
			err = seat.Bring(job.Ask.Gate, *job.Bring)
		}
	default:
		err = fmt.Errorf("a job of another version: %q", job.Do)
	}
	return done, err
}

func (s *Service) covers(ctx context.Context, seat *arbiter.Seat, job Job) error {
	if err := seat.Covers(ctx, eventOf(job.Ask)); err != nil || job.Bring == nil {
		return err
	}
	for _, e := range job.Bring.Events {
		if err := seat.Covers(ctx, e.Event); err != nil {
			return err
		}
	}
	return nil
}

func (s *Service) toHub(ctx context.Context, hub string, job Job) (Done, error) {
	var err error
	done := Done{By: ByHub}
	if job.Do == DoBring {
		return done, s.Intake.Take(ctx, job.Organizer, job.Venue, *job.Bring)
	}
	if s.Hubs == nil {
		return done, ErrHubAway
	}
	if job.Do == DoScan {
		done.Said, err = s.Hubs.Scan(ctx, hub, job.Ask)
	} else {
		done.Passage, err = s.Hubs.Close(ctx, hub, job.Ask, job.Do == DoPass)
	}
	if errors.Is(err, context.DeadlineExceeded) {
		err = ErrHubAway
	}
	return done, err
}
