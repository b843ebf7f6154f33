// Package payment is what the cloud asks of those who move money: to make a charge, tell its outcome, and give money
// back. It knows no order and no provider; card data never comes near it.
package payment

import (
	"context"
	"errors"
	"net/http"
	"time"

	"github.com/google/uuid"
)

// ErrForged says that a notice did not come from the provider: its signature or age is wrong.
var ErrForged = errors.New("the notice is not signed by the payment provider")

// ErrUnknownCharge says that the provider has no such charge.
var ErrUnknownCharge = errors.New("the payment provider knows no such charge")

// ErrFinal says that the provider refused for good: trying the same again cannot help.
var ErrFinal = errors.New("the payment provider refused for good")

// A Provider moves money. Every method may be called again with the same ids after a failure or a crash: the
// provider answers for what it already did. Its methods are safe for use by many goroutines.
type Provider interface {
	// Name is the provider's word in configuration, addresses and stored rows: [a-z0-9_]+.
	Name() string
	// Create makes a charge and says where the buyer pays it.
	Create(ctx context.Context, charge Charge) (Created, error)
	// Refund gives back part or all of a paid charge, once per Refund.ID. Nil = the money is on its way.
	Refund(ctx context.Context, refund Refund) error
	// Notice verifies a webhook and reads it. ErrForged when it cannot be trusted.
	Notice(header http.Header, body []byte) (Notice, error)
	// Status asks what became of a charge, for notices that never came. ErrUnknownCharge when there is none.
	Status(ctx context.Context, ref string) (Notice, error)
}

// Charge is money to be taken.
type Charge struct {
	ID          uuid.UUID // ours; the provider's idempotency key
	Amount      int64     // minor units, above 0
	Currency    string    // ISO 4217
	Description string    // shown to the buyer
	BuyerEmail  string
	Language    string    // BCP 47, of the provider's page
	ReturnURL   string    // where the buyer comes back to, paid or not
	NotifyURL   string    // where notices go
	ExpiresAt   time.Time // the charge should not be payable afterwards
}

// Created is a charge that waits for its buyer.
type Created struct {
	Ref         string // the provider's name of the charge
	RedirectURL string
}

// Refund is money to be given back.
type Refund struct {
	ID       uuid.UUID // ours; the provider's idempotency key
	Ref      string    // of the charge, as the provider named it
	Amount   int64     // minor units, above 0
	Currency string
	Reason   string
}

// Outcome is what became of a charge.
type Outcome string

// Outcomes of a charge. Only Pending changes.
const (
	Pending  Outcome = "pending"
	Paid     Outcome = "paid"
	Declined Outcome = "declined"
	Expired  Outcome = "expired"
)

// Notice is what a provider says about a charge. It may come before the redirect, twice, late, or never.
type Notice struct {
	Ref      string    // the provider's name of the charge
	Charge   uuid.UUID // ours, as given at Create; zero when the provider does not repeat it
	Outcome  Outcome
	Amount   int64 // minor units
	Currency string
	Note     string // a few words for people: why it was declined
}
