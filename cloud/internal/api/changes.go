package api

import (
	"context"
	"errors"
	"slices"

	"github.com/google/uuid"

	"portaria/cloud/internal/account"
	"portaria/cloud/internal/catalog"
	"portaria/cloud/internal/catalog/bulk"
	"portaria/cloud/internal/catalog/dates"
	"portaria/cloud/internal/fault"
)

func day(field, text string) (dates.Day, error) {
	d, rest, ok := dates.ReadDay(text)
	if !ok || rest != "" || !d.Real() {
		return d, fault.On(field, "Give a day, such as 2026-12-05.")
	}
	return d, nil
}

// ChangeDraft changes many events at once, all or none.
type ChangeDraft struct {
	Events      []EventVersion `json:"events" minItems:"1" maxItems:"1000"`
	Name        *string        `json:"name,omitempty" minLength:"1" maxLength:"200"`
	Description *string        `json:"description,omitempty" maxLength:"20000"`
	Languages   *[]string      `json:"languages,omitempty" maxItems:"12"`
	AgeRating   *string        `json:"age_rating,omitempty" maxLength:"20"`
	Documents   *string        `json:"documents,omitempty" maxLength:"500"`
	StartAt     *string        `json:"start_at,omitempty" maxLength:"5" example:"20:30" doc:"A time of day in each venue's zone; doors and end move along"`
	DoorsBefore *int           `json:"doors_before,omitempty" minimum:"0" maximum:"2880" doc:"Minutes before the start"`
	Length      *int           `json:"length,omitempty" minimum:"1" maximum:"44640" doc:"Minutes"`
	Capacity    *int           `json:"capacity,omitempty" minimum:"1" maximum:"1000000"`
	SeriesID    *string        `json:"series_id,omitempty" maxLength:"36" doc:"Empty = dates by themselves"`
	SaleFrom    *string        `json:"sale_from,omitempty" maxLength:"40" doc:"RFC 3339; empty = none"`
	SaleUntil   *string        `json:"sale_until,omitempty" maxLength:"40" doc:"RFC 3339; empty = none"`
	Sale        bulk.Sale      `json:"sale,omitempty" enum:"start,stop"`
	Offers      []OfferChange  `json:"offers,omitempty" maxItems:"50"`
}

// EventVersion names an event, as it was read.
type EventVersion struct {
	ID      uuid.UUID `json:"id"`
	Version int       `json:"version,omitempty" doc:"Of what was read: changed meanwhile, nothing is done (412). Missing = whatever it is at"`
}

// OfferChange changes the offers of one name.
type OfferChange struct {
	Name        string  `json:"name" minLength:"1" maxLength:"100"`
	Add         bool    `json:"add,omitempty" doc:"Where an event has none of that name, it gets one"`
	Price       *int64  `json:"price,omitempty" minimum:"0" maximum:"100000000" doc:"Minor units"`
	Closed      *bool   `json:"closed,omitempty"`
	MaxPerOrder *int    `json:"max_per_order,omitempty" minimum:"1" maximum:"100"`
	Capacity    *int    `json:"capacity,omitempty" minimum:"-1" maximum:"1000000" doc:"-1 = only the event's own"`
	SoldFrom    *string `json:"sold_from,omitempty" maxLength:"40" doc:"RFC 3339; empty = none"`
	SoldUntil   *string `json:"sold_until,omitempty" maxLength:"40" doc:"RFC 3339; empty = none"`
}

// Change is a change that was made.
type Change struct {
	ID      uuid.UUID   `json:"id" doc:"To undo it by"`
	Changed []uuid.UUID `json:"changed" doc:"Events of which something changed"`
}

// ChangePath names a change of many events.
type ChangePath struct {
	Change uuid.UUID `path:"change" format:"uuid"`
}

// ChangeUndone is what was put back.
type ChangeUndone struct {
	Back int `json:"back" doc:"Events that are as they were"`
	Left int `json:"left" doc:"Events that were changed again since, and stay as they are"`
}

