package api

import (
	"context"
	"net/http"
	"time"

	"github.com/google/uuid"

	"portaria/cloud/internal/account"
	"portaria/cloud/internal/catalog"
	"portaria/cloud/internal/fault"
)

// Event is one date.
type Event struct {
	ID       uuid.UUID     `json:"id"`
	VenueID  uuid.UUID     `json:"venue_id"`
	SeriesID *uuid.UUID    `json:"series_id,omitempty" doc:"Missing: a date by itself"`
	State    catalog.State `json:"state" enum:"draft,on_sale,stopped,cancelled"`
	Held     int           `json:"held" doc:"Places waiting for a payment"`
	Sold     int           `json:"sold"`
	Version  int           `json:"version" doc:"Rises with every edit"`
	EventFields
	CreatedAt time.Time `json:"created_at"`
}

// EventFields is what an organizer says of a date.
type EventFields struct {
	EventTexts
	Doors     time.Time  `json:"doors" doc:"When the doors open"`
	Start     time.Time  `json:"start"`
	End       time.Time  `json:"end"`
	Currency  string     `json:"currency" pattern:"^[A-Z]{3}$" example:"BRL" doc:"ISO 4217, of every price of the event"`
	Capacity  int        `json:"capacity" minimum:"1" maximum:"1000000" doc:"People"`
	SaleFrom  *time.Time `json:"sale_from,omitempty" doc:"While on sale: buying begins; missing = at once"`
	SaleUntil *time.Time `json:"sale_until,omitempty" doc:"And ends; missing = when the event is over"`
}

// EventTexts is what people read of a date.
type EventTexts struct {
	Name         string            `json:"name" minLength:"1" maxLength:"200"`
	Description  string            `json:"description,omitempty" maxLength:"20000"`
	Descriptions map[string]string `json:"descriptions,omitempty" doc:"In further languages, by BCP 47 tag"`
	Languages    []string          `json:"languages,omitempty" maxItems:"12" doc:"Spoken or sung: BCP 47; missing = the venue's"`
	AgeRating    string            `json:"age_rating,omitempty" maxLength:"20" example:"16" doc:"As it is printed"`
	Documents    string            `json:"documents,omitempty" maxLength:"500" doc:"What everybody must bring along"`
}

func showTexts(e catalog.Event) EventTexts {
	return EventTexts{
		Name: e.Name, Description: e.Description, Descriptions: e.Descriptions, Languages: e.Languages, AgeRating: e.AgeRating, Documents: e.Documents,
	}
}

func (t EventTexts) put(e *catalog.Event) {
	e.Name, e.Description, e.Descriptions = t.Name, t.Description, t.Descriptions
	e.Languages, e.AgeRating, e.Documents = t.Languages, t.AgeRating, t.Documents
}

func showEvent(e catalog.Event) Event {
	shown := Event{
		ID: e.ID, VenueID: e.Venue, State: e.State, Held: e.Held, Sold: e.Sold, Version: e.Version, CreatedAt: e.CreatedAt.UTC(),
		EventFields: EventFields{
			EventTexts: showTexts(e), Doors: e.Doors.UTC(), Start: e.Start.UTC(), End: e.End.UTC(), Currency: e.Currency, Capacity: e.Capacity,
			SaleFrom: utc(e.SaleFrom), SaleUntil: utc(e.SaleUntil),
		},
	}
	if e.Series != uuid.Nil {
		shown.SeriesID = &e.Series
	}
	return shown
}

// version is what people edit: places are held and sold all the time.
func (e Event) version() any {
	e.Held, e.Sold = 0, 0
	return e
}

// EventDraft makes an event, not yet on sale.
type EventDraft struct {
	VenueID  uuid.UUID  `json:"venue_id"`
	SeriesID *uuid.UUID `json:"series_id,omitempty"`
	EventFields
}

func (d EventDraft) event(organizer uuid.UUID) catalog.Event {
	e := catalog.Event{
		Organizer: organizer, Venue: d.VenueID, Doors: d.Doors, Start: d.Start, End: d.End, Currency: d.Currency,
		Capacity: d.Capacity, SaleFrom: utc(d.SaleFrom), SaleUntil: utc(d.SaleUntil),
	}
	d.put(&e)
	put(&e.Series, d.SeriesID)
	return e
}

// EventEdit changes what it names. An event keeps its venue and currency.
type EventEdit struct {
	Name         *string            `json:"name,omitempty" minLength:"1" maxLength:"200"`
	Description  *string            `json:"description,omitempty" maxLength:"20000"`
	Descriptions *map[string]string `json:"descriptions,omitempty" doc:"By BCP 47 tag; all of them are replaced"`
	Languages    *[]string          `json:"languages,omitempty" maxItems:"12"`
	AgeRating    *string            `json:"age_rating,omitempty" maxLength:"20"`
	Documents    *string            `json:"documents,omitempty" maxLength:"500"`
	Doors        *time.Time         `json:"doors,omitempty"`
	Start        *time.Time         `json:"start,omitempty"`
	End          *time.Time         `json:"end,omitempty"`
	Capacity     *int               `json:"capacity,omitempty" minimum:"1" maximum:"1000000"`
	SeriesID     *string            `json:"series_id,omitempty" maxLength:"36" doc:"Empty = a date by itself"`
	SaleFrom     *string            `json:"sale_from,omitempty" maxLength:"40" doc:"RFC 3339; empty = at once"`
	SaleUntil    *string            `json:"sale_until,omitempty" maxLength:"40" doc:"RFC 3339; empty = when the event is over"`
}

