package live

import (
	"fmt"
	"html/template"
	"strings"

	"portaria/cloud/internal/attendance"
	"portaria/cloud/internal/catalog"
	web "portaria/cloud/internal/web/desk"
)

// comparison is two dates beside one another, by minutes before and after their starts.
type comparison struct {
	This, Other   string
	Facts         []pair
	Rows          []pairRow
	ThisD, OtherD template.HTMLAttr // paths of the lines
	Lines         []line
	Hours         []label
	Zero          float64 // where the start is
	HasZero       bool
}

type pair struct{ Name, This, Other string }

type pairRow struct {
	At          string // minutes from the start: "-35"
	This, Other int
}

func (s *section) compare(v *web.Visit, p *historyPage, e catalog.Event) (*comparison, error) {
	scope := scopeOf(v.Organizer(), e.Venue, []catalog.Event{e})
	report, err := s.Attendance.Live(v.Ctx(), scope)
	if err != nil {
		return nil, err
	}
	kinds, err := s.Attendance.Kinds(v.Ctx(), scope)
	if err != nil {
		return nil, err
	}
	expected, came := 0, 0
	for _, k := range kinds {
		expected, came = expected+k.Expected, came+k.Arrived
	}
	c := &comparison{This: v.L.ShortDate(p.Events[0].Start.In(p.Zone))}
	n := func(n int) string { return v.L.Number(int64(n)) }
	percent := func(n int) string { return fmt.Sprintf("%d %%", n) }
	c.Facts = []pair{
		{v.Text("live.came_in"), n(p.Report.In), n(report.In)},
		{v.Text("live.arrived"), percent(p.Came), percent(share(came, expected))},
		{v.Text("live.busiest"), n(busiestOf(p.Report.Slots).In), n(busiestOf(report.Slots).In)},
		{v.Text("live.refused"), n(p.Report.Refused), n(report.Refused)},
		{v.Text("live.left_all"), n(p.Report.Out), n(report.Out)},
	}
	c.fill(v, p.Report.Slots, p.Events[0], report.Slots, e)
	return c, nil
}

// reach is how far from the start a comparison looks, in slots.
const reach = 72

// fill lays both dates over one another, their starts at the same place.
func (c *comparison) fill(v *web.Visit, this []attendance.Slot, a catalog.Event, other []attendance.Slot, b catalog.Event) {
	ours, theirs := fromStart(this, a), fromStart(other, b)
	first, last, most := reach, -reach, 0
	for _, of := range []map[int]int{ours, theirs} {
		for at, people := range of {
			first, last, most = min(first, at), max(last, at), max(most, people)
		}
	}
	if first > last {
		return
	}
	for at := first; at <= last; at++ {
		c.Rows = append(c.Rows, pairRow{fmt.Sprintf("%+d min", at*5), ours[at], theirs[at]})
	}
	top, height, width := ceiling(most), float64(chartBottom-chartTop), float64(chartWidth-chartLeft-10)
	x := func(at int) float64 { return chartLeft + width*float64(at-first)/float64(max(1, last-first)) }
	path := func(of map[int]int) template.HTMLAttr {
		var d strings.Builder
		for at := first; at <= last; at++ {
			fmt.Fprintf(&d, "%s%.1f %.1f", map[bool]string{true: "M", false: "L"}[at == first], x(at), chartBottom-float64(of[at])/float64(top)*height)
		}
		return template.HTMLAttr(d.String()) //nolint:gosec // numbers
	}
	c.ThisD, c.OtherD = path(ours), path(theirs)
	c.Zero, c.HasZero = x(0), first <= 0 && last >= 0
	for i := range 5 {
		c.Lines = append(c.Lines, line{chartBottom - height*float64(i)/4, v.L.Number(int64(top * i / 4))})
	}
	for i, every := 0, max(1, (len(c.Rows)+5)/6); i < len(c.Rows); i += every {
		c.Hours = append(c.Hours, label{x(first + i), c.Rows[i].At})
	}
}

// fromStart is people who came in, by slots from the event's start.
func fromStart(slots []attendance.Slot, e catalog.Event) map[int]int {
	out := map[int]int{}
	for _, s := range slots {
		at := int(attendance.SlotOf(s.At.UnixMilli()) - attendance.SlotOf(e.Start.UnixMilli()))
		if at >= -reach && at <= reach && s.In > 0 {
			out[at] += s.In
		}
	}
	return out
}
