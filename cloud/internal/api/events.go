package api

import (
	"context"
	"net/http"
	"time"

	"github.com/google/uuid"

	"portaria/cloud/internal/account"
	"portaria/cloud/internal/catalog"
)

// Event is one date.
type Event struct {
	ID          uuid.UUID     `json:"id"`
	VenueID     uuid.UUID     `json:"venue_id"`
	Name        string        `json:"name"`
	Description string        `json:"description"`
	Doors       time.Time     `json:"doors" doc:"When the doors open"`
	Start       time.Time     `json:"start"`
	End         time.Time     `json:"end"`
	Currency    string        `json:"currency" doc:"ISO 4217, of every price of the event"`
	State       catalog.State `json:"state" enum:"draft,on_sale,stopped,cancelled"`
	Capacity    int           `json:"capacity" doc:"People"`
	Held        int           `json:"held" doc:"Places waiting for a payment"`
	Sold        int           `json:"sold"`
	CreatedAt   time.Time     `json:"created_at"`
}

func showEvent(e catalog.Event) Event {
	return Event{
		ID: e.ID, VenueID: e.Venue, Name: e.Name, Description: e.Description, Doors: e.Doors.UTC(),
		Start: e.Start.UTC(), End: e.End.UTC(), Currency: e.Currency, State: e.State, Capacity: e.Capacity,
		Held: e.Held, Sold: e.Sold, CreatedAt: e.CreatedAt.UTC(),
	}
}

// version is what people edit: places are held and sold all the time.
func (e Event) version() any {
	e.Held, e.Sold = 0, 0
	return e
}

// EventDraft makes an event, not yet on sale.
type EventDraft struct {
	VenueID     uuid.UUID `json:"venue_id"`
	Name        string    `json:"name" minLength:"1" maxLength:"200"`
	Description string    `json:"description,omitempty" maxLength:"20000"`
	Doors       time.Time `json:"doors"`
	Start       time.Time `json:"start"`
	End         time.Time `json:"end"`
	Currency    string    `json:"currency" pattern:"^[A-Z]{3}$" example:"BRL"`
	Capacity    int       `json:"capacity" minimum:"1" maximum:"1000000"`
}

func (d EventDraft) event(organizer uuid.UUID) catalog.Event {
	return catalog.Event{
		Organizer: organizer, Venue: d.VenueID, Name: d.Name, Description: d.Description, Doors: d.Doors,
		Start: d.Start, End: d.End, Currency: d.Currency, Capacity: d.Capacity,
	}
}

// EventEdit changes what it names. An event keeps its venue and currency.
type EventEdit struct {
	Name        *string    `json:"name,omitempty" minLength:"1" maxLength:"200"`
	Description *string    `json:"description,omitempty" maxLength:"20000"`
	Doors       *time.Time `json:"doors,omitempty"`
	Start       *time.Time `json:"start,omitempty"`
	End         *time.Time `json:"end,omitempty"`
	Capacity    *int       `json:"capacity,omitempty" minimum:"1" maximum:"1000000"`
}

func (d EventEdit) change(e *catalog.Event) {
	put(&e.Name, d.Name)
	put(&e.Description, d.Description)
	put(&e.Doors, d.Doors)
	put(&e.Start, d.Start)
	put(&e.End, d.End)
	put(&e.Capacity, d.Capacity)
}

// SaleEdit starts or stops a sale.
type SaleEdit struct {
	Open bool `json:"open" doc:"true starts the sale, false stops it"`
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
			e, err := s.Catalog.EditEvent(ctx, who.Organizer, in.Event, in.Body.change)
			return showEvent(e), err
		})
	serve(s, op{method: http.MethodPut, path: "/events/{event}/sale", of: "/events/{event}", id: "set-sale", tag: tag,
		scope: account.CatalogWrite, summary: "Start or stop the sale", errors: []int{http.StatusConflict}},
		func(ctx context.Context, who account.Key, in *struct {
			EventPath
			Body SaleEdit
		}) (Event, error) {
			move := s.Catalog.StopSale
			if in.Body.Open {
				move = s.Catalog.StartSale
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
