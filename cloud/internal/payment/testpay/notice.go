package testpay

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"time"

	"portaria/cloud/internal/payment"
)

// signatureHeader carries "t=UNIX_SECONDS,v1=HEX".
const signatureHeader = "Acquirer-Signature"

// maxAge is how old, or how far ahead, a notice's signed time may be. Within it a notice sent again by anyone says
// only what is true already, and the sale takes each outcome once.
const maxAge = 5 * time.Minute

// Notice verifies a webhook and reads it.
func (p *Provider) Notice(header http.Header, body []byte) (payment.Notice, error) {
	if err := p.verify(header.Values(signatureHeader), body); err != nil {
		return payment.Notice{}, fmt.Errorf("%w: %w", payment.ErrForged, err)
	}
	var said struct {
		Charge    string          `json:"charge"`
		Reference string          `json:"reference"`
		State     payment.Outcome `json:"state"`
		Amount    int64           `json:"amount"`
		Currency  string          `json:"currency"`
	}
	if err := json.Unmarshal(body, &said); err != nil {
		return payment.Notice{}, fmt.Errorf("read a signed notice: %w", err)
	}
	return answer{ID: said.Charge, Reference: said.Reference, State: said.State, Amount: said.Amount, Currency: said.Currency}.notice()
}

func (p *Provider) verify(values []string, body []byte) error {
	if len(values) != 1 {
		return fmt.Errorf("%d signatures, want one", len(values))
	}
	seconds, sum, ok := strings.Cut(values[0], ",v1=")
	seconds, found := strings.CutPrefix(seconds, "t=")
	if !ok || !found {
		return errors.New("the signature can't be read")
	}
	at, errTime := strconv.ParseInt(seconds, 10, 64)
	got, errSum := hex.DecodeString(sum)
	if err := errors.Join(errTime, errSum); err != nil {
		return fmt.Errorf("the signature can't be read: %w", err)
	}
	mac := hmac.New(sha256.New, p.config.NoticeKey)
	mac.Write([]byte(seconds + "."))
	mac.Write(body)
	if !hmac.Equal(got, mac.Sum(nil)) {
		return errors.New("the signature doesn't fit")
	}
	if age := p.config.Now().Sub(time.Unix(at, 0)); age > maxAge || age < -maxAge {
		return fmt.Errorf("it is %s old", age.Round(time.Second))
	}
	return nil
}
