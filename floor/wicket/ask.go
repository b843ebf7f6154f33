package wicket

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"portaria/edge/wire"
)

// What a question asks for.
const (
	DoScan  = "scan"
	DoPass  = "passed"
	DoAbort = "abort"
)

// Faults between a cloud and a hub, and what they mean.
var faults = map[string]error{"not_ready": ErrNotReady, "no_door": ErrNoDoor, "no_scan": ErrNoScan, "over": ErrOver, "given_up": ErrGivenUp}

// reply is the body of an answer.
type reply struct {
	Said    *Said   `json:"said,omitempty"`
	Passage Passage `json:"passage,omitempty"`
}

// Question packs a question for a hub, which drops it after the time at which nobody waits any more.
func Question(id, do string, ask Ask, dropAfter time.Time) (wire.Ask, error) {
	body, err := json.Marshal(ask)
	return wire.Ask{V: wire.Version, ID: id, Do: do, Body: body, DropAfter: dropAfter.UnixMilli()}, err
}

// Read unpacks an answer.
func Read(a wire.Answer) (said Said, passage Passage, err error) {
	if a.Fault != "" {
		if known := faults[a.Fault]; known != nil {
			return said, None, known
		}
		return said, None, ErrNotReady
	}
	var r reply
	if err := json.Unmarshal(a.Body, &r); err != nil {
		return said, None, fmt.Errorf("read a hub's answer: %w", err)
	}
	if r.Said != nil {
		said = *r.Said
	}
	return said, r.Passage, nil
}

// Answer carries a question of the cloud out. One that comes late is not answered: nobody waits, and its person may have been
// let in otherwise.
func (h *House) Answer(ctx context.Context, q wire.Ask) (wire.Answer, bool) {
	until := time.UnixMilli(q.DropAfter)
	var ask Ask
	if !time.Now().Before(until) || json.Unmarshal(q.Body, &ask) != nil || !h.Has(ask.Gate) || wire.CheckName(ask.Gate) != nil {
		return wire.Answer{}, false
	}
	ctx, cancel := context.WithDeadline(ctx, until)
	defer cancel()
	r, err := h.reply(ctx, q.Do, ask)
	a := wire.Answer{V: wire.Version, ID: q.ID}
	if err == nil {
		a.Body, err = json.Marshal(r)
	}
	if err != nil {
		a.Fault = "not_ready"
		for word, known := range faults {
			if errors.Is(err, known) {
				a.Fault = word
			}
		}
	}
	return a, true
}

func (h *House) reply(ctx context.Context, do string, ask Ask) (r reply, err error) {
	switch do {
	case DoScan:
		said, err := h.Scan(ctx, ask)
		return reply{Said: &said}, err
	case DoPass, DoAbort:
		r.Passage, err = h.Close(ctx, ask, do == DoPass)
		return r, err
	}
	return r, ErrNotReady // of a newer cloud
}
