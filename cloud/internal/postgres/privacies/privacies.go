// Package privacies reads, clears away and erases what the database holds of people, for package privacy.
package privacies

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"github.com/google/uuid"

	"portaria/cloud/internal/postgres"
	"portaria/cloud/internal/postgres/privacydb"
	"portaria/cloud/internal/privacy"
)

var (
	_ privacy.Shelves  = Store{}
	_ privacy.Requests = Store{}
	_ privacy.Desk     = Store{}
	_ privacy.Files    = Store{}
	_ privacy.Trail    = Store{}
)

// Store is over a database.
type Store struct{ Pool *postgres.Pool }

func (s Store) on(ctx context.Context) *privacydb.Queries {
	return privacydb.New(postgres.On(ctx, s.Pool))
}

// accounts sees invitations and people, which an organizer's own role does not. Never in a transaction: that has the role
// it began with.
func (s Store) accounts(ctx context.Context) (context.Context, *privacydb.Queries) {
	return postgres.Accounts(ctx), privacydb.New(s.Pool)
}

func failed(what string, err error) error {
	if err != nil {
		return fmt.Errorf("%s: %w", what, err)
	}
	return nil
}

func orNil[T comparable](x T) *T {
	var zero T
	if x == zero {
		return nil
	}
	return &x
}

func orZero[T any](x *T) (out T) {
	if x != nil {
		out = *x
	}
	return out
}

// AddRequest keeps a wish.
func (s Store) AddRequest(ctx context.Context, r privacy.Request) error {
	return failed("keep a privacy request", s.on(ctx).AddRequest(ctx, privacydb.AddRequestParams{
		ID: r.ID, OrganizerID: r.Organizer, Source: r.Source, Wish: string(r.Wish), Email: r.Email, MadeBy: r.By, MadeAt: r.Made, DueAt: r.Due,
	}))
}

func request(row privacydb.PrivacyRequest) (privacy.Request, error) {
	r := privacy.Request{
		ID: row.ID, Organizer: row.OrganizerID, Source: row.Source, Wish: privacy.Wish(row.Wish), State: privacy.State(row.State), Email: row.Email,
		Held: row.Held, HeldUntil: orZero(row.HeldUntil), Job: orZero(row.JobID), By: row.MadeBy, Made: row.MadeAt, Due: row.DueAt, Ended: orZero(row.EndedAt),
	}
	return r, failed("read a privacy request", json.Unmarshal(row.Result, &r.Result))
}

func requests(rows []privacydb.PrivacyRequest, err error) ([]privacy.Request, error) {
	if err != nil {
		return nil, failed("read privacy requests", err)
	}
	out := make([]privacy.Request, len(rows))
	for i, row := range rows {
		if out[i], err = request(row); err != nil {
			return nil, err
		}
	}
	return out, nil
}

// Request reads one. privacy.ErrNoRequest.
func (s Store) Request(ctx context.Context, organizer, id uuid.UUID) (privacy.Request, error) {
	row, err := s.on(ctx).Request(ctx, organizer, id)
	if postgres.NoRow(err) {
		return privacy.Request{}, privacy.ErrNoRequest
	}
	if err != nil {
		return privacy.Request{}, failed("read a privacy request", err)
	}
	return request(row)
}

// List is the newest first.
func (s Store) List(ctx context.Context, organizer uuid.UUID, limit int) ([]privacy.Request, error) {
	return requests(s.on(ctx).Requests(ctx, organizer, int32(limit))) //nolint:gosec // a page
}

// Waited are erasures that can go on now.
func (s Store) Waited(ctx context.Context, organizer uuid.UUID, now time.Time) ([]privacy.Request, error) {
	return requests(s.on(ctx).HeldRequests(ctx, organizer, &now))
}

// OpenRequests counts those that wait for somebody, and says when the first is due.
func (s Store) OpenRequests(ctx context.Context, organizer uuid.UUID) (int64, time.Time, error) {
	row, err := s.on(ctx).OpenRequests(ctx, organizer)
	return row.Requests, row.Due, failed("count privacy requests", err)
}

// OpenOf is a wish of a mail address that nobody has answered yet.
func (s Store) OpenOf(ctx context.Context, organizer uuid.UUID, wish privacy.Wish, email string) (r privacy.Request, there bool, err error) {
	row, err := s.on(ctx).OpenOf(ctx, organizer, string(wish), email)
	if postgres.NoRow(err) {
		return r, false, nil
	}
	if err != nil {
		return r, false, failed("look for a privacy request", err)
	}
	r, err = request(row)
	return r, true, err
}

// Move writes how a request is now. privacy.ErrNoRequest.
func (s Store) Move(ctx context.Context, r privacy.Request) error {
	result, err := json.Marshal(r.Result)
	if err != nil {
		return failed("write a privacy request", err)
	}
	if r.Held == nil {
		r.Held = []uuid.UUID{}
	}
	n, err := s.on(ctx).MoveRequest(ctx, privacydb.MoveRequestParams{
		Wish: string(r.Wish), State: string(r.State), Email: r.Email, Held: r.Held, HeldUntil: orNil(r.HeldUntil), JobID: orNil(r.Job), EndedAt: orNil(r.Ended),
		Result: result, OrganizerID: r.Organizer, ID: r.ID,
	})
	if err == nil && n == 0 {
		return privacy.ErrNoRequest
	}
	return failed("write a privacy request", err)
}

// KeepFile keeps what was packed.
func (s Store) KeepFile(ctx context.Context, r privacy.Request, content []byte, until time.Time) error {
	return failed("keep a person's file", s.on(ctx).KeepFile(ctx, r.ID, r.Organizer, content, until))
}

// File reads what was packed. privacy.ErrNoFile.
func (s Store) File(ctx context.Context, organizer, id uuid.UUID, now time.Time) ([]byte, error) {
	row, err := s.on(ctx).File(ctx, organizer, id, now)
	if postgres.NoRow(err) {
		return nil, privacy.ErrNoFile
	}
	return row.Content, failed("read a person's file", err)
}

// Until is when a file goes; zero = there is none.
func (s Store) Until(ctx context.Context, organizer, id uuid.UUID, now time.Time) (time.Time, error) {
	until, err := s.on(ctx).FileUntil(ctx, organizer, id, now)
	if postgres.NoRow(err) {
		return time.Time{}, nil
	}
	return until, failed("look for a person's file", err)
}

// Forget drops old files, and whom old requests were about.
func (s Store) Forget(ctx context.Context, organizer uuid.UUID, now, requestsBefore time.Time) error {
	_, err := s.on(ctx).DropOldFiles(ctx, organizer, now)
	if err == nil {
		_, err = s.on(ctx).ForgetRequests(ctx, organizer, requestsBefore)
	}
	return failed("forget old privacy requests", err)
}

// DropOf drops the files of a mail address.
func (s Store) DropOf(ctx context.Context, organizer uuid.UUID, email string, but uuid.UUID) (int64, error) {
	n, err := s.on(ctx).DropFilesOf(ctx, organizer, email, but)
	return n, failed("drop a person's files", err)
}
