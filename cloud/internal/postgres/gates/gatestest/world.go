// Package gatestest is a small world for tests of what the gatehouse, the broker and the intake do on a real
// PostgreSQL: an organizer with a venue, an event tonight with one offer, a hub and a gate.
package gatestest

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"log/slog"
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/stretchr/testify/require"

	"portaria/cloud/internal/gatehouse"
	"portaria/cloud/internal/gatehouse/dates"
	"portaria/cloud/internal/gatehouse/desk"
	"portaria/cloud/internal/gatehouse/foreign"
	"portaria/cloud/internal/gatehouse/foreign/intake"
	"portaria/cloud/internal/gatehouse/shift"
	"portaria/cloud/internal/gatehouse/template"
	"portaria/cloud/internal/gatehouse/vault"
	"portaria/cloud/internal/postgres"
	"portaria/cloud/internal/postgres/gates"
	"portaria/cloud/internal/postgres/intakes"
	"portaria/cloud/internal/postgres/postgrestest"
	"portaria/edge/ticket"
	"portaria/edge/whitelist"
)

// World is a database with its gatehouse.
type World struct {
	T        testing.TB
	Pool     *pgxpool.Pool
	Store    *gates.Store
	Keys     *vault.Keyring
	Seal     *vault.Sealer
	Platform []byte // private key
	Atomic   postgres.Atomic
	Lists    *gatehouse.Lists
	Venues   *gatehouse.Venues
	Minter   gatehouse.Minter

	mu  sync.Mutex
	now time.Time // zero = the real time
}

// New makes an empty world.
func New(t testing.TB) *World {
	t.Helper()
	return On(t, postgrestest.New(t))
}

// On is the world of a database that is there.
func On(t testing.TB, pool *pgxpool.Pool) *World {
	t.Helper()
	w := &World{T: t, Pool: pool}
	dir := t.TempDir()
	platform, _, err := vault.OpenPlatformKey(dir)
	require.NoError(t, err)
	w.Seal, _, err = vault.OpenSealer(dir)
	require.NoError(t, err)
	w.Platform = platform
	w.Store = gates.New(w.Pool)
	w.Keys = vault.NewKeyring(platform, w.Seal, w.Store)
	w.Atomic = postgres.Atomic{Pool: w.Pool}
	w.Lists = &gatehouse.Lists{Store: w.Store, Events: w.Store, Atomic: w.Atomic, Keys: w.Keys, Now: w.Now}
	w.Venues = &gatehouse.Venues{Store: w.Store, Atomic: w.Atomic, Keys: w.Keys, Now: w.Now}
	w.Minter = gatehouse.Minter{Owners: w.Store, Keys: w.Keys}
	return w
}

// Desk is where an organizer sets up doors.
func (w *World) Desk() *desk.Desk {
	return &desk.Desk{Venue: w.Store, Zone: w.Store, Tree: w.Store, Staff: w.Store, Roster: w.Store, Door: w.Store, Gone: w.Store, Gate: w.Store, Atomic: w.Atomic, Badges: w.Minter}
}

// Template keeps the doors that every date has.
func (w *World) Template() *template.Book {
	return &template.Book{Store: w.Store, Desk: w.Desk(), Atomic: w.Atomic}
}

// Dates keeps what is set of single dates.
func (w *World) Dates() *dates.Book {
	return &dates.Book{Store: w.Store, Desk: w.Desk(), Atomic: w.Atomic}
}

// Shifts plans who stands where when.
func (w *World) Shifts() *shift.Book {
	return &shift.Book{Store: w.Store, Binding: w.Store, Dates: w.Store, Desk: w.Desk(), Atomic: w.Atomic}
}

// Foreign is where other sellers' codes come in.
func (w *World) Foreign() *foreign.Office {
	return &foreign.Office{Issuer: w.Store, Code: w.Store, Events: w.Store, Keys: w.Keys, Atomic: w.Atomic, Now: w.Now}
}

// Intake is where files of other sellers' codes come in; nothing works at them by itself.
func (w *World) Intake() *intake.Office {
	store := intakes.New(w.Pool)
	return &intake.Office{
		Books: store, Shelf: store, Queue: store, Table: store, Places: store, Events: w.Store, Keys: w.Keys, Atomic: w.Atomic, Now: w.Now,
	}
}

// Now is the world's time.
func (w *World) Now() time.Time {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.now.IsZero() {
		return time.Now()
	}
	return w.now
}

// At stops the world's clock at a time.
func (w *World) At(now time.Time) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.now = now
}

