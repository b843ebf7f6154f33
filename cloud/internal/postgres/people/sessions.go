package people

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/google/uuid"

	"portaria/cloud/internal/account/person"
	"portaria/cloud/internal/postgres"
	"portaria/cloud/internal/postgres/peopledb"
)

var (
	_ person.Sessions = Store{}
	_ person.Tokens   = Store{}
	_ person.Failures = Store{}
)

// orNil is NULL for the zero id.
func orNil(id uuid.UUID) *uuid.UUID {
	if id == uuid.Nil {
		return nil
	}
	return &id
}

// orZeroTime is the zero time for NULL.
func orZeroTime(t *time.Time) time.Time {
	if t == nil {
		return time.Time{}
	}
	return *t
}

// orZero is the zero id for NULL.
func orZero(id *uuid.UUID) uuid.UUID {
	if id == nil {
		return uuid.Nil
	}
	return *id
}

// OpenSession writes a new one.
func (s Store) OpenSession(ctx context.Context, x person.Session, hash [32]byte) error {
	err := s.on(ctx).OpenSession(ctx, peopledb.OpenSessionParams{
		ID: x.ID, Hash: hash[:], PersonID: x.Person, OrganizerID: orNil(x.Organizer), Half: x.Half, Strong: x.Strong,
		OpenedAt: x.OpenedAt, SeenAt: x.SeenAt, ExpiresAt: x.Expires, ProvedAt: x.ProvedAt, Agent: x.Agent, Address: x.Address,
	})
	if err != nil {
		return fmt.Errorf("open a session: %w", err)
	}
	return nil
}

func session(row peopledb.SessionByRow) person.Session {
	return person.Session{
		ID: row.ID, Person: row.PersonID, Organizer: orZero(row.OrganizerID), Half: row.Half, Strong: row.Strong,
		OpenedAt: row.OpenedAt, SeenAt: row.SeenAt, Expires: row.ExpiresAt, ProvedAt: row.ProvedAt, Agent: row.Agent, Address: row.Address,
	}
}

// SessionBy finds the session of a cookie. person.ErrNoSession.
func (s Store) SessionBy(ctx context.Context, hash [32]byte, now time.Time) (person.Session, error) {
	row, err := s.on(ctx).SessionBy(ctx, hash[:], now)
	if postgres.NoRow(err) {
		return person.Session{}, person.ErrNoSession
	}
	if err != nil {
		return person.Session{}, fmt.Errorf("look up a session: %w", err)
	}
	return session(row), nil
}

// UpdateSession writes whose desk is open, and when the session was used and proved.
func (s Store) UpdateSession(ctx context.Context, x person.Session) error {
	if err := s.on(ctx).UpdateSession(ctx, peopledb.UpdateSessionParams{OrganizerID: orNil(x.Organizer), SeenAt: x.SeenAt, ProvedAt: x.ProvedAt, Strong: x.Strong, ID: x.ID}); err != nil {
		return fmt.Errorf("change session %s: %w", x.ID, err)
	}
	return nil
}

// SessionsOf lists a person's open sessions, the last used first.
func (s Store) SessionsOf(ctx context.Context, id uuid.UUID, now time.Time) ([]person.Session, error) {
	rows, err := s.on(ctx).SessionsOf(ctx, id, now)
	if err != nil {
		return nil, fmt.Errorf("list the sessions of person %s: %w", id, err)
	}
	out := make([]person.Session, len(rows))
	for i, row := range rows {
		out[i] = session(peopledb.SessionByRow(row))
	}
	return out, nil
}

// EndSessions ends one, or (zero id) all but one.
func (s Store) EndSessions(ctx context.Context, owner, id, but uuid.UUID) (int, error) {
	end, arg := s.on(ctx).EndSession, id
	if id == uuid.Nil {
		end, arg = s.on(ctx).EndOtherSessions, but
	}
	n, err := end(ctx, owner, arg)
	if err != nil {
		return 0, fmt.Errorf("end sessions of person %s: %w", owner, err)
	}
	return int(n), nil
}

// Keep writes what a link stands for.
func (s Store) Keep(ctx context.Context, kind string, hash [32]byte, content []byte, until time.Time) error {
	if err := s.on(ctx).KeepToken(ctx, hash[:], kind, content, until); err != nil {
		return fmt.Errorf("keep a %s: %w", kind, err)
	}
	return nil
}

// Look reads what a link stands for. person.ErrOldLink.
func (s Store) Look(ctx context.Context, kind string, hash [32]byte, now time.Time) ([]byte, error) {
	return link(s.on(ctx).LookToken(ctx, hash[:], kind, now))
}

// Take reads what a link stands for and ends the link. person.ErrOldLink.
func (s Store) Take(ctx context.Context, kind string, hash [32]byte, now time.Time) ([]byte, error) {
	return link(s.on(ctx).TakeToken(ctx, hash[:], kind, now))
}

func link(content []byte, err error) ([]byte, error) {
	if postgres.NoRow(err) {
		return nil, person.ErrOldLink
	}
	if err != nil {
		return nil, fmt.Errorf("look up a link: %w", err)
	}
	return content, nil
}

// Strike counts one attempt on each key, unless one must wait.
func (s Store) Strike(ctx context.Context, keys []person.Key, now time.Time) (until time.Time, wait bool, err error) {
	keys = slices.Clone(keys)
	slices.SortFunc(keys, func(a, b person.Key) int { return strings.Compare(a.Name, b.Name) })
	err = postgres.Atomic{Pool: s.Pool}.InTx(ctx, func(ctx context.Context) error {
		until, wait, err = s.strike(ctx, keys, now)
		return err
	})
	if err != nil {
		return until, false, fmt.Errorf("count an attempt: %w", err)
	}
	return until, wait, nil
}

func (s Store) strike(ctx context.Context, keys []person.Key, now time.Time) (until time.Time, wait bool, err error) {
	on, names := s.on(ctx), make([]string, len(keys))
	for i, k := range keys {
		names[i] = k.Name
		if err := on.MeetKey(ctx, k.Name, now); err != nil {
			return until, false, err
		}
	}
	rows, err := on.LockKeys(ctx, names)
	if err != nil {
		return until, false, err
	}
	for _, row := range rows {
		if row.Until.After(now) {
			return row.Until, true, nil
		}
	}
	counted := map[string]peopledb.LoginFailure{}
	for _, row := range rows {
		counted[row.Key] = row
	}
	for _, k := range keys {
		n := counted[k.Name].Attempts + 1
		if now.Sub(counted[k.Name].At) > person.Quiet {
			n = 1
		}
		if err := on.CountKey(ctx, n, now, now.Add(k.Delay(int(n))), k.Name); err != nil {
			return until, false, err
		}
	}
	return until, false, nil
}

// Pardon forgets the attempts on keys.
func (s Store) Pardon(ctx context.Context, names []string) error {
	if err := s.on(ctx).PardonKeys(ctx, names); err != nil {
		return fmt.Errorf("forget attempts: %w", err)
	}
	return nil
}

// Sweep forgets what is over: sessions, links, and attempts long ago.
func (s Store) Sweep(ctx context.Context, now time.Time) error {
	if err := s.on(ctx).Sweep(ctx, now.Add(-person.Quiet), now); err != nil {
		return fmt.Errorf("forget old sessions: %w", err)
	}
	return nil
}
