package scanner

import (
	"context"
	"errors"
	"fmt"
	"time"

	"portaria/edge/internal/scanner/sight"
	firmwareconfig "portaria/firmware-config"
)

// away is how long a code must be out of sight to be a new scan when it comes back: somebody who holds a ticket before a
// camera shows it in every picture.
const away = 1500 * time.Millisecond

// blind is how long a camera may give no picture.
const blind = 5 * time.Second

// Camera is a scanner that is a camera. Device is best a name under /dev/v4l/by-id.
type Camera struct {
	Device  string
	Profile firmwareconfig.Scanner
	Beat    func() // called several times a second while Run turns, whether or not the device is there; nil = nobody asks

	open func(device string, want firmwareconfig.Camera) (eye, error) // nil = openEye; tests have no cameras
	now  func() time.Time                                             // nil = time.Now
}

// eye gives pictures. Look returns errNoPicture when none came for a second.
type eye interface {
	Look() (sight.Picture, error)
	Close() error
}

var errNoPicture = errors.New("no picture")

// Run looks until ctx ends; see Device.
func (c Camera) Run(ctx context.Context, emit func(Reading), state func(state string, why error)) {
	if c.open == nil {
		c.open = openEye
	}
	if c.now == nil {
		c.now = time.Now
	}
	if c.Beat == nil {
		c.Beat = func() {}
	}
	watch(ctx, c.Beat, state, func(ready func()) error {
		eye, err := c.open(c.Device, c.Profile.Camera)
		if err != nil {
			return err
		}
		err = c.watchFrom(ctx, eye, ready, emit)
		return errors.Join(err, eye.Close())
	})
}

func (c Camera) watchFrom(ctx context.Context, eye eye, ready func(), emit func(Reading)) error {
	reader, seen, last := sight.NewReader(), seen{}, c.now()
	for ctx.Err() == nil {
		c.Beat()
		picture, err := eye.Look()
		switch {
		case errors.Is(err, errNoPicture) && c.now().Sub(last) > blind:
			return fmt.Errorf("%w: the camera %s gives no picture", errHungUp, c.Device)
		case errors.Is(err, errNoPicture):
			continue
		case err != nil:
			return fmt.Errorf("%w: %w", errHungUp, err)
		}
		ready() // only a camera that shows something can be relied on
		last = c.now()
		if text, found := reader.Read(picture); found && seen.isNew(text, c.now()) {
			give(whole(text), emit)
		}
	}
	return nil
}

// whole is the reading of a code that came in one piece.
func whole(text string) []Reading {
	f := NewFramer(firmwareconfig.Framing{})
	f.overrun = len(text) > MaxCode
	f.frame = append(f.frame, text[:min(len(text), MaxCode)]...)
	return f.end(true)
}

// seen remembers the code that is in front of a camera.
type seen struct {
	text string
	at   time.Time
}

func (s *seen) isNew(text string, now time.Time) bool {
	fresh := text != s.text || now.Sub(s.at) > away
	s.text, s.at = text, now
	return fresh
}
