package hubs

import (
	"context"
	"net/http"
	"slices"

	"portaria/cloud/internal/account/role"
	"portaria/cloud/internal/document"
	"portaria/cloud/internal/gatehouse/desk"
	frame "portaria/cloud/internal/web/desk"
	"portaria/cloud/internal/web/desk/gates/place"
)

func hubForm(v *frame.Visit) *frame.Form {
	return v.Form(
		frame.Field{Name: "hub_id", Label: "hubs.hub_id", Hint: "hubs.hub_id_hint", Needed: true, Max: 32},
		frame.Field{Name: "name", Label: "hubs.name", Needed: true, Max: 100},
	)
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
