package person

import (
	"context"
	"errors"
	"fmt"

	"github.com/google/uuid"

	"portaria/cloud/internal/fault"
)

// Forgot sends a link to choose a new password. Whether there is such an account is told by mail alone. ErrWait.
func (s *Service) Forgot(ctx context.Context, email, language string, c Client) error {
	email, err := Address(email)
	if err != nil {
		return err
	}
	if err := s.strike(ctx, mailKeys(email, c.Address)); err != nil {
		return err
	}
	return s.Atomic.InTx(ctx, func(ctx context.Context) error {
		p, err := s.People.PersonBy(ctx, email)
		if errors.Is(err, ErrNoPerson) {
			return s.Post.Post(ctx, Letter{Kind: LetterUnknown, To: email, Language: language, Link: s.PublicURL + "/register"})
		}
		if err != nil {
			return err
		}
		text, hash := secret()
		if err := s.Tokens.Keep(ctx, reset, hash, p.ID[:], s.Now().Add(resetLife)); err != nil {
			return err
		}
		return s.Post.Post(ctx, Letter{Kind: LetterReset, To: p.Email, Name: p.Name, Language: p.Language, Link: s.PublicURL + "/login/new/" + text})
	})
}

// Make makes an account without a password, and a link to choose one: for the command line. It must run in a
// transaction. ErrTaken.
func (s *Service) Make(ctx context.Context, email, name, language string) (p Person, link string, err error) {
	if err := fault.Text("name", name, true, 120); err != nil {
		return p, "", err
	}
	p = Person{ID: uuid.Must(uuid.NewV7()), Email: email, Name: name, Language: language, CreatedAt: s.Now()}
	if err := s.People.CreatePerson(ctx, p); err != nil {
		return p, "", err
	}
	text, hash := secret()
	if err := s.Tokens.Keep(ctx, reset, hash, p.ID[:], s.Now().Add(resetLife)); err != nil {
		return p, "", err
	}
	return p, s.PublicURL + "/login/new/" + text, s.note(ctx, p.ID, "person.made", p.ID.String(), "")
}

// MayReset says whether a link to choose a new password is still good. ErrOldLink.
func (s *Service) MayReset(ctx context.Context, link string) error {
	_, err := s.Tokens.Look(ctx, reset, HashOf(link), s.Now())
	return err
}

// Reset sets a new password by a link and signs in; every other session ends. A second factor is still asked for: who
// reads the mail has one thing only. ErrOldLink, password.ErrWeak.
func (s *Service) Reset(ctx context.Context, link, typed string, c Client) (opened Opened, err error) {
	hashed, err := s.Hasher.Hash(ctx, typed)
	if err != nil {
		return Opened{}, inField("password", err)
	}
	err = s.Atomic.InTx(ctx, func(ctx context.Context) error {
		raw, err := s.Tokens.Take(ctx, reset, HashOf(link), s.Now())
		if err != nil {
			return err
		}
		id, err := uuid.FromBytes(raw)
		if err != nil {
			return fmt.Errorf("read a kept reset: %w", err)
		}
		p, err := s.People.Person(ctx, id)
		if err != nil {
			return err
		}
		if err := s.change(ctx, p, hashed, uuid.Nil, c.Address); err != nil {
			return err
		}
		opened, err = s.open(ctx, p, c, p.TOTP != nil, false)
		return err
	})
	return opened, err
}

// ChangePassword of a person who is signed in and has just proved who they are. Every other session ends.
func (s *Service) ChangePassword(ctx context.Context, session Session, typed string) error {
	hashed, err := s.Hasher.Hash(ctx, typed)
	if err != nil {
		return inField("password", err)
	}
	return s.Atomic.InTx(ctx, func(ctx context.Context) error {
		p, err := s.People.Person(ctx, session.Person)
		if err != nil {
			return err
		}
		return s.change(ctx, p, hashed, session.ID, session.Address)
	})
}

// change sets a password, ends the other sessions, and tells the person by mail.
func (s *Service) change(ctx context.Context, p Person, hashed string, but uuid.UUID, address string) error {
	p.Password = hashed
	if err := s.People.UpdatePerson(ctx, p); err != nil {
		return err
	}
	if _, err := s.Sessions.EndSessions(ctx, p.ID, uuid.Nil, but); err != nil {
		return err
	}
	if err := s.tell(ctx, p, "password"); err != nil {
		return err
	}
	return s.note(ctx, p.ID, "password.changed", p.ID.String(), address)
}

// tell writes to a person what was changed about their account.
func (s *Service) tell(ctx context.Context, p Person, what string) error {
	return s.Post.Post(ctx, Letter{Kind: LetterChanged, To: p.Email, Name: p.Name, Language: p.Language, Link: s.PublicURL + "/desk/settings/security", About: what})
}

// Rename changes a person's name and language.
func (s *Service) Rename(ctx context.Context, id uuid.UUID, name, language string) error {
	p, err := s.People.Person(ctx, id)
	if err != nil {
		return err
	}
	p.Name, p.Language = name, language
	return s.People.UpdatePerson(ctx, p)
}
