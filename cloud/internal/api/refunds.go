package api

import (
	"context"
	"net/http"
	"time"

	"github.com/google/uuid"

	"portaria/cloud/internal/account"
	"portaria/cloud/internal/sale"
)

// RefundDraft asks for money back.
type RefundDraft struct {
	Tickets []uuid.UUID `json:"tickets,omitempty" maxItems:"1000" doc:"Missing: every ticket that is not refunded yet"`
	Reason  string      `json:"reason,omitempty" maxLength:"500"`
}

// Refund is money going back. Its tickets are revoked at once; done says that the payment provider has taken it.
type Refund struct {
	ID        uuid.UUID   `json:"id"`
	OrderID   uuid.UUID   `json:"order_id"`
	Tickets   []uuid.UUID `json:"tickets"`
	Amount    int64       `json:"amount" doc:"Minor units"`
	Currency  string      `json:"currency"`
	Reason    string      `json:"reason"`
	Who       string      `json:"who"`
	Done      bool        `json:"done"`
	CreatedAt *time.Time  `json:"created_at,omitempty"`
}

func showRefund(r sale.Refund) Refund {
	shown := Refund{
		ID: r.ID, OrderID: r.Order, Tickets: r.Tickets, Amount: r.Amount, Currency: r.Currency, Reason: r.Reason,
		Who: r.Who, Done: r.Done,
	}
	if shown.Tickets == nil {
		shown.Tickets = []uuid.UUID{}
	}
	if !r.CreatedAt.IsZero() {
		shown.CreatedAt = utc(&r.CreatedAt)
	}
	return shown
}

// Refunds are all refunds of an order.
type Refunds struct {
	Items []Refund `json:"items"`
}

func (s *server) refunds() {
	const tag = "Orders"
	create(s, op{path: "/orders/{order}/refunds", id: "refund-order", tag: tag, scope: account.SalesWrite,
		summary: "Revoke tickets and give their price back"}, s.refundOrder)
	serve(s, op{method: http.MethodGet, path: "/orders/{order}/refunds", id: "list-refunds", tag: tag,
		scope: account.SalesRead, summary: "List an order's refunds"},
		func(ctx context.Context, who account.Key, in *OrderPath) (Refunds, error) {
			v, err := s.Sale.View(ctx, in.of(who))
			shown := Refunds{Items: make([]Refund, len(v.Refunds))}
			for i, r := range v.Refunds {
				shown.Items[i] = showRefund(r)
			}
			return shown, err
		})
}

func (s *server) refundOrder(ctx context.Context, who account.Key, in *struct {
	OrderPath
	Post[RefundDraft]
}) (Refund, error) {
	r, err := s.Sale.Refund(ctx, sale.RefundDraft{
		Order: in.of(who), Tickets: in.Body.Tickets, Reason: in.Body.Reason, Who: by(who),
	})
	return showRefund(r), err
}
