package sale

import (
	"context"
	"time"

	"github.com/google/uuid"

	"portaria/cloud/internal/payment"
	"portaria/edge/ticket"
	"portaria/edge/whitelist"
)

// A Minter makes ticket codes under the keys of an event. Codes that no ticket keeps are harmless: no list has them.
type Minter interface {
	Mint(ctx context.Context, event ticket.EventID, want []MintRequest) ([]Minted, error)
}

// MintRequest is one code to make.
type MintRequest struct {
	Kind    uint16
	Reissue uint8
	Flags   uint8
}

// Minted is a code that was made, in the order of the requests.
type Minted struct {
	Code ticket.Code
	ID   ticket.ID
	Ref  whitelist.Ref
}

// Atomic makes several stores' work one transaction.
type Atomic interface {
	InTx(ctx context.Context, fn func(ctx context.Context) error) error
	AfterCommit(ctx context.Context, f func())
}

// Pricing reads what is for sale.
type Pricing interface {
	// Quote is the offers as they are sold at now, in the order asked for. ErrNotForSale when one is closed, its
	// event is not on sale or over, or there is no such offer.
	Quote(ctx context.Context, offers []uuid.UUID, now time.Time) ([]Quote, error)
}

// Quote is an offer at its present price.
type Quote struct {
	Line
	Organizer   uuid.UUID
	Currency    string
	MaxPerOrder int
}

// Orders keeps orders, their lines and their history.
type Orders interface {
	Create(ctx context.Context, o Order) error
	// Order reads one with its lines. ErrNoOrder.
	Order(ctx context.Context, key OrderKey) (Order, error)
	Orders(ctx context.Context, organizer, before uuid.UUID, limit int) ([]Order, error)
	// Move changes the state and who paid.
	Move(ctx context.Context, order uuid.UUID, to State, paidBy *uuid.UUID) error
	// Overdue lists reserved orders whose time ended before now.
	Overdue(ctx context.Context, now time.Time, limit int) ([]uuid.UUID, error)
}

// OrderKey finds one order: by id within an organizer, by id alone (zero organizer) for work that the cloud does by
// itself, or by secret.
type OrderKey struct {
	Organizer uuid.UUID
	ID        uuid.UUID
	Secret    string
	Lock      bool // until the transaction ends
}

// Journal keeps what happened to orders.
type Journal interface {
	Note(ctx context.Context, order uuid.UUID, h Happening) error
	History(ctx context.Context, order uuid.UUID) ([]Happening, error)
}

// Tickets keeps tickets, and their lines in the gates' lists in the same transaction.
type Tickets interface {
	Issue(ctx context.Context, tickets []Ticket) error
	Revoke(ctx context.Context, tickets []Ticket) error
	OfOrder(ctx context.Context, order uuid.UUID) ([]Ticket, error)
	Tickets(ctx context.Context, organizer uuid.UUID, filter TicketFilter) ([]Ticket, error)
	Ticket(ctx context.Context, organizer, id uuid.UUID) (Ticket, error) // ErrNoTicket
}

// TicketFilter chooses tickets; zero fields choose all.
type TicketFilter struct {
	Event, Order, After uuid.UUID
	Limit               int
}

// Payments keeps attempts to pay and their outcomes, each written once.
type Payments interface {
	// CreatePayment keeps a new attempt, and when to ask for its outcome if no notice comes.
	CreatePayment(ctx context.Context, p Payment, askAt time.Time) error
	// PaymentByRef finds an attempt by its provider's name for it. ErrOddNotice when there is none.
	PaymentByRef(ctx context.Context, provider, ref string) (Payment, error)
	// OpenPayments lists an order's attempts that have no outcome yet, newest first.
	OpenPayments(ctx context.Context, order uuid.UUID) ([]Payment, error)
	// Outcome writes what became of an attempt; false when that was already written.
	Outcome(ctx context.Context, payment uuid.UUID, outcome payment.Outcome, note string) (bool, error)
	// Unsettled takes attempts without an outcome that are due to be asked about, and puts each off.
	Unsettled(ctx context.Context, now time.Time, limit int) ([]Payment, error)
}

// Refunds keeps money that goes back.
type Refunds interface {
	// CreateRefund keeps what is owed, due to be sent at once.
	CreateRefund(ctx context.Context, r Refund, now time.Time) error
	RefundsOf(ctx context.Context, order uuid.UUID) ([]Refund, error)
	// Owed takes refunds that are due to be sent, and puts each off.
	Owed(ctx context.Context, now time.Time, limit int) ([]OwedRefund, error)
	// Tried writes how an attempt to send a refund went; nil = the provider has it.
	Tried(ctx context.Context, refund uuid.UUID, failure error) error
}

// OwedRefund is a refund to send.
type OwedRefund struct {
	Refund
	Provider string
	Ref      string // of the charge
}
