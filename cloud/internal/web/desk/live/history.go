package live

import (
	"cmp"
	"fmt"
	"slices"
	"time"

	"github.com/google/uuid"

	"portaria/cloud/internal/account/role"
	"portaria/cloud/internal/attendance"
	"portaria/cloud/internal/catalog"
	web "portaria/cloud/internal/web/desk"
)

// historyPage is how an evening was: for the next one's staff, and for the books.
type historyPage struct {
	nowPage
	Facts   []fact
	Peaks   []peakRow
	Dates   []web.Option // others of the series
	With    string       // the one to compare with
	Compare *comparison
	Files   []file
}

type fact struct{ Name, Value, Small string }

type peakRow struct {
	Door, Gate, At string
	In             int
}

type file struct{ Name, CSV, XLSX string }

func (s *section) history(v *web.Visit) error {
	x, err := s.ofEvent(v)
	if err != nil {
		return err
	}
	p := &historyPage{nowPage: nowPage{subject: x}}
	p.Frame.Locale = v.L
	x.scope.Door = ""
	if p.Report, err = s.Attendance.Live(v.Ctx(), x.scope); err != nil {
		return err
	}
	p.Chart, p.Gates, p.Reasons = draw(v.L, p.Report.Slots, x, x.Events[0].End), gateRows(x, p.Report), reasonRows(v, p.Report)
	p.Over = v.Now.After(x.Events[0].End)
	for _, fill := range []func(*web.Visit, *nowPage) error{s.kinds, s.staff} {
		if err := fill(v, &p.nowPage); err != nil {
			return err
		}
	}
	for _, fill := range []func(*web.Visit, *historyPage) error{s.facts, s.peaks, s.dates} {
		if err := fill(v, p); err != nil {
			return err
		}
	}
	for _, t := range tables {
		at := x.Base + "/tables/" + t
		p.Files = append(p.Files, file{v.Text("live.table_" + t), at + "?as=csv", at + "?as=xlsx"})
	}
	return v.Show("history", x.Name, p)
}

// facts reads all records of the event: this page does not ask again by itself.
func (s *section) facts(v *web.Visit, p *historyPage) error {
	stay, err := s.Attendance.Stay(v.Ctx(), p.scope)
	if err != nil {
		return err
	}
	if in := slices.DeleteFunc(slices.Clone(p.Report.Slots), func(x attendance.Slot) bool { return x.In == 0 }); stay.First.IsZero() && len(in) > 0 {
		stay.First, stay.Last = in[0].At, in[len(in)-1].At // the records have been cleared: only the numbers are left
	}
	n := func(n int) string { return v.L.Number(int64(n)) }
	clock := func(t time.Time) string {
		if t.IsZero() {
			return "–"
		}
		return v.L.Clock(t.In(p.Zone))
	}
	p.Facts = []fact{
		{v.Text("live.came_in"), n(p.Report.In), v.Text("live.back", "N", n(p.Report.Back))},
		{v.Text("live.arrived"), fmt.Sprintf("%d %%", p.Came), v.Text("live.arrived_of", "N", n(p.Report.Arrived), "Of", n(p.Expected))},
		{v.Text(map[bool]string{true: "live.no_shows", false: "live.to_come"}[p.Over]), n(p.Absent()), fmt.Sprintf("%d %%", share(p.Absent(), p.Expected))},
		{v.Text("live.first_last"), clock(stay.First) + " – " + clock(stay.Last), ""},
	}
	if busiest := busiestOf(p.Report.Slots); busiest.In > 0 {
		p.Facts = append(p.Facts, fact{v.Text("live.busiest"), clock(busiest.At), v.Text("live.people_in_5", "N", n(busiest.In))})
	}
	stayed := fact{v.Text("live.stayed"), "–", v.Text("live.stayed_none")}
	if stay.People > 0 {
		stayed = fact{v.Text("live.stayed"), hours(stay.Median), v.Text("live.stayed_of", "P90", hours(stay.P90), "N", n(stay.People))}
	}
	p.Facts = append(p.Facts, stayed)
	return nil
}

// hours is a stay in hours and minutes.
func hours(d time.Duration) string {
	minutes := int(d.Round(time.Minute) / time.Minute)
	if minutes < 60 {
		return fmt.Sprintf("%d min", minutes)
	}
	return fmt.Sprintf("%d h %02d", minutes/60, minutes%60)
}

func busiestOf(slots []attendance.Slot) (most attendance.Slot) {
	for _, s := range slots {
		if s.In > most.In {
			most = s
		}
	}
	return most
}

func (s *section) peaks(v *web.Visit, p *historyPage) error {
	peaks, err := s.Attendance.Peaks(v.Ctx(), p.scope)
	if err != nil {
		return err
	}
	for _, k := range peaks {
		p.Peaks = append(p.Peaks, peakRow{p.door(k.Door), k.Gate, v.L.Clock(attendance.TimeOf(k.Slot).In(p.Zone)), k.In})
	}
	slices.SortStableFunc(p.Peaks, func(a, b peakRow) int { return cmp.Or(cmp.Compare(b.In, a.In), compare(a.Door, b.Door)) })
	return nil
}

// maxDates is how many other dates can be chosen from.
const maxDates = 60

// dates fills the other dates of the series, or of the same name at the same venue, and compares with the one chosen.
func (s *section) dates(v *web.Visit, p *historyPage) error {
	all, err := s.Books.Events(v.Ctx(), v.Organizer(), uuid.Nil, maxEvents)
	if err != nil {
		return err
	}
	this := p.Events[0]
	all = slices.DeleteFunc(all, func(e catalog.Event) bool {
		same := e.Series != uuid.Nil && e.Series == this.Series || e.Name == this.Name && e.Venue == this.Venue
		return e.ID == this.ID || !same || e.Doors.After(v.Now) || !v.May(role.LiveSee, placeOf(e))
	})
	slices.SortFunc(all, func(a, b catalog.Event) int { return b.Start.Compare(a.Start) })
	for _, e := range all[:min(len(all), maxDates)] {
		venue, err := s.Books.Venue(v.Ctx(), v.Organizer(), e.Venue)
		if err != nil {
			return err
		}
		start := e.Start.In(venue.Zone())
		p.Dates = append(p.Dates, web.Option{Value: e.ID.String(), Text: v.L.ShortDate(start) + " " + v.L.Clock(start) + " · " + venue.Name})
		if v.Query("with") == e.ID.String() {
			p.With = e.ID.String()
			if p.Compare, err = s.compare(v, p, e); err != nil {
				return err
			}
			p.Compare.Other = v.L.ShortDate(start)
		}
	}
	return nil
}
