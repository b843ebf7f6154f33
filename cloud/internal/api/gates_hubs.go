package api

import (
	"context"
	"errors"
	"net/http"
	"slices"
	"time"

	"github.com/google/uuid"

	"portaria/cloud/internal/account"
	"portaria/cloud/internal/gatehouse"
	"portaria/cloud/internal/gatehouse/desk"
	"portaria/edge/wire"
)

// Hub is the small computer of a venue that its gates talk to.
type Hub struct {
	ID        string     `json:"id"`
	Name      string     `json:"name"`
	Token     string     `json:"token,omitempty" doc:"What the hub proves itself with. Told once: when it is made."`
	Connected bool       `json:"connected" doc:"It is connected to the cloud now"`
	SeenAt    *time.Time `json:"seen_at,omitempty" doc:"Its last heartbeat"`
	Pending   int        `json:"pending" doc:"Records that it has and the cloud has not confirmed"`
	Term      uint64     `json:"term"`
	RetiredAt *time.Time `json:"retired_at,omitempty"`
}

func (h Hub) forget() Hub {
	h.Token = ""
	return h
}

// HubCode is how a hub joins the cloud.
type HubCode struct {
	Code    string    `json:"code" doc:"Give it to hub join. It works once, and five tries are made with it at most"`
	Typed   string    `json:"typed" doc:"The same to be typed, where the hub knows the cloud's address"`
	Expires time.Time `json:"expires"`
}

// HubDraft makes a hub.
type HubDraft struct {
	ID   string `json:"id" pattern:"^[a-z0-9-]{1,32}$" doc:"Its name on the broker; no other hub may have it"`
	Name string `json:"name" minLength:"1" maxLength:"100"`
}

func (s *server) showHub(h desk.Hub) Hub {
	return Hub{
		ID: h.ID, Name: h.Name, SeenAt: utc(h.SeenAt), Pending: h.State.Pending, Term: h.State.Term, RetiredAt: utc(h.RetiredAt),
		Connected: s.Gates.Connected != nil && s.Gates.Connected(h.ID) && h.RetiredAt == nil,
	}
}

func (s *server) hubs() {
	create(s, op{path: "/venues/{venue}/hubs", id: "create-hub", tag: gatesTag, scope: account.GatesWrite,
		summary: "Make a hub of a venue, and its token"},
		func(ctx context.Context, who account.Key, in *struct {
			VenuePath
			Post[HubDraft]
		}) (Hub, error) {
			h, token, err := s.Gates.Desk.AddHub(ctx, desk.Hub{Scope: scope(who, in.Venue), ID: in.Body.ID, Name: in.Body.Name})
			shown := s.showHub(h)
			shown.Token = token
			return shown, err
		})
	serve(s, op{method: http.MethodGet, path: "/venues/{venue}/hubs", id: "list-hubs", tag: gatesTag,
		scope: account.GatesRead, summary: "List a venue's hubs with their state"},
		func(ctx context.Context, who account.Key, in *VenuePath) (page[Hub], error) {
			hubs, err := s.Gates.Desk.Hubs(ctx, scope(who, in.Venue))
			return all(hubs, err, s.showHub)
		})
	serve(s, op{method: http.MethodPost, path: "/hubs/{hub}/code", id: "invite-hub", tag: gatesTag, scope: account.GatesWrite,
		status: http.StatusOK, summary: "Make a code by which a hub joins; a computer that had its place before is then out"},
		func(ctx context.Context, who account.Key, in *struct {
			Hub string `path:"hub" pattern:"^[a-z0-9-]{1,32}$"`
		}) (HubCode, error) {
			if s.Gates.Invite == nil { // links are plain: there is nothing to join
				return HubCode{}, desk.ErrNone
			}
			if err := s.Gates.Desk.OwnHub(ctx, who.Organizer, in.Hub); err != nil {
				return HubCode{}, err
			}
			code, typed, expires, err := s.Gates.Invite(ctx, in.Hub)
			if errors.Is(err, gatehouse.ErrNoHub) {
				err = desk.ErrNone
			}
			return HubCode{code, typed, expires}, err
		})
	s.hubOrders()
	act(s, op{method: http.MethodDelete, path: "/hubs/{hub}", id: "retire-hub", tag: gatesTag, scope: account.GatesWrite,
		summary: "Take a hub out of service for good; it is cut off within five seconds"},
		func(ctx context.Context, who account.Key, in *struct {
			Hub string `path:"hub" pattern:"^[a-z0-9-]{1,32}$"`
		}) error {
			return s.Gates.Desk.RetireHub(ctx, who.Organizer, in.Hub)
		})
}

