// Package operator is the people who run the platform: who they are, and what they may do to organizers. They stop and
// start a sale; what organizers have they do not see.
package operator

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/google/uuid"

	"portaria/cloud/internal/account"
	"portaria/cloud/internal/account/audit"
	"portaria/cloud/internal/account/person"
	"portaria/cloud/internal/fault"
)

// Refusals of this package.
var (
	ErrSuspended    = fault.New(fault.Conflict, "already_suspended", "This organizer's sale is stopped already.")
	ErrNotSuspended = fault.New(fault.Conflict, "not_suspended", "This organizer's sale goes on already.")
	ErrNoOperator   = fault.New(fault.NotFound, "not_found", "This person does not run the platform.")
)

// Operator is somebody who runs the platform.
type Operator struct {
	Person uuid.UUID
	Name   string
	Email  string
	Strong bool // has a second factor; without one the platform's pages are closed to them
	Since  time.Time
}

// Store keeps who runs the platform, and whose sale is stopped.
type Store interface {
	AddOperator(ctx context.Context, person uuid.UUID, by string, now time.Time) (bool, error)
	DropOperator(ctx context.Context, person uuid.UUID) (bool, error)
	Operators(ctx context.Context) ([]Operator, error)
	// Suspend stops an organizer's sale; false = it was stopped, or there is no such organizer.
	Suspend(ctx context.Context, organizer uuid.UUID, why, by string, now time.Time) (bool, error)
	Resume(ctx context.Context, organizer uuid.UUID) (bool, error)
}

// Service is what pages and the command line call.
type Service struct {
	Store  Store
	People *person.Service
	Audit  *audit.Log
	Atomic account.Atomic
	Now    func() time.Time
}

// Add makes somebody one who runs the platform. Who has no account gets one, and a link to choose a password, which is
// good for an hour: "" when there was an account.
func (s *Service) Add(ctx context.Context, email, name, language, by string) (link string, err error) {
	if email, err = person.Address(email); err != nil {
		return "", err
	}
	err = s.Atomic.InTx(ctx, func(ctx context.Context) error {
		p, err := s.People.People.PersonBy(ctx, email)
		if errors.Is(err, person.ErrNoPerson) {
			p, link, err = s.People.Make(ctx, email, name, language)
		}
		if err != nil {
			return err
		}
		added, err := s.Store.AddOperator(ctx, p.ID, by, s.Now())
		if err != nil || !added {
			return err
		}
		return s.Audit.Write(ctx, audit.Act{Who: by, What: "platform.operator_added", Subject: person.By(p.ID)})
	})
	return link, err
}

// Drop ends somebody's running the platform. ErrNoOperator.
func (s *Service) Drop(ctx context.Context, email, by string) error {
	return s.Atomic.InTx(ctx, func(ctx context.Context) error {
		p, err := s.People.People.PersonBy(ctx, email)
		if errors.Is(err, person.ErrNoPerson) {
			return ErrNoOperator
		}
		if err != nil {
			return err
		}
		dropped, err := s.Store.DropOperator(ctx, p.ID)
		if err == nil && !dropped {
			err = ErrNoOperator
		}
		if err != nil {
			return err
		}
		return s.Audit.Write(ctx, audit.Act{Who: by, What: "platform.operator_dropped", Subject: person.By(p.ID)})
	})
}

// Actor is who acts.
type Actor struct {
	Who     string // for the audit log
	Address string
}

// Suspend stops an organizer's sale: nothing of it is offered or sold, through no channel. What was sold stays good:
// payments on their way arrive, refunds are made, lists are signed, gates admit. ErrSuspended.
func (s *Service) Suspend(ctx context.Context, a Actor, organizer uuid.UUID, why string) error {
	if err := fault.Text("why", why, true, 500); err != nil {
		return err
	}
	return s.Atomic.InTx(ctx, func(ctx context.Context) error {
		done, err := s.Store.Suspend(ctx, organizer, why, a.Who, s.Now())
		if err == nil && !done {
			err = ErrSuspended
		}
		if err != nil {
			return err
		}
		return s.note(ctx, a, organizer, "suspended", why)
	})
}

// Resume lets an organizer sell again. ErrNotSuspended.
func (s *Service) Resume(ctx context.Context, a Actor, organizer uuid.UUID) error {
	return s.Atomic.InTx(ctx, func(ctx context.Context) error {
		done, err := s.Store.Resume(ctx, organizer)
		if err == nil && !done {
			err = ErrNotSuspended
		}
		if err != nil {
			return err
		}
		return s.note(ctx, a, organizer, "resumed", "")
	})
}

// note tells both: the platform what its people did, and the organizer what was done to it.
func (s *Service) note(ctx context.Context, a Actor, organizer uuid.UUID, what, why string) error {
	mine := audit.Act{Who: a.Who, What: "platform." + what, Subject: organizer.String(), Detail: why, Address: a.Address}
	if err := s.Audit.Write(ctx, mine); err != nil {
		return err
	}
	theirs := audit.Act{Organizer: organizer, Who: "platform", What: "organizer." + what, Subject: organizer.String(), Detail: why}
	return s.Audit.Write(ctx, theirs)
}

// Note writes another act to the platform's own chain.
func (s *Service) Note(ctx context.Context, a Actor, what, subject string) error {
	if err := s.Audit.Write(ctx, audit.Act{Who: a.Who, What: "platform." + what, Subject: subject, Address: a.Address}); err != nil {
		return fmt.Errorf("note what the platform did: %w", err)
	}
	return nil
}
