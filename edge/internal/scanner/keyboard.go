package scanner

import (
	"context"
	"errors"
	"fmt"
	"os"
	"time"
	"unsafe"

	"golang.org/x/sys/unix"

	"portaria/edge/internal/keyboard"
	firmwareconfig "portaria/firmware-config"
)

// Keyboard is a scanner that types like a keyboard (USB HID). Device is best a name under /dev/input/by-id, which stays
// the same when the scanner is plugged in again.
type Keyboard struct {
	Device  string
	Profile firmwareconfig.Scanner
	Beat    func() // called several times a second while Run turns, whether or not the device is there; nil = nobody asks

	open func(device string) (*os.File, error) // nil = openInput; tests have no input devices
}

// Run reads until ctx ends; see Device.
func (k Keyboard) Run(ctx context.Context, emit func(Reading), state func(state string, why error)) {
	if k.open == nil {
		k.open = openInput
	}
	if k.Beat == nil {
		k.Beat = func() {}
	}
	watch(ctx, k.Beat, state, func(ready func()) error {
		file, err := k.open(k.Device)
		if err != nil {
			return err
		}
		defer file.Close()
		ready()
		return k.read(ctx, file, emit)
	})
}

func (k Keyboard) read(ctx context.Context, file *os.File, emit func(Reading)) error {
	typist, err := NewTypist(k.Profile, func(code uint16) bool { return isDown(file, code) })
	if err != nil {
		return err
	}
	stop := context.AfterFunc(ctx, func() { _ = file.Close() }) // ends a read that waits
	defer stop()
	buf := make([]byte, 64*keyboard.RecordSize)
	for ctx.Err() == nil {
		k.Beat()
		_ = file.SetReadDeadline(time.Now().Add(k.Profile.Framing.Idle())) // fails only on a closed file, as the read then does
		n, err := file.Read(buf)
		switch {
		case errors.Is(err, os.ErrDeadlineExceeded):
			give(typist.Idle(), emit)
		case err != nil: // ENODEV after an unplug
			return fmt.Errorf("%w: %w", errHungUp, err)
		default:
			give(typist.Feed(keyboard.Events(buf[:n], keyboard.RecordSize)), emit)
		}
	}
	return nil
}

// Requests of linux/input.h.
const (
	evIOCGRAB = 1<<30 | 4<<16 | 'E'<<8 | 0x90
	evIOCGKEY = 2<<30 | keyBytes<<16 | 'E'<<8 | 0x18
	keyBytes  = 96 // a bit for each of the kernel's 768 keys
)

// openInput takes an input device for this process alone: otherwise every code would also be typed into the console,
// where it could log in or switch the machine off.
func openInput(device string) (*os.File, error) {
	file, err := os.OpenFile(device, os.O_RDONLY|unix.O_NONBLOCK, 0)
	if err != nil {
		return nil, openError(device, "input", err)
	}
	err = control(file, func(fd int) error { return unix.IoctlSetInt(fd, evIOCGRAB, 1) })
	switch {
	case err == nil:
		return file, nil
	case errors.Is(err, unix.EBUSY):
		err = fmt.Errorf("take the scanner %s for this gate alone: another program reads it: %w", device, err)
	case errors.Is(err, unix.ENOTTY), errors.Is(err, unix.EINVAL):
		err = fmt.Errorf("%s is no keyboard; give a name under /dev/input/by-id, or a profile for serial scanners: %w", device, err)
	default:
		err = fmt.Errorf("take the scanner %s for this gate alone: %w", device, err)
	}
	return nil, errors.Join(err, file.Close())
}

// isDown asks the device whether a key is held; a device that has gone holds none.
func isDown(file *os.File, code uint16) bool {
	var keys [keyBytes]byte
	err := control(file, func(fd int) error {
		if _, _, errno := unix.Syscall(unix.SYS_IOCTL, uintptr(fd), evIOCGKEY, uintptr(unsafe.Pointer(&keys))); errno != 0 {
			return errno
		}
		return nil
	})
	return err == nil && int(code/8) < keyBytes && keys[code/8]&(1<<(code%8)) != 0
}

// control calls do with the file's descriptor. os.File.Fd would make the file blocking, and reads without end.
func control(file *os.File, do func(fd int) error) error {
	raw, err := file.SyscallConn()
	if err != nil {
		return err
	}
	var inner error
	if err := raw.Control(func(fd uintptr) { inner = do(int(fd)) }); err != nil {
		return err
	}
	return inner
}