// Gate is a gate with its lanes, as its hub last saw it.
type Gate struct {
	ID      string     `json:"id"`
	VenueID uuid.UUID  `json:"venue_id"`
	Name    string     `json:"name"`
	Lanes   []Lane     `json:"lanes"`
	Hub     string     `json:"hub,omitempty" doc:"The hub that last told of it"`
	SeenAt  *time.Time `json:"seen_at,omitempty" doc:"When the hub last heard it"`
	Lists   []GateList `json:"lists" doc:"The lists it holds"`
}

// Lane is one scanner with its output.
type Lane struct {
	Lane       int        `json:"lane" minimum:"1" maximum:"64"`
	Checkpoint uuid.UUID  `json:"checkpoint"`
	State      *LaneState `json:"state,omitempty" readOnly:"true"`
}

// LaneState is how a lane does.
type LaneState struct {
	Scanner    string     `json:"scanner" doc:"ready or gone"`
	Output     string     `json:"output" doc:"ready or failed"`
	Mode       string     `json:"mode"`
	Controller string     `json:"controller,omitempty"`
	LastScan   *time.Time `json:"last_scan,omitempty"`
	In         int        `json:"in"`
	Out        int        `json:"out"`
	Refused    int        `json:"refused"`
}

// GateList is a list that a gate holds.
type GateList struct {
	Event uuid.UUID `json:"event"`
	Epoch uint64    `json:"epoch"`
	Count uint32    `json:"count"`
}

// GateDraft makes a gate.
type GateDraft struct {
	ID    string      `json:"id" pattern:"^[a-z0-9-]{1,32}$" doc:"Its name at the venue"`
	Name  string      `json:"name" minLength:"1" maxLength:"100"`
	Lanes []LaneDraft `json:"lanes" minItems:"1" maxItems:"64"`
}

// LaneDraft puts a lane at a checkpoint.
type LaneDraft struct {
	Lane       int       `json:"lane" minimum:"1" maximum:"64"`
	Checkpoint uuid.UUID `json:"checkpoint"`
}

// GateEdit gives a gate another name and other lanes.
type GateEdit struct {
	Name  string      `json:"name" minLength:"1" maxLength:"100"`
	Lanes []LaneDraft `json:"lanes" minItems:"1" maxItems:"64"`
}

func lanesOf(drafts []LaneDraft) []desk.Lane {
	lanes := make([]desk.Lane, len(drafts))
	for i, l := range drafts {
		lanes[i] = desk.Lane{Number: l.Lane, Checkpoint: l.Checkpoint}
	}
	return lanes
}

