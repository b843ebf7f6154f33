package api

import (
	"context"
	"net/http"
	"slices"
	"time"

	"github.com/google/uuid"

	"portaria/cloud/internal/account"
	"portaria/cloud/internal/catalog"
	"portaria/cloud/internal/fault"
	"portaria/edge/whitelist"
)

// Flag is something that a controller must look at.
type Flag string

// flagBits are the names of whitelist.Flags, in order of their bits.
var flagBits = []struct {
	name Flag
	bit  whitelist.Flags
}{
	{"check_document", whitelist.CheckDocument}, {"child", whitelist.Child}, {"wheelchair", whitelist.Wheelchair},
	{"vip", whitelist.VIP}, {"upgrade_owed", whitelist.UpgradeOwed},
}

func showFlags(bits whitelist.Flags) []Flag {
	flags := []Flag{}
	for _, f := range flagBits {
		if bits&f.bit != 0 {
			flags = append(flags, f.name)
		}
	}
	return flags
}

func readFlags(names []Flag) (bits whitelist.Flags, err error) {
	for _, name := range names {
		i := slices.IndexFunc(flagBits, func(f struct {
			name Flag
			bit  whitelist.Flags
		}) bool {
			return f.name == name
		})
		if i < 0 {
			return 0, fault.On("flags", "Choose flags from check_document, child, wheelchair, vip and upgrade_owed.")
		}
		bits |= flagBits[i].bit
	}
	return bits, nil
}

// Offer is what can be bought for an event.
type Offer struct {
	ID      uuid.UUID `json:"id"`
	EventID uuid.UUID `json:"event_id"`
	Kind    uint16    `json:"kind" doc:"Its number at the gates; never used again"`
	Held    int       `json:"held"`
	Sold    int       `json:"sold"`
	Version int       `json:"version" doc:"Rises with every edit"`
	OfferDraft
	CreatedAt time.Time `json:"created_at"`
}

// OfferDraft makes an offer.
type OfferDraft struct {
	Name         string        `json:"name" minLength:"1" maxLength:"100" example:"Inteira"`
	Price        int64         `json:"price" minimum:"0" maximum:"100000000" doc:"Minor units of the event's currency"`
	MaxPerOrder  int           `json:"max_per_order,omitempty" minimum:"1" maximum:"100" doc:"10 where nothing is said"`
	Capacity     *int          `json:"capacity,omitempty" minimum:"0" maximum:"1000000" doc:"Missing: only the event's own"`
	Closed       bool          `json:"closed,omitempty" doc:"No longer sold; its tickets stay good"`
	Use          whitelist.Use `json:"use,omitempty" enum:"single,daily,reentry" doc:"How often a ticket admits; single where nothing is said"`
	Uses         int           `json:"uses,omitempty" minimum:"1" maximum:"255" doc:"Of single: how many times in all"`
	ReentryAfter int           `json:"reentry_after,omitempty" minimum:"0" maximum:"1440" doc:"Minutes that must pass after an exit"`
	Group        int           `json:"group,omitempty" minimum:"1" maximum:"255" doc:"People one code admits"`
	Flags        []Flag        `json:"flags,omitempty" maxItems:"5" doc:"What the controller must look at: check_document, child, wheelchair, vip, upgrade_owed"`
	Zones        []string      `json:"zones,omitempty" maxItems:"64" doc:"Ids of the zones it may enter; missing: any"`
	ValidFrom    *time.Time    `json:"valid_from,omitempty" doc:"When its tickets admit"`
	ValidUntil   *time.Time    `json:"valid_until,omitempty"`
	SoldFrom     *time.Time    `json:"sold_from,omitempty" doc:"Missing: as long as the event is on sale"`
	SoldUntil    *time.Time    `json:"sold_until,omitempty"`
	Document     string        `json:"document,omitempty" maxLength:"200" doc:"That entitles to it, such as a student's card; the gate asks for it"`
}

