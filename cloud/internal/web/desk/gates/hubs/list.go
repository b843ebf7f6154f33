package hubs

import (
	"net/http"
	"slices"
	"time"

	"github.com/google/uuid"

	"portaria/cloud/internal/account/role"
	"portaria/cloud/internal/gatehouse/desk"
	frame "portaria/cloud/internal/web/desk"
	"portaria/cloud/internal/web/desk/gates/place"
)

type listPage struct {
	frame.Frame
	Head    place.Head
	Hubs    []shownHub
	Gates   []shownGate
	Doors   []frame.Option
	HubForm *frame.Form
	Gate    *frame.Form
	Wild    []string // gates that a hub tells of and nobody has set up
}

type shownHub struct {
	ID, Name, Href  string
	State           frame.Pill
	Seen            string
	Program, Disk   string
	Term, Pending   string
	Retired, Joined bool
}

type shownGate struct {
	ID, Name, Href string
	State          frame.Pill
	Seen, Hub      string
	Lanes          []shownLane
	Form           *frame.Form
	Open           bool
	Obeys          frame.Pill
}

type shownLane struct {
	Number           int
	Checkpoint       string // id
	Scanner, Output  frame.Pill
	Doing            string
	In, Out, Refused string
}

// away is after how long without a heartbeat a machine is said to be away.
const away = 15 * time.Second

func (s *section) list(v *frame.Visit) error {
	x, err := s.At(v, role.GatesSee)
	if err != nil {
		return err
	}
	return s.show(v, http.StatusOK, x, &listPage{}, "")
}

// show is the page, with what was typed where something is to be mended.
func (s *section) show(v *frame.Visit, status int, x place.Venue, p *listPage, open string) error {
	var err error
	if p.Head, err = s.Head(v, x, "hubs"); err != nil {
		return err
	}
	hubs, err := s.Desk.Hubs(v.Ctx(), x.Scope)
	if err != nil {
		return err
	}
	gates, err := s.Desk.Gates(v.Ctx(), x.Scope)
	if err != nil {
		return err
	}
	doors, err := s.Desk.Checkpoints(v.Ctx(), x.Scope)
	if err != nil {
		return err
	}
	reach, err := s.Reach(v, x)
	if err != nil {
		return err
	}
	names := map[uuid.UUID]string{}
	for _, c := range doors {
		names[c.ID] = c.Name
		p.Doors = append(p.Doors, frame.Option{Value: c.ID.String(), Text: c.Name})
	}
	for _, h := range hubs {
		p.Hubs = append(p.Hubs, s.shown(v, x, h))
	}
	for _, g := range gates {
		shown := s.shownGate(v, x, g, hubs, reach)
		shown.Open = g.ID == open
		p.Gates = append(p.Gates, shown)
	}
	p.Wild = wild(gates, hubs)
	if p.HubForm == nil {
		p.HubForm = hubForm(v)
	}
	if p.Gate == nil {
		p.Gate = gateForm(v, desk.Gate{ID: first(p.Wild)}, p.Doors)
	}
	return v.ShowAs(status, "list", v.Text("gates.tab_hubs"), p)
}

func first(names []string) string {
	if len(names) == 0 {
		return ""
	}
	return names[0]
}

// wild are gates that hubs tell of and that nobody has set up.
func wild(gates []desk.Gate, hubs []desk.Hub) (out []string) {
	for _, h := range hubs {
		for _, told := range h.State.Gates {
			if h.RetiredAt == nil && !slices.ContainsFunc(gates, func(g desk.Gate) bool { return g.ID == told.Gate }) && !slices.Contains(out, told.Gate) {
				out = append(out, told.Gate)
			}
		}
	}
	return out
}

func (s *section) shownGate(v *frame.Visit, x place.Venue, g desk.Gate, hubs []desk.Hub, reach desk.Reach) shownGate {
	told := desk.Told(g.ID, hubs)
	out := shownGate{ID: g.ID, Name: g.Name, Href: x.Base + "/machines/" + g.ID, Form: gateForm(v, g, nil)}
	seen := time.UnixMilli(told.SeenAt)
	switch ago := v.Now.Sub(seen); {
	case told.SeenAt == 0:
		out.State = frame.Pill{Kind: "warn", Text: v.Text("hubs.never")}
	case ago < away:
		out.State, out.Seen = frame.Pill{Kind: "ok", Text: v.Text("hubs.there")}, v.Text("hubs.seen", "Ago", place.Ago(v, ago))
	default:
		out.State, out.Seen = frame.Pill{Kind: "bad", Text: v.Text("hubs.away")}, v.Text("hubs.seen", "Ago", place.Ago(v, ago))
	}
	out.Obeys = frame.Pill{Kind: "warn", Text: v.Text("hubs.obeys_old")}
	if told.Venue >= reach.Epoch && !reach.Pending && reach.Epoch > 0 {
		out.Obeys = frame.Pill{Kind: "ok", Text: v.Text("hubs.obeys_new")}
	}
	for _, l := range g.Lanes {
		out.Lanes = append(out.Lanes, shownLaneOf(v, l, told))
	}
	return out
}
