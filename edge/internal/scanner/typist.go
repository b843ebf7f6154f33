package scanner

import (
	"portaria/edge/internal/keyboard"
	firmwareconfig "portaria/firmware-config"
)

// Typist turns a keyboard's events into readings, by a profile.
type Typist struct {
	decoder *keyboard.Decoder
	framer  *Framer
	held    func(code uint16) bool
	lost    bool // events are missing until the next report
}

// NewTypist returns a typist that has read nothing yet. held is asked which keys are down after events were lost.
func NewTypist(profile firmwareconfig.Scanner, held func(code uint16) bool) (*Typist, error) {
	decoder, err := keyboard.New(profile.Keyboard.Layout)
	if err != nil {
		return nil, err
	}
	return &Typist{decoder: decoder, framer: NewFramer(profile.Framing), held: held}, nil
}

// Feed takes events as they come and returns the readings they complete. When the kernel had to drop events, the code
// that was being typed is unreadable: what is left of it might be another one.
func (t *Typist) Feed(events []keyboard.Event) []Reading {
	var readings []Reading
	for _, e := range events {
		switch {
		case e.Type == keyboard.Sync && e.Code == keyboard.Dropped:
			t.lost = true
			t.framer.Spoil()
		case t.lost && e.Type == keyboard.Sync && e.Code == keyboard.Together:
			t.lost = false
			t.decoder.Resync(t.held)
		case !t.lost && e.Type == keyboard.Pressed:
			readings = append(readings, t.framer.Feed([]byte(t.decoder.Key(e.Code, e.Value)))...)
		}
	}
	return readings
}

// Idle ends the frame after silence, as Framer.Idle does.
func (t *Typist) Idle() []Reading {
	readings := t.framer.Feed([]byte(t.decoder.Silence()))
	return append(readings, t.framer.Idle()...)
}
