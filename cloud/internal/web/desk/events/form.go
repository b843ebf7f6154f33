package events

import (
	"strconv"
	"strings"
	"time"

	"github.com/google/uuid"

	"portaria/cloud/internal/account/role"
	"portaria/cloud/internal/catalog"
	"portaria/cloud/internal/catalog/dates"
	"portaria/cloud/internal/locale"
	"portaria/cloud/internal/web/desk"
	"portaria/cloud/internal/web/desk/repertoire"
	"portaria/cloud/internal/web/desk/venues"
)

const maxDescription = 20_000

// form is an event as it is typed in. Its venue and currency are chosen once, when it is new.
func form(v *desk.Visit, c repertoire.Choices, e catalog.Event, isNew bool) *desk.Form {
	zone := c.Zone(e)
	fields := []desk.Field{{Name: "name", Label: "events.name", Value: e.Name, Needed: true}}
	if isNew {
		venue := ""
		if e.Venue != uuid.Nil {
			venue = e.Venue.String()
		}
		fields = append(fields, desk.Field{Name: "venue", Label: "events.venue", Type: "select", Value: venue, Options: c.VenueOptions(v, role.EventsEdit), Needed: true})
	}
	fields = append(fields,
		desk.Field{Name: "doors", Label: "events.doors", Hint: "events.doors_hint", Type: "datetime-local", Value: repertoire.Local(&e.Doors, zone), Needed: true},
		desk.Field{Name: "start", Label: "events.start", Type: "datetime-local", Value: repertoire.Local(&e.Start, zone), Needed: true},
		desk.Field{Name: "end", Label: "events.end", Type: "datetime-local", Value: repertoire.Local(&e.End, zone), Needed: true},
		desk.Field{Name: "capacity", Label: "events.capacity", Hint: "events.capacity_hint", Value: number(e.Capacity), Mode: "numeric", Max: 7, Needed: true},
	)
	if isNew {
		fields = append(fields, desk.Field{Name: "currency", Label: "events.currency", Value: e.Currency, Max: 3, Needed: true})
	}
	fields = append(fields,
		desk.Field{Name: "series", Label: "events.series", Type: "select", Value: idText(e.Series), Options: c.SeriesOptions(v.Text("events.no_series"))},
		desk.Field{Name: "sale_from", Label: "events.sale_from", Hint: "events.sale_from_hint", Type: "datetime-local", Value: repertoire.Local(e.SaleFrom, zone)},
		desk.Field{Name: "sale_until", Label: "events.sale_until", Hint: "events.sale_until_hint", Type: "datetime-local", Value: repertoire.Local(e.SaleUntil, zone)},
		desk.Field{Name: "age_rating", Label: "events.age_rating", Hint: "events.age_rating_hint", Value: e.AgeRating, Max: 20},
		desk.Field{Name: "documents", Label: "events.documents", Hint: "events.documents_hint", Value: e.Documents, Max: 500},
		desk.Field{Name: "languages", Label: "events.languages", Hint: "events.languages_hint", Value: strings.Join(e.Languages, ", ")},
		desk.Field{Name: "description", Label: "events.text", Type: "textarea", Value: e.Description, Max: maxDescription},
	)
	for _, tag := range locale.Supported {
		fields = append(fields, desk.Field{
			Name: "description-" + tag, Label: "events.text_" + strings.ReplaceAll(tag, "-", "_"), Type: "textarea", Value: e.Descriptions[tag], Max: maxDescription,
		})
	}
	return v.Form(append(fields, desk.Field{Name: "version", Type: "hidden", Value: strconv.Itoa(e.Version)})...)
}

func number(n int) string {
	if n == 0 {
		return ""
	}
	return strconv.Itoa(n)
}

func idText(id uuid.UUID) string {
	if id == uuid.Nil {
		return ""
	}
	return id.String()
}

// taken reads what was typed into an event, and blames what can't be read. twice says that a time of day comes twice
// that night, of which the first was taken.
func taken(f *desk.Form, c repertoire.Choices, e *catalog.Event, isNew bool) (twice bool) {
	if isNew {
		e.Venue, _ = uuid.Parse(f.Value("venue"))
		if _, known := c.Venues[e.Venue]; !known {
			f.Fault("venue", "events.venue_needed")
			return false
		}
		e.Currency = strings.ToUpper(f.Value("currency"))
	}
	e.Name, e.AgeRating, e.Documents = f.Value("name"), f.Value("age_rating"), f.Value("documents")
	e.Description, e.Languages = f.Value("description"), venues.Languages(f.Value("languages"))
	e.Series, _ = uuid.Parse(f.Value("series")) // none is none
	capacity, err := strconv.Atoi(f.Value("capacity"))
	if err != nil && f.Value("capacity") != "" {
		capacity = -1 // the domain says what is right
	}
	e.Capacity = capacity
	descriptions(f, e)
	zone := c.Zone(*e)
	for name, to := range map[string]*time.Time{"doors": &e.Doors, "start": &e.Start, "end": &e.End} {
		twice = moment(f, name, zone, to) || twice
	}
	for name, to := range map[string]**time.Time{"sale_from": &e.SaleFrom, "sale_until": &e.SaleUntil} {
		*to = nil
		if f.Value(name) != "" {
			*to = new(time.Time)
			twice = moment(f, name, zone, *to) || twice
		}
	}
	return twice
}

func descriptions(f *desk.Form, e *catalog.Event) {
	old := e.Descriptions
	e.Descriptions = map[string]string{}
	for tag, text := range old {
		e.Descriptions[tag] = text
	}
	for _, tag := range locale.Supported {
		delete(e.Descriptions, tag)
		if text := f.Value("description-" + tag); strings.TrimSpace(text) != "" {
			e.Descriptions[tag] = text
		}
	}
}

func moment(f *desk.Form, name string, zone *time.Location, to *time.Time) (twice bool) {
	if f.Value(name) == "" {
		return false // said already where it is needed
	}
	at, fate, ok := repertoire.ReadLocal(f.Value(name), zone)
	switch {
	case !ok:
		f.Fault(name, "events.time_unread")
	case fate == dates.Never:
		f.Fault(name, "events.time_never")
	}
	*to = at
	return fate == dates.Twice
}
