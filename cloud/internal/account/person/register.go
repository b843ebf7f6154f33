package person

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/google/uuid"

	"portaria/cloud/internal/account/password"
	"portaria/cloud/internal/fault"
)

// Kinds of tokens, and how long their links are good.
const (
	registration = "registration"
	reset        = "reset"

	registrationLife = 48 * time.Hour
	resetLife        = time.Hour
)

// Founder makes an organizer and its first owner.
type Founder interface {
	Found(ctx context.Context, person uuid.UUID, name, language string) (organizer uuid.UUID, err error)
}

// Applicant is who wants to register an organizer.
type Applicant struct {
	Name      string `json:"name"`
	Organizer string `json:"organizer"`
	Email     string `json:"email"`
	Language  string `json:"language"`
	Password  string `json:"password"` // as typed; in the token as package password keeps it
}

// Faults are all that is wrong with what was typed, one for each field.
func (a *Applicant) faults() error {
	var all []error
	var err error
	if a.Email, err = Address(a.Email); err != nil {
		all = append(all, err)
	}
	all = append(all, fault.Text("name", a.Name, true, 120), fault.Text("organizer", a.Organizer, true, 200))
	if err := password.Check(a.Password); err != nil {
		all = append(all, inField("password", err))
	}
	return errors.Join(all...)
}

// inField puts a refusal beside the field that it is about.
func inField(field string, err error) error {
	var f *fault.Fault
	if errors.As(err, &f) && f.Field == "" {
		named := *f
		named.Field = field
		return &named
	}
	return err
}

// Register sends a mail with a link that confirms the registration; nothing else is made before. Whether the mail
// address has an account is told to its owner alone, by mail. The error joins a fault for each field that is wrong.
func (s *Service) Register(ctx context.Context, a Applicant, c Client) error {
	if err := a.faults(); err != nil {
		return err
	}
	if err := s.strike(ctx, mailKeys(a.Email, c.Address)); err != nil {
		return err
	}
	hashed, err := s.Hasher.Hash(ctx, a.Password)
	if err != nil {
		return inField("password", err)
	}
	a.Password = hashed
	return s.Atomic.InTx(ctx, func(ctx context.Context) error {
		known, err := s.People.PersonBy(ctx, a.Email)
		if err == nil {
			return s.Post.Post(ctx, Letter{Kind: LetterKnown, To: known.Email, Name: known.Name, Language: known.Language, Link: s.PublicURL + "/login"})
		}
		if !errors.Is(err, ErrNoPerson) {
			return err
		}
		content, err := json.Marshal(a)
		if err != nil {
			return fmt.Errorf("keep a registration: %w", err)
		}
		text, hash := secret()
		if err := s.Tokens.Keep(ctx, registration, hash, content, s.Now().Add(registrationLife)); err != nil {
			return err
		}
		return s.Post.Post(ctx, Letter{Kind: LetterConfirm, To: a.Email, Name: a.Name, Language: a.Language, Link: s.PublicURL + "/register/" + text, About: a.Organizer})
	})
}

// Pending says whose registration a link confirms. ErrOldLink.
func (s *Service) Pending(ctx context.Context, link string) (Applicant, error) {
	raw, err := s.Tokens.Look(ctx, registration, HashOf(link), s.Now())
	if err != nil {
		return Applicant{}, err
	}
	return applicant(raw)
}

func applicant(raw []byte) (a Applicant, err error) {
	if err := json.Unmarshal(raw, &a); err != nil {
		return a, fmt.Errorf("read a kept registration: %w", err)
	}
	return a, nil
}

// Confirm makes the person and the organizer, and signs the person in. ErrOldLink, ErrTaken.
func (s *Service) Confirm(ctx context.Context, link string, c Client) (opened Opened, err error) {
	err = s.Atomic.InTx(ctx, func(ctx context.Context) error {
		raw, err := s.Tokens.Take(ctx, registration, HashOf(link), s.Now())
		if err != nil {
			return err
		}
		a, err := applicant(raw)
		if err != nil {
			return err
		}
		p := Person{ID: uuid.Must(uuid.NewV7()), Email: a.Email, Name: a.Name, Language: a.Language, Password: a.Password, CreatedAt: s.Now()}
		if err := s.People.CreatePerson(ctx, p); err != nil {
			return err
		}
		if err := s.note(ctx, p.ID, "person.registered", p.ID.String(), c.Address); err != nil {
			return err
		}
		organizer, err := s.Founder.Found(ctx, p.ID, a.Organizer, a.Language)
		if err != nil {
			return err
		}
		if opened, err = s.open(ctx, p, c, false, false); err != nil {
			return err
		}
		opened.Organizer = organizer
		return s.Sessions.UpdateSession(ctx, opened.Session)
	})
	return opened, err
}

// Join makes the account of somebody who was invited, or finds it, and signs in. It must run in the transaction that
// takes the invitation: the link in the mail has shown whose address it is. An account with a second factor or a
// password is not entered by an invitation alone: such a person signs in first.
func (s *Service) Join(ctx context.Context, email, name, language, typed string, c Client) (Opened, error) {
	if err := fault.Text("name", name, true, 120); err != nil {
		return Opened{}, err
	}
	hashed, err := s.Hasher.Hash(ctx, typed)
	if err != nil {
		return Opened{}, inField("password", err)
	}
	p := Person{ID: uuid.Must(uuid.NewV7()), Email: email, Name: name, Language: language, Password: hashed, CreatedAt: s.Now()}
	if err := s.People.CreatePerson(ctx, p); err != nil {
		return Opened{}, err
	}
	if err := s.note(ctx, p.ID, "person.joined", p.ID.String(), c.Address); err != nil {
		return Opened{}, err
	}
	return s.open(ctx, p, c, false, false)
}
