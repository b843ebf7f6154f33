package person

import (
	"context"
	"errors"

	"github.com/google/uuid"
)

// SignIn opens a session with a password. Where a second factor is set up the session is half open until Second.
// ErrWrong, ErrWait, password.ErrBusy.
func (s *Service) SignIn(ctx context.Context, email, typed string, c Client) (Opened, error) {
	email, err := Address(email)
	if err != nil {
		return Opened{}, ErrWrong
	}
	trusted, err := s.Devices.KnowsDevice(ctx, email, HashOf(c.Device))
	if err != nil {
		return Opened{}, err
	}
	keys := guessKeys(email, trusted, hexOf(HashOf(c.Device)), c.Address)
	if err := s.strike(ctx, keys); err != nil {
		return Opened{}, err
	}
	p, err := s.People.PersonBy(ctx, email)
	if err != nil && !errors.Is(err, ErrNoPerson) {
		return Opened{}, err
	}
	same, err := s.Hasher.Same(ctx, typed, p.Password) // nobody's takes as long
	if err != nil {
		return Opened{}, err
	}
	if !same {
		return Opened{}, s.wrong(ctx, p, c)
	}
	var opened Opened
	err = s.Atomic.InTx(ctx, func(ctx context.Context) (err error) {
		if err := s.pardon(ctx, keys); err != nil {
			return err
		}
		opened, err = s.open(ctx, p, c, p.TOTP != nil, false)
		return err
	})
	return opened, err
}

func (s *Service) wrong(ctx context.Context, p Person, c Client) error {
	if p.ID == uuid.Nil {
		return ErrWrong
	}
	if err := s.note(ctx, p.ID, "session.refused", "wrong password", c.Address); err != nil {
		return err
	}
	return ErrWrong
}

// Second completes a half session with a code of the second factor, or a recovery code. The token changes, so that
// one seen before is worth nothing. ErrWrongCode, ErrWait.
func (s *Service) Second(ctx context.Context, half Session, code string, c Client) (Opened, error) {
	if !half.Half {
		return Opened{}, ErrNoSession
	}
	p, err := s.People.Person(ctx, half.Person)
	if err != nil {
		return Opened{}, err
	}
	if err := s.checkCode(ctx, p, code, c); err != nil {
		return Opened{}, err
	}
	var opened Opened
	err = s.Atomic.InTx(ctx, func(ctx context.Context) (err error) {
		if _, err := s.Sessions.EndSessions(ctx, p.ID, half.ID, uuid.Nil); err != nil {
			return err
		}
		opened, err = s.open(ctx, p, c, false, true)
		return err
	})
	return opened, err
}

// Prove is the person showing again who they are: by a code where a second factor is set up, else by the password.
// ErrWrongCode, ErrWrongProof, ErrWait.
func (s *Service) Prove(ctx context.Context, session Session, typed string, c Client) error {
	p, err := s.People.Person(ctx, session.Person)
	if err != nil {
		return err
	}
	if p.TOTP != nil {
		err = s.checkCode(ctx, p, typed, c)
		session.Strong = true
	} else {
		err = s.checkPassword(ctx, p, typed)
	}
	if err != nil {
		return err
	}
	return s.proved(ctx, session)
}

func (s *Service) proved(ctx context.Context, session Session) error {
	session.ProvedAt = s.Now()
	return s.Atomic.InTx(ctx, func(ctx context.Context) error {
		if err := s.Sessions.UpdateSession(ctx, session); err != nil {
			return err
		}
		return s.note(ctx, session.Person, "session.proved", session.ID.String(), session.Address)
	})
}

func (s *Service) checkPassword(ctx context.Context, p Person, typed string) error {
	keys := codeKeys(p.ID)
	if err := s.strike(ctx, keys); err != nil {
		return err
	}
	same, err := s.Hasher.Same(ctx, typed, p.Password)
	if err != nil {
		return err
	}
	if !same {
		return ErrWrongProof
	}
	return s.pardon(ctx, keys)
}
