// Package testpay is the payment way "test": it takes money that doesn't exist at the test acquirer, over HTTP and
// with signed notices, so that a sale goes the same road as with real money.
package testpay

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/google/uuid"

	"portaria/cloud/internal/payment"
)

// Config is where the acquirer is and what is shared with it. All fields but Client and Now are needed.
type Config struct {
	URL       string // the acquirer's address, without a slash at the end
	Secret    string // our bearer secret
	NoticeKey []byte // key of the notices' HMAC-SHA256
	Merchant  string // who the buyer pays, as the page shows it

	Client *http.Client     // nil = one with a 10 s limit
	Now    func() time.Time // nil = time.Now
}

// Provider is the payment.Provider.
type Provider struct{ config Config }

var _ payment.Provider = (*Provider)(nil)

// maxAnswer is more than the acquirer ever says.
const maxAnswer = 64 << 10

// New names all faults of the configuration.
func New(c Config) (*Provider, error) {
	var faults []error
	u, err := url.Parse(c.URL)
	if err != nil || (u.Scheme != "http" && u.Scheme != "https") || u.Host == "" || strings.HasSuffix(c.URL, "/") {
		faults = append(faults, fmt.Errorf("url %q: an http or https address without a slash at the end", c.URL))
	}
	if len(c.Secret) < 16 || len(c.NoticeKey) < 16 {
		faults = append(faults, errors.New("secret and notice key: 16 bytes at least"))
	}
	if c.Merchant == "" {
		faults = append(faults, errors.New("merchant: say who is paid"))
	}
	if err := errors.Join(faults...); err != nil {
		return nil, fmt.Errorf("test payments: %w", err)
	}
	if c.Client == nil {
		c.Client = &http.Client{Timeout: 10 * time.Second}
	}
	if c.Now == nil {
		c.Now = time.Now
	}
	return &Provider{config: c}, nil
}

// Name is the word in configuration and addresses.
func (p *Provider) Name() string { return "test" }

// answer is what the acquirer's API says of a charge.
type answer struct {
	ID        string          `json:"id"`
	Reference string          `json:"reference"`
	State     payment.Outcome `json:"state"`
	Amount    int64           `json:"amount"`
	Currency  string          `json:"currency"`
	PageURL   string          `json:"page_url"`
}

// Create makes a charge; the same charge made again is the one that exists.
func (p *Provider) Create(ctx context.Context, c payment.Charge) (payment.Created, error) {
	a, err := p.call(ctx, http.MethodPost, "/v1/charges", map[string]any{
		"reference": c.ID, "merchant": p.config.Merchant, "description": c.Description, "amount": c.Amount,
		"currency": c.Currency, "return_url": c.ReturnURL, "notice_url": c.NotifyURL, "language": c.Language,
		"expires_at": c.ExpiresAt.UTC(),
	})
	if err != nil {
		return payment.Created{}, fmt.Errorf("create charge %s: %w", c.ID, err)
	}
	return payment.Created{Ref: a.ID, RedirectURL: a.PageURL}, nil
}

// Refund gives money back, once for each refund's id.
func (p *Provider) Refund(ctx context.Context, r payment.Refund) error {
	path := "/v1/charges/" + url.PathEscape(r.Ref) + "/refunds"
	if _, err := p.call(ctx, http.MethodPost, path, map[string]any{"id": r.ID, "amount": r.Amount}); err != nil {
		return fmt.Errorf("refund %s of charge %s: %w", r.ID, r.Ref, err)
	}
	return nil
}

// Status asks what became of a charge.
func (p *Provider) Status(ctx context.Context, ref string) (payment.Notice, error) {
	a, err := p.call(ctx, http.MethodGet, "/v1/charges/"+url.PathEscape(ref), nil)
	if err != nil {
		return payment.Notice{}, fmt.Errorf("ask for charge %s: %w", ref, err)
	}
	return a.notice()
}

// notice trusts nothing it can't read: an outcome unknown here is an error, not a guess.
func (a answer) notice() (payment.Notice, error) {
	switch a.State {
	case payment.Pending, payment.Paid, payment.Declined, payment.Expired:
	default:
		return payment.Notice{}, fmt.Errorf("charge %s: the acquirer says %q, which is no outcome", a.ID, a.State)
	}
	id, err := uuid.Parse(a.Reference)
	if err != nil {
		return payment.Notice{}, fmt.Errorf("charge %s: its reference: %w", a.ID, err)
	}
	return payment.Notice{Ref: a.ID, Charge: id, Outcome: a.State, Amount: a.Amount, Currency: a.Currency}, nil
}

func (p *Provider) call(ctx context.Context, method, path string, body any) (answer, error) {
	var raw bytes.Buffer
	if body != nil {
		if err := json.NewEncoder(&raw).Encode(body); err != nil {
			return answer{}, fmt.Errorf("write the request: %w", err)
		}
	}
	r, err := http.NewRequestWithContext(ctx, method, p.config.URL+path, &raw)
	if err != nil {
		return answer{}, fmt.Errorf("write the request: %w", err)
	}
	r.Header.Set("Authorization", "Bearer "+p.config.Secret)
	r.Header.Set("Content-Type", "application/json")
	got, err := p.config.Client.Do(r)
	if err != nil {
		return answer{}, fmt.Errorf("reach the acquirer: %w", err)
	}
	defer got.Body.Close()
	return read(got)
}

// read parts what can be tried again (a broken answer, 5xx, 429) from what can't (other 4xx).
func read(got *http.Response) (answer, error) {
	raw, err := io.ReadAll(io.LimitReader(got.Body, maxAnswer))
	if err != nil {
		return answer{}, fmt.Errorf("read the acquirer's answer: %w", err)
	}
	if got.StatusCode/100 != 2 {
		var said struct {
			Error string `json:"error"`
		}
		_ = json.Unmarshal(raw, &said) // a proxy's page has no error field; the status says enough
		return answer{}, refusal(got.StatusCode, said.Error)
	}
	var a answer
	if err := json.Unmarshal(raw, &a); err != nil {
		return answer{}, fmt.Errorf("read the acquirer's answer: %w", err)
	}
	return a, nil
}

func refusal(status int, said string) error {
	err := fmt.Errorf("the acquirer answered %d: %.200s", status, said)
	switch {
	case status == http.StatusNotFound:
		return fmt.Errorf("%w (%w)", payment.ErrUnknownCharge, err)
	case status == http.StatusTooManyRequests || status/100 != 4:
		return err
	}
	return fmt.Errorf("%w (%w)", payment.ErrFinal, err)
}
