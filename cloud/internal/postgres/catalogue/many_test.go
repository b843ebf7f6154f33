package catalogue_test

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"portaria/cloud/internal/catalog"
	"portaria/cloud/internal/catalog/bulk"
	"portaria/cloud/internal/catalog/dates"
	"portaria/cloud/internal/postgres"
	"portaria/cloud/internal/postgres/catalogue"
)

func (s *stage) office() *bulk.Office {
	atomic := postgres.Atomic{Pool: s.pool}
	return &bulk.Office{Catalog: catalogue.Service(s.pool, atomic), Atomic: atomic}
}

func anywhere(uuid.UUID) bool { return true }

func unnoted(context.Context, bulk.Done) error { return nil }

func (s *stage) template(series uuid.UUID) catalog.Template {
	e := s.draft(evening)
	e.Series, e.Name = series, "Homens de Perto"
	return catalog.Template{
		Event: e, DoorsBefore: time.Hour, Length: 2 * time.Hour,
		Offers: []catalog.Offer{{Name: "Inteira", Price: 12000}, {Name: "Meia", Price: 6000, Document: "student's card"}},
	}
}

// tour makes a series of dates.
func (s *stage) tour(n int) (catalog.Series, []catalog.Event) {
	s.Helper()
	series, err := s.CreateSeries(s.Context(), catalog.Series{Organizer: s.organizer, Name: "Turnê", Kind: catalog.Tour})
	require.NoError(s, err)
	var lines strings.Builder
	for i := range n {
		fmt.Fprintf(&lines, "%s 20:00\n", dates.DayOf(evening.AddDate(0, 0, i)))
	}
	wants, err := dates.Read(lines.String())
	require.NoError(s, err)
	t := s.template(series.ID)
	plan, err := s.Plan(s.Context(), t, wants, evening.AddDate(-1, 0, 0), anywhere)
	require.NoError(s, err)
	made, err := s.MakeDates(s.Context(), t, plan)
	require.NoError(s, err)
	return series, made
}

func ids(events []catalog.Event) (out []uuid.UUID) {
	for _, e := range events {
		out = append(out, e.ID)
	}
	return out
}

func TestAPlanSaysOfEachLineWhatIsWrong(t *testing.T) {
	s := newStage(t)
	zurich, err := s.CreateVenue(t.Context(), catalog.Venue{Organizer: s.organizer, Name: "Kaufleuten", TimeZone: "Europe/Zurich"})
	require.NoError(t, err)
	for range 2 {
		_, err := s.CreateVenue(t.Context(), catalog.Venue{Organizer: s.organizer, Name: "Double", TimeZone: "UTC"})
		require.NoError(t, err)
	}
	_, made := s.tour(1)
	wants, err := dates.Read("2027-03-27 20:00\n2027-03-28 02:30; kaufleuten\n2027-10-31 02:30; Kaufleuten\n2027-03-27 20:00\n" +
		"2027-03-29 20:00; Nowhere\n2027-03-29 20:00; Double\n2020-01-01 20:00\nsoon\n2027-01-15 20:00\n2027-01-15 21:00")
	require.NoError(t, err)
	plan, err := s.Plan(t.Context(), s.template(uuid.Nil), wants, evening.AddDate(0, -1, 0), anywhere)
	require.NoError(t, err)
	var told []string
	for _, p := range plan {
		told = append(told, string(p.Problem)+"/"+string(p.Note))
	}
	require.Equal(t, []string{"/", "never/", "/twice", "twin/", "no_venue/", "two_names/", "past/", "no_date/", "there/", "/overlaps"}, told)
	require.Equal(t, made[0].Start.UTC(), plan[8].Event.Start.UTC())
	require.Equal(t, "2027-03-27T23:00:00Z", plan[0].Event.Start.UTC().Format(time.RFC3339))
	require.Equal(t, zurich.ID, plan[2].Event.Venue)
	require.Len(t, plan.Good(), 3)

	plan, err = s.Plan(t.Context(), s.template(uuid.Nil), wants[:1], evening, func(uuid.UUID) bool { return false })
	require.NoError(t, err)
	require.Equal(t, catalog.NotYours, plan[0].Problem)
	bad := s.template(uuid.Nil)
	bad.Event.Capacity = 0
	_, err = s.Plan(t.Context(), bad, wants, evening, anywhere)
	require.ErrorContains(t, err, "capacity")
}

