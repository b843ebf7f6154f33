package web

import (
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/gin-gonic/gin"
	"github.com/google/uuid"

	"portaria/cloud/internal/catalog"
	"portaria/cloud/internal/locale"
)

// eventsPerPage is how many dates one page of the repertoire lists.
const eventsPerPage = 60

// homePage is what is on, by date.
type homePage struct {
	frame
	Days  []day
	Later string // the next page's address; empty = no more
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
}

func (s *shop) home(c *gin.Context) {
	from, err := readCursor(c.Query("after"))
	if err != nil {
		s.fail(c, errNoPage)
		return
	}
	listings, err := s.Catalogue.OnSale(c.Request.Context(), s.Now(), from, eventsPerPage+1)
	if err != nil {
		s.fail(c, err)
		return
	}
	l := s.speak(c)
	p := homePage{frame: s.frame(c, l, l.Text("home.title"))}
	if len(listings) > eventsPerPage {
		listings = listings[:eventsPerPage]
		last := listings[eventsPerPage-1].Event
		p.Later = "/?after=" + writeCursor(catalog.Cursor{Start: last.Start, Event: last.ID})
	}
	p.Days = byDay(l, listings, s.Now())
	s.show(c, http.StatusOK, p)
}

func byDay(l locale.Locale, listings []catalog.Listing, now time.Time) []day {
	var days []day
	for _, x := range listings {
		date := locale.Sentence(l.Date(x.Event.Start.In(x.Venue.Zone())))
		if len(days) == 0 || days[len(days)-1].Date != date {
			days = append(days, day{Date: date})
		}
		last := &days[len(days)-1]
		last.Events = append(last.Events, newCard(l, x, now))
	}
	return days
}

func newCard(l locale.Locale, x catalog.Listing, now time.Time) card {
	start := x.Event.Start.In(x.Venue.Zone())
	k := card{Href: "/e/" + x.Event.ID.String(), Name: x.Event.Name, Venue: x.Venue.Name, Clock: l.Clock(start),
		Weekday: l.Weekday(start), Month: l.Month(start), Day: start.Day(), SoldOut: true, Stopped: !x.OnSale(now)}
	lowest := int64(-1)
	for _, o := range x.Offers {
		if o.Left(x.Event) > 0 && (lowest < 0 || o.Price < lowest) {
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
