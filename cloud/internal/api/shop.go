package api

import (
	"context"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/google/uuid"

	"portaria/cloud/internal/account"
	"portaria/cloud/internal/catalog"
	"portaria/cloud/internal/fault"
)

// Listing is an event as everybody may see it.
type Listing struct {
	ID uuid.UUID `json:"id"`
	EventTexts
	Organizer string         `json:"organizer"`
	Series    string         `json:"series,omitempty" doc:"Name of the series it belongs to"`
	Venue     Place          `json:"venue"`
	Doors     time.Time      `json:"doors"`
	Start     time.Time      `json:"start"`
	End       time.Time      `json:"end"`
	Currency  string         `json:"currency"`
	OnSale    bool           `json:"on_sale"`
	SaleFrom  *time.Time     `json:"sale_from,omitempty" doc:"When buying begins, where it is not open from the start"`
	SaleUntil *time.Time     `json:"sale_until,omitempty"`
	Left      int            `json:"left" doc:"Places nobody holds or has bought"`
	Offers    []ListingOffer `json:"offers"`
}

// Place is where an event happens.
type Place struct {
	Name     string `json:"name"`
	Address  string `json:"address"`
	TimeZone string `json:"time_zone"`
}

// ListingOffer is what can be bought.
type ListingOffer struct {
	ID          uuid.UUID  `json:"id"`
	Name        string     `json:"name"`
	Price       int64      `json:"price" doc:"Minor units"`
	MaxPerOrder int        `json:"max_per_order"`
	Group       int        `json:"group" doc:"People one code admits"`
	Left        int        `json:"left" doc:"0 while it is not sold"`
	SoldFrom    *time.Time `json:"sold_from,omitempty"`
	SoldUntil   *time.Time `json:"sold_until,omitempty"`
	Document    string     `json:"document,omitempty" doc:"That entitles to it; the gate asks for it"`
}

func (s *server) showListing(l catalog.Listing) Listing {
	shown := Listing{
		ID: l.Event.ID, EventTexts: showTexts(l.Event), Organizer: l.OrganizerName, Series: l.SeriesName,
		SaleFrom: utc(l.Event.SaleFrom), SaleUntil: utc(l.Event.SaleUntil),
		Venue: Place{Name: l.Venue.Name, Address: l.Venue.Address, TimeZone: l.Venue.TimeZone},
		Doors: l.Event.Doors.In(l.Venue.Zone()), Start: l.Event.Start.In(l.Venue.Zone()),
		End: l.Event.End.In(l.Venue.Zone()), Currency: l.Event.Currency, OnSale: l.OnSale(s.Now()),
		Left: l.Event.Left(), Offers: make([]ListingOffer, len(l.Offers)),
	}
	for i, o := range l.Offers {
		shown.Offers[i] = ListingOffer{
			ID: o.ID, Name: o.Name, Price: o.Price, MaxPerOrder: o.MaxPerOrder, Group: o.Admission.Group,
			Left: o.Left(l.Event), SoldFrom: utc(o.SoldFrom), SoldUntil: utc(o.SoldUntil), Document: o.Document,
		}
		if !o.SoldAt(s.Now()) {
			shown.Offers[i].Left = 0
		}
	}
	return shown
}

func (s *server) shop() {
	const tag = "Shop"
	serve(s, op{method: http.MethodGet, path: "/shop/events", id: "list-shop", tag: tag,
		summary: "List what is on sale, of every organizer, by start"}, s.listShop)
	serve(s, op{method: http.MethodGet, path: "/shop/events/{event}", id: "get-shop-event", tag: tag,
		summary: "Read an event with what can be bought"},
		func(ctx context.Context, _ account.Key, in *EventPath) (Listing, error) {
			l, err := s.Catalog.Listing(ctx, in.Event)
			if err != nil {
				return Listing{}, err
			}
			return s.showListing(l), nil
		})
}

func (s *server) listShop(ctx context.Context, _ account.Key, in *Paging) (page[Listing], error) {
	from, err := repertoireCursor(in.After)
	if err != nil {
		return page[Listing]{}, err
	}
	all, err := s.Catalog.OnSale(ctx, s.Now(), catalog.Shelf{From: from}, in.Limit)
	return paged(all, in.Limit, s.showListing, func(l catalog.Listing) string {
		return strconv.FormatInt(l.Event.Start.UnixMicro(), 10) + "." + l.Event.ID.String()
	}), err
}

// repertoireCursor reads <start in microseconds>.<event>.
func repertoireCursor(text string) (catalog.Cursor, error) {
	if text == "" {
		return catalog.Cursor{}, nil
	}
	start, event, _ := strings.Cut(text, ".")
	micros, err := strconv.ParseInt(start, 10, 64)
	if err != nil || micros < 0 || micros > maxMicros {
		return catalog.Cursor{}, fault.On("after", "Give after as the page before gave next.")
	}
	id, err := identify("after", event)
	return catalog.Cursor{Start: time.UnixMicro(micros), Event: id}, err
}

const maxMicros = 4_102_444_800_000_000 // the year 2100

func (s *server) catalogue() {
	s.venues()
	s.events()
	s.series()
	s.changes()
	s.offers()
}