func showOffer(o catalog.Offer) Offer {
	a := o.Admission
	return Offer{
		ID: o.ID, EventID: o.Event, Kind: o.Kind, Held: o.Held, Sold: o.Sold, Version: o.Version, CreatedAt: o.CreatedAt.UTC(),
		OfferDraft: OfferDraft{
			Name: o.Name, Price: o.Price, MaxPerOrder: o.MaxPerOrder, Capacity: o.Capacity, Closed: o.Closed,
			Use: a.Use, Uses: a.Uses, ReentryAfter: a.ReentryAfter, Group: a.Group, Flags: showFlags(a.Flags),
			Zones: a.Zones, ValidFrom: utc(a.ValidFrom), ValidUntil: utc(a.ValidUntil),
			SoldFrom: utc(o.SoldFrom), SoldUntil: utc(o.SoldUntil), Document: o.Document,
		},
	}
}

func (d OfferDraft) offer(organizer, event uuid.UUID) (catalog.Offer, error) {
	flags, err := readFlags(d.Flags)
	return catalog.Offer{
		Organizer: organizer, Event: event, Name: d.Name, Price: d.Price, MaxPerOrder: d.MaxPerOrder,
		Capacity: d.Capacity, Closed: d.Closed, SoldFrom: utc(d.SoldFrom), SoldUntil: utc(d.SoldUntil), Document: d.Document,
		Admission: catalog.Admission{
			Use: d.Use, Uses: d.Uses, ReentryAfter: d.ReentryAfter, Group: d.Group, Flags: flags, Zones: d.Zones,
			ValidFrom: d.ValidFrom, ValidUntil: d.ValidUntil,
		},
	}, err
}

// OfferEdit changes what it names. How its tickets admit changes for those already sold, too.
type OfferEdit struct {
	Name         *string        `json:"name,omitempty" minLength:"1" maxLength:"100"`
	Price        *int64         `json:"price,omitempty" minimum:"0" maximum:"100000000" doc:"Orders already placed keep theirs"`
	MaxPerOrder  *int           `json:"max_per_order,omitempty" minimum:"1" maximum:"100"`
	Capacity     *int           `json:"capacity,omitempty" minimum:"0" maximum:"1000000"`
	Closed       *bool          `json:"closed,omitempty"`
	Use          *whitelist.Use `json:"use,omitempty" enum:"single,daily,reentry"`
	Uses         *int           `json:"uses,omitempty" minimum:"1" maximum:"255"`
	ReentryAfter *int           `json:"reentry_after,omitempty" minimum:"0" maximum:"1440"`
	Flags        *[]Flag        `json:"flags,omitempty" maxItems:"5"`
	Zones        *[]string      `json:"zones,omitempty" maxItems:"64"`
	ValidFrom    *string        `json:"valid_from,omitempty" maxLength:"40" doc:"RFC 3339; empty = none"`
	ValidUntil   *string        `json:"valid_until,omitempty" maxLength:"40" doc:"RFC 3339; empty = none"`
	SoldFrom     *string        `json:"sold_from,omitempty" maxLength:"40" doc:"RFC 3339; empty = none"`
	SoldUntil    *string        `json:"sold_until,omitempty" maxLength:"40" doc:"RFC 3339; empty = none"`
	Document     *string        `json:"document,omitempty" maxLength:"200"`
}

// change is what the edit does; it says first what cannot be read.
func (d OfferEdit) change() (func(o *catalog.Offer), error) {
	var times [4]*time.Time
	for i, x := range []struct {
		field string
		text  *string
	}{{"valid_from", d.ValidFrom}, {"valid_until", d.ValidUntil}, {"sold_from", d.SoldFrom}, {"sold_until", d.SoldUntil}} {
		var err error
		if times[i], err = optionalTime(x.field, x.text); err != nil {
			return nil, err
		}
	}
	var flags *whitelist.Flags
	if d.Flags != nil {
		bits, err := readFlags(*d.Flags)
		if err != nil {
			return nil, err
		}
		flags = &bits
	}
	return func(o *catalog.Offer) {
		a := &o.Admission
		put(&o.Name, d.Name)
		put(&o.Price, d.Price)
		put(&o.MaxPerOrder, d.MaxPerOrder)
		put(&o.Closed, d.Closed)
		put(&o.Document, d.Document)
		put(&a.Use, d.Use)
		put(&a.Uses, d.Uses)
		put(&a.ReentryAfter, d.ReentryAfter)
		put(&a.Flags, flags)
		put(&a.Zones, d.Zones)
		if d.Capacity != nil {
			o.Capacity = d.Capacity
		}
		putTime(&a.ValidFrom, times[0])
		putTime(&a.ValidUntil, times[1])
		putTime(&o.SoldFrom, times[2])
		putTime(&o.SoldUntil, times[3])
	}, nil
}

