package api

import (
	"context"
	"net/http"

	"github.com/google/uuid"

	"portaria/cloud/internal/account"
	"portaria/cloud/internal/gatehouse/desk"
)

const gatesTag = "Gates"

// all shows a list that is short enough for one answer.
func all[R, T any](rows []R, err error, show func(R) T) (page[T], error) {
	return paged(rows, -1, show, nil), err
}

func scope(who account.Key, venue uuid.UUID) desk.Scope {
	return desk.Scope{Organizer: who.Organizer, Venue: venue}
}

// Controller is a person at the doors.
type Controller struct {
	ID          uuid.UUID   `json:"id"`
	Name        string      `json:"name"`
	Supervisor  bool        `json:"supervisor"`
	Checkpoints []uuid.UUID `json:"checkpoints" doc:"Where they serve; empty = everywhere in the venue"`
	Number      int         `json:"number,omitempty" doc:"What they type before their PIN; missing = they have none"`
	Badge       string      `json:"badge,omitempty" doc:"The code of their badge, to be printed as a QR. Told once: when it is made."`
	PIN         string      `json:"pin,omitempty" doc:"Their PIN. Told once: when it is made."`
}

func (c Controller) forget() Controller {
	c.Badge, c.PIN = "", ""
	return c
}

func showController(c desk.Controller) Controller {
	if c.Checkpoints == nil {
		c.Checkpoints = []uuid.UUID{}
	}
	return Controller{ID: c.ID, Name: c.Name, Supervisor: c.Supervisor, Checkpoints: c.Checkpoints, Number: c.Number}
}

// ControllerDraft puts a person at the doors.
type ControllerDraft struct {
	Name        string      `json:"name" minLength:"1" maxLength:"100"`
	Supervisor  bool        `json:"supervisor,omitempty" doc:"May override a refusal"`
	Checkpoints []uuid.UUID `json:"checkpoints,omitempty" maxItems:"1024" doc:"Where they serve; empty = everywhere in the venue"`
}

// ControllerPath names a controller.
type ControllerPath struct {
	Controller uuid.UUID `path:"controller" format:"uuid"`
}

// Nothing is the body of a request that says all by its path.
type Nothing struct{}

func (s *server) controllers() {
	create(s, op{path: "/venues/{venue}/controllers", id: "create-controller", tag: gatesTag, scope: account.GatesWrite,
		summary: "Put a person at the doors, and make their badge"},
		func(ctx context.Context, who account.Key, in *struct {
			VenuePath
			Post[ControllerDraft]
		}) (Controller, error) {
			c, badge, err := s.Gates.Desk.AddController(ctx, desk.Controller{
				Scope: scope(who, in.Venue), Name: in.Body.Name, Supervisor: in.Body.Supervisor,
				Checkpoints: in.Body.Checkpoints,
			})
			if err != nil {
				return Controller{}, err
			}
			shown := showController(c)
			shown.Badge = badge.Text()
			return shown, nil
		})
	serve(s, op{method: http.MethodGet, path: "/venues/{venue}/controllers", id: "list-controllers", tag: gatesTag,
		scope: account.GatesRead, summary: "List the people at a venue's doors"},
		func(ctx context.Context, who account.Key, in *VenuePath) (page[Controller], error) {
			people, err := s.Gates.Desk.Controllers(ctx, scope(who, in.Venue))
			return all(people, err, showController)
		})
	create(s, op{path: "/controllers/{controller}/badge", id: "create-badge", tag: gatesTag, scope: account.GatesWrite,
		summary: "Make a controller another badge; the old one stops working"},
		func(ctx context.Context, who account.Key, in *struct {
			ControllerPath
			Post[Nothing]
		}) (Controller, error) {
			c, badge, err := s.Gates.Desk.NewBadge(ctx, who.Organizer, in.Controller)
			shown := showController(c)
			shown.Badge = badge.Text()
			return shown, err
		})
	create(s, op{path: "/controllers/{controller}/pin", id: "create-pin", tag: gatesTag, scope: account.GatesWrite,
		summary: "Make a controller a PIN, typed after their number; an old one stops working"},
		func(ctx context.Context, who account.Key, in *struct {
			ControllerPath
			Post[Nothing]
		}) (Controller, error) {
			c, digits, err := s.Gates.Desk.NewPIN(ctx, who.Organizer, in.Controller)
			shown := showController(c)
			shown.PIN = digits
			return shown, err
		})
	act(s, op{method: http.MethodDelete, path: "/controllers/{controller}", id: "retire-controller", tag: gatesTag,
		scope: account.GatesWrite, summary: "Take a person from the doors; their badge stops working"},
		func(ctx context.Context, who account.Key, in *ControllerPath) error {
			return s.Gates.Desk.RetireController(ctx, who.Organizer, in.Controller)
		})
}
