package web

import (
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/gin-gonic/gin"
	"github.com/google/uuid"

	"portaria/cloud/internal/catalog"
	"portaria/cloud/internal/catalog/dates"
	"portaria/cloud/internal/locale"
)

// eventsPerPage is how many dates one page of the repertoire lists.
const eventsPerPage = 60

// homePage is what is on, by date.
type homePage struct {
	frame
	Days     []day
	Later    string // the next page's address; empty = no more
	Place    string // what the list was narrowed to
	Since    string
	Narrowed bool
	Whole    string // name of the series whose dates are listed one by one
}

// day is the events that start on one date, in their venues' zones.
type day struct {
	Date   string
	Events []card
}

// card is one event in a list.
type card struct {
	Href, Name, Venue, Clock, Weekday, Month string
	Day                                      int
	From                                     string // the lowest price; empty when nothing is left
	SoldOut, Stopped                         bool
	Opens                                    string // when buying begins, where that is later
	More, Series                             string // how many further dates of its series there are, and where
}

func (s *shop) home(c *gin.Context) {
	from, err := readCursor(c.Query("after"))
	if err != nil {
		s.fail(c, errNoPage)
		return
	}
	shelf, narrowed := readShelf(c, from)
	listings, err := s.Catalogue.OnSale(c.Request.Context(), s.Now(), shelf, eventsPerPage+1)
	if err != nil {
		s.fail(c, err)
		return
	}
	l := s.speak(c)
	p := homePage{frame: s.frame(c, l, l.Text("home.title")), Place: shelf.Place, Since: c.Query("since"), Narrowed: narrowed}
	if len(listings) > eventsPerPage {
		listings = listings[:eventsPerPage]
		last := listings[eventsPerPage-1].Event
		next := narrowing(c)
		next.Set("after", writeCursor(catalog.Cursor{Start: last.Start, Event: last.ID}))
		p.Later = "/?" + next.Encode()
	}
	if shelf.Series != uuid.Nil && len(listings) > 0 {
		p.Whole = listings[0].SeriesName
	}
	p.Days = byDay(l, listings, s.Now(), shelf.Series == uuid.Nil)
	s.show(c, http.StatusOK, p)
}

// narrowing is what the list is narrowed to, as an address has it.
func narrowing(c *gin.Context) url.Values {
	out := url.Values{}
	for _, name := range []string{"place", "since", "series"} {
		if x := c.Query(name); x != "" {
			out.Set(name, x)
		}
	}
	return out
}

// readShelf reads what the list is narrowed to; nonsense is passed over.
func readShelf(c *gin.Context, from catalog.Cursor) (shelf catalog.Shelf, narrowed bool) {
	shelf.From = from
	if place := c.Query("place"); utf8.RuneCountInString(place) <= 200 {
		shelf.Place = strings.TrimSpace(place)
	}
	if day, rest, ok := dates.ReadDay(c.Query("since")); ok && rest == "" && day.Real() {
		shelf.Since = time.Date(day.Year, day.Month, day.Day, 0, 0, 0, 0, time.UTC).Add(-earliest)
	}
	shelf.Series, _ = uuid.Parse(c.Query("series")) // none is all
	return shelf, shelf.Place != "" || !shelf.Since.IsZero() || shelf.Series != uuid.Nil
}

// earliest is how long before UTC a day begins somewhere.
const earliest = 14 * time.Hour

// byDay lists events by date. Grouped, a series is one card, at its first date on the page.
func byDay(l locale.Locale, listings []catalog.Listing, now time.Time, grouped bool) []day {
	further := map[uuid.UUID]int{}
	for _, x := range listings {
		further[x.Event.Series]++
	}
	var days []day
	told := map[uuid.UUID]bool{}
	for _, x := range listings {
		series := x.Event.Series
		if grouped && series != uuid.Nil && told[series] {
			continue
		}
		told[series] = true
		date := locale.Sentence(l.Date(x.Event.Start.In(x.Venue.Zone())))
		if len(days) == 0 || days[len(days)-1].Date != date {
			days = append(days, day{Date: date})
		}
		card := newCard(l, x, now)
		if n := further[series] - 1; grouped && series != uuid.Nil && n > 0 {
			card.More, card.Series = l.Plural("home.more", n), "/?series="+series.String()
		}
		last := &days[len(days)-1]
		last.Events = append(last.Events, card)
	}
	return days
}

func newCard(l locale.Locale, x catalog.Listing, now time.Time) card {
	start := x.Event.Start.In(x.Venue.Zone())
	k := card{Href: "/e/" + x.Event.ID.String(), Name: x.Event.Name, Venue: x.Venue.Name, Clock: l.Clock(start),
		Weekday: l.Weekday(start), Month: l.Month(start), Day: start.Day(), SoldOut: true, Stopped: !x.OnSale(now)}
	if from := x.Event.SaleFrom; x.Event.Waits(now) && from != nil {
		at := from.In(x.Venue.Zone())
		k.Opens = l.Text("home.opens", "When", l.ShortDate(at)+" "+l.Clock(at))
	}
	lowest := int64(-1)
	for _, o := range x.Offers {
		if o.SoldAt(now) && o.Left(x.Event) > 0 && (lowest < 0 || o.Price < lowest) {
			lowest, k.SoldOut = o.Price, false
		}
	}
	if !k.SoldOut {
		k.From = l.Money(lowest, x.Event.Currency)
	}
	return k
}

// writeCursor and readCursor put a place in the repertoire into an address: microseconds, a dot, the event's id.
func writeCursor(c catalog.Cursor) string {
	return strconv.FormatInt(c.Start.UnixMicro(), 10) + "." + c.Event.String()
}

func readCursor(text string) (catalog.Cursor, error) {
	if text == "" {
		return catalog.Cursor{}, nil
	}
	us, id, ok := strings.Cut(text, ".")
	at, errAt := strconv.ParseInt(us, 10, 64)
	event, errID := uuid.Parse(id)
	if !ok || errAt != nil || errID != nil || at < 0 || at > 1<<52 {
		return catalog.Cursor{}, errNoPage
	}
	return catalog.Cursor{Start: time.UnixMicro(at), Event: event}, nil
}