// Office is a gatehouse office that sends to s; the test runs it.
func (w *World) Office(s gatehouse.Sender) *gatehouse.Office {
	return &gatehouse.Office{
		Due: w.Store, Changes: w.Store, Lists: w.Lists, Venues: w.Venues, Now: w.Now, Log: slog.New(slog.DiscardHandler),
		Publisher: &gatehouse.Publisher{Signed: w.Store, Sender: s, Now: w.Now},
	}
}

// Exec runs SQL that must succeed.
func (w *World) Exec(sql string, args ...any) {
	w.T.Helper()
	_, err := w.Pool.Exec(context.Background(), sql, args...)
	require.NoError(w.T, err)
}

// Organizer makes an organizer.
func (w *World) Organizer(name string) ticket.EventID {
	w.T.Helper()
	id := uuid.Must(uuid.NewV7())
	w.Exec("INSERT INTO organizers (id, name, language) VALUES ($1, $2, 'en')", id, name)
	return ticket.EventID(id)
}

// Venue makes a venue of an organizer.
func (w *World) Venue(organizer ticket.EventID, name string) ticket.EventID {
	w.T.Helper()
	id := uuid.Must(uuid.NewV7())
	w.Exec("INSERT INTO venues (id, organizer_id, name, time_zone) VALUES ($1, $2, $3, 'America/Sao_Paulo')",
		id, uuid.UUID(organizer), name)
	return ticket.EventID(id)
}

// Event makes an event tonight, with one offer of kind 0.
func (w *World) Event(organizer, venue ticket.EventID, name string) ticket.EventID {
	w.T.Helper()
	id, now := uuid.Must(uuid.NewV7()), w.Now()
	w.Exec(`INSERT INTO events (id, organizer_id, venue_id, name, doors_at, starts_at, ends_at, currency, state, next_kind)
		VALUES ($1, $2, $3, $4, $5, $6, $7, 'BRL', 'on_sale', 1)`,
		id, uuid.UUID(organizer), uuid.UUID(venue), name, now, now.Add(time.Hour), now.Add(4*time.Hour))
	w.Exec("INSERT INTO offers (id, organizer_id, event_id, kind, name) VALUES ($1, $2, $3, 0, 'Inteira')",
		uuid.Must(uuid.NewV7()), uuid.UUID(organizer), id)
	return ticket.EventID(id)
}

// Hub makes a hub of a venue, and returns its token.
func (w *World) Hub(organizer, venue ticket.EventID, id string) string {
	w.T.Helper()
	var raw [32]byte
	_, _ = rand.Read(raw[:])
	token := hex.EncodeToString(raw[:])
	sum := sha256.Sum256([]byte(token))
	w.Exec("INSERT INTO hubs (id, organizer_id, venue_id, name, token_hash) VALUES ($1, $2, $3, $1, $4)",
		id, uuid.UUID(organizer), uuid.UUID(venue), sum[:])
	return token
}

// Gate makes a gate of a venue.
func (w *World) Gate(organizer, venue ticket.EventID, id string) {
	w.T.Helper()
	w.Exec("INSERT INTO gates (venue_id, id, organizer_id, name) VALUES ($1, $2, $3, $2)",
		uuid.UUID(venue), id, uuid.UUID(organizer))
}

// Sell writes a ticket of kind 0 into its event's list as a sale does, and returns its number.
func (w *World) Sell(organizer, event ticket.EventID) ticket.ID {
	w.T.Helper()
	var b [8]byte
	_, _ = rand.Read(b[:])
	id, err := ticket.ParseID(hex.EncodeToString(b[:]))
	require.NoError(w.T, err)
	secrets, err := w.Keys.Secrets(context.Background(), event, organizer)
	require.NoError(w.T, err)
	ref := whitelist.TicketRef(secrets.Ref, id)
	w.Exec(`WITH row AS (INSERT INTO list_entries (event_id, organizer_id, code, ref, kind, state)
		VALUES ($1, $2, $3, $4, 0, 1) RETURNING event_id) SELECT pg_notify('list_changed', event_id::text) FROM row`,
		uuid.UUID(event), uuid.UUID(organizer), id.String(), ref[:])
	return id
}

// SetState changes a ticket's state in its list as a refund does.
func (w *World) SetState(event ticket.EventID, id ticket.ID, state whitelist.State) {
	w.T.Helper()
	w.Exec("UPDATE list_entries SET state = $3, epoch = NULL WHERE event_id = $1 AND namespace = '' AND code = $2",
		uuid.UUID(event), id.String(), int16(state))
	w.Exec("SELECT pg_notify('list_changed', $1)", event.String())
}
