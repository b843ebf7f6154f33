package staff

import (
	"context"

	"github.com/google/uuid"

	"portaria/cloud/internal/account/person"
	"portaria/cloud/internal/account/role"
	"portaria/cloud/internal/fault"
)

// Invite sends somebody a mail with a link that gives a role. ErrNotYours.
func (s *Service) Invite(ctx context.Context, a Actor, email, language string, g role.Grant) error {
	email, err := person.Address(email)
	if err != nil {
		return err
	}
	if err := fits(g); err != nil {
		return err
	}
	if !a.Grants.MayGive(g) {
		return ErrNotYours
	}
	return s.Atomic.InTx(ctx, func(ctx context.Context) error {
		o, err := s.Organizers.Organizer(ctx, a.Organizer)
		if err != nil {
			return err
		}
		waiting, err := s.Invitations.Invited(ctx, a.Organizer, s.Now())
		if err != nil {
			return err
		}
		if len(waiting) >= maxWaiting {
			return fault.On("email", "Too many invitations are waiting. Withdraw some first.")
		}
		i := Invitation{
			ID: uuid.Must(uuid.NewV7()), Organizer: a.Organizer, From: a.Person, Email: email, Language: language, Grant: g,
			MadeAt: s.Now(), Until: s.Now().Add(invitationLife),
		}
		link, hash := person.NewSecret()
		if err := s.Invitations.Invite(ctx, i, hash); err != nil {
			return err
		}
		letter := person.Letter{Kind: person.LetterInvite, To: email, Language: language, Link: s.PublicURL + "/invitation/" + link, About: o.Name, Organizer: o.ID}
		if err := s.Post.Post(ctx, letter); err != nil {
			return err
		}
		return s.Note(ctx, a, "person.invited", i.ID.String(), describe(g))
	})
}

// maxWaiting keeps an organizer from being used to send mail to the world.
const maxWaiting = 200

// Withdraw ends an invitation. ErrNotYours.
func (s *Service) Withdraw(ctx context.Context, a Actor, id uuid.UUID) error {
	return s.Atomic.InTx(ctx, func(ctx context.Context) error {
		there, err := s.Invitations.Settle(ctx, a.Organizer, id, false, s.Now())
		if err != nil || !there {
			return err
		}
		return s.Note(ctx, a, "invitation.withdrawn", id.String(), "")
	})
}

// Open finds an invitation by its link, with the organizer's name and whether its mail address has an account.
// ErrNoInvitation.
func (s *Service) Open(ctx context.Context, link string) (i Invitation, organizer string, known bool, err error) {
	if i, err = s.Invitations.Invitation(ctx, person.HashOf(link), s.Now()); err != nil {
		return i, "", false, err
	}
	o, err := s.Organizers.Organizer(ctx, i.Organizer)
	if err != nil {
		return i, "", false, err
	}
	_, err = s.People.People.PersonBy(ctx, i.Email)
	switch {
	case err == nil:
		return i, o.Name, true, nil
	case person.ErrNoPerson.Is(err):
		return i, o.Name, false, nil
	}
	return i, o.Name, false, err
}

// Accept is somebody who is signed in taking an invitation to their own mail address. ErrNotInvited.
func (s *Service) Accept(ctx context.Context, link string, session person.Session) error {
	return s.Atomic.InTx(ctx, func(ctx context.Context) error {
		i, err := s.Invitations.Invitation(ctx, person.HashOf(link), s.Now())
		if err != nil {
			return err
		}
		p, err := s.People.People.Person(ctx, session.Person)
		if err != nil {
			return err
		}
		if p.Email != i.Email {
			return ErrNotInvited
		}
		if err := s.settle(ctx, i, p.ID, session.Address); err != nil {
			return err
		}
		return s.People.At(ctx, session, i.Organizer)
	})
}

// Join makes an account for an invited mail address that has none, and takes the invitation. person.ErrTaken.
func (s *Service) Join(ctx context.Context, link, name, language, password string, c person.Client) (opened person.Opened, err error) {
	err = s.Atomic.InTx(ctx, func(ctx context.Context) error {
		i, err := s.Invitations.Invitation(ctx, person.HashOf(link), s.Now())
		if err != nil {
			return err
		}
		if opened, err = s.People.Join(ctx, i.Email, name, language, password, c); err != nil {
			return err
		}
		if err := s.settle(ctx, i, opened.Person, c.Address); err != nil {
			return err
		}
		opened.Organizer = i.Organizer
		return s.People.At(ctx, opened.Session, i.Organizer)
	})
	return opened, err
}

// settle gives the role, if who invited may still give it.
func (s *Service) settle(ctx context.Context, i Invitation, who uuid.UUID, address string) error {
	inviter, err := s.Roster.GrantsOf(ctx, i.Organizer, i.From)
	if err != nil {
		return err
	}
	if !inviter.MayGive(i.Grant) {
		return ErrNoInvitation
	}
	there, err := s.Invitations.Settle(ctx, i.Organizer, i.ID, true, s.Now())
	if err != nil {
		return err
	}
	if !there {
		return ErrNoInvitation
	}
	m := Member{ID: uuid.Must(uuid.NewV7()), Person: who, Grant: i.Grant, Since: s.Now()}
	if err := s.Roster.Give(ctx, i.Organizer, m, i.From); err != nil {
		return err
	}
	return s.Note(ctx, Actor{Organizer: i.Organizer, Person: who, Address: address}, "invitation.accepted", i.ID.String(), describe(i.Grant))
}
