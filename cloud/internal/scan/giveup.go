package scan

import (
	"context"
	"crypto/sha256"
	"errors"
	"strings"

	"portaria/edge/admit"
	"portaria/edge/lookup"
	"portaria/floor/wicket"
)

// mostGivenUp is how many scans one upload gives up at most. What is over stays open, and is uploaded again.
const mostGivenUp = 50

// giveUp takes back what a device asked about in vain and then did not let in: the arbiter may have admitted it, and the
// answer was lost. A device names scans of its own only: their ids are made of its name. What the arbiter is not reached for
// stays open.
func (w *writing) giveUp(ctx context.Context, out []Outcome) []Outcome {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	reached := true
	for i, r := range w.in.Records {
		if !r.Asked || r.Admitted || out[i].Result != Stored && out[i].Result != Known {
			continue
		}
		if reached {
			reached = w.giveUpOne(ctx, r, out[i])
			w.gone++
		}
		out[i].Open = !reached
		reached = reached && w.gone < mostGivenUp
	}
	return out
}

// giveUpOne says whether the arbiter was reached. Whatever it answers is its last word: who has passed has passed. Who asks
// about that scan afterwards is told that it is over.
func (w *writing) giveUpOne(ctx context.Context, r Alone, o Outcome) bool {
	k := Kept{Organizer: w.who.Organizer, Venue: w.in.Venue, Scan: o.Scan, Gate: w.gate, Request: sha256.Sum256([]byte("given up")),
		Ask: w.question(r, o.Scan), Answer: Answer{GivenUp: true, Said: wicket.Said{Passage: wicket.None}}}
	if m := k.Ask.Code.Match; m != admit.Listed && m != admit.SignedOnly || !idShape.MatchString(r.ID) || len(r.Code) > maxCode {
		return true // it was nobody's right, so nobody was admitted on it
	}
	_, err := w.decide(ctx, Job{Organizer: k.Organizer, Venue: k.Venue, Ask: k.Ask.Ask, Do: DoAbort})
	switch err = explain(err); {
	case errors.Is(err, ErrOver):
		return true
	case err != nil && !errors.Is(err, ErrNoScan): // so says a hub of a version before, of what it never admitted
		w.Log.Info("what a device gave up is not taken back yet", "venue", k.Venue, "device", w.in.Device, "scan", o.Scan, "error", err)
		return false
	}
	if err := w.Store.GiveUp(ctx, k); err != nil {
		w.Log.Error("what a device gave up was not kept", "venue", k.Venue, "device", w.in.Device, "scan", o.Scan, "error", err)
		return false
	}
	return true
}

// question is what the device had asked, as far as the arbiter must know it.
func (w *writing) question(r Alone, id admit.ScanID) Question {
	text := strings.TrimRight(r.Code, "\r\n")
	code, err := lookup.Resolver{Lists: w.book}.Resolve(text, r.Checkpoint)
	if err != nil {
		w.Log.Error("a list could not be read", "venue", w.in.Venue, "error", err)
	}
	return Question{ID: r.ID, Owner: w.who.Owner, TimeZone: w.book.Signed.TimeZone, Ask: wicket.Ask{Scan: id, Gate: w.gate, Checkpoint: r.Checkpoint,
		Code: w.who.foreign(w.in.Venue, code), Text: text, Exit: r.Exit, Controller: w.who.Owner, GivenUp: true}}
}
