// Package staff is who works for whom: an organizer's people, the roles they hold, and invitations by mail.
//
// What a role permits is in package role; who somebody is, in package person.
package staff

import (
	"context"
	"time"

	"github.com/google/uuid"

	"portaria/cloud/internal/account"
	"portaria/cloud/internal/account/audit"
	"portaria/cloud/internal/account/person"
	"portaria/cloud/internal/account/role"
	"portaria/cloud/internal/fault"
)

// Refusals of this package.
var (
	ErrNoInvitation = fault.New(fault.NotFound, "old_invitation", "This invitation was used, withdrawn, or is too old. Ask to be invited again.")
	ErrNotYours     = fault.New(fault.Denied, "not_yours_to_give", "You cannot give or take a role that may more than you may.")
	ErrLastOwner    = fault.New(fault.Conflict, "last_owner", "Somebody must stay the owner. Make another person the owner first.")
	ErrNotInvited   = fault.New(fault.Denied, "not_invited", "This invitation is for another mail address. Sign in with that one.")
	ErrHeld         = fault.New(fault.Conflict, "already_held", "This person holds that role already.")
)

// Desk is an organizer that a person works for.
type Desk struct {
	Organizer  uuid.UUID
	Name       string
	FactorFrom time.Time // from then on nobody works there without a second factor; zero = never
	Suspended  bool      // the platform has stopped its sale
}

// NeedsFactor says whether nobody may work there now who was not asked for a second factor.
func (d Desk) NeedsFactor(now time.Time) bool {
	return !d.FactorFrom.IsZero() && !now.Before(d.FactorFrom)
}

// Member is a person of an organizer with one role that they hold.
type Member struct {
	role.Grant
	ID     uuid.UUID // of the grant
	Person uuid.UUID
	Name   string
	Email  string
	Strong bool // has a second factor or a passkey
	Since  time.Time
}

// Invitation waits for somebody to take it.
type Invitation struct {
	role.Grant
	ID        uuid.UUID
	Organizer uuid.UUID
	From      uuid.UUID // who invites
	Email     string
	Language  string
	MadeAt    time.Time
	Until     time.Time
}

// Roster keeps who holds which role.
type Roster interface {
	GrantsOf(ctx context.Context, organizer, person uuid.UUID) (role.Grants, error)
	DesksOf(ctx context.Context, person uuid.UUID) ([]Desk, error)
	Members(ctx context.Context, organizer uuid.UUID) ([]Member, error)          // one for each grant
	Give(ctx context.Context, organizer uuid.UUID, m Member, by uuid.UUID) error // ErrHeld
	TakeRole(ctx context.Context, organizer, grant uuid.UUID) error
}

// Invitations keeps invitations by the hash of their link.
type Invitations interface {
	Invite(ctx context.Context, i Invitation, hash [32]byte) error
	Invited(ctx context.Context, organizer uuid.UUID, now time.Time) ([]Invitation, error)
	// Invitation finds one that is still good, by its link alone: no tenant is known yet. ErrNoInvitation.
	Invitation(ctx context.Context, hash [32]byte, now time.Time) (Invitation, error)
	Settle(ctx context.Context, organizer, id uuid.UUID, accepted bool, now time.Time) (bool, error)
}

// invitationLife is how long an invitation waits.
const invitationLife = 14 * 24 * time.Hour

// Service is what pages call.
type Service struct {
	Roster      Roster
	Invitations Invitations
	Organizers  account.Store
	Accounts    *account.Service
	People      *person.Service
	Post        person.Post
	Audit       *audit.Log
	Atomic      account.Atomic
	Now         func() time.Time
	PublicURL   string
}

// Actor is who acts, with what they hold.
type Actor struct {
	Organizer uuid.UUID
	Person    uuid.UUID
	Name      string
	Grants    role.Grants
	Address   string
}

// Note writes what an actor did to the organizer's chain.
func (s *Service) Note(ctx context.Context, a Actor, what, subject, detail string) error {
	return s.Audit.Write(ctx, audit.Act{Organizer: a.Organizer, Who: person.By(a.Person), What: what, Subject: subject, Detail: detail, Address: a.Address})
}

