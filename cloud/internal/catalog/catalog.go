// Package catalog is what an organizer puts on sale: venues, events and offers, and how the shop sees them.
//
// It counts no places (stock) and takes no orders (sale).
package catalog

import (
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/google/uuid"

	"portaria/cloud/internal/fault"
	"portaria/edge/whitelist"
)

// Refusals of this package.
var (
	ErrNoVenue     = fault.New(fault.NotFound, "not_found", "There is no such venue.")
	ErrNoEvent     = fault.New(fault.NotFound, "not_found", "There is no such event.")
	ErrNoOffer     = fault.New(fault.NotFound, "not_found", "There is no such offer.")
	ErrNotForSale  = fault.New(fault.Conflict, "not_for_sale", "This event is not on sale.")
	ErrNothingSold = fault.New(fault.Conflict, "no_offers", "Add an offer before starting the sale.")
	ErrSoldAbove   = fault.New(fault.Conflict, "capacity_taken",
		"More places than that are already sold or held. Choose a higher capacity.")
	ErrNoSeries = fault.New(fault.NotFound, "not_found", "There is no such series.")
	ErrNoChange = fault.New(fault.NotFound, "not_found", "There is no such change.")
	// ErrChanged is what the second of two editors hears, who has not seen what the first one changed.
	ErrChanged = fault.New(fault.Conflict, "changed_meanwhile",
		"This was changed after you read it. Read it again, and make your change to what is there now.")
	ErrCancelled = fault.New(fault.Conflict, "event_cancelled",
		"This event is cancelled. Take the cancellation back before putting it on sale.")
	ErrKindsSpent = fault.New(fault.Conflict, "offers_spent", "An event can have 4,094 offers in its life, and this one has had them.")
)

// Venue is a place where events happen.
type Venue struct {
	ID        uuid.UUID
	Organizer uuid.UUID
	Name      string
	Address   string
	TimeZone  string   // IANA; every time of the venue is shown in it
	Languages []string // of its events, where they say nothing: BCP 47
	Version   int      // rises with every edit
	CreatedAt time.Time
}

// Zone is the venue's time zone. It was checked when the venue was made.
func (v Venue) Zone() *time.Location {
	zone, err := time.LoadLocation(v.TimeZone)
	if err != nil {
		return time.UTC
	}
	return zone
}

// State of an event's sale.
type State string

// States of an event.
const (
	Draft     State = "draft"
	OnSale    State = "on_sale"
	Stopped   State = "stopped"
	Cancelled State = "cancelled"
)

// Event is one date.
type Event struct {
	ID           uuid.UUID
	Organizer    uuid.UUID
	Venue        uuid.UUID
	Series       uuid.UUID // zero = a date by itself
	Name         string
	Description  string
	Descriptions map[string]string // in further languages, by BCP 47 tag
	Languages    []string          // that are spoken or sung: BCP 47; empty = not said
	AgeRating    string            // as it is printed: L, 10, 12, 14, 16, 18; empty = not said
	Documents    string            // what everybody must bring; empty = nothing
	Doors        time.Time
	Start        time.Time
	End          time.Time
	Currency     string // ISO 4217, of every price of the event
	State        State
	SaleFrom     *time.Time // while on sale: buying begins; nil = at once
	SaleUntil    *time.Time // and ends; nil = when the event ends
	Capacity     int        // people
	Held         int
	Sold         int
	Version      int // rises with every edit
	CreatedAt    time.Time
}

// Sells says whether anything can be bought at now.
func (e Event) Sells(now time.Time) bool {
	return e.State == OnSale && now.Before(e.End) && within(now, e.SaleFrom, e.SaleUntil)
}

// Waits says whether the sale is started, and begins later than now.
func (e Event) Waits(now time.Time) bool {
	return e.State == OnSale && e.SaleFrom != nil && now.Before(*e.SaleFrom)
}

// within says whether now is in [from, until); nil is no bound.
func within(now time.Time, from, until *time.Time) bool {
	return (from == nil || !now.Before(*from)) && (until == nil || now.Before(*until))
}

// About is the description for a reader of a language, or the one for everybody.
func (e Event) About(language string) string {
	if text, ok := e.Descriptions[language]; ok {
		return text
	}
	base, _, _ := strings.Cut(language, "-")
	for _, tag := range slices.Sorted(maps.Keys(e.Descriptions)) {
		if other, _, _ := strings.Cut(tag, "-"); other == base {
			return e.Descriptions[tag]
		}
	}
	return e.Description
}

// Left is how many places nobody holds or has bought. Holds that ran out but were not yet tidied away still count.
func (e Event) Left() int { return max(0, e.Capacity-e.Held-e.Sold) }

// Admission is what the gates must know of an offer: its Kind in the event's rules.
type Admission struct {
	Use          whitelist.Use
	Uses         int // for single
	ReentryAfter int // minutes
	Group        int // people per code
	Flags        whitelist.Flags
	Zones        []string // zone ids; empty = any
	ValidFrom    *time.Time
	ValidUntil   *time.Time
}

// Offer is what can be bought for an event.
type Offer struct {
	ID          uuid.UUID
	Organizer   uuid.UUID
	Event       uuid.UUID
	Kind        uint16 // its number in the event's rules; never used again
	Name        string
	Price       int64 // minor units of the event's currency
	MaxPerOrder int
	Capacity    *int // nil = only the event's own
	Held        int
	Sold        int
	Closed      bool       // no longer sold; its tickets stay good
	SoldFrom    *time.Time // nil = as long as the event is on sale
	SoldUntil   *time.Time
	Document    string // that entitles to it, such as a student's card; empty = none
	Admission   Admission
	Version     int // rises with every edit
	CreatedAt   time.Time
}

// SoldAt says whether the offer's own window is open at now.
func (o Offer) SoldAt(now time.Time) bool { return within(now, o.SoldFrom, o.SoldUntil) }

// Left is how many more of an offer could be bought now.
func (o Offer) Left(e Event) int {
	if o.Closed {
		return 0
	}
	left := e.Left() / max(1, o.Admission.Group)
	if o.Capacity != nil {
		left = min(left, *o.Capacity-o.Held-o.Sold)
	}
	return max(0, left)
}

// Listing is an event as the shop shows it.
type Listing struct {
	Event         Event
	Venue         Venue
	OrganizerName string
	SeriesName    string  // empty = a date by itself
	Offers        []Offer // open ones, in order of kind
}

// OnSale says whether anything can be bought at now.
func (l Listing) OnSale(now time.Time) bool {
	return l.Event.Sells(now)
}
