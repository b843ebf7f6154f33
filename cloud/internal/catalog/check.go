package catalog

import (
	"maps"
	"regexp"
	"slices"
	"time"

	"golang.org/x/text/language"

	"portaria/cloud/internal/fault"
	"portaria/edge/whitelist"
)

// Limits of what an organizer may enter.
const (
	MaxCapacity    = 1_000_000
	MaxPrice       = 100_000_000 // minor units
	maxName        = 200
	maxOfferName   = 100
	maxDescription = 20_000
	maxAddress     = 500
	maxZones       = 64
	maxLanguages   = 12
	maxAgeRating   = 20
	maxDocuments   = 500
	maxDocument    = 200
)

var currencyCode = regexp.MustCompile(`^[A-Z]{3}$`)

func (v Venue) check() error {
	if err := fault.Text("name", v.Name, true, maxName); err != nil {
		return err
	}
	if err := fault.Text("address", v.Address, false, maxAddress); err != nil {
		return err
	}
	if _, err := time.LoadLocation(v.TimeZone); err != nil || v.TimeZone == "" || v.TimeZone == "Local" {
		return fault.On("time_zone", "Give a time zone by its IANA name, such as America/Sao_Paulo.")
	}
	return checkLanguages("languages", v.Languages)
}

func checkLanguages(field string, tags []string) error {
	if len(tags) > maxLanguages {
		return fault.On(field, "Name at most 12 languages.")
	}
	for _, tag := range tags {
		if _, err := language.Parse(tag); err != nil || len(tag) > 35 {
			return fault.On(field, "Give languages as BCP 47, such as pt-BR or en.")
		}
	}
	return nil
}

func (s Series) check() error {
	if err := fault.Text("name", s.Name, true, maxName); err != nil {
		return err
	}
	if !slices.Contains([]Kind{Tour, Festival, Sessions}, s.Kind) {
		return fault.On("kind", "Choose tour, festival or sessions.")
	}
	return fault.Text("description", s.Description, false, maxDescription)
}

func (e Event) check() error {
	if err := fault.Text("name", e.Name, true, maxName); err != nil {
		return err
	}
	if err := fault.Text("description", e.Description, false, maxDescription); err != nil {
		return err
	}
	if err := e.checkTexts(); err != nil {
		return err
	}
	switch {
	case e.SaleFrom != nil && e.SaleUntil != nil && !e.SaleFrom.Before(*e.SaleUntil):
		return fault.On("sale_until", "Let the sale end after it begins.")
	case e.Start.Before(e.Doors):
		return fault.On("start", "Let the event start when the doors open or later.")
	case !e.Start.Before(e.End):
		return fault.On("end", "Let the event end after it starts.")
	case e.Doors.Year() < 2000 || e.End.Year() > 2100:
		return fault.On("doors", "Give times between the years 2000 and 2100.")
	case !currencyCode.MatchString(e.Currency):
		return fault.On("currency", "Give a currency as ISO 4217, such as BRL.")
	case e.Capacity < 1 || e.Capacity > MaxCapacity:
		return fault.On("capacity", "Give a capacity between 1 and 1,000,000 people.")
	}
	return nil
}

func (e Event) checkTexts() error {
	if err := fault.Text("age_rating", e.AgeRating, false, maxAgeRating); err != nil {
		return err
	}
	if err := fault.Text("documents", e.Documents, false, maxDocuments); err != nil {
		return err
	}
	if err := checkLanguages("languages", e.Languages); err != nil {
		return err
	}
	tags := slices.Sorted(maps.Keys(e.Descriptions))
	if err := checkLanguages("descriptions", tags); err != nil {
		return err
	}
	for _, tag := range tags {
		if err := fault.Text("descriptions", e.Descriptions[tag], true, maxDescription); err != nil {
			return err
		}
	}
	return nil
}

func (o *Offer) defaults() {
	a := &o.Admission
	if o.MaxPerOrder == 0 {
		o.MaxPerOrder = 10
	}
	if a.Use == "" {
		a.Use = whitelist.UseSingle
	}
	a.Uses, a.Group = max(1, a.Uses), max(1, a.Group)
	if o.Document != "" {
		a.Flags |= whitelist.CheckDocument // the gate asks for what the price was given for
	}
	if a.Zones == nil {
		a.Zones = []string{}
	}
}

func (o Offer) check() error {
	if err := fault.Text("name", o.Name, true, maxOfferName); err != nil {
		return err
	}
	if err := fault.Text("document", o.Document, false, maxDocument); err != nil {
		return err
	}
	switch {
	case o.SoldFrom != nil && o.SoldUntil != nil && !o.SoldFrom.Before(*o.SoldUntil):
		return fault.On("sold_until", "Let the offer's sale end after it begins.")
	case o.Price < 0 || o.Price > MaxPrice:
		return fault.On("price", "Give a price between 0 and 100,000,000 minor units.")
	case o.MaxPerOrder < 1 || o.MaxPerOrder > 100:
		return fault.On("max_per_order", "Allow between 1 and 100 per order.")
	case o.Capacity != nil && (*o.Capacity < 0 || *o.Capacity > MaxCapacity):
		return fault.On("capacity", "Give a capacity between 0 and 1,000,000, or none.")
	}
	return o.Admission.check()
}

func (a Admission) check() error {
	switch a.Use {
	case whitelist.UseSingle, whitelist.UseDaily, whitelist.UseReentr:
	default:
		return fault.On("use", "Choose single, daily or reentry.")
	}
	switch {
	case a.Uses < 1 || a.Uses > 255:
		return fault.On("uses", "Give between 1 and 255 uses.")
	case a.Group < 1 || a.Group > 255:
		return fault.On("group", "Let a code admit between 1 and 255 people.")
	case a.ReentryAfter < 0 || a.ReentryAfter > 1440:
		return fault.On("reentry_after", "Give between 0 and 1,440 minutes.")
	case len(a.Zones) > maxZones || slices.ContainsFunc(a.Zones, badZone):
		return fault.On("zones", "Name at most 64 zones by their ids.")
	case a.ValidFrom != nil && a.ValidUntil != nil && !a.ValidFrom.Before(*a.ValidUntil):
		return fault.On("valid_until", "Let the offer's validity end after it begins.")
	}
	return nil
}

func badZone(id string) bool { return fault.Text("zones", id, true, 64) != nil }

// Check says the first thing that cannot be right with an event as it stands.
func (e Event) Check() error { return e.check() }

// Check says the first thing that cannot be right with an offer; what is left out has its usual value.
func (o Offer) Check() error {
	o.defaults()
	return o.check()
}
