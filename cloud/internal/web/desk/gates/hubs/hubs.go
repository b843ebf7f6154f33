// Package hubs is the desk's pages about the machines of a venue: its hubs with what each last told, how a hub joins, and
// the gates whose lanes stand at checkpoints.
package hubs

import (
	"context"
	"embed"
	"net/http"
	"slices"
	"strconv"
	"time"

	"github.com/google/uuid"

	"portaria/cloud/internal/account/role"
	"portaria/cloud/internal/document"
	"portaria/cloud/internal/gatehouse/desk"
	frame "portaria/cloud/internal/web/desk"
	"portaria/cloud/internal/web/desk/gates/place"
	"portaria/edge/wire"
)

//go:embed templates/*.html
var templates embed.FS

// Config is what the pages show.
type Config struct {
	place.Config
	// Invite makes a code by which a hub joins; nil where links to hubs are plain.
	Invite    func(ctx context.Context, hub string) (code, typed string, expires time.Time, err error)
	Connected func(hub string) bool
}

type section struct{ Config }

// Section is the pages.
func Section(c Config) frame.Section {
	s := &section{c}
	return frame.Section{
		Name: "hubs", Templates: templates,
		Routes: []frame.Route{
			frame.Get("/desk/gates/:venue/hubs", role.GatesSee, s.list),
			frame.Post("/desk/gates/:venue/hubs", role.GatesEdit, s.addHub),
			frame.Post("/desk/gates/:venue/hubs/:hub/code", role.GatesEdit, s.code).Proved(),
			frame.Post("/desk/gates/:venue/hubs/:hub/retire", role.GatesEdit, s.retire).Proved(),
			frame.Post("/desk/gates/:venue/machines", role.GatesEdit, s.addGate),
			frame.Post("/desk/gates/:venue/machines/:gate", role.GatesEdit, s.saveGate),
		},
	}
}

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

