package lane

import (
	"context"

	"portaria/edge/gate"
	"portaria/edge/wire"
)

// Signs are a lane's lamps and buzzer. Neither method may block.
type Signs interface {
	Say(lane int, sign string)
	Idle(lane int, sign string) // what they say when there is nothing else: rest or trouble
}

// sign is what lamps and buzzer say of a verdict.
func sign(e gate.Show, exit bool) string {
	switch {
	case e.Verdict.Admit && e.Verdict.Attention != 0 && !exit:
		return "attend"
	case e.Verdict.Admit:
		return "admit"
	}
	return "refuse"
}

// say shows a verdict on the lamps.
func (d *Driver) say(e gate.Show, exit bool) {
	if d.cfg.Signs != nil {
		d.cfg.Signs.Say(e.Lane, sign(e, exit))
	}
}

// Contacts that tell something about the lane and decide nothing.
const (
	TamperContact = "tamper"
	FireContact   = "fire"
)

var contactNotes = map[string]map[bool]string{
	TamperContact: {true: wire.NoteTamper, false: wire.NoteTamperOver},
	FireContact:   {true: wire.NoteFire, false: wire.NoteFireOver},
}

// ContactChanged records what a tamper contact or the fire alarm says. It changes no decision: fire frees the ways by its
// own wires, past this program.
func (d *Driver) ContactChanged(ctx context.Context, lane int, contact string, on bool) {
	d.Note(ctx, lane, contactNotes[contact][on])
	d.status.change(func(st *Status) {
		switch l := st.lane(lane); contact {
		case TamperContact:
			l.Tamper = on
		case FireContact:
			l.Fire = on
		}
	})
}

// OutputChanged takes the state of a lane's board, "ready" or "failed"; why is told to the operator.
func (d *Driver) OutputChanged(ctx context.Context, lane int, state, why string) {
	text := "outputs " + state
	if why != "" {
		text += ": " + why
	}
	d.Note(ctx, lane, text)
	d.Give(ctx, d.status.output(lane, state))
}
