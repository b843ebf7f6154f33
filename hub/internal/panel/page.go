package panel

import (
	"bytes"
	"cmp"
	"embed"
	"fmt"
	"html/template"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/gin-gonic/gin"

	"portaria/edge/admit"
	"portaria/edge/whitelist"
	"portaria/edge/wire"
)

//go:embed templates/*.html
var templateFiles embed.FS

// frame is what every page has.
type frame struct {
	language
	Title string
	Here  string // which page of the menu
	Who   Person
	View  View
	Flash *flash
}

// flash tells what was just done, and how to undo it.
type flash struct {
	Text string
	Door string // undo by ordering this door
	Mode whitelist.Mode
	Undo bool
}

// Tag is the language of the page.
func (f frame) Tag() string { return tags[f.language] }

// T is a text of the page.
func (f frame) T(id string, args ...any) string { return f.say(id, args...) }

// Reason, Kind, Mode and Age name what programs name otherwise.
func (f frame) Reason(why admit.Reason) string { return f.reason(why) }
func (f frame) Kind(kind string) string        { return f.kind(kind) }
func (f frame) Mode(m whitelist.Mode) string   { return f.mode(m) }
func (f frame) Age(d time.Duration) string     { return f.age(d) }

// N is a number as people write it.
func (f frame) N(n int) string { return number(n) }

// Clock is a time of day at the venue.
func (f frame) Clock(ms int64) string {
	if ms == 0 {
		return "–"
	}
	return time.UnixMilli(ms).In(f.View.Zone).Format("15:04:05")
}

// Day is a date and time at the venue.
func (f frame) Day(ms int64) string { return time.UnixMilli(ms).In(f.View.Zone).Format("02/01 15:04") }

// HasEvacuation says that every door is under evacuation or drill, and which.
func (f frame) HasEvacuation() whitelist.Mode {
	for _, d := range f.View.Doors {
		if d.Order != nil && d.Order.Checkpoint == wire.EveryDoor && (d.Order.Mode == whitelist.Evacuation || d.Order.Mode == whitelist.Drill) {
			return d.Order.Mode
		}
	}
	return ""
}

// Inside counts people by the outermost zones; those inside them are counted in them.
func (f frame) Inside() (sum int) {
	for _, z := range f.View.Zones {
		sum = max(sum, z.Count)
	}
	return sum
}

// Mark is how an incident looks: people in danger, or in who should not be, before everything else.
func (f frame) Mark(kind string) pill {
	if kind == "conflict" || kind == "fire" || kind == "forced" {
		return pill{"bad", "✕", f.Kind(kind)}
	}
	return pill{"warn", "▲", f.Kind(kind)}
}

// pill is a state as colour, shape and word.
type pill struct{ Class, Shape, Word string }

// alert is something that needs a person.
type alert struct {
	pill
	Text, Small string
	Link        string
}

// row is a lane in the table.
type row struct {
	Gate       string
	Lane       wire.LaneState
	Door       string
	State      pill
	ListAge    time.Duration
	Controller string
}

type livePage struct {
	frame
	Chart  chart
	Alerts []alert
	Rows   []row
	Well   int // rows that are as they should be
	Cap    int // capacity of the outermost zones, 0 = not limited
}

func (p *panel) live(f frame) livePage {
	page := livePage{frame: f, Chart: draw(f.View.Slots, f.View.Now, f.View.Zone)}
	for _, g := range f.View.Gates {
		page.Rows = append(page.Rows, rowsOf(f, g)...)
	}
	for _, r := range page.Rows {
		if r.State.Class == "ok" || r.State.Class == "" {
			page.Well++
		}
	}
	for _, z := range f.View.Zones {
		if z.Count == page.Inside() {
			page.Cap = max(page.Cap, z.Capacity)
		}
	}
	page.Alerts = alertsOf(f)
	return page
}

// Percent is how full the venue is.
func (p livePage) Percent() int { return min(100, p.Inside()*100/max(p.Cap, 1)) }

