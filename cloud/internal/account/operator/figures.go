package operator

import (
	"context"
	"time"

	"github.com/google/uuid"
)

// Listed is an organizer as the platform sees it: how much, never what.
type Listed struct {
	ID          uuid.UUID
	Name        string
	Language    string
	CreatedAt   time.Time
	FactorFrom  *time.Time // since when everybody there needs a second factor
	Why         string     // its sale was stopped
	SuspendedAt *time.Time // nil = it sells
	People      int64
	OnSale      int64 // events
	Orders      int64 // of the last thirty days
}

// Figures of one organizer.
type Figures struct {
	Listed
	Venues  int64
	Events  int64
	Tickets int64 // of the last thirty days
	Hubs    int64
	Keys    int64
}

// Usage is the whole platform.
type Usage struct {
	Organizers, Suspended    int64
	OnSale                   int64 // events
	OrdersDay, OrdersMonth   int64
	TicketsDay, TicketsMonth int64
	Records                  int64 // of gates, ever
	Hubs, HubsLately         int64 // on the books; heard of in the last five minutes
	Bytes                    int64 // of the database
}

// Depth is entries of the queue of jobs in one state.
type Depth struct {
	State  string
	Jobs   int64
	Oldest time.Time // when they were due
}

// Mails are letters of one kind that wait to be sent.
type Mails struct {
	Kind   string
	Tried  bool // a server did not take them
	Mails  int64
	Oldest time.Time
	Tries  int // of the one tried most
}

// Act is one thing that the platform's people, or its token, did.
type Act struct {
	Seq     int64
	At      time.Time
	Who     string
	What    string
	Subject string
	Detail  string
	Address string
}

// Books are the figures that the platform's pages show.
type Books interface {
	Organizers(ctx context.Context, search, state string, now time.Time, offset, limit int) ([]Listed, error)
	Organizer(ctx context.Context, id uuid.UUID, now time.Time) (Figures, bool, error)
	Usage(ctx context.Context, now time.Time) (Usage, error)
	Acts(ctx context.Context, offset, limit int) ([]Act, error)
}

// Engine is what works by itself: the queue of jobs, and mails.
type Engine interface {
	Depths(ctx context.Context) ([]Depth, error)
	Mails(ctx context.Context) ([]Mails, error)
	// Hurry has every waiting mail tried at once, and says how many.
	Hurry(ctx context.Context, now time.Time) (int64, error)
}