// Price is what an offer costs since a time, until the next one.
type Price struct {
	Price int64     `json:"price" doc:"Minor units"`
	Since time.Time `json:"since"`
}

func showPrice(p catalog.Price) Price { return Price{p.Minor, p.Since.UTC()} }

// Offers are all offers of an event.
type Offers struct {
	Items []Offer `json:"items"`
}

// version is what people edit: an offer is held and sold all the time.
func (o Offer) version() any {
	o.Held, o.Sold = 0, 0
	return o
}

// OfferPath names an offer.
type OfferPath struct {
	Offer uuid.UUID `path:"offer" format:"uuid"`
}

func (s *server) offers() {
	const tag = "Catalogue"
	create(s, op{path: "/events/{event}/offers", id: "create-offer", tag: tag, scope: account.CatalogWrite,
		summary: "Add an offer to an event"}, s.createOffer)
	serve(s, op{method: http.MethodGet, path: "/events/{event}/offers", id: "list-offers", tag: tag,
		scope: account.CatalogRead, summary: "List an event's offers"}, s.listOffers)
	serve(s, op{method: http.MethodGet, path: "/offers/{offer}", id: "get-offer", tag: tag, scope: account.CatalogRead,
		summary: "Read an offer"},
		func(ctx context.Context, who account.Key, in *OfferPath) (Offer, error) {
			o, err := s.Catalog.Offer(ctx, who.Organizer, in.Offer)
			return showOffer(o), err
		})
	serve(s, op{method: http.MethodGet, path: "/offers/{offer}/prices", id: "list-prices", tag: tag, scope: account.CatalogRead,
		summary: "List an offer's prices, the newest first"},
		func(ctx context.Context, who account.Key, in *OfferPath) (page[Price], error) {
			if _, err := s.Catalog.Offer(ctx, who.Organizer, in.Offer); err != nil {
				return page[Price]{}, err
			}
			prices, err := s.Catalog.Prices(ctx, who.Organizer, in.Offer)
			return all(prices, err, showPrice)
		})
	serve(s, op{method: http.MethodPatch, path: "/offers/{offer}", id: "edit-offer", tag: tag,
		scope: account.CatalogWrite, summary: "Change an offer", errors: []int{http.StatusConflict}},
		func(ctx context.Context, who account.Key, in *struct {
			OfferPath
			Body OfferEdit
		}) (Offer, error) {
			change, err := in.Body.change()
			if err != nil {
				return Offer{}, err
			}
			o, err := s.Catalog.EditOffer(ctx, who.Organizer, in.Offer, change)
			return showOffer(o), err
		})
}

func (s *server) createOffer(ctx context.Context, who account.Key, in *struct {
	EventPath
	Post[OfferDraft]
}) (Offer, error) {
	draft, err := in.Body.offer(who.Organizer, in.Event)
	if err != nil {
		return Offer{}, err
	}
	o, err := s.Catalog.CreateOffer(ctx, draft)
	return showOffer(o), err
}

func (s *server) listOffers(ctx context.Context, who account.Key, in *EventPath) (Offers, error) {
	if _, err := s.Catalog.Event(ctx, who.Organizer, in.Event); err != nil {
		return Offers{}, err // an event without offers is not the same as none
	}
	all, err := s.Catalog.Offers(ctx, who.Organizer, in.Event)
	shown := Offers{Items: make([]Offer, len(all))}
	for i, o := range all {
		shown.Items[i] = showOffer(o)
	}
	return shown, err
}
