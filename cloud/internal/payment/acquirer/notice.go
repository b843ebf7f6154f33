package acquirer

import (
	"bytes"
	"context"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"time"
)

// SignatureHeader carries "t=UNIX_SECONDS,v1=HEX": HMAC-SHA256 over the seconds, a dot and the body. The time is
// under the signature, so an old notice can't be sent again as a new one.
const SignatureHeader = "Acquirer-Signature"

// Notice is what the acquirer tells the shop's notice address. The same notice sent again keeps its id.
type Notice struct {
	ID        string    `json:"id"`
	Charge    string    `json:"charge"`
	Reference string    `json:"reference"`
	State     State     `json:"state"`
	Amount    int64     `json:"amount"`
	Currency  string    `json:"currency"`
	At        time.Time `json:"at"`
}

// Sign makes the value of SignatureHeader.
func Sign(key, body []byte, at time.Time) string {
	seconds := strconv.FormatInt(at.Unix(), 10)
	mac := hmac.New(sha256.New, key)
	mac.Write([]byte(seconds + "."))
	mac.Write(body)
	return "t=" + seconds + ",v1=" + hex.EncodeToString(mac.Sum(nil))
}

// tell sends a notice of what became of the charge, copies times, each until the shop takes it.
func (s *Server) tell(c Charge, copies int) {
	body, err := json.Marshal(Notice{ID: rand.Text(), Charge: c.ID, Reference: c.Reference, State: c.State,
		Amount: c.Amount, Currency: c.Currency, At: time.Now().UTC()})
	if err != nil {
		s.config.Log.Error("test acquirer: write a notice", "charge", c.ID, "error", err)
		return
	}
	for range copies {
		s.background(func(ctx context.Context) { s.deliver(ctx, c, body) })
	}
}

func (s *Server) deliver(ctx context.Context, c Charge, body []byte) {
	for try := 0; ; try++ {
		err := s.post(ctx, c.NoticeURL, body)
		if err == nil {
			return
		}
		s.config.Log.Warn("test acquirer: notice not taken", "charge", c.ID, "try", try+1, "error", err)
		if try == len(s.config.Resend) || !pause(ctx, s.config.Resend[try]) {
			return
		}
	}
}

func (s *Server) post(ctx context.Context, url string, body []byte) error {
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, url, bytes.NewReader(body))
	if err != nil {
		return fmt.Errorf("send a notice: %w", err)
	}
	r.Header.Set("Content-Type", "application/json")
	r.Header.Set(SignatureHeader, Sign(s.config.NoticeKey, body, time.Now()))
	answer, err := s.config.Client.Do(r)
	if err != nil {
		return fmt.Errorf("send a notice: %w", err)
	}
	defer answer.Body.Close()
	_, _ = io.Copy(io.Discard, io.LimitReader(answer.Body, 4<<10)) // so that the connection is used again
	if answer.StatusCode/100 != 2 {
		return fmt.Errorf("send a notice: the shop answered %s", answer.Status)
	}
	return nil
}
