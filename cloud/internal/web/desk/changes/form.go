package changes

import (
	"strconv"
	"strings"
	"time"

	"github.com/google/uuid"

	"portaria/cloud/internal/catalog/bulk"
	"portaria/cloud/internal/catalog/dates"
	"portaria/cloud/internal/web/desk"
	"portaria/cloud/internal/web/desk/repertoire"
	"portaria/cloud/internal/web/desk/venues"
)

// keep is the choice that changes nothing; alone is the series of dates by themselves.
const (
	keep  = "keep"
	alone = "none"
)

// form is a change: what is left empty stays as it is.
func form(v *desk.Visit, c repertoire.Choices) *desk.Form {
	same := desk.Option{Value: keep, Text: v.Text("changes.keep")}
	series := append([]desk.Option{same, {Value: alone, Text: v.Text("events.no_series")}}, c.SeriesOptions("")...)
	return v.Form(
		desk.Field{Name: "sale", Label: "changes.sale", Type: "select", Value: keep, Options: []desk.Option{
			same, {Value: "start", Text: v.Text("events.start_sale")}, {Value: "stop", Text: v.Text("events.stop_sale")}}},
		desk.Field{Name: "start", Label: "changes.start", Hint: "changes.start_hint", Max: 5},
		desk.Field{Name: "doors_before", Label: "series.doors_before", Mode: "numeric", Max: 4},
		desk.Field{Name: "length", Label: "series.length", Mode: "numeric", Max: 5},
		desk.Field{Name: "capacity", Label: "events.capacity", Mode: "numeric", Max: 7},
		desk.Field{Name: "sale_from", Label: "events.sale_from", Hint: "changes.zone_hint", Type: "datetime-local"},
		desk.Field{Name: "sale_until", Label: "events.sale_until", Hint: "changes.zone_hint", Type: "datetime-local"},
		desk.Field{Name: "no_window", Label: "changes.no_window", Type: "checkbox"},
		desk.Field{Name: "name", Label: "events.name"},
		desk.Field{Name: "to_series", Label: "events.series", Type: "select", Value: keep, Options: series},
		desk.Field{Name: "age_rating", Label: "events.age_rating", Max: 20},
		desk.Field{Name: "languages", Label: "events.languages"},
		desk.Field{Name: "documents", Label: "events.documents", Max: 500},
		desk.Field{Name: "description", Label: "events.text", Type: "textarea", Max: 20_000},
		desk.Field{Name: "offer", Label: "changes.offer", Hint: "changes.offer_hint", Max: 100},
		desk.Field{Name: "price", Label: "changes.price", Mode: "decimal", Max: 20},
		desk.Field{Name: "offer_sold", Label: "changes.offer_sold", Type: "select", Value: keep, Options: []desk.Option{
			same, {Value: "open", Text: v.Text("changes.open")}, {Value: "closed", Text: v.Text("events.offer_closed")}}},
		desk.Field{Name: "offer_add", Label: "changes.offer_add", Type: "checkbox"},
	)
}

// read takes what was typed into an edit, and blames what can't be read.
func read(v *desk.Visit, f *desk.Form, c repertoire.Choices, currency string) (x bulk.Edit) {
	text := func(name string) *string {
		if value := f.Value(name); value != "" {
			return &value
		}
		return nil
	}
	number := func(name, fault string) *int {
		if f.Value(name) == "" {
			return nil
		}
		n, err := strconv.Atoi(f.Value(name))
		if err != nil || n < 0 {
			f.Fault(name, fault)
			return nil
		}
		return &n
	}
	x.Name, x.AgeRating, x.Documents, x.Description = text("name"), text("age_rating"), text("documents"), text("description")
	x.DoorsBefore, x.Length = number("doors_before", "series.minutes"), number("length", "series.minutes")
	x.Capacity = number("capacity", "desk.fault.field_capacity")
	if tags := venues.Languages(f.Value("languages")); len(tags) > 0 {
		x.Languages = &tags
	}
	if s := f.Value("sale"); s == string(bulk.Start) || s == string(bulk.Stop) {
		x.Sale = bulk.Sale(s)
	}
	switch id, err := uuid.Parse(f.Value("to_series")); {
	case err == nil:
		x.Series = &id
	case f.Value("to_series") == alone:
		x.Series = &uuid.Nil
	}
	readTimes(f, c, &x, query(v.Request.PostForm).Get("venue"))
	readOffer(f, &x, currency)
	return x
}

func readTimes(f *desk.Form, c repertoire.Choices, x *bulk.Edit, venue string) {
	if f.Value("start") != "" {
		clocks, ok := dates.ReadClocks(f.Value("start"))
		if !ok || len(clocks) != 1 {
			f.Fault("start", "series.clocks_unread")
		} else {
			x.Start = &clocks[0]
		}
	}
	id, _ := uuid.Parse(venue) // none is the first
	for name, to := range map[string]**time.Time{"sale_from": &x.SaleFrom, "sale_until": &x.SaleUntil} {
		switch at, fate, ok := repertoire.ReadLocal(f.Value(name), c.ZoneOf(id)); {
		case f.Value("no_window") == "on":
			*to = &time.Time{}
		case f.Value(name) == "":
		case !ok || fate == dates.Never:
			f.Fault(name, "events.time_unread")
		default:
			*to = &at
		}
	}
}

// readOffer reads a price in the currency of the dates; "" = they have several.
func readOffer(f *desk.Form, x *bulk.Edit, currency string) {
	o := bulk.OfferEdit{Name: strings.TrimSpace(f.Value("offer")), Add: f.Value("offer_add") == "on"}
	if f.Value("price") != "" {
		minor, ok := repertoire.ReadAmount(f.Value("price"), currency)
		switch {
		case currency == "":
			f.Fault("price", "changes.currencies")
		case !ok:
			f.Fault("price", "changes.price_unread")
		}
		o.Price = &minor
	}
	if s := f.Value("offer_sold"); s != keep {
		closed := s == "closed"
		o.Closed = &closed
	}
	touched := o.Price != nil || o.Closed != nil || o.Add
	switch {
	case o.Name == "" && touched:
		f.Fault("offer", "changes.offer_needed")
	case o.Name != "" && !touched:
		f.Fault("price", "changes.offer_how")
	case o.Name != "" && o.Add && o.Price == nil:
		f.Fault("price", "changes.price_unread")
	case o.Name != "":
		x.Offers = append(x.Offers, o)
	}
}
