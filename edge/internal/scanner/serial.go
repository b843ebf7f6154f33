// Package scanner turns what a scanner sends into clean readings, one at a time.
//
// It knows devices and profiles; it does not know what a ticket is. An unplugged scanner is a state, not an error:
// the port is opened again, by the same name, for as long as the gate runs.
package scanner

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"time"

	"github.com/tarm/serial"
	"golang.org/x/sys/unix"

	firmwareconfig "portaria/firmware-config"
)

// States of a scanner, as heartbeats and panels say them.
const (
	Ready = "ready"
	Gone  = "gone"
)

// retry is how long to wait before a missing device is tried again.
const retry = 250 * time.Millisecond

// errHungUp: the device went away.
var errHungUp = errors.New("hung up")

// Serial is a scanner on a serial line. Device is best a name under /dev/serial/by-id, which stays the same when the
// scanner is plugged in again.
type Serial struct {
	Device  string
	Profile firmwareconfig.Scanner
	Beat    func() // called several times a second while Run turns, whether or not the device is there; nil = nobody asks
}

// Run reads until ctx ends; see Device.
func (s Serial) Run(ctx context.Context, emit func(Reading), state func(state string, why error)) {
	watch(ctx, s.beat, state, func(ready func()) error {
		port, err := s.open()
		if err != nil {
			return err
		}
		defer port.Close()
		ready()
		return s.read(ctx, port, emit)
	})
}

// open takes the device for this process alone: two readers would steal each other's bytes. The lock has a descriptor
// of its own because the serial library hides the one it reads from.
func (s Serial) open() (io.ReadCloser, error) {
	lock, err := os.OpenFile(s.Device, os.O_RDWR|unix.O_NOCTTY|unix.O_NONBLOCK, 0)
	if err != nil {
		return nil, openError(s.Device, "dialout", err)
	}
	if err := unix.Flock(int(lock.Fd()), unix.LOCK_EX|unix.LOCK_NB); err != nil {
		lock.Close()
		return nil, fmt.Errorf("lock the scanner %s: another program reads it: %w", s.Device, err)
	}
	port, err := serial.OpenPort(&serial.Config{
		Name: s.Device, Baud: s.Profile.Serial.Baud,
		ReadTimeout: s.Profile.Framing.Idle(), // never zero: a read without end could not be closed
	})
	if err != nil {
		lock.Close()
		return nil, fmt.Errorf("open the scanner %s: %w", s.Device, err)
	}
	for _, command := range s.Profile.Serial.Commands() {
		if _, err := port.Write(command); err != nil {
			return nil, errors.Join(fmt.Errorf("set the scanner up: %w", err), port.Close(), lock.Close())
		}
		drain(port)
	}
	return lockedPort{port, lock}, nil
}

// openError says what to do about a scanner that cannot be opened.
func openError(device, group string, err error) error {
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return fmt.Errorf("open the scanner: %s is not plugged in: %w", device, err)
	case errors.Is(err, fs.ErrPermission):
		return fmt.Errorf("open the scanner %s: not allowed; add the gate's user to the group %s: %w", device, group, err)
	}
	return fmt.Errorf("open the scanner: %w", err)
}

// answerTime is how long a scanner may take to answer a command.
const answerTime = time.Second

// drain throws away what the scanner answers to a command until it is silent: it is not a code.
func drain(port io.Reader) {
	buf := make([]byte, 512)
	for began := time.Now(); time.Since(began) < answerTime; {
		if n, _ := port.Read(buf); n == 0 { // silent, or hung up, which the next read finds
			return
		}
	}
}

type lockedPort struct {
	*serial.Port
	lock *os.File
}

func (p lockedPort) Close() error { return errors.Join(p.Port.Close(), p.lock.Close()) }

// read hands readings on until the device hangs up or ctx ends. An idle line and a line that hung up both read as
// (0, EOF); they differ in how fast, and in whether the device still exists.
func (s Serial) read(ctx context.Context, port io.Reader, emit func(Reading)) error {
	framer := NewFramer(s.Profile.Framing)
	buf := make([]byte, 512)
	for fast := 0; ctx.Err() == nil; {
		s.beat()
		asked := time.Now()
		n, err := port.Read(buf)
		if n > 0 {
			fast = 0
			give(framer.Feed(buf[:n]), emit)
			continue
		}
		if err != nil && !errors.Is(err, io.EOF) {
			return fmt.Errorf("%w: %w", errHungUp, err)
		}
		if fast = countFast(fast, time.Since(asked), s.Profile.Framing.Idle()); fast >= 2 {
			return errHungUp
		}
		if _, err := os.Stat(s.Device); err != nil {
			return fmt.Errorf("%w: %w", errHungUp, err)
		}
		if fast == 0 {
			give(framer.Idle(), emit)
		}
	}
	return nil
}

func (s Serial) beat() {
	if s.Beat != nil {
		s.Beat()
	}
}

func countFast(fast int, took, idle time.Duration) int {
	if took < idle/2 {
		return fast + 1
	}
	return 0
}

func give(readings []Reading, emit func(Reading)) {
	for _, r := range readings {
		emit(r)
	}
}
