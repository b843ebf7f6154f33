package acquirer

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"sync"
	"time"
)

// State is what became of a charge.
type State string

// States of a charge.
const (
	Pending  State = "pending"
	Paid     State = "paid"
	Declined State = "declined"
	Expired  State = "expired"
)

// Charge is one payment that a shop asked for. Amounts are minor units.
type Charge struct {
	ID          string    `json:"id"`
	Reference   string    `json:"reference"` // the shop's own name for it; one charge each
	Merchant    string    `json:"merchant"`
	Description string    `json:"description"`
	Amount      int64     `json:"amount"`
	Currency    string    `json:"currency"`
	ReturnURL   string    `json:"return_url"`
	NoticeURL   string    `json:"notice_url"`
	Language    string    `json:"language,omitempty"`
	ExpiresAt   time.Time `json:"expires_at"`

	State    State            `json:"state"`
	PaidAt   time.Time        `json:"paid_at,omitzero"`
	Refunds  map[string]int64 `json:"refunds,omitempty"` // by the shop's refund id
	Refunded int64            `json:"refunded"`
}

// book holds all charges. Callers get copies.
type book struct {
	mu          sync.Mutex
	file        string
	charges     map[string]*Charge
	byReference map[string]string
}

var (
	errUnknown  = errors.New("no such charge")
	errConflict = errors.New("the reference was used for another charge")
	errNotPaid  = errors.New("the charge is not paid")
	errTooMuch  = errors.New("more than what is left of the charge")
	errRefund   = errors.New("the refund's id was used for another amount")
	errSettled  = errors.New("the charge is settled already")
)

func openBook(file string) (*book, error) {
	b := &book{file: file, charges: map[string]*Charge{}, byReference: map[string]string{}}
	if file == "" {
		return b, nil
	}
	raw, err := os.ReadFile(file)
	if errors.Is(err, fs.ErrNotExist) {
		return b, nil
	}
	if err == nil {
		err = json.Unmarshal(raw, &b.charges)
	}
	if err != nil {
		return nil, fmt.Errorf("load charges: %w", err)
	}
	for id, c := range b.charges {
		b.byReference[c.Reference] = id
	}
	return b, nil
}

// save writes all charges beside the file and renames, so that a crash leaves the old ones.
func (b *book) save() error {
	if b.file == "" {
		return nil
	}
	raw, err := json.Marshal(b.charges)
	if err == nil {
		err = os.WriteFile(b.file+".new", raw, 0o600)
	}
	if err == nil {
		err = os.Rename(b.file+".new", b.file)
	}
	if err != nil {
		return fmt.Errorf("save charges: %w", err)
	}
	return nil
}

// open adds a charge; the same one under the same reference gives the one that exists.
func (b *book) open(c Charge) (Charge, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if id, used := b.byReference[c.Reference]; used {
		old := b.charges[id]
		if old.Amount != c.Amount || old.Currency != c.Currency {
			return Charge{}, errConflict
		}
		return *old, nil
	}
	b.charges[c.ID], b.byReference[c.Reference] = &c, c.ID
	return c, b.save()
}

// find gives a charge, expired if its time has passed.
func (b *book) find(id string, now time.Time) (Charge, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	c, ok := b.charges[id]
	if !ok {
		return Charge{}, errUnknown
	}
	if c.State == Pending && now.After(c.ExpiresAt) {
		c.State = Expired
	}
	return *c, nil
}

// settle moves a pending charge to paid or declined, once. A late payment goes through although the charge has
// expired: real acquirers do that too.
func (b *book) settle(id string, to State, late bool, now time.Time) (Charge, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	c, ok := b.charges[id]
	switch {
	case !ok:
		return Charge{}, errUnknown
	case c.State == Expired && late:
	case c.State != Pending:
		return *c, errSettled
	case now.After(c.ExpiresAt) && !late:
		c.State = Expired
		return *c, errSettled
	}
	if c.State = to; to == Paid {
		c.PaidAt = now.UTC()
	}
	return *c, b.save()
}

// refund gives money back, once for each id.
func (b *book) refund(id, refund string, amount int64) (Charge, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	c, ok := b.charges[id]
	if !ok {
		return Charge{}, errUnknown
	}
	if done, again := c.Refunds[refund]; again {
		if done != amount {
			return Charge{}, errRefund
		}
		return *c, nil
	}
	if c.State != Paid {
		return Charge{}, errNotPaid
	}
	if amount > c.Amount-c.Refunded {
		return Charge{}, errTooMuch
	}
	if c.Refunds == nil {
		c.Refunds = map[string]int64{}
	}
	c.Refunds[refund] = amount
	c.Refunded += amount
	return *c, b.save()
}
