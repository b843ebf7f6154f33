package live

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"portaria/cloud/internal/gatehouse/desk"
	web "portaria/cloud/internal/web/desk"
	"portaria/edge/whitelist"
	"portaria/edge/wire"
)

// Silences. A hub sends a heartbeat every few seconds, a gate one a second to its hub.
const (
	hubSilence  = 30 * time.Second
	gateSilence = 15 * time.Second // the hub's own patience, and the way to here
)

// laneRow is a lane as its hub told of it.
type laneRow struct {
	Gate, Lane, Door string
	State            web.Pill
	Controller       string
	In, Out, Refused int
	LastScan         string
	List             string
	Health           string
	Silent           bool // its hub is
}

// name is "gate-1 · 2".
func (l laneRow) name() string {
	if l.Lane == "" {
		return l.Gate
	}
	return l.Gate + " · " + l.Lane
}

// machines fills the lanes, and says how old the numbers are where a hub is silent.
func (s *section) machines(v *web.Visit, p *nowPage) error {
	hubs, err := s.Config.Doors.Hubs(v.Ctx(), p.place())
	if err != nil {
		return err
	}
	people, err := s.Config.Doors.Controllers(v.Ctx(), p.place())
	if err != nil {
		return err
	}
	hubs = slices.DeleteFunc(hubs, func(h desk.Hub) bool { return h.RetiredAt != nil })
	for _, h := range hubs {
		p.Stale = append(p.Stale, stale(v, p.Zone, h)...)
		for _, g := range h.State.Gates {
			p.Lanes = append(p.Lanes, lanes(v, p, h, g, people)...)
		}
	}
	slices.SortFunc(p.Lanes, func(a, b laneRow) int { return compare(a.Gate+" "+a.Lane, b.Gate+" "+b.Lane) })
	for _, l := range p.Lanes {
		if l.State.Kind == "ok" || l.State.Kind == "" {
			p.Well++
		}
	}
	return nil
}

// stale says what is not here: old numbers must never look like health.
func stale(v *web.Visit, zone *time.Location, h desk.Hub) (out []string) {
	switch {
	case h.SeenAt == nil:
		return []string{v.Text("live.hub_never", "Hub", h.ID)}
	case v.Now.Sub(*h.SeenAt) > hubSilence:
		return []string{v.Text("live.hub_silent", "Hub", h.ID, "Span", span(v.Now.Sub(*h.SeenAt)), "Time", v.L.Clock(h.SeenAt.In(zone)))}
	case h.State.Pending > lagging:
		return []string{v.Text("live.hub_behind", "Hub", h.ID, "N", v.L.Number(int64(h.State.Pending)))}
	}
	return nil
}

func silent(v *web.Visit, h desk.Hub) bool {
	return h.SeenAt == nil || v.Now.Sub(*h.SeenAt) > hubSilence
}

// lagging is how many records may be on their way without a word about it.
const lagging = 200

func lanes(v *web.Visit, p *nowPage, h desk.Hub, g wire.GateState, people []desk.Controller) (rows []laneRow) {
	away := silent(v, h) || g.SeenAt == 0 || h.State.At-g.SeenAt > gateSilence.Milliseconds()
	all := g.Lanes
	if len(all) == 0 {
		all = []wire.LaneState{{}}
	}
	for _, l := range all {
		row := laneRow{Gate: g.Gate, Door: p.door(l.Checkpoint), State: laneState(v, g, l, away), In: l.In, Out: l.Out, Refused: l.Refused,
			List: listText(v, p, g), Health: health(v, g.Machine), Controller: l.Controller, Silent: silent(v, h)}
		if l.Lane > 0 {
			row.Lane = fmt.Sprint(l.Lane)
		}
		if l.LastScan > 0 {
			row.LastScan = time.UnixMilli(l.LastScan).In(p.Zone).Format("15:04:05")
		}
		if i := slices.IndexFunc(people, func(c desk.Controller) bool { return c.ID.String() == l.Controller }); i >= 0 {
			row.Controller = people[i].Name
		}
		rows = append(rows, row)
	}
	return rows
}

func laneState(v *web.Visit, g wire.GateState, l wire.LaneState, away bool) web.Pill {
	text := func(id string) string { return v.Text("live.lane_" + id) }
	switch {
	case g.Excluded:
		return web.Pill{Text: text("excluded")}
	case away:
		return web.Pill{Kind: "bad", Text: text("away")}
	case l.Scanner != "ready":
		return web.Pill{Kind: "bad", Text: text("scanner")}
	case l.Output != "ready":
		return web.Pill{Kind: "bad", Text: text("output")}
	case l.Mode == string(whitelist.Evacuation), l.Mode == string(whitelist.Drill):
		return web.Pill{Kind: "warn", Text: text(l.Mode)}
	case l.Mode != string(whitelist.Open):
		return web.Pill{Text: text("closed")}
	}
	return web.Pill{Kind: "ok", Text: text("open")}
}

// listText is how many tickets a gate's lists of the page's events have; a gate that lacks one can't judge.
func listText(v *web.Visit, p *nowPage, g wire.GateState) string {
	tickets := 0
	for _, e := range p.Events {
		i := slices.IndexFunc(g.Lists, func(l wire.ListState) bool { return l.Event == [16]byte(e.ID) })
		if i < 0 {
			return v.Text("live.list_none")
		}
		tickets += int(g.Lists[i].Count)
	}
	return count(v, "live.list_tickets", tickets)
}

// What a machine can bear, as the hub's page has it: a Pi slows down at 80 degrees.
const (
	hot         = 78
	lowBattery  = 20 // percent
	fullMachine = 90 // percent
)

func health(v *web.Visit, m wire.Machine) string {
	var parts []string
	if m.Celsius != 0 {
		parts = append(parts, fmt.Sprintf("%d °C", m.Celsius))
	}
	if m.Battery != nil {
		parts = append(parts, v.Text("live.battery", "Percent", *m.Battery))
	}
	if m.WeakPower {
		parts = append(parts, v.Text("live.weak_power"))
	}
	if m.DiskPercent >= fullMachine {
		parts = append(parts, v.Text("live.disk", "Percent", m.DiskPercent))
	}
	if len(parts) == 0 {
		return "–"
	}
	return strings.Join(parts, " · ")
}

// trouble is a sentence for whoever can help a machine, "" where nobody must.
func trouble(v *web.Visit, g wire.GateState) string {
	switch m := g.Machine; {
	case g.Excluded:
		return ""
	case m.WeakPower:
		return v.Text("live.alert_power", "Gate", g.Gate)
	case m.Celsius >= hot:
		return v.Text("live.alert_hot", "Gate", g.Gate, "Celsius", m.Celsius)
	case m.Battery != nil && *m.Battery <= lowBattery:
		return v.Text("live.alert_battery", "Gate", g.Gate, "Percent", *m.Battery)
	case m.DiskPercent >= fullMachine:
		return v.Text("live.alert_disk", "Gate", g.Gate, "Percent", m.DiskPercent)
	}
	return ""
}
