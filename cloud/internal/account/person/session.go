package person

import (
	"context"
	"time"

	"github.com/google/uuid"

	"portaria/cloud/internal/account/audit"
)

// How long sessions live.
const (
	sessionLife = 30 * 24 * time.Hour // at most
	sessionIdle = 7 * 24 * time.Hour  // without being used
	halfLife    = 10 * time.Minute    // to give the second factor
	touchEvery  = time.Minute
	// Fresh is how long after proving who they are somebody may do what concerns money and keys.
	Fresh = 10 * time.Minute
)

// Session is a person in one browser.
type Session struct {
	ID        uuid.UUID
	Person    uuid.UUID
	Organizer uuid.UUID // whose desk is open; zero = none yet
	Half      bool      // the password was right, the second factor is missing
	Strong    bool      // a second factor or a passkey was used
	OpenedAt  time.Time
	SeenAt    time.Time
	Expires   time.Time
	ProvedAt  time.Time // when the person last proved who they are
	Agent     string    // the browser's name for itself
	Address   string
}

// FreshAt says whether money and keys may be touched without asking again.
func (s Session) FreshAt(now time.Time) bool { return !s.Half && now.Sub(s.ProvedAt) < Fresh }

// Sessions keeps sessions by the hash of their cookie.
type Sessions interface {
	OpenSession(ctx context.Context, s Session, hash [32]byte) error
	SessionBy(ctx context.Context, hash [32]byte, now time.Time) (Session, error) // ErrNoSession
	UpdateSession(ctx context.Context, s Session) error
	SessionsOf(ctx context.Context, person uuid.UUID, now time.Time) ([]Session, error)
	// EndSessions ends one of a person's sessions, or (zero id) all but one. It says how many.
	EndSessions(ctx context.Context, person, id, but uuid.UUID) (int, error)
}

// Client is who asks, as far as the connection tells.
type Client struct {
	Address string // IP
	Agent   string
	Device  string // its device cookie; empty = none
}

// Opened is a session that was opened, with what its browser must keep.
type Opened struct {
	Session
	Token  string // the session's cookie
	Device string // the device cookie; empty = keep the one there is
}

// open makes a session. It must run in a transaction.
func (s *Service) open(ctx context.Context, p Person, c Client, half, strong bool) (Opened, error) {
	now := s.Now()
	token, hash := secret()
	life := sessionLife
	if half {
		life = halfLife
	}
	session := Session{
		ID: uuid.Must(uuid.NewV7()), Person: p.ID, Half: half, Strong: strong, OpenedAt: now, SeenAt: now,
		Expires: now.Add(life), ProvedAt: now, Agent: clip(c.Agent, 300), Address: c.Address,
	}
	if err := s.Sessions.OpenSession(ctx, session, hash); err != nil {
		return Opened{}, err
	}
	opened := Opened{Session: session, Token: token}
	if half {
		return opened, nil
	}
	return opened, s.arrive(ctx, p, c, &opened)
}

// arrive is a person fully signed in: the browser is known from now on, and the person is told of a new one.
func (s *Service) arrive(ctx context.Context, p Person, c Client, opened *Opened) error {
	known, err := s.Devices.KnowsDevice(ctx, p.Email, HashOf(c.Device))
	if err != nil {
		return err
	}
	if !known {
		text, hash := secret()
		if err := s.Devices.KnowDevice(ctx, p.ID, hash, s.Now()); err != nil {
			return err
		}
		opened.Device = text
		if s.Now().Sub(p.CreatedAt) > time.Minute { // not the one that registers
			letter := Letter{Kind: LetterNewLogin, To: p.Email, Name: p.Name, Language: p.Language, Link: s.PublicURL + "/desk/settings/security", About: clip(c.Agent, 120)}
			if err := s.Post.Post(ctx, letter); err != nil {
				return err
			}
		}
	}
	return s.note(ctx, p.ID, "session.opened", opened.ID.String(), c.Address)
}

// note writes what concerns a person to the platform's own chain: it is nobody's tenant.
func (s *Service) note(ctx context.Context, who uuid.UUID, what, subject, address string) error {
	return s.Audit.Write(ctx, audit.Act{Who: By(who), What: what, Subject: subject, Address: address})
}

// Resume finds the session of a cookie and notes that it is used. ErrNoSession.
func (s *Service) Resume(ctx context.Context, token string) (Session, error) {
	if token == "" {
		return Session{}, ErrNoSession
	}
	now := s.Now()
	session, err := s.Sessions.SessionBy(ctx, HashOf(token), now)
	if err != nil {
		return Session{}, err
	}
	if now.Sub(session.SeenAt) > sessionIdle {
		return Session{}, ErrNoSession
	}
	if now.Sub(session.SeenAt) > touchEvery {
		session.SeenAt = now
		if err := s.Sessions.UpdateSession(ctx, session); err != nil {
			return Session{}, err
		}
	}
	return session, nil
}

// At opens another organizer's desk in the session; whether the person works there is asked before.
func (s *Service) At(ctx context.Context, session Session, organizer uuid.UUID) error {
	session.Organizer = organizer
	return s.Sessions.UpdateSession(ctx, session)
}

// End ends one of the person's sessions, or, with the zero id, all but the one that asks.
func (s *Service) End(ctx context.Context, asking Session, id uuid.UUID) error {
	return s.Atomic.InTx(ctx, func(ctx context.Context) error {
		n, err := s.Sessions.EndSessions(ctx, asking.Person, id, asking.ID)
		if err != nil || n == 0 {
			return err
		}
		return s.note(ctx, asking.Person, "session.ended", id.String(), asking.Address)
	})
}

// strong notes that the person has shown a second factor in the session.
func (s *Service) strong(ctx context.Context, session Session) error {
	session.Strong = true
	return s.Sessions.UpdateSession(ctx, session)
}

func clip(s string, n int) string {
	if r := []rune(s); len(r) > n {
		return string(r[:n])
	}
	return s
}
