package events

import (
	"net/url"
	"time"

	"portaria/cloud/internal/account/role"
	"portaria/cloud/internal/catalog"
	"portaria/cloud/internal/catalog/dates"
	"portaria/cloud/internal/web/desk"
	"portaria/cloud/internal/web/desk/repertoire"
)

// mostInMonth is how many dates one calendar shows.
const mostInMonth = 2000

type calendarPage struct {
	desk.Frame
	Tabs                         []desk.Link
	Month, Earlier, Later, Value string
	Weekdays                     []string
	Weeks                        [][]calendarDay
	Filters                      []calendarFilter
	Some, Cut                    bool
}

type calendarFilter struct {
	ID, Title, Value string
	Options          []desk.Option
}

type calendarDay struct {
	Number int // 0 = of another month
	Name   string
	Today  bool
	Events []calendarEvent
}

type calendarEvent struct {
	Href, Clock, Name, Venue string
	State                    desk.Pill
}

// calendar shows the dates of a month, each at its day in its venue's zone.
func (s *section) calendar(v *desk.Visit) error {
	choices, err := repertoire.Load(v, s.Catalog)
	if err != nil {
		return err
	}
	query := v.Request.URL.Query()
	f := choices.Asked(query, v.Now)
	month, ok := choices.Month(query, f.Venue)
	if !ok {
		now := v.Now.In(month.Location())
		month = time.Date(now.Year(), now.Month(), 1, 0, 0, 0, 0, now.Location())
	}
	f.EndsAfter, f.StartsFrom, f.StartsTill = time.Time{}, month.AddDate(0, 0, -1), month.AddDate(0, 1, 1)
	f.Reach, f.Limit = repertoire.Reach(v, role.EventsSee), mostInMonth
	found, err := s.Catalog.Repertoire(v.Ctx(), v.Organizer(), f)
	if err != nil {
		return err
	}
	p := &calendarPage{Tabs: tabs(v, "/desk/events/calendar"), Month: v.L.MonthOf(month), Value: month.Format("2006-01"), Cut: len(found) == mostInMonth}
	p.Earlier, p.Later = at(query, month.AddDate(0, -1, 0)), at(query, month.AddDate(0, 1, 0))
	p.fillWeeks(v, choices, month, found)
	p.Filters = []calendarFilter{
		{"venue", "events.venue", query.Get("venue"), choices.VenueOptions(v, role.VenuesSee)},
		{"series", "events.series", query.Get("series"), choices.SeriesOptions("")},
		{"state", "events.state", query.Get("state"), repertoire.States(v)},
	}
	return v.Show("calendar", p.Month, p)
}

func at(query url.Values, month time.Time) string {
	next := url.Values{"month": {month.Format("2006-01")}}
	for _, keep := range []string{"venue", "series", "state"} {
		if x := query.Get(keep); x != "" {
			next.Set(keep, x)
		}
	}
	return "/desk/events/calendar?" + next.Encode()
}

func (p *calendarPage) fillWeeks(v *desk.Visit, choices repertoire.Choices, month time.Time, found []catalog.Event) {
	on := map[dates.Day][]calendarEvent{}
	for _, e := range found {
		local := e.Start.In(choices.Zone(e))
		on[dates.DayOf(local)] = append(on[dates.DayOf(local)], calendarEvent{
			Base(e), v.L.Clock(local), e.Name, choices.Venues[e.Venue].Name, repertoire.Pill(v, e),
		})
	}
	sunday := month.AddDate(0, 0, -int(month.Weekday()))
	for i := range 7 {
		p.Weekdays = append(p.Weekdays, v.L.Weekday(sunday.AddDate(0, 0, i)))
	}
	today := dates.DayOf(v.Now.In(month.Location()))
	for day := sunday; day.Before(month.AddDate(0, 1, 0)); day = day.AddDate(0, 0, 7) {
		week := make([]calendarDay, 7)
		for i := range week {
			at := day.AddDate(0, 0, i)
			if at.Month() != month.Month() {
				continue
			}
			events := on[dates.DayOf(at)]
			week[i] = calendarDay{Number: at.Day(), Name: v.L.ShortDate(at), Today: dates.DayOf(at) == today, Events: events}
			p.Some = p.Some || len(events) > 0
		}
		p.Weeks = append(p.Weeks, week)
	}
}
