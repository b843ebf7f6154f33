package lane

import (
	"context"

	"portaria/edge/admit"
	"portaria/edge/gate"
	"portaria/edge/whitelist"
)

// Found is what is known of a code that somebody asked about.
type Found struct {
	Known     bool            `json:"known"` // a list or a key knows it
	Admit     bool            `json:"admit"` // by what this gate knows, it would be let in here now
	Reason    admit.Reason    `json:"reason"`
	Attention whitelist.Flags `json:"attention,omitempty"`
	Kind      string          `json:"kind,omitempty"`
	Seat      string          `json:"seat,omitempty"`
	Event     string          `json:"event,omitempty"`
	Start     int64           `json:"start,omitempty"` // unix seconds, of the event
	State     string          `json:"state,omitempty"` // good, revoked, replaced, blocked
	Used      int             `json:"used"`
	Inside    int             `json:"inside"`
	UsedAt    int64           `json:"used_at,omitempty"` // unix ms, of the last record
	UsedGate  string          `json:"used_gate,omitempty"`
	UsedLane  int             `json:"used_lane,omitempty"`
}

var stateNames = map[whitelist.State]string{whitelist.Good: "good", whitelist.Revoked: "revoked", whitelist.Replaced: "replaced", whitelist.Blocked: "blocked"}

// Look tells what is known of a code at a lane, as somebody typed or read it. It lets nobody in and leaves no record.
func (d *Driver) Look(ctx context.Context, number int, text string) (Found, error) {
	place, ok := d.place(number)
	if !ok {
		return Found{}, ErrNoLane
	}
	code, err := d.cfg.Resolver.Resolve(text, place.Checkpoint)
	if err != nil {
		d.cfg.Damaged()
	}
	var verdict admit.Verdict
	var standing admit.Standing
	err = d.between(ctx, func(context.Context) {
		verdict, standing = d.state.Look(number, code, false, d.cfg.Clock.Now())
	})
	if err != nil {
		return Found{}, err
	}
	return found(code, verdict, standing), nil
}

func found(code admit.Code, v admit.Verdict, standing admit.Standing) Found {
	f := Found{Known: code.Match == admit.Listed || code.Match == admit.SignedOnly, Admit: v.Admit, Reason: v.Reason, Attention: v.Attention,
		Kind: code.Kind.Name, Seat: code.Seat, Event: code.Event.Name, Start: code.Event.Start, Used: standing.Used, Inside: standing.Inside,
		UsedAt: standing.Last.At, UsedGate: standing.Last.Gate, UsedLane: standing.Last.Lane}
	if code.Match == admit.Listed {
		f.State = stateNames[code.Entry.State]
	}
	return f
}

func (d *Driver) place(number int) (Place, bool) {
	for _, p := range d.cfg.Lanes {
		if p.Number == number {
			return p, true
		}
	}
	return Place{}, false
}

// TestCard is the text of a code that tries a lane: scanner, screen, lamps and buzzer. It opens nothing. Anybody may show
// it, so its lamps are never green alone.
const TestCard = "PORTARIA:TEST"

// testEvery is how often a lane is tried, at most.
const testEvery = 3000 // ms

// Tested tries a lane's screen, lamps and buzzer, and leaves a note.
func (d *Driver) Tested(ctx context.Context, number int) {
	now := d.cfg.Clock.Now()
	if !d.status.tested(number, now) {
		return
	}
	if d.cfg.Signs != nil {
		d.cfg.Signs.Say(number, sayTest)
	}
	d.Give(ctx, gate.Noted{Lane: number, Text: "the lane was tried with a test card"})
}

// Tell shows something on a lane's screen for a moment: a word that the screen knows.
func (d *Driver) Tell(number int, notice string) {
	d.status.notice(number, notice, d.cfg.Clock.Now().Unix)
}
