package api

import (
	"context"
	"errors"
	"net/http"

	"github.com/google/uuid"

	"portaria/cloud/internal/account"
	"portaria/cloud/internal/fault"
	"portaria/cloud/internal/gatehouse/desk"
)

// Zone is a part of a venue.
type Zone struct {
	ID       uuid.UUID  `json:"id"`
	Name     string     `json:"name"`
	Parent   *uuid.UUID `json:"parent,omitempty" doc:"The zone it is inside of"`
	Capacity int        `json:"capacity,omitempty" doc:"People; missing = not limited"`
}

func showZone(z desk.Zone) Zone {
	return Zone{ID: z.ID, Name: z.Name, Parent: z.Parent, Capacity: z.Capacity}
}

// ZoneDraft makes a zone.
type ZoneDraft struct {
	Name     string     `json:"name" minLength:"1" maxLength:"100"`
	Parent   *uuid.UUID `json:"parent,omitempty" doc:"The zone it is inside of"`
	Capacity int        `json:"capacity,omitempty" minimum:"0" maximum:"1000000" doc:"People; 0 = not limited"`
}

// ZoneEdit changes what it names.
type ZoneEdit struct {
	Name     *string `json:"name,omitempty" minLength:"1" maxLength:"100"`
	Parent   *string `json:"parent,omitempty" maxLength:"36" doc:"Id of the zone to put it inside of; empty = outermost"`
	Capacity *int    `json:"capacity,omitempty" minimum:"0" maximum:"1000000" doc:"People; 0 = not limited"`
}

// ZonePath names a zone of a venue.
type ZonePath struct {
	VenuePath
	Zone uuid.UUID `path:"zone" format:"uuid"`
}

func (s *server) zones() {
	create(s, op{path: "/venues/{venue}/zones", id: "create-zone", tag: gatesTag, scope: account.GatesWrite,
		summary: "Make a zone of a venue"},
		func(ctx context.Context, who account.Key, in *struct {
			VenuePath
			Post[ZoneDraft]
		}) (Zone, error) {
			z, err := s.Gates.Desk.AddZone(ctx, desk.Zone{
				Scope: scope(who, in.Venue), Name: in.Body.Name, Parent: in.Body.Parent, Capacity: in.Body.Capacity,
			})
			return showZone(z), err
		})
	serve(s, op{method: http.MethodGet, path: "/venues/{venue}/zones", id: "list-zones", tag: gatesTag,
		scope: account.GatesRead, summary: "List a venue's zones"},
		func(ctx context.Context, who account.Key, in *VenuePath) (page[Zone], error) {
			zones, err := s.Gates.Desk.Zones(ctx, scope(who, in.Venue))
			return all(zones, err, showZone)
		})
	serve(s, op{method: http.MethodGet, path: "/venues/{venue}/zones/{zone}", id: "get-zone", tag: gatesTag,
		scope: account.GatesRead, summary: "Read a zone"},
		func(ctx context.Context, who account.Key, in *ZonePath) (Zone, error) {
			z, err := s.Gates.Desk.OneZone(ctx, scope(who, in.Venue), in.Zone)
			return showZone(z), err
		})
	serve(s, op{method: http.MethodPatch, path: "/venues/{venue}/zones/{zone}", id: "edit-zone", tag: gatesTag,
		scope: account.GatesWrite, summary: "Rename a zone, move it, or change its capacity", errors: []int{http.StatusConflict}}, s.editZone)
	act(s, op{method: http.MethodDelete, path: "/venues/{venue}/zones/{zone}", id: "remove-zone", tag: gatesTag,
		scope: account.GatesWrite, summary: "Remove a zone that no door and no offer uses, and that nobody is inside of",
		errors: []int{http.StatusConflict}},
		func(ctx context.Context, who account.Key, in *ZonePath) error {
			_, err := s.Gates.Desk.RemoveZone(ctx, scope(who, in.Venue), in.Zone)
			var used *desk.ZoneInUse
			if errors.As(err, &used) {
				return errors.Unwrap(used)
			}
			return err
		})
}

func (s *server) editZone(ctx context.Context, who account.Key, in *struct {
	ZonePath
	Body ZoneEdit
}) (Zone, error) {
	var parent *uuid.UUID
	if in.Body.Parent != nil && *in.Body.Parent != "" {
		id, err := uuid.Parse(*in.Body.Parent)
		if err != nil {
			return Zone{}, fault.On("parent", "Name a zone of this venue by its id.")
		}
		parent = &id
	}
	z, err := s.Gates.Desk.EditZone(ctx, scope(who, in.Venue), in.Zone, 0, func(z *desk.Zone) {
		put(&z.Name, in.Body.Name)
		put(&z.Capacity, in.Body.Capacity)
		if in.Body.Parent != nil {
			z.Parent = parent
		}
	})
	return showZone(z), err
}