// optionalTime reads a time that may be taken away: nil = not named, the zero time = none.
func optionalTime(field string, text *string) (*time.Time, error) {
	switch {
	case text == nil:
		return nil, nil
	case *text == "":
		return &time.Time{}, nil
	}
	at, err := time.Parse(time.RFC3339, *text)
	if err != nil {
		return nil, fault.On(field, "Give a time as RFC 3339, or nothing.")
	}
	return &at, nil
}

// putTime changes a time that was named; the zero time takes it away.
func putTime(field **time.Time, value *time.Time) {
	switch {
	case value == nil:
	case value.IsZero():
		*field = nil
	default:
		*field = utc(value)
	}
}

// optionalID reads an id that may be taken away: nil = not named, the zero id = none.
func optionalID(field string, text *string) (*uuid.UUID, error) {
	switch {
	case text == nil:
		return nil, nil
	case *text == "":
		return &uuid.Nil, nil
	}
	id, err := identify(field, *text)
	return &id, err
}

// change is what the edit does; it says first what cannot be read.
func (d EventEdit) change() (func(e *catalog.Event), error) {
	from, err := optionalTime("sale_from", d.SaleFrom)
	if err != nil {
		return nil, err
	}
	until, err := optionalTime("sale_until", d.SaleUntil)
	if err != nil {
		return nil, err
	}
	series, err := optionalID("series_id", d.SeriesID)
	return func(e *catalog.Event) {
		put(&e.Name, d.Name)
		put(&e.Description, d.Description)
		put(&e.Descriptions, d.Descriptions)
		put(&e.Languages, d.Languages)
		put(&e.AgeRating, d.AgeRating)
		put(&e.Documents, d.Documents)
		put(&e.Doors, d.Doors)
		put(&e.Start, d.Start)
		put(&e.End, d.End)
		put(&e.Capacity, d.Capacity)
		put(&e.Series, series)
		putTime(&e.SaleFrom, from)
		putTime(&e.SaleUntil, until)
	}, err
}

// SaleEdit starts or stops a sale.
type SaleEdit struct {
	Open      *bool `json:"open,omitempty" doc:"true starts the sale, false stops it"`
	Cancelled *bool `json:"cancelled,omitempty" doc:"true says that the event does not take place, false that it does after all; open is then not read. Nobody is paid back by this alone."`
}

// move is what to do with the sale.
func (d SaleEdit) move(c *catalog.Service) (func(ctx context.Context, organizer, event uuid.UUID) (catalog.Event, error), error) {
	switch {
	case d.Cancelled != nil && *d.Cancelled:
		return c.Cancel, nil
	case d.Cancelled != nil:
		return c.Reinstate, nil
	case d.Open == nil:
		return nil, fault.On("open", "Say whether the sale is to be open.")
	case *d.Open:
		return c.StartSale, nil
	}
	return c.StopSale, nil
}

// EventPath names an event. (Only exported types are looked into where they are embedded.)
type EventPath struct {
	Event uuid.UUID `path:"event" format:"uuid"`
}

func (s *server) events() {
	const tag = "Catalogue"
	create(s, op{path: "/events", id: "create-event", tag: tag, scope: account.CatalogWrite, summary: "Make an event"},
		func(ctx context.Context, who account.Key, in *Post[EventDraft]) (Event, error) {
			e, err := s.Catalog.CreateEvent(ctx, in.Body.event(who.Organizer))
			return showEvent(e), err
		})
	serve(s, op{method: http.MethodGet, path: "/events", id: "list-events", tag: tag, scope: account.CatalogRead,
		summary: "List events"}, s.listEvents)
	serve(s, op{method: http.MethodGet, path: "/events/{event}", id: "get-event", tag: tag, scope: account.CatalogRead,
		summary: "Read an event with its places"},
		func(ctx context.Context, who account.Key, in *EventPath) (Event, error) {
			e, err := s.Catalog.Event(ctx, who.Organizer, in.Event)
			return showEvent(e), err
		})
	serve(s, op{method: http.MethodPatch, path: "/events/{event}", id: "edit-event", tag: tag,
		scope: account.CatalogWrite, summary: "Change an event", errors: []int{http.StatusConflict}},
		func(ctx context.Context, who account.Key, in *struct {
			EventPath
			Body EventEdit
		}) (Event, error) {
			change, err := in.Body.change()
			if err != nil {
				return Event{}, err
			}
			e, err := s.Catalog.EditEvent(ctx, who.Organizer, in.Event, change)
			return showEvent(e), err
		})
	serve(s, op{method: http.MethodPut, path: "/events/{event}/sale", of: "/events/{event}", id: "set-sale", tag: tag,
		scope: account.CatalogWrite, summary: "Start or stop the sale, or cancel the event", errors: []int{http.StatusConflict}},
		func(ctx context.Context, who account.Key, in *struct {
			EventPath
			Body SaleEdit
		}) (Event, error) {
			move, err := in.Body.move(s.Catalog)
			if err != nil {
				return Event{}, err
			}
			e, err := move(ctx, who.Organizer, in.Event)
			return showEvent(e), err
		})
}

func (s *server) listEvents(ctx context.Context, who account.Key, in *Paging) (page[Event], error) {
	after, err := in.start()
	if err != nil {
		return page[Event]{}, err
	}
	all, err := s.Catalog.Events(ctx, who.Organizer, after, in.Limit)
	return paged(all, in.Limit, showEvent, func(e catalog.Event) string { return e.ID.String() }), err
}
