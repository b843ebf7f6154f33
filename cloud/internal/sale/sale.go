// Package sale is orders: what a buyer asked for, whether it is paid, the tickets it became, and money going back.
//
// It decides what happens and in which transaction; stock counts places, payment providers move money, the gatehouse
// mints codes, and stores keep rows. It knows no page and no table.
package sale

import (
	"time"

	"github.com/google/uuid"

	"portaria/cloud/internal/fault"
)

// Refusals of this package.
var (
	ErrNoOrder      = fault.New(fault.NotFound, "not_found", "There is no such order.")
	ErrNoTicket     = fault.New(fault.NotFound, "not_found", "There is no such ticket.")
	ErrNotForSale   = fault.New(fault.Conflict, "not_for_sale", "This offer is not on sale.")
	ErrTooMany      = fault.New(fault.Conflict, "too_many", "That is more than one order may have of an offer.")
	ErrExpired      = fault.New(fault.Conflict, "order_expired", "The time to pay this order is over. Place a new one.")
	ErrAlreadyPaid  = fault.New(fault.Conflict, "order_paid", "This order is already paid.")
	ErrNotPaid      = fault.New(fault.Conflict, "order_not_paid", "This order is not paid, so there is nothing to refund.")
	ErrRefunded     = fault.New(fault.Conflict, "already_refunded", "These tickets are already refunded.")
	ErrNoProvider   = fault.New(fault.Invalid, "no_such_payment_way", "There is no such payment way.")
	ErrProviderDown = fault.New(fault.Unavailable, "payment_unavailable",
		"The payment provider does not answer. Try again in a moment.")
	ErrForgedNotice = fault.New(fault.Denied, "forged_notice", "The notice is not signed by the payment provider.")
	ErrOddNotice    = fault.New(fault.Conflict, "odd_notice", "The notice does not fit the payment it names.")
)

// HoldFor is how long places wait for their payment.
const HoldFor = 10 * time.Minute

// State of an order.
type State string

// States of an order. Paid means that its tickets are issued.
const (
	Reserved     State = "reserved"
	Paid         State = "paid"
	PartRefunded State = "part_refunded"
	Refunded     State = "refunded"
	Expired      State = "expired"
	Cancelled    State = "cancelled"
)

// Channel is where an order was placed.
type Channel string

// Channels.
const (
	Web Channel = "web"
	API Channel = "api"
)

// Buyer is who the tickets are sent to.
type Buyer struct {
	Name  string
	Email string
}

// Want is so many of one offer.
type Want struct {
	Offer    uuid.UUID
	Quantity int
}

// Draft is an order before it is placed. Every offer must be of the organizer; the zero organizer is whoever owns
// the first offer (the shop).
type Draft struct {
	Organizer uuid.UUID
	Wants     []Want
	Buyer     Buyer
	Language  string // BCP 47
	Channel   Channel
	Who       string // for the order's history: "buyer", "api key …"
}

// Order is a placed order.
type Order struct {
	ID        uuid.UUID
	Organizer uuid.UUID
	Secret    string // opens the buyer's page: 160 random bits
	State     State
	Channel   Channel
	Buyer     Buyer
	Language  string
	Total     int64 // minor units
	Currency  string
	ExpiresAt time.Time // of its places, while reserved
	PaidBy    *uuid.UUID
	CreatedAt time.Time
	Lines     []Line
}

// At is the order's state at a time: a reservation that ran out is expired before anyone tidies it away.
func (o Order) At(now time.Time) State {
	if o.State == Reserved && !now.Before(o.ExpiresAt) {
		return Expired
	}
	return o.State
}

// Line is so many of one offer at the price that was agreed.
type Line struct {
	Event     uuid.UUID
	EventName string
	Offer     uuid.UUID
	OfferName string
	Kind      uint16
	Group     int // people per code
	Quantity  int
	UnitPrice int64
}

// TicketState says whether a ticket still opens a door. The gates' lists say the same.
type TicketState string

// States of a ticket.
const (
	Good     TicketState = "good"
	Revoked  TicketState = "revoked"
	Replaced TicketState = "replaced"
	Blocked  TicketState = "blocked"
)

// Ticket is one code that was sold.
type Ticket struct {
	ID        uuid.UUID
	Organizer uuid.UUID
	Order     uuid.UUID
	Event     uuid.UUID
	Offer     uuid.UUID
	OfferName string
	Number    string // ticket.ID as 16 lower-case hex digits
	Ref       [16]byte
	Code      string // the signed code as printed
	Kind      uint16
	Price     int64
	State     TicketState
	IssuedAt  time.Time
}

// Happening is one line of an order's history.
type Happening struct {
	At   time.Time
	Who  string
	What string
	Why  string
}

// Refund is money going back, with the tickets that it revoked.
type Refund struct {
	ID        uuid.UUID
	Organizer uuid.UUID
	Order     uuid.UUID
	Payment   *uuid.UUID // nil when nothing had been paid
	Tickets   []uuid.UUID
	Amount    int64
	Currency  string
	Reason    string
	Who       string
	CreatedAt time.Time
	Done      bool // the provider has it
}

// Payment is one attempt to pay an order.
type Payment struct {
	ID          uuid.UUID
	Organizer   uuid.UUID
	Order       uuid.UUID
	Provider    string
	Ref         string // the provider's name for it
	RedirectURL string
	Amount      int64
	Currency    string
	CreatedAt   time.Time
}