func (d ChangeDraft) edit() (x bulk.Edit, err error) {
	x = bulk.Edit{
		Name: d.Name, Description: d.Description, Languages: d.Languages, AgeRating: d.AgeRating, Documents: d.Documents,
		DoorsBefore: d.DoorsBefore, Length: d.Length, Capacity: d.Capacity, Sale: d.Sale,
	}
	if d.StartAt != nil {
		clocks, ok := dates.ReadClocks(*d.StartAt)
		if !ok || len(clocks) != 1 {
			return x, fault.On("start_at", "Give a time of day, such as 20:30.")
		}
		x.Start = &clocks[0]
	}
	if x.Series, err = optionalID("series_id", d.SeriesID); err != nil {
		return x, err
	}
	if x.SaleFrom, err = optionalTime("sale_from", d.SaleFrom); err != nil {
		return x, err
	}
	if x.SaleUntil, err = optionalTime("sale_until", d.SaleUntil); err != nil {
		return x, err
	}
	for _, o := range d.Offers {
		edit := bulk.OfferEdit{Name: o.Name, Add: o.Add, Price: o.Price, Closed: o.Closed, MaxPerOrder: o.MaxPerOrder, Capacity: o.Capacity}
		if edit.SoldFrom, err = optionalTime("offers.sold_from", o.SoldFrom); err != nil {
			return x, err
		}
		if edit.SoldUntil, err = optionalTime("offers.sold_until", o.SoldUntil); err != nil {
			return x, err
		}
		x.Offers = append(x.Offers, edit)
	}
	if x.Empty() {
		return x, fault.On("events", "Say what is to change.")
	}
	return x, nil
}

func (s *server) bulk() *bulk.Office {
	return &bulk.Office{Catalog: s.Catalog, Atomic: s.Catalog.Atomic}
}

func (s *server) changes() {
	const tag = "Catalogue"
	create(s, op{path: "/changes", id: "create-change", tag: tag, scope: account.CatalogWrite, maxBody: 1 << 20,
		summary: "Change many events at once, all or none"}, s.changeMany)
	create(s, op{path: "/changes/{change}/undo", id: "undo-change", tag: tag, scope: account.CatalogWrite, status: 200,
		summary: "Put back what a change did, but for events that were changed again since"},
		func(ctx context.Context, who account.Key, in *struct {
			ChangePath
			Post[Nothing]
		}) (ChangeUndone, error) {
			u, err := s.bulk().Undo(ctx, who.Organizer, in.Change, func(catalog.Event) bool { return true },
				func(context.Context, bulk.Undone) error { return nil })
			return ChangeUndone(u), err
		})
}

func (s *server) changeMany(ctx context.Context, who account.Key, in *Post[ChangeDraft]) (Change, error) {
	x, err := in.Body.edit()
	if err != nil {
		return Change{}, err
	}
	ids, versions := make([]uuid.UUID, len(in.Body.Events)), map[uuid.UUID]int{}
	for i, e := range in.Body.Events {
		ids[i], versions[e.ID] = e.ID, e.Version
	}
	steps, err := s.bulk().Steps(ctx, who.Organizer, x, ids)
	if err != nil {
		return Change{}, err
	}
	for i := range steps {
		if v := versions[steps[i].Event]; v != 0 {
			steps[i].Version = v
		}
	}
	known := func(id uuid.UUID) bool {
		return slices.ContainsFunc(steps, func(st bulk.Step) bool { return st.Event == id })
	}
	if !slices.ContainsFunc(ids, known) || slices.ContainsFunc(ids, func(id uuid.UUID) bool { return !known(id) }) {
		return Change{}, catalog.ErrNoEvent
	}
	done, err := s.bulk().Apply(ctx, who.Organizer, by(who), steps, func(context.Context, bulk.Done) error { return nil })
	var refused *bulk.Refused
	if errors.As(err, &refused) {
		return Change{}, refused.Rows[0].Fault
	}
	shown := Change{ID: done.ID, Changed: []uuid.UUID{}}
	for _, r := range done.Changed {
		shown.Changed = append(shown.Changed, r.Before.ID)
	}
	return shown, err
}