func rowsOf(f frame, g Gate) (rows []row) {
	lanes := g.Lanes
	if len(lanes) == 0 {
		lanes = []wire.LaneState{{Lane: 1}}
	}
	for _, l := range lanes {
		door := l.Checkpoint
		if i := slices.IndexFunc(f.View.Doors, func(d Door) bool { return d.ID == l.Checkpoint }); i >= 0 {
			door = f.View.Doors[i].Name
		}
		rows = append(rows, row{Gate: g.Name, Lane: l, Door: door, State: laneState(f, g, l), ListAge: g.ListAge, Controller: l.Controller})
	}
	return rows
}

// silence is how long a gate may say nothing: it sends a heartbeat every second.
const silence = 5 * time.Second

func away(f frame, g Gate) bool {
	return !g.Connected || f.View.Now.Sub(time.UnixMilli(g.SeenAt)) > silence
}

func laneState(f frame, g Gate, l wire.LaneState) pill {
	switch {
	case g.Excluded:
		return pill{"", "–", f.T("lane excluded")}
	case away(f, g):
		return pill{"bad", "✕", f.T("lane away")}
	case l.Scanner != "ready":
		return pill{"bad", "✕", f.T("lane scanner")}
	case l.Output != "ready":
		return pill{"bad", "✕", f.T("lane output")}
	case l.Mode == string(whitelist.Evacuation) || l.Mode == string(whitelist.Drill):
		return pill{"warn", "▲", f.T("lane " + l.Mode)}
	case l.Mode != string(whitelist.Open):
		return pill{"", "–", f.T("lane closed")}
	}
	return pill{"ok", "✓", f.T("lane open")}
}

// alertsOf lists what needs a person: what people must answer first, then machines.
func alertsOf(f frame) (alerts []alert) {
	v := f.View
	for _, i := range v.Open {
		alerts = append(alerts, alert{f.Mark(i.Kind), i.Text, f.Day(i.At), fmt.Sprintf("/incidents#i%d", i.Number)})
	}
	for _, g := range v.Unknown {
		alerts = append(alerts, alert{pill{"warn", "▲", f.T("pill settle")}, f.T("alert unknown", g.Gate), f.Day(g.At), "/gates#settle"})
	}
	if v.Disk.Level != "ok" {
		alerts = append(alerts, alert{pill{"bad", "✕", f.T("pill disk")}, f.T("alert disk", v.Disk.Percent), "", ""})
	}
	for _, g := range v.Gates {
		if text := gateTrouble(f, g); text != "" {
			alerts = append(alerts, alert{pill{"warn", "▲", f.T("pill lane")}, text, "", "/gates"})
		}
	}
	return alerts
}

func gateTrouble(f frame, g Gate) string {
	switch {
	case g.Excluded:
		return ""
	case g.SeenAt == 0:
		return f.T("alert never", g.Name)
	case away(f, g):
		return f.T("alert away", g.Name, f.Age(f.View.Now.Sub(time.UnixMilli(g.SeenAt))))
	case g.ListAge < 0 && len(f.View.Events) > 0:
		return f.T("alert list", g.Name)
	}
	if text := machineTrouble(f, g); text != "" {
		return text
	}
	for _, l := range g.Lanes {
		if l.Scanner != "ready" {
			return f.T("alert scanner", g.Name, l.Lane)
		}
		if l.Output != "ready" {
			return f.T("alert output", g.Name, l.Lane)
		}
	}
	return ""
}

// What a machine can bear: a Pi slows down at 80 degrees.
const (
	hot         = 78
	lowBattery  = 20 // percent
	fullMachine = 90 // percent
)

func machineTrouble(f frame, g Gate) string {
	switch m := g.Machine; {
	case m.WeakPower:
		return f.T("alert power", g.Name)
	case m.Celsius >= hot:
		return f.T("alert hot", g.Name, m.Celsius)
	case m.Battery != nil && *m.Battery <= lowBattery:
		return f.T("alert battery", g.Name, *m.Battery)
	case m.DiskPercent >= fullMachine:
		return f.T("alert card", g.Name, m.DiskPercent)
	}
	return ""
}

// Health is how a gate's computer does, in short.
func (f frame) Health(m wire.Machine) string {
	var parts []string
	if m.Celsius != 0 {
		parts = append(parts, fmt.Sprintf("%d °C", m.Celsius))
	}
	if m.Battery != nil {
		parts = append(parts, fmt.Sprintf("%s %d %%", f.T("battery"), *m.Battery))
	}
	if m.WeakPower {
		parts = append(parts, f.T("weak power"))
	}
	return strings.Join(parts, " · ")
}

