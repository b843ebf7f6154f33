package hubs

import (
	"context"
	"net/http"
	"slices"
	"strconv"

	"github.com/google/uuid"

	"portaria/cloud/internal/account/role"
	"portaria/cloud/internal/gatehouse/desk"
	frame "portaria/cloud/internal/web/desk"
)

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
