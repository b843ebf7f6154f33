package api

import (
	"context"
	"net/http"

	"github.com/danielgtaylor/huma/v2"

	"portaria/cloud/internal/account"
)

// PaymentDraft starts a payment.
type PaymentDraft struct {
	Provider string `json:"provider,omitempty" maxLength:"32" doc:"A payment way; missing: the first that is offered"`
}

// PaymentStart says where the buyer pays.
type PaymentStart struct {
	RedirectURL string `json:"redirect_url"`
}

// notice is a provider's webhook: bytes and headers as they came, because both are signed.
type notice struct {
	Provider string `path:"provider" maxLength:"32"`
	RawBody  []byte
	header   http.Header
}

// Resolve keeps the headers.
func (n *notice) Resolve(ctx huma.Context) []error {
	n.header = http.Header{}
	ctx.EachHeader(n.header.Add)
	return nil
}

var _ huma.Resolver = (*notice)(nil)

func (s *server) payments() {
	const tag = "Payments"
	serve(s, op{method: http.MethodPost, path: "/orders/{order}/payments", id: "pay-order", books: orderHistory, tag: tag,
		scope:   account.SalesWrite,
		summary: "Start a payment; again gives the payment that is open",
		errors:  []int{http.StatusConflict, http.StatusServiceUnavailable}},
		func(ctx context.Context, who account.Key, in *struct {
			OrderPath
			Body PaymentDraft
		}) (PaymentStart, error) {
			url, err := s.Sale.Pay(ctx, in.of(who), in.Body.Provider)
			return PaymentStart{RedirectURL: url}, err
		})
	act(s, op{method: http.MethodPost, path: "/payments/{provider}/notices", id: "payment-notice", books: orderHistory, tag: tag,
		summary: "Where payment providers send their signed notices",
		errors:  []int{http.StatusForbidden, http.StatusConflict}},
		func(ctx context.Context, _ account.Key, in *notice) error {
			return s.Sale.Notice(ctx, in.Provider, in.header, in.RawBody)
		})
}