func TestATourOfFortyDatesIsMadeChangedAndPutBack(t *testing.T) {
	s := newStage(t)
	series, made := s.tour(40)
	require.Len(t, made, 40)
	_, err := s.pool.Exec(t.Context(), "DELETE FROM list_marks; DELETE FROM venue_marks")
	require.NoError(t, err)
	office := s.office()
	minutes, capacity, price := 90, 500, int64(15000)
	edit := bulk.Edit{
		Start: &dates.Clock{Hour: 21, Minute: 30}, DoorsBefore: &minutes, Capacity: &capacity, Sale: bulk.Start,
		Offers: []bulk.OfferEdit{{Name: "inteira", Price: &price}, {Name: "VIP", Add: true, Price: new(int64(30000))}},
	}
	steps, err := office.Steps(t.Context(), s.organizer, edit, ids(made))
	require.NoError(t, err)
	rows, err := office.Preview(t.Context(), s.organizer, steps)
	require.NoError(t, err)
	require.Len(t, rows, 40)
	require.Equal(t, "2027-01-16T00:30:00Z", rows[0].After.Start.UTC().Format(time.RFC3339))
	require.Equal(t, 90*time.Minute, rows[0].After.Start.Sub(rows[0].After.Doors))

	done, err := office.Apply(t.Context(), s.organizer, "Ana", steps, unnoted)
	require.NoError(t, err)
	require.Len(t, done.Changed, 40)
	var marked, venues int
	require.NoError(t, s.pool.QueryRow(t.Context(), "SELECT (SELECT count(*) FROM list_marks), (SELECT count(*) FROM venue_marks)").Scan(&marked, &venues))
	require.Equal(t, []int{40, 1}, []int{marked, venues}, "gates are told")
	offers, err := s.Offers(t.Context(), s.organizer, made[0].ID)
	require.NoError(t, err)
	require.Len(t, offers, 3)
	require.Equal(t, price, offers[0].Price)
	_, err = office.Apply(t.Context(), s.organizer, "Ana", steps, unnoted)
	var refused *bulk.Refused
	require.ErrorAs(t, err, &refused)
	require.ErrorIs(t, err, catalog.ErrChanged, "what was previewed is not there any more")

	_, err = s.EditEvent(t.Context(), s.organizer, made[7].ID, func(e *catalog.Event) { e.Name = "Extra" })
	require.NoError(t, err)
	undone, err := office.Undo(t.Context(), s.organizer, done.ID, func(catalog.Event) bool { return true }, func(context.Context, bulk.Undone) error { return nil })
	require.NoError(t, err)
	require.Equal(t, bulk.Undone{Back: 39, Left: 1}, undone)
	now, err := s.Repertoire(t.Context(), s.organizer, catalog.Filter{Series: series.ID, Limit: 100})
	require.NoError(t, err)
	require.Equal(t, made[0].Start.UTC(), now[0].Start.UTC())
	require.Equal(t, catalog.Draft, now[0].State)
	require.Equal(t, 10, now[0].Capacity)
	require.Equal(t, "Extra", now[7].Name, "nothing of what somebody did since is lost")
	offers, err = s.Offers(t.Context(), s.organizer, made[0].ID)
	require.NoError(t, err)
	require.Equal(t, int64(12000), offers[0].Price)
	require.True(t, offers[2].Closed, "an offer that was added is closed, not gone")
	var prices []int64
	require.NoError(t, s.pool.QueryRow(t.Context(), "SELECT array_agg(price ORDER BY id) FROM offer_prices WHERE offer_id = $1", offers[0].ID).Scan(&prices))
	require.Equal(t, []int64{12000, 15000, 12000}, prices, "every price is a row of its own")
	_, err = office.Undo(t.Context(), s.organizer, done.ID, func(catalog.Event) bool { return true }, func(context.Context, bulk.Undone) error { return nil })
	require.ErrorIs(t, err, bulk.ErrUndone)
	_, err = office.Undo(t.Context(), uuid.New(), done.ID, nil, nil)
	require.ErrorIs(t, err, catalog.ErrNoChange)
}

