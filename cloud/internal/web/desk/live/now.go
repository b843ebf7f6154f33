package live

import (
	"slices"
	"strings"

	"portaria/cloud/internal/account/person"
	"portaria/cloud/internal/account/role"
	"portaria/cloud/internal/attendance"
	"portaria/cloud/internal/gatehouse/desk"
	web "portaria/cloud/internal/web/desk"
	"portaria/edge/admit"
)

// nowPage is the page of what is now. Its part "now" is asked for again every few seconds.
type nowPage struct {
	web.Frame
	*subject
	Updated string
	Stale   []string // sentences: how old the numbers are
	Door    string   // the one chosen, by id
	Choices []web.Option

	Report   attendance.Report
	Minute   string // people a minute over the last full five
	Cap      int    // of the outermost zones; 0 = not limited
	Share    int    // percent of Cap
	Full     web.Pill
	Chart    chart
	Areas    []area
	Gates    []gateRow
	Reasons  []reasonRow
	Kinds    []kindRow
	Expected int // rights
	Came     int // percent of Expected
	Staff    []staffRow
	Alerts   []alert
	Done     []alert
	CanMark  bool
	Lanes    []laneRow
	Well     int
	Over     bool // the event is over: its page is its history
}

// N is a number as people write it.
func (p *nowPage) N(n int) string { return p.Locale.Number(int64(n)) }

// area is a zone, with all that is inside it.
type area struct {
	Name     string
	Depth    int
	Count    int
	Capacity int
	Percent  int
	State    web.Pill
}

type gateRow struct {
	Name string
	attendance.Door
}

type reasonRow struct {
	Text  string
	N     int
	Share int
}

type kindRow struct {
	Event, Name       string
	Expected, Arrived int
	Share             int
}

type staffRow struct {
	Name string
	attendance.Staff
}

func (s *section) event(v *web.Visit) error {
	x, err := s.ofEvent(v)
	if err != nil {
		return err
	}
	return s.showNow(v, x, false)
}

func (s *section) eventNow(v *web.Visit) error {
	x, err := s.ofEvent(v)
	if err != nil {
		return err
	}
	return s.showNow(v, x, true)
}

func (s *section) venue(v *web.Visit) error {
	x, err := s.ofVenue(v)
	if err != nil {
		return err
	}
	return s.showNow(v, x, false)
}

func (s *section) venueNow(v *web.Visit) error {
	x, err := s.ofVenue(v)
	if err != nil {
		return err
	}
	return s.showNow(v, x, true)
}

func (s *section) showNow(v *web.Visit, x *subject, part bool) error {
	p, err := s.look(v, x)
	if err != nil {
		return err
	}
	if part {
		return v.ShowPart("now", "now", p)
	}
	p.Scripts = []string{"live.js"}
	return v.Show("now", x.Name, p)
}

// look reads what the page shows.
func (s *section) look(v *web.Visit, x *subject) (*nowPage, error) {
	p := &nowPage{subject: x, Door: x.scope.Door, Updated: v.Now.In(x.Zone).Format("15:04:05"), CanMark: len(x.Events) == 1 && v.May(role.ScanOverride, placeOf(x.Events[0]))}
	p.Frame.Locale = v.L
	for _, c := range x.Doors {
		p.Choices = append(p.Choices, web.Option{Value: c.ID.String(), Text: c.Name})
	}
	slices.SortFunc(p.Choices, func(a, b web.Option) int { return compare(a.Text, b.Text) })
	report, err := s.Attendance.Live(v.Ctx(), x.scope)
	if err != nil {
		return nil, err
	}
	p.Report = report
	p.Chart = draw(v.L, report.Slots, x, v.Now)
	p.Minute = rate(v, report.Slots)
	if err := s.places(v, p); err != nil {
		return nil, err
	}
	p.Gates, p.Reasons = gateRows(x, report), reasonRows(v, report)
	for _, fill := range []func(*web.Visit, *nowPage) error{s.kinds, s.staff, s.machines, s.alerts} {
		if err := fill(v, p); err != nil {
			return nil, err
		}
	}
	p.Over = len(x.Events) == 1 && v.Now.After(x.Events[0].End.Add(around))
	return p, nil
}

// rate is people a minute over the last full five minutes.
func rate(v *web.Visit, slots []attendance.Slot) string {
	last := attendance.SlotOf(v.Now.UnixMilli()) - 1
	for _, s := range slots {
		if attendance.SlotOf(s.At.UnixMilli()) == last {
			return v.L.Number(int64(s.In+2) / 5)
		}
	}
	return "0"
}

// Fullness, in percent of a zone's capacity.
const nearlyFull = 90

func fullness(v *web.Visit, count, capacity int) (percent int, state web.Pill) {
	if capacity == 0 {
		return 0, web.Pill{Text: v.Text("live.no_limit")}
	}
	percent = max(0, count) * 100 / capacity
	switch {
	case count >= capacity:
		return percent, web.Pill{Kind: "bad", Text: v.Text("live.full")}
	case percent >= nearlyFull:
		return percent, web.Pill{Kind: "warn", Text: v.Text("live.nearly_full")}
	}
	return percent, web.Pill{Kind: "ok", Text: v.Text("live.room")}
}

