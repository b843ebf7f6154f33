package sale

import (
	"context"
	"crypto/rand"
	"encoding/base32"
	"net/mail"
	"strings"
	"time"

	"github.com/google/uuid"
	"golang.org/x/text/language"

	"portaria/cloud/internal/fault"
	"portaria/cloud/internal/stock"
)

// Limits of a draft.
const (
	maxWants = 50
	maxName  = 200
	maxEmail = 254
)

// Place holds the places of a draft for HoldFor and makes it an order, all or nothing. ErrNotForSale, ErrTooMany,
// stock.ErrSoldOut.
func (s *Service) Place(ctx context.Context, d Draft) (Order, error) {
	wants, err := d.check()
	if err != nil {
		return Order{}, err
	}
	var order Order
	err = s.Atomic.InTx(ctx, func(ctx context.Context) error {
		now := s.Now()
		quotes, err := s.Pricing.Quote(ctx, offersOf(wants), now)
		if err != nil {
			return err
		}
		if order, err = compose(d, wants, quotes, now); err != nil {
			return err
		}
		if err := s.Orders.Create(ctx, order); err != nil {
			return err
		}
		if err := s.note(ctx, order.ID, d.Who, "placed", ""); err != nil {
			return err
		}
		// Stock comes last: its rows are the ones that everybody waits for.
		return s.Stock.Hold(ctx, order.ID, order.places(), now, order.ExpiresAt)
	})
	return order, err
}

func (d Draft) check() ([]Want, error) {
	if err := fault.Text("buyer.name", d.Buyer.Name, true, maxName); err != nil {
		return nil, err
	}
	switch {
	case !validEmail(d.Buyer.Email):
		return nil, fault.On("buyer.email", "Give a mail address that tickets can be sent to.")
	case len(d.Wants) == 0:
		return nil, fault.On("lines", "Choose at least one ticket.")
	case len(d.Wants) > maxWants:
		return nil, fault.On("lines", "Order at most 50 different offers at once.")
	}
	if _, err := language.Parse(d.Language); err != nil {
		return nil, fault.On("language", "Give a language as BCP 47, such as pt-BR or en.")
	}
	return merge(d.Wants)
}

func validEmail(text string) bool {
	at, err := mail.ParseAddress(text)
	return err == nil && at.Address == text && len(text) <= maxEmail && fault.Text("email", text, true, maxEmail) == nil
}

// merge makes one want per offer, in the order first named.
func merge(wants []Want) ([]Want, error) {
	var merged []Want
	at := map[uuid.UUID]int{}
	for _, w := range wants {
		if w.Quantity < 1 || w.Quantity > 1000 {
			return nil, fault.On("lines.quantity", "Choose a quantity of at least 1.")
		}
		if i, seen := at[w.Offer]; seen {
			merged[i].Quantity += w.Quantity
			continue
		}
		at[w.Offer] = len(merged)
		merged = append(merged, w)
	}
	return merged, nil
}

func offersOf(wants []Want) []uuid.UUID {
	ids := make([]uuid.UUID, len(wants))
	for i, w := range wants {
		ids[i] = w.Offer
	}
	return ids
}

func compose(d Draft, wants []Want, quotes []Quote, now time.Time) (Order, error) {
	order := Order{
		ID: uuid.Must(uuid.NewV7()), Organizer: quotes[0].Organizer, Secret: newSecret(),
		State: Reserved, Channel: d.Channel, Buyer: d.Buyer, Language: d.Language,
		Currency: quotes[0].Currency, ExpiresAt: now.Add(HoldFor), CreatedAt: now,
	}
	if d.Organizer != uuid.Nil {
		order.Organizer = d.Organizer
	}
	for i, q := range quotes {
		if q.Organizer != order.Organizer {
			return Order{}, ErrNotForSale
		}
		if q.Currency != order.Currency {
			return Order{}, fault.On("lines", "Order offers in different currencies separately.")
		}
		if wants[i].Quantity > q.MaxPerOrder {
			return Order{}, ErrTooMany
		}
		line := q.Line
		line.Quantity = wants[i].Quantity
		order.Lines = append(order.Lines, line)
		order.Total += line.UnitPrice * int64(line.Quantity)
	}
	return order, nil
}

// places is what the order takes of the stock.
func (o Order) places() []stock.Want {
	wants := make([]stock.Want, len(o.Lines))
	for i, l := range o.Lines {
		wants[i] = stock.Want{
			Event: l.Event, Offer: l.Offer, Quantity: l.Quantity, Places: l.Quantity * max(1, l.Group),
		}
	}
	return wants
}

// newSecret is 160 random bits as 32 letters and digits.
func newSecret() string {
	raw := make([]byte, 20)
	rand.Read(raw) // never fails: crypto/rand
	return strings.ToLower(base32.StdEncoding.EncodeToString(raw))
}
