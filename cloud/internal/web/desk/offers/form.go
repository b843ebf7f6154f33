package offers

import (
	"slices"
	"strconv"
	"time"

	"portaria/cloud/internal/catalog"
	"portaria/cloud/internal/catalog/dates"
	frame "portaria/cloud/internal/web/desk"
	"portaria/cloud/internal/web/desk/repertoire"
	"portaria/edge/whitelist"
)

// flags are what a controller must look at.
var flags = []struct {
	name string
	bit  whitelist.Flags
}{
	{"check_document", whitelist.CheckDocument}, {"child", whitelist.Child}, {"wheelchair", whitelist.Wheelchair}, {"vip", whitelist.VIP},
}

var uses = []whitelist.Use{whitelist.UseSingle, whitelist.UseDaily, whitelist.UseReentr}

// form is an offer as it is typed in. How many people a code admits is chosen once, when it is new.
func (x at) form(v *frame.Visit, o catalog.Offer, isNew bool) *frame.Form {
	zone, a := x.c.Zone(x.event), o.Admission
	kinds := []frame.Option{}
	for _, u := range uses {
		kinds = append(kinds, frame.Option{Value: string(u), Text: v.Text("events.use_" + string(u))})
	}
	price, capacity := "", ""
	if !isNew {
		price = repertoire.Amount(v.L, o.Price, x.event.Currency)
	}
	if o.Capacity != nil {
		capacity = strconv.Itoa(*o.Capacity)
	}
	closed := ""
	if o.Closed {
		closed = "on"
	}
	fields := []frame.Field{
		{Name: "name", Label: "events.name", Hint: "offers.name_hint", Value: o.Name, Max: 100, Needed: true},
		{Name: "price", Label: "offers.price", Hint: "offers.price_hint", Value: price, Mode: "decimal", Max: 20, Needed: true},
		{Name: "document", Label: "offers.document", Hint: "offers.document_hint", Value: o.Document},
		{Name: "max_per_order", Label: "offers.max_per_order", Value: strconv.Itoa(o.MaxPerOrder), Mode: "numeric", Max: 3},
		{Name: "capacity", Label: "events.capacity", Hint: "offers.capacity_hint", Value: capacity, Mode: "numeric", Max: 7},
		{Name: "sold_from", Label: "offers.sold_from", Type: "datetime-local", Value: repertoire.Local(o.SoldFrom, zone)},
		{Name: "sold_until", Label: "offers.sold_until", Hint: "offers.sold_hint", Type: "datetime-local", Value: repertoire.Local(o.SoldUntil, zone)},
		{Name: "use", Label: "offers.use", Type: "select", Value: string(a.Use), Options: kinds, Needed: true},
		{Name: "uses", Label: "offers.uses", Hint: "offers.uses_hint", Value: strconv.Itoa(a.Uses), Mode: "numeric", Max: 3},
		{Name: "reentry_after", Label: "offers.reentry_after", Value: strconv.Itoa(a.ReentryAfter), Mode: "numeric", Max: 4},
		{Name: "valid_from", Label: "offers.valid_from", Type: "datetime-local", Value: repertoire.Local(a.ValidFrom, zone)},
		{Name: "valid_until", Label: "offers.valid_until", Hint: "offers.valid_hint", Type: "datetime-local", Value: repertoire.Local(a.ValidUntil, zone)},
	}
	if isNew {
		fields = append(fields, frame.Field{Name: "group", Label: "offers.group", Hint: "offers.group_hint", Value: strconv.Itoa(a.Group), Mode: "numeric", Max: 3})
	}
	return v.Form(append(fields,
		frame.Field{Name: "closed", Label: "offers.closed", Hint: "offers.closed_hint", Type: "checkbox", Value: closed},
		frame.Field{Name: "version", Type: "hidden", Value: strconv.Itoa(o.Version)})...)
}

// take reads what was typed into an offer, and blames what can't be read.
func (x at) take(v *frame.Visit, f *frame.Form, o *catalog.Offer, isNew bool) {
	a := &o.Admission
	o.Name, o.Document, o.Closed = f.Value("name"), f.Value("document"), f.Value("closed") == "on"
	if price, ok := repertoire.ReadAmount(f.Value("price"), x.event.Currency); ok {
		o.Price = price
	} else if f.Value("price") != "" {
		f.Fault("price", "changes.price_unread")
	}
	number := func(name string, otherwise int) int {
		n, err := strconv.Atoi(f.Value(name))
		switch {
		case f.Value(name) == "":
			return otherwise
		case err != nil:
			return -1 // the domain says what is right
		}
		return n
	}
	o.MaxPerOrder, a.Uses, a.ReentryAfter = number("max_per_order", 10), number("uses", 1), number("reentry_after", 0)
	if isNew {
		a.Group = number("group", 1)
	}
	o.Capacity = nil
	if f.Value("capacity") != "" {
		n := number("capacity", 0)
		o.Capacity = &n
	}
	a.Use = whitelist.Use(f.Value("use"))
	zone := x.c.Zone(x.event)
	for name, to := range map[string]**time.Time{"sold_from": &o.SoldFrom, "sold_until": &o.SoldUntil, "valid_from": &a.ValidFrom, "valid_until": &a.ValidUntil} {
		*to = moment(f, name, zone)
	}
	x.takeTicks(v, a)
}

// takeTicks reads zones of the venue and what a controller must look at.
func (x at) takeTicks(v *frame.Visit, a *catalog.Admission) {
	a.Zones = []string{}
	ticked := v.PostFormArray("zones")
	for _, z := range x.zones {
		if slices.Contains(ticked, z.ID.String()) {
			a.Zones = append(a.Zones, z.ID.String())
		}
	}
	ticked = v.PostFormArray("flags")
	for _, f := range flags {
		a.Flags &^= f.bit
		if slices.Contains(ticked, f.name) {
			a.Flags |= f.bit
		}
	}
}

func moment(f *frame.Form, name string, zone *time.Location) *time.Time {
	if f.Value(name) == "" {
		return nil
	}
	at, fate, ok := repertoire.ReadLocal(f.Value(name), zone)
	switch {
	case !ok:
		f.Fault(name, "events.time_unread")
	case fate == dates.Never:
		f.Fault(name, "events.time_never")
	}
	return &at
}
