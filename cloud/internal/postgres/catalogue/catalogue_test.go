package catalogue_test

import (
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/stretchr/testify/require"

	"portaria/cloud/internal/catalog"
	"portaria/cloud/internal/fault"
	"portaria/cloud/internal/postgres"
	"portaria/cloud/internal/postgres/catalogue"
	"portaria/cloud/internal/postgres/postgrestest"
)

func TestMain(m *testing.M) { postgrestest.Main(m) }

type stage struct {
	*testing.T
	*catalog.Service
	pool      *pgxpool.Pool
	organizer uuid.UUID
	venue     catalog.Venue
}

func newStage(t *testing.T) *stage {
	t.Helper()
	pool := postgrestest.New(t)
	s := &stage{T: t, pool: pool, organizer: uuid.New(), Service: catalogue.Service(pool, postgres.Atomic{Pool: pool})}
	_, err := pool.Exec(t.Context(), "INSERT INTO organizers (id, name, language) VALUES ($1, 'F', 'en')", s.organizer)
	require.NoError(t, err)
	s.venue, err = s.CreateVenue(t.Context(), catalog.Venue{
		Organizer: s.organizer, Name: "Opinião", TimeZone: "America/Sao_Paulo",
	})
	require.NoError(t, err)
	return s
}

func (s *stage) draft(start time.Time) catalog.Event {
	return catalog.Event{
		Organizer: s.organizer, Venue: s.venue.ID, Name: "Show", Currency: "BRL", Capacity: 10,
		Doors: start, Start: start, End: start.Add(time.Hour),
	}
}

func (s *stage) event(start time.Time) catalog.Event {
	s.Helper()
	e, err := s.CreateEvent(s.Context(), s.draft(start))
	require.NoError(s, err)
	return e
}

func (s *stage) offer(e catalog.Event, o catalog.Offer) catalog.Offer {
	s.Helper()
	o.Organizer, o.Event, o.Name = s.organizer, e.ID, "Inteira"
	o, err := s.CreateOffer(s.Context(), o)
	require.NoError(s, err)
	return o
}

var evening = time.Date(2027, 1, 15, 23, 0, 0, 0, time.UTC)

func TestTheShopShowsWhatIsOnSaleInOrder(t *testing.T) {
	s := newStage(t)
	late, early, draft := s.event(evening.Add(time.Hour)), s.event(evening), s.event(evening)
	for _, e := range []catalog.Event{late, early} {
		s.offer(e, catalog.Offer{Price: 100})
		s.offer(e, catalog.Offer{Price: 200, Closed: true})
		_, err := s.StartSale(t.Context(), s.organizer, e.ID)
		require.NoError(t, err)
	}
	all, err := s.OnSale(t.Context(), evening, catalog.Shelf{}, 10)
	require.NoError(t, err)
	require.Len(t, all, 2)
	require.Equal(t, early.ID, all[0].Event.ID)
	require.Equal(t, "Opinião", all[0].Venue.Name)
	require.Len(t, all[0].Offers, 1, "closed offers are not shown")
	require.Equal(t, 10, all[0].Offers[0].Left(all[0].Event))

	rest, err := s.OnSale(t.Context(), evening, catalog.Shelf{From: catalog.Cursor{Start: early.Start, Event: early.ID}}, 10)
	require.NoError(t, err)
	require.Len(t, rest, 1)
	require.Equal(t, late.ID, rest[0].Event.ID)
	over, err := s.OnSale(t.Context(), evening.Add(90*time.Minute), catalog.Shelf{}, 10)
	require.NoError(t, err)
	require.Len(t, over, 1, "an event that is over is not shown")
	for place, want := range map[string]int{"opini": 2, "Maracanã": 0} {
		found, err := s.OnSale(t.Context(), evening, catalog.Shelf{Place: place}, 10)
		require.NoError(t, err)
		require.Len(t, found, want, place)
	}
	found, err := s.OnSale(t.Context(), evening, catalog.Shelf{Since: late.Start}, 10)
	require.NoError(t, err)
	require.Len(t, found, 1)
	found, err = s.OnSale(t.Context(), evening, catalog.Shelf{Series: uuid.New()}, 10)
	require.NoError(t, err)
	require.Empty(t, found)
	_, err = s.Listing(t.Context(), draft.ID)
	require.ErrorIs(t, err, catalog.ErrNoEvent, "a draft is nobody's business yet")
}

func TestANumberOfAnOfferIsNeverUsedAgain(t *testing.T) {
	s := newStage(t)
	e := s.event(evening)
	require.Equal(t, uint16(0), s.offer(e, catalog.Offer{}).Kind)
	require.Equal(t, uint16(1), s.offer(e, catalog.Offer{Closed: true}).Kind)
	require.Equal(t, uint16(2), s.offer(e, catalog.Offer{}).Kind)
	_, err := s.pool.Exec(t.Context(), "UPDATE events SET next_kind = 4093 WHERE id = $1", e.ID)
	require.NoError(t, err)
	require.Equal(t, uint16(4093), s.offer(e, catalog.Offer{}).Kind)
	_, err = s.CreateOffer(t.Context(), catalog.Offer{Organizer: s.organizer, Event: e.ID, Name: "one more"})
	require.ErrorIs(t, err, catalog.ErrKindsSpent)
}