// Found makes an organizer whose owner is the person. It needs no API key.
func (s *Service) Found(ctx context.Context, who uuid.UUID, name, language string) (uuid.UUID, error) {
	var id uuid.UUID
	err := s.Atomic.InTx(ctx, func(ctx context.Context) error {
		o, err := s.Accounts.NewOrganizer(ctx, name, language)
		if err != nil {
			return err
		}
		id = o.ID
		owner := Member{ID: uuid.Must(uuid.NewV7()), Person: who, Grant: role.Grant{Role: role.Owner}, Since: s.Now()}
		if err := s.Roster.Give(ctx, o.ID, owner, who); err != nil {
			return err
		}
		return s.Note(ctx, Actor{Organizer: o.ID, Person: who}, "organizer.made", o.ID.String(), name)
	})
	return id, err
}

// Take takes a role from somebody; the last owner stays. It tells what was taken, and how many roles the person still
// has. ErrNotYours, ErrLastOwner.
func (s *Service) Take(ctx context.Context, a Actor, grant uuid.UUID) (taken Member, left int, err error) {
	err = s.Atomic.InTx(ctx, func(ctx context.Context) error {
		members, err := s.Roster.Members(ctx, a.Organizer)
		if err != nil {
			return err
		}
		owners := 0
		for _, m := range members {
			if m.Role == role.Owner {
				owners++
			}
			if m.ID == grant {
				taken = m
			}
		}
		switch {
		case taken.ID == uuid.Nil:
			return nil // taken already
		case !a.Grants.MayGive(taken.Grant):
			return ErrNotYours
		case taken.Role == role.Owner && owners == 1:
			return ErrLastOwner
		}
		for _, m := range members {
			if m.Person == taken.Person && m.ID != grant {
				left++
			}
		}
		if err := s.Roster.TakeRole(ctx, a.Organizer, grant); err != nil {
			return err
		}
		return s.Note(ctx, a, "role.taken", person.By(taken.Person), describe(taken.Grant))
	})
	return taken, left, err
}

// Give gives somebody who works here another role. ErrNotYours, ErrHeld.
func (s *Service) Give(ctx context.Context, a Actor, who uuid.UUID, g role.Grant) error {
	if err := fits(g); err != nil {
		return err
	}
	if !a.Grants.MayGive(g) {
		return ErrNotYours
	}
	return s.Atomic.InTx(ctx, func(ctx context.Context) error {
		held, err := s.Roster.GrantsOf(ctx, a.Organizer, who)
		if err != nil {
			return err
		}
		if len(held) == 0 {
			return person.ErrNoPerson
		}
		m := Member{ID: uuid.Must(uuid.NewV7()), Person: who, Grant: g, Since: s.Now()}
		if err := s.Roster.Give(ctx, a.Organizer, m, a.Person); err != nil {
			return err
		}
		return s.Note(ctx, a, "role.given", person.By(who), describe(g))
	})
}

// fits refuses a role that cannot be cut as it is.
func fits(g role.Grant) error {
	switch {
	case !g.Role.Known():
		return fault.On("role", "Choose a role.")
	case g.Event != uuid.Nil && g.Role.Width() < role.AlsoEvent, g.Venue != uuid.Nil && g.Role.Width() < role.AlsoVenue:
		return fault.On("where", "This role is for the whole organizer, or for a venue.")
	}
	return nil
}

func describe(g role.Grant) string {
	switch {
	case g.Event != uuid.Nil:
		return string(g.Role) + " of event " + g.Event.String()
	case g.Venue != uuid.Nil:
		return string(g.Role) + " of venue " + g.Venue.String()
	}
	return string(g.Role)
}

// View is a table of the desk as somebody likes to see it: a choice of columns and filters of one page.
type View struct {
	ID    uuid.UUID
	Page  string // the page's path
	Name  string
	Query string // as in the address, without "?"
}

// Views keeps them.
type Views interface {
	SaveView(ctx context.Context, organizer, person uuid.UUID, v View) error
	Views(ctx context.Context, organizer, person uuid.UUID, page string) ([]View, error)
	DropView(ctx context.Context, organizer, person, id uuid.UUID) error
}