// places fills the zones, each with those inside it. A choice of a door chooses no zones: their numbers are of all doors.
func (s *section) places(v *web.Visit, p *nowPage) error {
	whole := p.Report
	if p.Door != "" {
		var err error
		if whole, err = s.Attendance.Live(v.Ctx(), p.whole()); err != nil {
			return err
		}
	}
	p.Report.Inside = whole.Inside
	for _, z := range p.zones {
		if z.Parent == nil {
			p.Areas = append(p.Areas, areas(v, p.zones, z, whole.Zones, 0)...)
		}
	}
	for _, a := range p.Areas {
		if a.Depth == 0 {
			p.Cap += a.Capacity
		}
	}
	p.Share, p.Full = fullness(v, p.Report.Inside, p.Cap)
	return nil
}

func areas(v *web.Visit, all []desk.Zone, z desk.Zone, counts map[string]int, depth int) []area {
	out := []area{{Name: z.Name, Depth: depth, Capacity: z.Capacity, Count: counts[z.ID.String()]}}
	for _, inner := range all {
		if inner.Parent == nil || *inner.Parent != z.ID || depth >= 8 {
			continue
		}
		below := areas(v, all, inner, counts, depth+1)
		out[0].Count += below[0].Count
		out = append(out, below...)
	}
	out[0].Percent, out[0].State = fullness(v, out[0].Count, z.Capacity)
	return out
}

func gateRows(x *subject, r attendance.Report) (rows []gateRow) {
	for _, d := range r.Doors {
		rows = append(rows, gateRow{x.door(d.Door), d})
	}
	slices.SortStableFunc(rows, func(a, b gateRow) int { return compare(a.Name, b.Name) })
	return rows
}

func reasonRows(v *web.Visit, r attendance.Report) (rows []reasonRow) {
	for _, x := range r.Reasons {
		rows = append(rows, reasonRow{reasonText(v, x.Reason), x.N, x.N * 100 / max(1, r.Refused)})
	}
	return rows
}

// reasonText is why, in words; one that this program does not know is shown as it came.
func reasonText(v *web.Visit, why admit.Reason) string {
	id := "live.reason_" + string(why)
	if text := v.Text(id); text != id {
		return text
	}
	return strings.ReplaceAll(string(why), "_", " ")
}

// kinds fills who has come of whom.
func (s *section) kinds(v *web.Visit, p *nowPage) error {
	kinds, err := s.Attendance.Kinds(v.Ctx(), p.whole())
	if err != nil {
		return err
	}
	came := 0
	for _, e := range p.Events {
		offers, err := s.Books.Offers(v.Ctx(), v.Organizer(), e.ID)
		if err != nil {
			return err
		}
		for _, k := range kinds {
			if k.Event != e.ID {
				continue
			}
			row := kindRow{Name: v.Text("live.kind", "Number", int(k.Kind)), Expected: k.Expected, Arrived: k.Arrived, Share: share(k.Arrived, k.Expected)}
			if len(p.Events) > 1 {
				row.Event = e.Name
			}
			for _, o := range offers {
				if o.Kind == k.Kind {
					row.Name = o.Name
				}
			}
			p.Kinds = append(p.Kinds, row)
			p.Expected += k.Expected
			came += k.Arrived
		}
	}
	p.Report.Arrived, p.Came = came, share(came, p.Expected)
	return nil
}

// share is in whole percent, at most 100.
func share(n, of int) int { return min(100, n*100/max(1, of)) }

// Absent is how many of those that are expected have not come.
func (p *nowPage) Absent() int { return max(0, p.Expected-p.Report.Arrived) }

func (s *section) staff(v *web.Visit, p *nowPage) error {
	names, err := s.names(v, p)
	if err != nil {
		return err
	}
	for _, x := range p.Report.Staff {
		row := staffRow{Name: names[x.Controller], Staff: x}
		switch {
		case row.Name != "":
		case strings.HasPrefix(x.Controller, "key "):
			row.Name = v.Text("live.by_program")
		default:
			row.Name = v.Text("live.by_former")
		}
		p.Staff = append(p.Staff, row)
	}
	return nil
}

// names are those of the venue's controllers, and of the people who scan by telephone.
func (s *section) names(v *web.Visit, p *nowPage) (map[string]string, error) {
	names := map[string]string{}
	controllers, err := s.Config.Doors.Controllers(v.Ctx(), p.place())
	if err != nil {
		return nil, err
	}
	for _, c := range controllers {
		names[c.ID.String()] = c.Name
	}
	members, err := s.People.Members(v.AccountsCtx(), v.Organizer())
	for _, m := range members {
		names[person.By(m.Person)] = m.Name
	}
	return names, err
}

// count is a text in the plural form that n asks for.
func count(v *web.Visit, id string, n int) string {
	text, err := v.L.Count(id, n)
	if err != nil {
		return id
	}
	return text
}