func (s *server) lanes() {
	create(s, op{path: "/venues/{venue}/gates", id: "create-gate", tag: gatesTag, scope: account.GatesWrite,
		summary: "Make a gate of a venue; records of gates that were not made are refused"},
		func(ctx context.Context, who account.Key, in *struct {
			VenuePath
			Post[GateDraft]
		}) (Gate, error) {
			g, err := s.Gates.Desk.AddGate(ctx, desk.Gate{
				Scope: scope(who, in.Venue), ID: in.Body.ID, Name: in.Body.Name, Lanes: lanesOf(in.Body.Lanes),
			})
			return showGate(g, nil), err
		})
	serve(s, op{method: http.MethodPut, path: "/venues/{venue}/gates/{gate}", id: "edit-gate", tag: gatesTag,
		scope: account.GatesWrite, summary: "Give a gate another name and other lanes"},
		func(ctx context.Context, who account.Key, in *struct {
			VenuePath
			Gate string `path:"gate" pattern:"^[a-z0-9-]{1,32}$"`
			Body GateEdit
		}) (Gate, error) {
			g, err := s.Gates.Desk.EditGate(ctx, desk.Gate{
				Scope: scope(who, in.Venue), ID: in.Gate, Name: in.Body.Name, Lanes: lanesOf(in.Body.Lanes),
			})
			return showGate(g, nil), err
		})
	serve(s, op{method: http.MethodGet, path: "/venues/{venue}/gates/{gate}", id: "get-gate", tag: gatesTag,
		scope: account.GatesRead, summary: "Read a gate and how it does"}, s.getGate)
	serve(s, op{method: http.MethodGet, path: "/venues/{venue}/gates", id: "list-gates", tag: gatesTag,
		scope: account.GatesRead, summary: "List a venue's gates and how they do"}, s.listGates)
}

// GatePath names a gate.
type GatePath struct {
	VenuePath
	Gate string `path:"gate" pattern:"^[a-z0-9-]{1,32}$"`
}

func (s *server) getGate(ctx context.Context, who account.Key, in *GatePath) (Gate, error) {
	gates, err := s.listGates(ctx, who, &in.VenuePath)
	for _, g := range gates.Items {
		if g.ID == in.Gate {
			return g, err
		}
	}
	if err == nil {
		err = desk.ErrNone
	}
	return Gate{}, err
}

// version is what people edit: how a gate does changes all the time.
func (g Gate) version() any {
	g.Hub, g.SeenAt, g.Lists = "", nil, nil
	g.Lanes = slices.Clone(g.Lanes)
	for i := range g.Lanes {
		g.Lanes[i].State = nil
	}
	return g
}

func (s *server) listGates(ctx context.Context, who account.Key, in *VenuePath) (page[Gate], error) {
	hubs, err := s.Gates.Desk.Hubs(ctx, scope(who, in.Venue))
	if err != nil {
		return page[Gate]{}, err
	}
	gates, err := s.Gates.Desk.Gates(ctx, scope(who, in.Venue))
	return all(gates, err, func(g desk.Gate) Gate { return showGate(g, hubs) })
}

// showGate adds what the hub that heard the gate last tells of it.
func showGate(g desk.Gate, hubs []desk.Hub) Gate {
	shown := Gate{ID: g.ID, VenueID: g.Venue, Name: g.Name, Lanes: []Lane{}, Lists: []GateList{}}
	var newest wire.GateState
	for _, h := range hubs {
		for _, told := range h.State.Gates {
			if told.Gate == g.ID && told.SeenAt > newest.SeenAt {
				newest, shown.Hub = told, h.ID
			}
		}
	}
	shown.SeenAt = moment(newest.SeenAt)
	for _, l := range newest.Lists {
		shown.Lists = append(shown.Lists, GateList{Event: uuid.UUID(l.Event), Epoch: l.Epoch, Count: l.Count})
	}
	for _, l := range g.Lanes {
		shown.Lanes = append(shown.Lanes, Lane{Lane: l.Number, Checkpoint: l.Checkpoint, State: showLane(l.Number, newest.Lanes)})
	}
	return shown
}

func showLane(number int, told []wire.LaneState) *LaneState {
	for _, l := range told {
		if l.Lane == number {
			return &LaneState{
				Scanner: l.Scanner, Output: l.Output, Mode: l.Mode, Controller: l.Controller,
				LastScan: moment(l.LastScan), In: l.In, Out: l.Out, Refused: l.Refused,
			}
		}
	}
	return nil
}

// moment is nil for never.
func moment(unixMillis int64) *time.Time {
	if unixMillis <= 0 {
		return nil
	}
	t := time.UnixMilli(unixMillis).UTC()
	return &t
}
