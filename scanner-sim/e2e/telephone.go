package e2e

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"time"

	"portaria/deploy/rig"
)

// TelephoneResult is what a telephone heard at a venue that has a hub.
type TelephoneResult struct {
	AtGateFirst  string        // of a ticket that a gate had let in, as "outcome reason by arbiter"
	AtPhoneFirst string        // of one that the telephone showed first
	GateAfter    string        // the gate's word on the same ticket then
	HubGone      string        // the problem's type while the hub is dead
	Took         time.Duration // from the telephone through cloud and hub and back, the first admission
}

// Line is all of it in one line.
func (r *TelephoneResult) Line() string {
	return fmt.Sprintf("telephone: gate_first=%q phone_first=%q gate_after=%q hub_gone=%q took=%s", r.AtGateFirst, r.AtPhoneFirst,
		r.GateAfter, r.HubGone, r.Took.Round(time.Millisecond))
}

// Telephone has a telephone scan beside a gate: the cloud passes its scans on to the hub, which lets each ticket in once.
func Telephone(ctx context.Context, bin string, say func(format string, args ...any)) (r *TelephoneResult, err error) {
	codes := tickets("FONE", 3)
	house, err := open(ctx, Options{Bin: bin, Gates: 1, Seconds: 60, Say: say, Policy: "strict"}, codes)
	defer func() { err = errors.Join(err, house.close(err != nil)) }()
	if err != nil {
		return nil, err
	}
	r = &TelephoneResult{}
	l := &homely{house: house, HomeResult: &HomeResult{}}
	if _, err := l.ask(ctx, l.doors[0], codes[0]); err != nil {
		return nil, err
	}
	if r.AtGateFirst, err = house.phone(ctx, codes[0]); err != nil {
		return nil, err
	}
	began := time.Now()
	if r.AtPhoneFirst, err = house.phone(ctx, codes[1]); err != nil {
		return nil, err
	}
	r.Took = time.Since(began)
	shown, err := l.ask(ctx, l.doors[0], codes[1])
	if err != nil {
		return nil, err
	}
	r.GateAfter = string(shown.Reason)
	house.programs["hub"].Kill()
	_, err = house.phone(ctx, codes[2])
	if problem := (rig.Problem{}); errors.As(err, &problem) {
		_, r.HubGone, _ = strings.Cut(problem.Type, "#")
		err = nil
	}
	return r, err
}

// phone scans a ticket through the public API.
func (h *house) phone(ctx context.Context, code string) (said string, err error) {
	var answer struct {
		Outcome   string `json:"outcome"`
		Reason    string `json:"reason"`
		DecidedBy string `json:"decided_by"`
	}
	body := map[string]any{"id": "scan-of-" + code, "venue": h.Venue, "checkpoint": h.Gates[0].Checkpoint, "device": "ana-7k3m", "code": code,
		"at": time.Now().UTC()}
	err = rig.Until(ctx, "the arbiter to answer a telephone", func() error {
		err := h.api.Do(ctx, http.MethodPost, "/scans", body, &answer)
		if problem := (rig.Problem{}); errors.As(err, &problem) && !strings.HasSuffix(problem.Type, "#arbiter_starting") {
			return rig.Final(err)
		}
		return err
	})
	return fmt.Sprintf("%s %s by %s", answer.Outcome, answer.Reason, answer.DecidedBy), err
}
