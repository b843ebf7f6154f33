package scanner

import (
	"os"
	"time"

	"github.com/blackjack/webcam"

	"portaria/edge/internal/scanner/sight"
	firmwareconfig "portaria/firmware-config"
)

// Through has the keyboard opened by another function: machines that build have no input devices.
func (k Keyboard) Through(open func(device string) (*os.File, error)) Keyboard {
	k.open = open
	return k
}

// Eye is what a played camera is.
type Eye = eye

// ErrNoPicture is what a camera says that has none in a second.
var ErrNoPicture = errNoPicture

// Through has the camera opened by another function, and takes the time from another clock.
func (c Camera) Through(open func() (Eye, error), now func() time.Time) Camera {
	c.open = func(string, firmwareconfig.Camera) (eye, error) { return open() }
	c.now = now
	return c
}

// Brightness takes a picture out of YUYV or grey bytes.
func Brightness(yuyv bool, raw []byte, width, height int) (sight.Picture, error) {
	if yuyv {
		return brightness(formYUYV, raw, width, height)
	}
	return brightness(formGrey, raw, width, height)
}

// Fit chooses a size.
func Fit(sizes []webcam.FrameSize, want firmwareconfig.Camera) (int, int) { return fit(sizes, want) }

// Whole cleans a code that came in one piece.
var Whole = whole
