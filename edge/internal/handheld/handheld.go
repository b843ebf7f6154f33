// Package handheld takes codes from telephones and handheld scanners over HTTP: each shows its lane's token with every
// code, and hears what the lane says.
//
// It frames what comes like what a cable brings (package scanner), bounds how much comes, and decides nothing. A lane
// that takes codes so is a lane like any other: the same judge, the same journal, the same lamps.
package handheld

import (
	"bytes"
	"context"
	"crypto/sha256"
	"crypto/subtle"
	"embed"
	"encoding/json"
	"errors"
	"io"
	"io/fs"
	"log/slog"
	"net/http"
	"strconv"
	"strings"
	"time"

	"portaria/edge/admit"
	"portaria/edge/internal/scanner"
)

//go:embed static
var files embed.FS

// Lane is a lane that takes codes from handhelds.
type Lane struct {
	Number int
	Token  string // what its handheld shows
}

// Gate is what takes the codes.
type Gate interface {
	// Read takes a reading, and gives the scan that it became; zero when it was no guest's code.
	Read(ctx context.Context, lane int, r scanner.Reading) admit.ScanID
	// Answer is what the lane says now, and which scan that is about.
	Answer(lane int, language string) (view any, scan admit.ScanID)
	Changed() <-chan struct{} // closed at the next change of an answer
}

// Limits: what one lane's handheld may bring, and how long it waits for an answer.
const (
	perSecond  = 5
	burst      = 10
	answerTime = 4 * time.Second
	wrongPause = 500 * time.Millisecond // after a token that is none: a guess costs time, and a machine's log is not flooded
)

type door struct {
	gate  Gate
	log   *slog.Logger
	lanes map[int]*lane
	told  rate // of what is logged of strangers: nobody fills the log
}

type lane struct {
	token [sha256.Size]byte
	rate  rate
}

// Handler serves the handhelds of these lanes:
//
//	POST /lane/<number>/scan   a code as the body, "Authorization: Bearer <token>"; answers what the lane's screen says
//	GET  /                     a page that does so, for a telephone or a handheld that types
func Handler(gate Gate, lanes []Lane, log *slog.Logger) http.Handler {
	d := &door{gate: gate, log: log, lanes: map[int]*lane{}}
	for _, l := range lanes {
		d.lanes[l.Number] = &lane{token: sha256.Sum256([]byte(l.Token))}
	}
	static, _ := fs.Sub(files, "static")
	mux := http.NewServeMux()
	mux.HandleFunc("POST /lane/{lane}/scan", d.scan)
	mux.Handle("GET /", http.FileServerFS(static))
	return http.NewCrossOriginProtection().Handler(headers(mux))
}

func headers(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h := w.Header()
		h.Set("Content-Security-Policy", "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'")
		h.Set("X-Content-Type-Options", "nosniff")
		h.Set("Referrer-Policy", "no-referrer")
		h.Set("Cache-Control", "no-store")
		next.ServeHTTP(w, r)
	})
}

func (d *door) scan(w http.ResponseWriter, r *http.Request) {
	number, l := d.laneOf(r)
	if l == nil {
		if d.told.take(time.Now()) {
			d.log.Warn("a handheld without the lane's token", "from", r.RemoteAddr, "lane", number)
		}
		pause(r.Context(), wrongPause)
		w.Header().Set("WWW-Authenticate", "Bearer")
		http.Error(w, "This handheld is not this lane's: give it the lane's token.", http.StatusUnauthorized)
		return
	}
	if !l.rate.take(time.Now()) {
		w.Header().Set("Retry-After", "1")
		http.Error(w, "Slower: one code after the other.", http.StatusTooManyRequests)
		return
	}
	raw, err := io.ReadAll(http.MaxBytesReader(w, r.Body, 2*scanner.MaxCode))
	if tooBig := (*http.MaxBytesError)(nil); errors.As(err, &tooBig) {
		raw = raw[:scanner.MaxCode+1] // recorded as unreadable, like a scanner that goes mad
	} else if err != nil {
		return // it hung up
	}
	if len(bytes.TrimSpace(raw)) == 0 {
		http.Error(w, "There is no code in this request.", http.StatusUnprocessableEntity)
		return
	}
	changed := d.gate.Changed()
	id := d.gate.Read(r.Context(), number, scanner.Clean(string(raw)))
	d.answer(w, r, number, id, changed)
}

// laneOf is the lane whose token a request shows; nil when it is not that lane's.
func (d *door) laneOf(r *http.Request) (int, *lane) {
	number, _ := strconv.Atoi(r.PathValue("lane"))
	token, bearer := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer ")
	l := d.lanes[number]
	shown := sha256.Sum256([]byte(token))
	if l == nil || !bearer || subtle.ConstantTimeCompare(shown[:], l.token[:]) != 1 {
		return number, nil
	}
	return number, l
}

// answer waits for what the lane says to this scan. A code that the lane takes for the one before says nothing new: then
// what it says now is the answer.
func (d *door) answer(w http.ResponseWriter, r *http.Request, number int, id admit.ScanID, changed <-chan struct{}) {
	timeout := time.NewTimer(answerTime)
	defer timeout.Stop()
	view, said := d.gate.Answer(number, r.URL.Query().Get("lang"))
	for id != (admit.ScanID{}) && said != id {
		select {
		case <-changed:
		case <-timeout.C:
			id = said
		case <-r.Context().Done():
			return
		}
		changed = d.gate.Changed()
		view, said = d.gate.Answer(number, r.URL.Query().Get("lang"))
	}
	w.Header().Set("Content-Type", "application/json")
	if err := json.NewEncoder(w).Encode(view); err != nil {
		d.log.Debug("a handheld hung up", "why", err)
	}
}

func pause(ctx context.Context, d time.Duration) {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-ctx.Done():
	}
}