func (s *section) shown(v *frame.Visit, x place.Venue, h desk.Hub) shownHub {
	out := shownHub{
		ID: h.ID, Name: h.Name, Href: x.Base + "/hubs/" + h.ID, Program: h.State.Program, Disk: h.State.Disk, Retired: h.RetiredAt != nil,
		Term: v.L.Number(int64(h.State.Term)), Pending: v.L.Number(int64(h.State.Pending)), //nolint:gosec // terms are counted
	}
	switch {
	case h.RetiredAt != nil:
		out.State = frame.Pill{Text: v.Text("hubs.retired")}
	case h.SeenAt == nil:
		out.State = frame.Pill{Kind: "warn", Text: v.Text("hubs.never")}
	case v.Now.Sub(*h.SeenAt) < away:
		out.State = frame.Pill{Kind: "ok", Text: v.Text("hubs.there")}
	default:
		out.State = frame.Pill{Kind: "bad", Text: v.Text("hubs.away")}
	}
	if h.SeenAt != nil {
		out.Seen = v.Text("hubs.seen", "Ago", place.Ago(v, v.Now.Sub(*h.SeenAt)))
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

func shownLaneOf(v *frame.Visit, l desk.Lane, told wire.GateState) shownLane {
	out := shownLane{Number: l.Number, Checkpoint: l.Checkpoint.String()}
	i := slices.IndexFunc(told.Lanes, func(t wire.LaneState) bool { return t.Lane == l.Number })
	if i < 0 {
		out.Doing = v.Text("hubs.lane_silent")
		return out
	}
	t := told.Lanes[i]
	out.Scanner = device(v, t.Scanner == "ready", "hubs.scanner")
	out.Output = device(v, t.Output == "ready", "hubs.output")
	out.In, out.Out, out.Refused = v.L.Number(int64(t.In)), v.L.Number(int64(t.Out)), v.L.Number(int64(t.Refused))
	switch {
	case t.Checkpoint != l.Checkpoint.String():
		out.Doing = v.Text("hubs.elsewhere") // its own configuration names another door
	case t.LastScan == 0:
		out.Doing = v.Text("hubs.no_scan", "Mode", modeText(v, t.Mode))
	default:
		out.Doing = v.Text("hubs.last_scan", "Mode", modeText(v, t.Mode), "Ago", place.Ago(v, v.Now.Sub(time.UnixMilli(t.LastScan))))
	}
	return out
}

// modeText is a mode in words; what a newer gate may tell is shown as it is.
func modeText(v *frame.Visit, mode string) string {
	if text, err := v.L.Find("gates.mode_" + mode); err == nil {
		return text
	}
	return mode
}

func device(v *frame.Visit, good bool, id string) frame.Pill {
	if good {
		return frame.Pill{Kind: "ok", Text: v.Text(id)}
	}
	return frame.Pill{Kind: "bad", Text: v.Text(id + "_gone")}
}

func hubForm(v *frame.Visit) *frame.Form {
	return v.Form(
		frame.Field{Name: "hub_id", Label: "hubs.hub_id", Hint: "hubs.hub_id_hint", Needed: true, Max: 32},
		frame.Field{Name: "name", Label: "hubs.name", Needed: true, Max: 100},
	)
}

// maxLanes is how many lanes the page gives a gate; the API takes 64.
const maxLanes = 8

// gateForm is a gate with its lanes: each stands at a checkpoint, or is not there.
func gateForm(v *frame.Visit, g desk.Gate, doors []frame.Option) *frame.Form {
	fields := []frame.Field{
		{Name: "gate", Label: "hubs.gate_id", Hint: "hubs.gate_id_hint", Value: g.ID, Needed: true, Max: 32},
		{Name: "gate_name", Label: "hubs.name", Value: g.Name, Needed: true, Max: 100},
	}
	options := append([]frame.Option{{Value: "", Text: v.Text("hubs.no_lane")}}, doors...)
	for n := 1; n <= max(maxLanes, len(g.Lanes)); n++ {
		value := ""
		for _, l := range g.Lanes {
			if l.Number == n {
				value = l.Checkpoint.String()
			}
		}
		fields = append(fields, frame.Field{Name: "lane" + strconv.Itoa(n), Label: "hubs.lane", Type: "select", Value: value, Options: options})
	}
	return v.Form(fields...)
}

func lanesOf(f *frame.Form) (out []desk.Lane) {
	for n := 1; n <= maxLanes; n++ {
		if id, err := uuid.Parse(f.Value("lane" + strconv.Itoa(n))); err == nil {
			out = append(out, desk.Lane{Number: n, Checkpoint: id})
		}
	}
	return out
}

func (s *section) addHub(v *frame.Visit) error {
	x, err := s.At(v, role.GatesEdit)
	if err != nil {
		return err
	}
	f := hubForm(v)
	if err := v.Read(f); err != nil {
		return err
	}
	if f.Good() {
		var token string
		err := s.Atomic.InTx(v.Ctx(), func(ctx context.Context) (err error) {
			var h desk.Hub
			h, token, err = s.Desk.AddHub(ctx, desk.Hub{Scope: x.Scope, ID: f.Value("hub_id"), Name: f.Value("name")})
			if err != nil {
				return err
			}
			return v.Note(ctx, "hub.made", h.ID, x.Name+" · "+h.Name)
		})
		if err == nil && s.Invite == nil { // links are plain: the token is told once
			p := &codePage{Name: f.Value("name"), Plain: true, Code: token}
			if p.Head, err = s.Head(v, x, "hubs"); err != nil {
				return err
			}
			return v.Show("code", p.Name, p)
		}
		if err == nil {
			return v.Go(x.Base+"/hubs", frame.Flash{Text: v.Text("hubs.made", "Name", f.Value("name"))})
		}
		if err := f.Blame(err); err != nil {
			return err
		}
	}
	return s.show(v, http.StatusUnprocessableEntity, x, &listPage{HubForm: f}, "")
}

// hub is the one of the address at the venue of the address.
func (s *section) hub(v *frame.Visit, x place.Venue) (desk.Hub, error) {
	all, err := s.Desk.Hubs(v.Ctx(), x.Scope)
	if err != nil {
		return desk.Hub{}, err
	}
	i := slices.IndexFunc(all, func(h desk.Hub) bool { return h.ID == v.Param("hub") && h.RetiredAt == nil })
	if i < 0 {
		return desk.Hub{}, desk.ErrNone
	}
	return all[i], nil
}

type codePage struct {
	frame.Frame
	Head        place.Head
	Name        string
	Plain       bool // links are plain: there is nothing to join
	Code, Typed string
	Path        string // of the QR
	Size        int    // modules of it
	Until       string
}

// code makes a code by which a hub joins. It is shown once.
func (s *section) code(v *frame.Visit) error {
	x, err := s.At(v, role.GatesEdit)
	if err != nil {
		return err
	}
	h, err := s.hub(v, x)
	if err != nil {
		return err
	}
	p := &codePage{Name: h.Name, Plain: s.Invite == nil}
	if p.Head, err = s.Head(v, x, "hubs"); err != nil {
		return err
	}
	if p.Plain {
		return v.Show("code", h.Name, p)
	}
	code, typed, expires, err := s.Invite(v.Ctx(), h.ID)
	if err != nil {
		return err
	}
	if err := v.Note(v.Ctx(), "hub.invited", h.ID, x.Name+" · "+h.Name); err != nil {
		return err
	}
	qr, err := document.QR(code)
	if err != nil {
		return err
	}
	p.Code, p.Typed, p.Path, p.Size, p.Until = code, typed, qr.Path(), qr.Width, v.L.Clock(expires.In(x.Wall))
	return v.Show("code", h.Name, p)
}

// retire takes a hub out of service for good.
func (s *section) retire(v *frame.Visit) error {
	x, err := s.At(v, role.GatesEdit)
	if err != nil {
		return err
	}
	h, err := s.hub(v, x)
	if err != nil {
		return err
	}
	err = s.Atomic.InTx(v.Ctx(), func(ctx context.Context) error {
		if err := s.Desk.RetireHub(ctx, v.Organizer(), h.ID); err != nil {
			return err
		}
		return v.Note(ctx, "hub.retired", h.ID, x.Name+" · "+h.Name)
	})
	if err != nil {
		return err
	}
	return v.Go(x.Base+"/hubs", frame.Flash{Text: v.Text("hubs.was_retired", "Name", h.Name)})
}

func (s *section) addGate(v *frame.Visit) error { return s.putGate(v, "") }

func (s *section) saveGate(v *frame.Visit) error { return s.putGate(v, v.Param("gate")) }

// putGate adds a gate, or gives one that is there another name and other lanes. What lanes it has beyond those that the
// page shows stay.
func (s *section) putGate(v *frame.Visit, id string) error {
	x, err := s.At(v, role.GatesEdit)
	if err != nil {
		return err
	}
	gates, err := s.Desk.Gates(v.Ctx(), x.Scope)
	if err != nil {
		return err
	}
	at := slices.IndexFunc(gates, func(g desk.Gate) bool { return g.ID == id })
	if id != "" && at < 0 {
		return desk.ErrNone
	}
	f := gateForm(v, desk.Gate{}, nil)
	if err := v.Read(f); err != nil {
		return err
	}
	g := desk.Gate{Scope: x.Scope, ID: f.Value("gate"), Name: f.Value("gate_name"), Lanes: lanesOf(f)}
	save, what := s.Desk.AddGate, "gate.made"
	if id != "" {
		g.ID, save, what = id, s.Desk.EditGate, "gate.changed"
		for _, l := range gates[at].Lanes {
			if l.Number > maxLanes {
				g.Lanes = append(g.Lanes, l)
			}
		}
	}
	if f.Good() {
		err := s.Atomic.InTx(v.Ctx(), func(ctx context.Context) error {
			if _, err := save(ctx, g); err != nil {
				return err
			}
			return v.Note(ctx, what, g.ID, x.Name+" · "+g.Name)
		})
		if err == nil {
			return v.Go(x.Base+"/hubs#gates", frame.Flash{Text: v.Text("hubs.gate_saved", "Name", g.ID)})
		}
		if err := f.Blame(err); err != nil {
			return err
		}
	}
	p := &listPage{}
	if id == "" {
		doors, err := s.Desk.Checkpoints(v.Ctx(), x.Scope)
		if err != nil {
			return err
		}
		for i := range f.Fields {
			if f.Fields[i].Type == "select" {
				f.Fields[i].Options = []frame.Option{{Text: v.Text("hubs.no_lane")}}
				for _, c := range doors {
					f.Fields[i].Options = append(f.Fields[i].Options, frame.Option{Value: c.ID.String(), Text: c.Name})
				}
			}
		}
		p.Gate = f
	} else {
		p.HubForm = hubForm(v)
		p.HubForm.Faults = f.Faults // above the page: the lanes are chosen again
	}
	return s.show(v, http.StatusUnprocessableEntity, x, p, id)
}

// Next is the number of a further lane of a gate; 0 where there is no room on the page.
func (p *listPage) Next(g shownGate) int {
	for n := 1; n <= maxLanes; n++ {
		if !slices.ContainsFunc(g.Lanes, func(l shownLane) bool { return l.Number == n }) {
			return n
		}
	}
	return 0
}

// Number is a lane's from its place among the form's fields.
func (p *listPage) Number(field int) int { return field - 1 }