type doorRow struct {
	Door
	Lanes, Applied int
}

type doorsPage struct {
	frame
	Doors []doorRow
	Modes []whitelist.Mode
	Lanes []row
}

func (p *panel) doors(f frame) doorsPage {
	page := doorsPage{frame: f, Modes: []whitelist.Mode{whitelist.Open, whitelist.Closed, whitelist.Drill}}
	for _, d := range f.View.Doors {
		r := doorRow{Door: d}
		for _, g := range f.View.Gates {
			for _, l := range g.Lanes {
				if l.Checkpoint == d.ID {
					r.Lanes++
					if l.Mode == string(d.Mode()) && !away(f, g) {
						r.Applied++
					}
				}
			}
		}
		page.Doors = append(page.Doors, r)
	}
	slices.SortFunc(page.Doors, func(a, b doorRow) int { return cmp.Compare(a.Name, b.Name) })
	for _, g := range f.View.Gates {
		if len(g.Lanes) > 0 {
			page.Lanes = append(page.Lanes, rowsOf(f, g)...)
		}
	}
	return page
}

type incidentsPage struct {
	frame
	Older int64 // number to go on from, 0 = that is all
}

type gatesPage struct{ frame }

// Away says whether a gate is silent.
func (p gatesPage) Away(g Gate) bool { return away(p.frame, g) }

type signOnPage struct {
	frame
	Number string
	Fault  string
}

type faultPage struct {
	frame
	Fault string
}

// functions are what templates can't do themselves.
var functions = template.FuncMap{
	"qr":     qr,
	"join":   func(names []string) string { return strings.Join(names, ", ") },
	"sub":    func(a, b int) int { return a - b },
	"words":  func(w [4]string) []string { return w[:] },
	"spaced": func(w [4]string) string { return strings.Join(w[:], " ") },
}

// pages are the parsed templates by name.
type pages map[string]*template.Template

func parsePages() (pages, error) {
	out := pages{}
	for _, name := range []string{"live", "doors", "incidents", "gates", "sign-on", "fault"} {
		t, err := template.New("layout.html").Funcs(functions).Option("missingkey=error").ParseFS(templateFiles, "templates/layout.html", "templates/"+name+".html")
		if err != nil {
			return nil, fmt.Errorf("read the template %s: %w", name, err)
		}
		out[name] = t
	}
	return out, nil
}

// render makes a whole page first, so that a fault never leaves half of one.
func (p *panel) render(c *gin.Context, status int, name string, page any) {
	var out bytes.Buffer
	if err := p.pages[name].Execute(&out, page); err != nil {
		p.Log.Error("a page could not be made", "page", name, "why", err)
		c.String(http.StatusInternalServerError, "%s", languageOf(c.Request).say("crashed"))
		return
	}
	c.Data(status, "text/html; charset=utf-8", out.Bytes())
}

// frameOf looks at the house for a page.
func (p *panel) frameOf(c *gin.Context, here string) frame {
	l := languageOf(c.Request)
	f := frame{language: l, Here: here, Title: l.say(here), View: p.House.Look(p.today())}
	f.Who, _ = p.sessions.who(c.Request)
	f.Flash = flashOf(f, c)
	return f
}

// flashOf reads what the last act left in the address; it shows nothing but names and modes that exist.
func flashOf(f frame, c *gin.Context) *flash {
	if c.Query("done") == "" {
		return nil
	}
	door, was, is := c.Query("door"), whitelist.Mode(c.Query("was")), whitelist.Mode(c.Query("is"))
	name := f.T("every door")
	if door != wire.EveryDoor {
		i := slices.IndexFunc(f.View.Doors, func(d Door) bool { return d.ID == door })
		if i < 0 {
			return &flash{Text: f.T("done")}
		}
		name = f.View.Doors[i].Name
	}
	return &flash{Text: f.T("done order", name, modeOrConfigured(f, is)), Door: door, Mode: was, Undo: true}
}

func modeOrConfigured(f frame, m whitelist.Mode) string {
	if m == "" {
		return f.T("configured")
	}
	return f.Mode(m)
}

func atoi(text string) int {
	n, _ := strconv.Atoi(strings.TrimSpace(text))
	return n
}
