package scanner

import (
	"errors"
	"fmt"
	"io/fs"
	"strings"

	"github.com/blackjack/webcam"
	"golang.org/x/sys/unix"

	"portaria/edge/internal/scanner/sight"
	firmwareconfig "portaria/firmware-config"
)

// Forms of a picture that hold brightness as it is, as Video4Linux names them: four letters from the lowest byte on.
const (
	formYUYV webcam.PixelFormat = 'Y' | 'U'<<8 | 'Y'<<16 | 'V'<<24
	formGrey webcam.PixelFormat = 'G' | 'R'<<8 | 'E'<<16 | 'Y'<<24
)

// lens is a camera of this machine.
type lens struct {
	*webcam.Webcam
	form          webcam.PixelFormat
	width, height int
}

// openEye starts a camera: grey pictures if it has them, else the brightness in those of YUYV, as large as the profile says
// or the next smaller size.
func openEye(device string, want firmwareconfig.Camera) (eye, error) {
	cam, err := webcam.Open(device)
	if err != nil {
		return nil, cameraError(device, err)
	}
	l := lens{Webcam: cam}
	if err := l.start(want); err != nil {
		return nil, errors.Join(cameraError(device, err), cam.Close())
	}
	return l, nil
}

func cameraError(device string, err error) error {
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return fmt.Errorf("open the camera: %s is not there: %w", device, err)
	case errors.Is(err, unix.EBUSY), strings.Contains(err.Error(), unix.EBUSY.Error()): // the library keeps only the words
		return fmt.Errorf("start the camera %s: another program uses it: %w", device, err)
	case errors.Is(err, unix.EACCES):
		return fmt.Errorf("open the camera %s: not allowed; add the gate's user to the group video: %w", device, err)
	}
	return fmt.Errorf("start the camera %s: %w", device, err)
}

func (l *lens) start(want firmwareconfig.Camera) error {
	forms := l.GetSupportedFormats()
	for _, form := range []webcam.PixelFormat{formGrey, formYUYV} {
		if _, has := forms[form]; has && l.form == 0 {
			l.form = form
		}
	}
	if l.form == 0 {
		return errors.New("it gives neither grey nor YUYV pictures; take another camera")
	}
	l.width, l.height = fit(l.GetSupportedFrameSizes(l.form), want)
	if l.width == 0 {
		return fmt.Errorf("it gives no picture of %dx%d or less", want.Width, want.Height)
	}
	if _, _, _, err := l.SetImageFormat(l.form, uint32(l.width), uint32(l.height)); err != nil {
		return fmt.Errorf("set %dx%d: %w", l.width, l.height, err)
	}
	if err := l.SetBufferCount(2); err != nil { // few, so that a picture is never old
		return err
	}
	return l.StartStreaming()
}

// fit is the largest size within what is wanted. The library does not say which size the driver took in the end, so only
// one that the driver names is asked for.
func fit(sizes []webcam.FrameSize, want firmwareconfig.Camera) (width, height int) {
	for _, s := range sizes {
		w, h := step(s.MinWidth, s.MaxWidth, s.StepWidth, want.Width), step(s.MinHeight, s.MaxHeight, s.StepHeight, want.Height)
		if w > 0 && h > 0 && w*h > width*height {
			width, height = w, h
		}
	}
	return width, height
}

// step is the largest value of a range, in steps, that is at most want; 0 = none.
func step(least, most, by uint32, want int) int {
	n := min(int(most), want)
	if n < int(least) {
		return 0
	}
	if by > 1 {
		n -= (n - int(least)) % int(by)
	}
	return n
}

// Look waits up to a second for a picture.
func (l lens) Look() (sight.Picture, error) {
	err := l.WaitForFrame(1)
	var late *webcam.Timeout
	if errors.As(err, &late) || errors.Is(err, unix.EINTR) {
		return sight.Picture{}, errNoPicture
	}
	if err != nil {
		return sight.Picture{}, err
	}
	raw, index, err := l.GetFrame()
	if errors.Is(err, unix.EAGAIN) {
		return sight.Picture{}, errNoPicture
	}
	if err != nil {
		return sight.Picture{}, err
	}
	picture, bad := brightness(l.form, raw, l.width, l.height) // a copy: the driver writes into raw again
	if err := l.ReleaseFrame(index); err != nil {
		return sight.Picture{}, err
	}
	return picture, bad
}

// brightness takes the grey picture out of what a camera gives. One that is cut short is no picture.
func brightness(form webcam.PixelFormat, raw []byte, width, height int) (sight.Picture, error) {
	bytes := width * height
	if form == formYUYV {
		bytes *= 2
	}
	if len(raw) < bytes {
		return sight.Picture{}, errNoPicture
	}
	p := sight.Picture{Grey: make([]byte, width*height), Width: width, Height: height}
	if form == formGrey {
		copy(p.Grey, raw)
		return p, nil
	}
	for i := range p.Grey {
		p.Grey[i] = raw[2*i]
	}
	return p, nil
}
