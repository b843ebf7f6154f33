package firmwareconfig

import (
	"encoding/hex"
	"errors"
	"fmt"
	"slices"
	"strings"
)

var bauds = []int{1200, 2400, 4800, 9600, 19200, 38400, 57600, 115200, 230400}

// maxStep is the longest bar code a page has room for, in characters.
const maxStep = 48

// Validate says everything that is wrong with a profile.
func (s *Scanner) Validate() error {
	var faults []error
	if s.Title == "" {
		faults = append(faults, errors.New("title: say which devices this is for"))
	}
	faults = append(faults, s.Match.validate()...)
	faults = append(faults, s.validateKind()...)
	if s.Kind == ByCamera {
		faults = append(faults, s.validateCamera()...)
	} else {
		faults = append(faults, s.Framing.validate()...)
	}
	for i, step := range s.Setup {
		if err := step.validate(); err != nil {
			faults = append(faults, fmt.Errorf("setup[%d].%w", i, err))
		}
	}
	if len(s.Samples) == 0 {
		faults = append(faults, errors.New("sample: a profile without a sample proves nothing"))
	}
	for i, sample := range s.Samples {
		if err := sample.validate(s.Kind); err != nil {
			faults = append(faults, fmt.Errorf("sample[%d]: %w", i, err))
		}
	}
	return errors.Join(faults...)
}

func (m Match) validate() (faults []error) {
	if m.Vendor != "" && !usbID(m.Vendor) {
		faults = append(faults, fmt.Errorf("match.vendor: %q is not four lower-case hex digits", m.Vendor))
	}
	for _, id := range m.Products {
		if m.Vendor == "" || !usbID(id) {
			faults = append(faults, fmt.Errorf("match.products: %q is not four lower-case hex digits after a vendor", id))
		}
	}
	return faults
}

func usbID(id string) bool {
	raw, err := hex.DecodeString(id)
	return err == nil && len(raw) == 2 && strings.ToLower(id) == id
}

func (s *Scanner) validateKind() (faults []error) {
	fault := func(format string, args ...any) { faults = append(faults, fmt.Errorf(format, args...)) }
	switch s.Kind {
	case OnSerial:
		if !slices.Contains(bauds, s.Serial.Baud) {
			fault("serial.baud: %d is not one of %v", s.Serial.Baud, bauds)
		}
		if s.Keyboard != (Keyboard{}) {
			fault("keyboard: this scanner is on a serial line")
		}
	case AsKeyboard:
		if !slices.Contains(Layouts, s.Keyboard.Layout) {
			fault("keyboard.layout: %q is not one of %v", s.Keyboard.Layout, Layouts)
		}
		if s.Serial.Baud != 0 || s.Serial.Init != nil {
			fault("serial: this scanner is a keyboard, which cannot be told anything")
		}
	case ByCamera:
	default:
		fault("kind: %q is not %q, %q or %q", s.Kind, OnSerial, AsKeyboard, ByCamera)
	}
	if s.Kind != ByCamera && s.Camera != (Camera{}) {
		fault("camera: this scanner is none")
	}
	for i, command := range s.Serial.Init {
		if raw, err := hex.DecodeString(command); err != nil || len(raw) == 0 {
			fault("serial.init[%d]: %q is not hex", i, command)
		}
	}
	return faults
}

func (s *Scanner) validateCamera() (faults []error) {
	if s.Serial.Baud != 0 || s.Serial.Init != nil || s.Keyboard != (Keyboard{}) {
		faults = append(faults, errors.New("camera: it has neither a serial line nor keys"))
	}
	if len(s.Framing.Suffixes)+len(s.Framing.Prefixes) > 0 || s.Framing.IdleMillis != 0 || s.Framing.IdleEnds || s.Framing.AIM {
		faults = append(faults, errors.New("framing: a camera sees a code as a whole"))
	}
	for key, n := range map[string]int{"width": s.Camera.Width, "height": s.Camera.Height} {
		if n < 160 || n > 4096 {
			faults = append(faults, fmt.Errorf("camera.%s: %d is not in 160..4096", key, n))
		}
	}
	return faults
}

func (f Framing) validate() (faults []error) {
	for key, names := range map[string][]string{"suffixes": f.Suffixes, "prefixes": f.Prefixes} {
		for _, name := range names {
			if _, known := controls[name]; !known {
				faults = append(faults, fmt.Errorf("framing.%s: %q is not one of cr, lf, tab, stx, etx", key, name))
			}
		}
	}
	if f.IdleMillis < 100 || f.IdleMillis > 2000 || f.IdleMillis%100 != 0 {
		faults = append(faults, fmt.Errorf("framing.idle_millis: %d is not 100, 200 … 2000", f.IdleMillis))
	}
	if len(f.Suffixes) == 0 && !f.IdleEnds {
		faults = append(faults, errors.New("framing: without suffixes, idle_ends must be true or no code ever ends"))
	}
	return faults
}

func (s Step) validate() error {
	if s.Says == "" {
		return errors.New("says: tell the person what this does")
	}
	if len(s.Code) > maxStep || s.Code == "" && s.FNC3 {
		return fmt.Errorf("code: give up to %d characters", maxStep)
	}
	for _, r := range s.Code {
		if r > 127 {
			return fmt.Errorf("code: Code 128 has no %q", r)
		}
	}
	return nil
}

func (s Sample) validate(kind string) error {
	keys, keysErr := s.Strokes()
	raw, rawErr := s.Raw()
	switch {
	case errors.Join(keysErr, rawErr) != nil:
		return errors.Join(keysErr, rawErr)
	case kind == OnSerial && (len(raw) == 0 || len(keys) > 0):
		return errors.New("give bytes in hex, and no keys")
	case kind == AsKeyboard && (len(keys) == 0 || len(raw) > 0):
		return errors.New("give keys, and no bytes")
	case kind == ByCamera && len(keys)+len(raw) > 0:
		return errors.New("give a code, which is drawn, and neither bytes nor keys")
	case s.Unreadable == (s.Code != ""):
		return errors.New("give either code or unreadable = true")
	}
	return nil
}
