package scanner

import (
	"context"
	"time"

	firmwareconfig "portaria/firmware-config"
)

// Device is a scanner of any kind, as its lane runs it.
type Device interface {
	// Run reads until ctx ends. It calls emit for every reading and state at every change (Ready, or Gone with the
	// reason), both from one goroutine: a slow emit slows the scanner, never loses a code.
	Run(ctx context.Context, emit func(Reading), state func(state string, why error))
}

// Named returns the device of a name, as its profile says it is to be read. beat is called several times a second
// while it turns, whether or not the device is there; nil = nobody asks.
func Named(name string, profile firmwareconfig.Scanner, beat func()) Device {
	switch profile.Kind {
	case firmwareconfig.AsKeyboard:
		return Keyboard{Device: name, Profile: profile, Beat: beat}
	case firmwareconfig.ByCamera:
		return Camera{Device: name, Profile: profile, Beat: beat}
	}
	return Serial{Device: name, Profile: profile, Beat: beat}
}

// watch runs session after session until ctx ends: each opens the device, says that it is ready, and ends with why it
// went away.
func watch(ctx context.Context, beat func(), state func(string, error), session func(ready func()) error) {
	last := ""
	tell := func(now string, why error) {
		if now != last {
			state(now, why)
		}
		last = now
	}
	for ctx.Err() == nil {
		beat()
		err := session(func() { tell(Ready, nil) })
		if ctx.Err() == nil {
			tell(Gone, err)
			pause(ctx, retry)
		}
	}
}

func pause(ctx context.Context, d time.Duration) {
	select {
	case <-ctx.Done():
	case <-time.After(d):
	}
}
