// Package gpio moves and watches lines of a GPIO chip by the kernel's character device, version 2.
//
// It knows chips and lines, nothing of turnstiles. A line that is closed keeps its level, so whoever closes one must
// drive it off before; Output.Close does. After a crash nobody does: then Off must be called by another process.
package gpio

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"unsafe"

	"golang.org/x/sys/unix"
)

// Kernel is what the package asks of the system: ioctls on files. Struct is read and written in place.
type Kernel interface {
	Chips() ([]string, error) // paths of chips, such as /dev/gpiochip0
	Open(path string) (fd int, err error)
	Ioctl(fd int, request uint, structure []byte) error
	File(fd int) io.ReadCloser // of a line's events; takes the descriptor over
	Close(fd int) error
}

// Linux is the machine's kernel.
type Linux struct{}

// Chips are the machine's.
func (Linux) Chips() ([]string, error) { return filepath.Glob("/dev/gpiochip*") }

// Open opens a chip.
func (Linux) Open(path string) (int, error) { return unix.Open(path, unix.O_RDWR|unix.O_CLOEXEC, 0) }

// Ioctl calls the kernel, again when a signal came between.
func (Linux) Ioctl(fd int, request uint, structure []byte) error {
	for {
		_, _, errno := unix.Syscall(unix.SYS_IOCTL, uintptr(fd), uintptr(request), uintptr(unsafe.Pointer(&structure[0])))
		switch {
		case errno == 0:
			return nil
		case errno != unix.EINTR:
			return errno
		}
	}
}

// File makes reads that end when it is closed.
func (Linux) File(fd int) io.ReadCloser {
	_ = unix.SetNonblock(fd, true)
	return os.NewFile(uintptr(fd), "gpio line")
}

// Close closes a descriptor.
func (Linux) Close(fd int) error { return unix.Close(fd) }

// consumer is how our lines are named in gpioinfo.
const consumer = "portaria"

// Chip finds the chip with a label, such as pinctrl-bcm2711, and returns its path and how many lines it has. The error
// names the labels that there are.
func Chip(kernel Kernel, label string) (path string, lines int, err error) {
	paths, err := kernel.Chips()
	if err != nil {
		return "", 0, fmt.Errorf("look for GPIO chips: %w", err)
	}
	slices.Sort(paths)
	var seen []string
	for _, path := range paths {
		info, err := about(kernel, path)
		if err != nil {
			seen = append(seen, fmt.Sprintf("%s (%s)", path, sentence(err)))
			continue
		}
		name := unix.ByteSliceToString(info.Label[:])
		if name == label {
			return path, int(info.Lines), nil
		}
		seen = append(seen, name)
	}
	if len(seen) == 0 {
		return "", 0, fmt.Errorf("no GPIO chip %q: this machine has none", label)
	}
	return "", 0, fmt.Errorf("no GPIO chip %q; there are: %s", label, strings.Join(seen, ", "))
}

func about(kernel Kernel, path string) (info chipInfo, err error) {
	fd, err := kernel.Open(path)
	if err != nil {
		return info, err
	}
	defer func() { _ = kernel.Close(fd) }()
	err = kernel.Ioctl(fd, getChipInfo, bytesOf(&info))
	return info, err
}

// request claims one line.
func request(kernel Kernel, path string, offset int, config lineConfig) (int, error) {
	chip, err := kernel.Open(path)
	if err != nil {
		return -1, fmt.Errorf("open %s: %s", path, sentence(err))
	}
	defer func() { _ = kernel.Close(chip) }()
	r := lineRequest{Lines: 1, Config: config}
	r.Offsets[0] = uint32(offset)
	copy(r.Consumer[:len(r.Consumer)-1], consumer)
	if err := kernel.Ioctl(chip, getLine, bytesOf(&r)); err != nil {
		return -1, fmt.Errorf("claim line %d of %s: %s", offset, path, sentence(err))
	}
	return int(r.FD), nil
}

// sentence says what to do about an error of the kernel.
func sentence(err error) string {
	var errno syscall.Errno
	if errors.As(err, &errno) {
		switch errno {
		case unix.EBUSY:
			return "another program holds it; stop that program (is the gate running?)"
		case unix.EACCES, unix.EPERM:
			return "not allowed; add the gate's user to the group gpio"
		case unix.EINVAL:
			return "the chip has no such line, or the line cannot do this"
		}
	}
	return err.Error()
}

// Output is a line that is driven.
type Output struct {
	kernel Kernel
	fd     int
}

// OpenOutput claims a line and drives it off in the same moment.
func OpenOutput(kernel Kernel, path string, offset int, activeLow bool) (*Output, error) {
	c := lineConfig{Flags: flagOutput | polarity(activeLow), Attributes: 1}
	c.Attribute[0] = configAttribute{lineAttribute{ID: attributeOutputs, Value: 0}, 1}
	fd, err := request(kernel, path, offset, c)
	if err != nil {
		return nil, err
	}
	return &Output{kernel, fd}, nil
}

func polarity(activeLow bool) uint64 {
	if activeLow {
		return flagActiveLow
	}
	return 0
}

// Set drives the line on or off, whatever level that is.
func (o *Output) Set(on bool) error {
	v := lineValues{Mask: 1}
	if on {
		v.Bits = 1
	}
	return o.kernel.Ioctl(o.fd, setValues, bytesOf(&v))
}

// Close drives the line off and gives it back.
func (o *Output) Close() error { return errors.Join(o.Set(false), o.kernel.Close(o.fd)) }

// Input is a line that is watched, with a pull-up for a dry contact to ground.
type Input struct{ events io.ReadCloser }

// OpenInput claims a line. Changed hears the level now, from this goroutine, and every edge after, from another, until
// Close; failed hears why it ends otherwise. Active is the level that a contact which closes (activeLow) or opens gives.
func OpenInput(kernel Kernel, path string, offset int, activeLow bool, changed func(active bool), failed func(error)) (*Input, error) {
	fd, err := request(kernel, path, offset, lineConfig{Flags: flagInput | flagRising | flagFalling | flagPullUp | polarity(activeLow)})
	if err != nil {
		return nil, err
	}
	v := lineValues{Mask: 1}
	if err := kernel.Ioctl(fd, getValues, bytesOf(&v)); err != nil {
		return nil, errors.Join(fmt.Errorf("read line %d of %s: %w", offset, path, err), kernel.Close(fd))
	}
	changed(v.Bits&1 == 1)
	in := &Input{events: kernel.File(fd)}
	go in.watch(changed, func(err error) { failed(fmt.Errorf("watch line %d of %s: %w", offset, path, err)) })
	return in, nil
}

func (in *Input) watch(changed func(bool), failed func(error)) {
	var e lineEvent
	for {
		switch _, err := io.ReadFull(in.events, bytesOf(&e)); {
		case errors.Is(err, os.ErrClosed):
			return
		case err != nil:
			failed(err)
			return
		}
		changed(e.ID == risingEdge)
	}
}

// Close ends the watch and gives the line back.
func (in *Input) Close() error { return in.events.Close() }
