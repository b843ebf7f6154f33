package catalog

import (
	"context"
	"time"

	"github.com/google/uuid"
)

// Kind is what sort of series it is. It changes how pages speak of it, and nothing else.
type Kind string

// Kinds of series.
const (
	Tour     Kind = "tour"     // one show, many venues
	Festival Kind = "festival" // many shows, many stages
	Sessions Kind = "sessions" // one show, several times at one venue
)

// Series is dates that belong together.
type Series struct {
	ID          uuid.UUID
	Organizer   uuid.UUID
	Name        string
	Kind        Kind
	Description string
	Version     int // rises with every edit
	CreatedAt   time.Time
}

// SeriesStore keeps series.
type SeriesStore interface {
	CreateSeries(ctx context.Context, s Series) error
	// EditSeries writes one that is still at its version. ErrChanged.
	EditSeries(ctx context.Context, s Series) error
	Series(ctx context.Context, organizer, id uuid.UUID) (Series, error)     // ErrNoSeries
	LockSeries(ctx context.Context, organizer, id uuid.UUID) (Series, error) // until the transaction ends; ErrNoSeries
	AllSeries(ctx context.Context, organizer, after uuid.UUID, limit int) ([]Series, error)
}

// CreateSeries makes a series without dates.
func (s *Service) CreateSeries(ctx context.Context, x Series) (Series, error) {
	x.ID = uuid.Must(uuid.NewV7())
	if err := x.check(); err != nil {
		return Series{}, err
	}
	if err := s.SeriesStore.CreateSeries(ctx, x); err != nil {
		return Series{}, err
	}
	return s.Series(ctx, x.Organizer, x.ID)
}

// EditSeries changes a series as change does. ErrChanged where it is not at version any more; 0 is any version.
func (s *Service) EditSeries(ctx context.Context, organizer, id uuid.UUID, version int, change func(*Series)) (x Series, err error) {
	err = s.Atomic.InTx(ctx, func(ctx context.Context) error {
		if x, err = s.LockSeries(ctx, organizer, id); err != nil {
			return err
		}
		if version != 0 && version != x.Version {
			return ErrChanged
		}
		change(&x)
		if err := x.check(); err != nil {
			return err
		}
		if err := s.SeriesStore.EditSeries(ctx, x); err != nil {
			return err
		}
		x.Version++
		return nil
	})
	return x, err
}

// Filter chooses an organizer's dates; zero fields choose all.
type Filter struct {
	Venue, Series          uuid.UUID
	State                  State
	EndsAfter              time.Time
	StartsFrom, StartsTill time.Time // [from, till)
	Name                   string    // a part of it, in any case
	IDs                    []uuid.UUID
	Reach                  Reach
	After                  Cursor // just after this date; not with Down
	Down                   bool   // the latest first
	Offset, Limit          int
}

// Reach is which dates somebody may see: those of these venues, and these. The zero one is every date.
type Reach struct {
	Some   bool // not everything
	Venues []uuid.UUID
	Events []uuid.UUID
}

// Price is what an offer costs since a time, until the next one.
type Price struct {
	Minor int64
	Since time.Time
}

// RepertoireStore finds and changes many dates.
type RepertoireStore interface {
	// Repertoire lists dates by start.
	Repertoire(ctx context.Context, organizer uuid.UUID, f Filter) ([]Event, error)
	// LockEvents reads those of the ids that there are, in order of id, and keeps them until the transaction ends.
	LockEvents(ctx context.Context, organizer uuid.UUID, ids []uuid.UUID) ([]Event, error)
	// OffersOf lists the offers of many events, by event and kind.
	OffersOf(ctx context.Context, organizer uuid.UUID, events []uuid.UUID) ([]Offer, error)
	// Prices lists the newest prices of an offer, the one that holds first.
	Prices(ctx context.Context, organizer, offer uuid.UUID) ([]Price, error)
}