func TestAChangeOfPriceIsARowBesideTheOldOne(t *testing.T) {
	s := newStage(t)
	o := s.offer(s.event(evening), catalog.Offer{Price: 100})
	for _, price := range []int64{150, 150, 100} {
		o, err := s.EditOffer(t.Context(), s.organizer, o.ID, func(o *catalog.Offer) { o.Price = price })
		require.NoError(t, err)
		require.Equal(t, price, o.Price)
	}
	var prices []int64
	row := s.pool.QueryRow(t.Context(), "SELECT array_agg(price ORDER BY id) FROM offer_prices WHERE offer_id = $1", o.ID)
	require.NoError(t, row.Scan(&prices))
	require.Equal(t, []int64{100, 150, 100}, prices)
}

func TestCapacityNeverFallsBelowWhatIsTaken(t *testing.T) {
	s := newStage(t)
	e := s.event(evening)
	o := s.offer(e, catalog.Offer{Price: 100})
	_, err := s.pool.Exec(t.Context(), "UPDATE event_stock SET sold = 5 WHERE event_id = $1", e.ID)
	require.NoError(t, err)
	_, err = s.pool.Exec(t.Context(), "UPDATE offer_stock SET sold = 5 WHERE offer_id = $1", o.ID)
	require.NoError(t, err)
	_, err = s.EditEvent(t.Context(), s.organizer, e.ID, func(e *catalog.Event) { e.Capacity, e.Name = 4, "smaller" })
	require.ErrorIs(t, err, catalog.ErrSoldAbove)
	again, err := s.Event(t.Context(), s.organizer, e.ID)
	require.NoError(t, err)
	require.Equal(t, "Show", again.Name, "nothing of a refused edit stays")
	_, err = s.EditOffer(t.Context(), s.organizer, o.ID, func(o *catalog.Offer) { o.Capacity = new(4) })
	require.ErrorIs(t, err, catalog.ErrSoldAbove)
}

func TestOrganizersDoNotSeeEachOther(t *testing.T) {
	s := newStage(t)
	e := s.event(evening)
	o := s.offer(e, catalog.Offer{Price: 100})
	stranger := uuid.New()
	_, err := s.Venue(t.Context(), stranger, s.venue.ID)
	require.ErrorIs(t, err, catalog.ErrNoVenue)
	_, err = s.EditVenue(t.Context(), stranger, s.venue.ID, func(*catalog.Venue) {})
	require.ErrorIs(t, err, catalog.ErrNoVenue)
	_, err = s.EditEvent(t.Context(), stranger, e.ID, func(*catalog.Event) {})
	require.ErrorIs(t, err, catalog.ErrNoEvent)
	_, err = s.EditOffer(t.Context(), stranger, o.ID, func(*catalog.Offer) {})
	require.ErrorIs(t, err, catalog.ErrNoOffer)
	_, err = s.CreateOffer(t.Context(), catalog.Offer{Organizer: stranger, Event: e.ID, Name: "x"})
	require.ErrorIs(t, err, catalog.ErrNoEvent)
	foreign := s.draft(evening)
	foreign.Organizer = stranger
	_, err = s.CreateEvent(t.Context(), foreign)
	require.ErrorIs(t, err, catalog.ErrNoVenue)
}

func TestWhatCannotBeRightIsRefusedByField(t *testing.T) {
	s := newStage(t)
	e := s.event(evening)
	for field, spoil := range map[string]func(*catalog.Event){
		"name":        func(e *catalog.Event) { e.Name = " " },
		"start":       func(e *catalog.Event) { e.Start = e.Doors.Add(-time.Second) },
		"end":         func(e *catalog.Event) { e.End = e.Start },
		"doors":       func(e *catalog.Event) { e.Doors = time.Time{} },
		"currency":    func(e *catalog.Event) { e.Currency = "brl" },
		"capacity":    func(e *catalog.Event) { e.Capacity = 0 },
		"description": func(e *catalog.Event) { e.Description = "a\x00b" },
	} {
		_, err := s.EditEvent(t.Context(), s.organizer, e.ID, spoil)
		var f *fault.Fault
		require.ErrorAs(t, err, &f, field)
		require.Equal(t, field, f.Field)
	}
	for field, offer := range map[string]catalog.Offer{
		"price":         {Price: -1},
		"max_per_order": {MaxPerOrder: 101},
		"capacity":      {Capacity: new(-1)},
		"use":           {Admission: catalog.Admission{Use: "twice"}},
		"uses":          {Admission: catalog.Admission{Uses: 256}},
		"valid_until":   {Admission: catalog.Admission{ValidFrom: &evening, ValidUntil: &evening}},
		"zones":         {Admission: catalog.Admission{Zones: []string{""}}},
	} {
		offer.Organizer, offer.Event, offer.Name = s.organizer, e.ID, "x"
		_, err := s.CreateOffer(t.Context(), offer)
		var f *fault.Fault
		require.ErrorAs(t, err, &f, field)
		require.Equal(t, field, f.Field)
	}
	for _, zone := range []string{"", "Local", "Mars/Olympus"} {
		_, err := s.CreateVenue(t.Context(), catalog.Venue{Organizer: s.organizer, Name: "x", TimeZone: zone})
		require.ErrorContains(t, err, "IANA")
	}
	_, err := s.StartSale(t.Context(), s.organizer, e.ID)
	require.ErrorIs(t, err, catalog.ErrNothingSold)
}
