package acquirer

import (
	"crypto/rand"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"time"
)

// chargeRequest is the body of POST /v1/charges.
type chargeRequest struct {
	Reference   string    `json:"reference"`
	Merchant    string    `json:"merchant"`
	Description string    `json:"description"`
	Amount      int64     `json:"amount"`
	Currency    string    `json:"currency"`
	ReturnURL   string    `json:"return_url"`
	NoticeURL   string    `json:"notice_url"`
	Language    string    `json:"language"`
	ExpiresAt   time.Time `json:"expires_at"`
}

// chargeAnswer is what the API says of a charge.
type chargeAnswer struct {
	ID        string    `json:"id"`
	Reference string    `json:"reference"`
	State     State     `json:"state"`
	Amount    int64     `json:"amount"`
	Refunded  int64     `json:"refunded"`
	Currency  string    `json:"currency"`
	PaidAt    time.Time `json:"paid_at,omitzero"`
	PageURL   string    `json:"page_url"`
}

func (s *Server) answer(c Charge) chargeAnswer {
	return chargeAnswer{ID: c.ID, Reference: c.Reference, State: c.State, Amount: c.Amount, Refunded: c.Refunded,
		Currency: c.Currency, PaidAt: c.PaidAt, PageURL: s.config.URL + "/pay/" + c.ID}
}

// authorized lets through only the shop. Both secrets are hashed first, so that the comparison's time tells
// nothing of their lengths either.
func (s *Server) authorized(next http.HandlerFunc) http.HandlerFunc {
	want := sha256.Sum256([]byte(s.config.Secret))
	return func(w http.ResponseWriter, r *http.Request) {
		token, _ := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer ")
		got := sha256.Sum256([]byte(token))
		if subtle.ConstantTimeCompare(got[:], want[:]) != 1 {
			fail(w, http.StatusUnauthorized, errors.New("the bearer secret is wrong"))
			return
		}
		next(w, r)
	}
}

func (s *Server) create(w http.ResponseWriter, r *http.Request) {
	var q chargeRequest
	if err := json.NewDecoder(r.Body).Decode(&q); err != nil {
		fail(w, http.StatusBadRequest, fmt.Errorf("read the charge: %w", err))
		return
	}
	if err := q.check(); err != nil {
		fail(w, http.StatusUnprocessableEntity, err)
		return
	}
	c, err := s.book.open(Charge{ID: rand.Text(), Reference: q.Reference, Merchant: q.Merchant, Description: q.Description,
		Amount: q.Amount, Currency: q.Currency, ReturnURL: q.ReturnURL, NoticeURL: q.NoticeURL, Language: q.Language,
		ExpiresAt: q.ExpiresAt, State: Pending})
	s.reply(w, http.StatusCreated, c, err)
}

func (q *chargeRequest) check() error {
	var faults []error
	for _, row := range []struct {
		name, value string
		limit       int
	}{{"reference", q.Reference, 100}, {"merchant", q.Merchant, 200}, {"description", q.Description, 500}} {
		if row.value == "" || len(row.value) > row.limit {
			faults = append(faults, fmt.Errorf("%s: 1 to %d bytes", row.name, row.limit))
		}
	}
	if q.Amount <= 0 || len(q.Currency) != 3 {
		faults = append(faults, errors.New("amount and currency: minor units above zero, and an ISO code"))
	}
	if !webAddress(q.ReturnURL) || !webAddress(q.NoticeURL) {
		faults = append(faults, errors.New("return_url and notice_url: http or https addresses"))
	}
	if q.ExpiresAt.IsZero() {
		q.ExpiresAt = time.Now().Add(time.Hour)
	}
	return errors.Join(faults...)
}

func (s *Server) status(w http.ResponseWriter, r *http.Request) {
	c, err := s.book.find(r.PathValue("id"), time.Now())
	s.reply(w, http.StatusOK, c, err)
}

func (s *Server) refund(w http.ResponseWriter, r *http.Request) {
	var q struct {
		ID     string `json:"id"`
		Amount int64  `json:"amount"`
	}
	if err := json.NewDecoder(r.Body).Decode(&q); err != nil {
		fail(w, http.StatusBadRequest, fmt.Errorf("read the refund: %w", err))
		return
	}
	if q.ID == "" || len(q.ID) > 100 || q.Amount <= 0 {
		fail(w, http.StatusUnprocessableEntity, errors.New("a refund has an id of 1 to 100 bytes and an amount above zero"))
		return
	}
	c, err := s.book.refund(r.PathValue("id"), q.ID, q.Amount)
	s.reply(w, http.StatusOK, c, err)
}

var statusOf = map[error]int{
	errUnknown: http.StatusNotFound, errConflict: http.StatusConflict, errNotPaid: http.StatusConflict,
	errRefund: http.StatusConflict, errTooMuch: http.StatusUnprocessableEntity, errSettled: http.StatusConflict,
}

func (s *Server) reply(w http.ResponseWriter, status int, c Charge, err error) {
	if err != nil {
		code, known := statusOf[err]
		if !known {
			s.config.Log.Error("test acquirer", "error", err)
			code = http.StatusInternalServerError
		}
		fail(w, code, err)
		return
	}
	send(w, status, s.answer(c))
}

func fail(w http.ResponseWriter, status int, err error) {
	send(w, status, map[string]string{"error": err.Error()})
}

func send(w http.ResponseWriter, status int, body any) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(body) // a caller that hung up asks again
}