func TestOfManyDatesAllAreChangedOrNone(t *testing.T) {
	s := newStage(t)
	_, made := s.tour(5)
	_, err := s.pool.Exec(t.Context(), "UPDATE event_stock SET sold = 8 WHERE event_id = $1", made[3].ID)
	require.NoError(t, err)
	office := s.office()
	five := 5
	steps, err := office.Steps(t.Context(), s.organizer, bulk.Edit{Capacity: &five}, ids(made))
	require.NoError(t, err)
	_, err = office.Apply(t.Context(), s.organizer, "Ana", steps, unnoted)
	var refused *bulk.Refused
	require.ErrorAs(t, err, &refused)
	require.Len(t, refused.Rows, 1)
	require.Equal(t, made[3].ID, refused.Rows[0].Before.ID)
	require.ErrorIs(t, err, catalog.ErrSoldAbove)
	first, err := s.Event(t.Context(), s.organizer, made[0].ID)
	require.NoError(t, err)
	require.Equal(t, 10, first.Capacity)

	stranger, err := office.Preview(t.Context(), uuid.New(), steps)
	require.NoError(t, err)
	require.Empty(t, stranger)
	_, err = office.Apply(t.Context(), uuid.New(), "Eve", steps, unnoted)
	require.ErrorIs(t, err, catalog.ErrNoEvent)
}

func TestTwoEditorsLoseNothing(t *testing.T) {
	s := newStage(t)
	e := s.event(evening)
	o := s.offer(e, catalog.Offer{Price: 100})
	for range 2 {
		_, errEvent := s.EditEventAt(t.Context(), s.organizer, e.ID, e.Version, func(e *catalog.Event) { e.Name += "!" })
		_, errOffer := s.EditOfferAt(t.Context(), s.organizer, o.ID, o.Version, func(o *catalog.Offer) { o.Price++ })
		if e.Name == "Show" {
			require.NoError(t, errEvent)
			require.NoError(t, errOffer)
			e.Name = "Show!"
			continue
		}
		require.ErrorIs(t, errEvent, catalog.ErrChanged)
		require.ErrorIs(t, errOffer, catalog.ErrChanged)
	}
	errs := make(chan error)
	for range 8 {
		go func() {
			_, err := s.EditEvent(t.Context(), s.organizer, e.ID, func(e *catalog.Event) { e.Capacity++ })
			errs <- err
		}()
	}
	for range 8 {
		require.NoError(t, <-errs)
	}
	now, err := s.Event(t.Context(), s.organizer, e.ID)
	require.NoError(t, err)
	require.Equal(t, 18, now.Capacity, "eight at once, and none is lost")
}

func TestSaleWindowsAreObeyed(t *testing.T) {
	s := newStage(t)
	e := s.event(evening)
	from, until := evening.Add(-48*time.Hour), evening.Add(-time.Hour)
	o := s.offer(e, catalog.Offer{Price: 100, SoldUntil: &until})
	_, err := s.EditEvent(t.Context(), s.organizer, e.ID, func(e *catalog.Event) { e.State, e.SaleFrom = catalog.OnSale, &from })
	require.NoError(t, err)
	for name, row := range map[string]struct {
		at   time.Time
		sold bool
	}{
		"before the sale begins": {from.Add(-time.Second), false},
		"as it begins":           {from, true},
		"before the offer ends":  {until.Add(-time.Second), true},
		"as the offer ends":      {until, false},
	} {
		var n int
		require.NoError(t, s.pool.QueryRow(t.Context(), `SELECT count(*) FROM offers o JOIN events e ON e.id = o.event_id WHERE o.id = $1 AND e.state = 'on_sale'
			AND (e.sale_from IS NULL OR e.sale_from <= $2) AND (o.sold_until IS NULL OR o.sold_until > $2)`, o.ID, row.at).Scan(&n))
		l, err := s.Listing(t.Context(), e.ID)
		require.NoError(t, err)
		require.Equal(t, row.sold, l.OnSale(row.at) && l.Offers[0].SoldAt(row.at), name)
		require.Equal(t, row.sold, n == 1, name)
	}
}
