// Package gpiotest plays the kernel's GPIO chips, at the recorded layout of its structs.
package gpiotest

import (
	"encoding/binary"
	"errors"
	"io"
	"os"
	"sync"

	"golang.org/x/sys/unix"
)

// What a C program built from Linux's own <linux/gpio.h> printed: numbers of ioctls (they hold the structs' sizes: 68,
// 592, 16, 16 bytes) and offsets of the fields. The kernel's side is played at these offsets, not by the package's structs.
const (
	getChipInfo = 0x8044b401
	GetLine     = 0xc250b407
	GetValues   = 0xc010b40e
	setValues   = 0xc010b40f

	chipLabel, chipLines                              = 32, 64
	reqFlags, reqAttrs, reqAttr0, reqNumLines, reqFD  = 288, 296, 320, 560, 588
	attrID, attrValue, attrMask                       = 0, 8, 16
	eventSize, eventID                                = 48, 8
	activeLow, input, output, rising, falling, pullUp = 2, 4, 8, 16, 32, 256
	attributeOutputValues                             = 2
)

// Kernel plays chips and lines.
type Kernel struct {
	mu          sync.Mutex
	labels      map[string]string // by path
	Paths       []string
	Descriptors map[int]string   // chip descriptors
	lines       map[int]*Line    // line descriptors
	Held        map[uint32]*Line // by offset
	Level       map[uint32]bool  // physical level of each line: it stays when a line is closed
	next        int
	Fails       map[uint]error
}

// Line is a claimed line.
type Line struct {
	offset uint32
	Flags  uint64
	Events *io.PipeWriter
	reader *io.PipeReader
}

// Machine has two chips; pinctrl-bcm2711 has the lines.
func Machine() *Kernel {
	return &Kernel{labels: map[string]string{"/dev/gpiochip0": "raspberrypi-exp-gpio", "/dev/gpiochip1": "pinctrl-bcm2711"},
		Paths: []string{"/dev/gpiochip1", "/dev/gpiochip0"}, Descriptors: map[int]string{}, lines: map[int]*Line{}, Held: map[uint32]*Line{},
		Level: map[uint32]bool{}, next: 10, Fails: map[uint]error{}}
}

// Chips are the machine's.
func (k *Kernel) Chips() ([]string, error) { return k.Paths, nil }

// Open opens a chip.
func (k *Kernel) Open(path string) (int, error) {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.next++
	k.Descriptors[k.next] = path
	return k.next, nil
}

// Close gives a descriptor back.
func (k *Kernel) Close(fd int) error {
	k.mu.Lock()
	defer k.mu.Unlock()
	if l := k.lines[fd]; l != nil {
		delete(k.Held, l.offset)
	}
	delete(k.Descriptors, fd)
	delete(k.lines, fd)
	return nil
}

var native = binary.NativeEndian

// Ioctl is the kernel's side.
func (k *Kernel) Ioctl(fd int, request uint, s []byte) error {
	k.mu.Lock()
	defer k.mu.Unlock()
	if err := k.Fails[request]; err != nil {
		return err
	}
	if want := int(request >> 16 & 0x3fff); len(s) != want {
		return unix.EFAULT
	}
	switch request {
	case getChipInfo:
		copy(s[chipLabel:chipLabel+32], k.labels[k.Descriptors[fd]])
		native.PutUint32(s[chipLines:], 58)
	case GetLine:
		return k.claim(fd, s)
	case GetValues:
		l := k.lines[fd]
		native.PutUint64(s, b(k.Level[l.offset] != (l.Flags&activeLow != 0)))
	case setValues:
		l := k.lines[fd]
		if native.Uint64(s[8:]) != 1 || l.Flags&output == 0 {
			return unix.EPERM
		}
		k.Level[l.offset] = (native.Uint64(s)&1 == 1) != (l.Flags&activeLow != 0)
	default:
		return unix.ENOTTY
	}
	return nil
}

func (k *Kernel) claim(fd int, s []byte) error {
	offset, flags := native.Uint32(s), native.Uint64(s[reqFlags:])
	switch {
	case k.labels[k.Descriptors[fd]] != "pinctrl-bcm2711" || native.Uint32(s[reqNumLines:]) != 1 || offset >= 58:
		return unix.EINVAL
	case k.Held[offset] != nil:
		return unix.EBUSY
	}
	if flags&output != 0 {
		on := false
		if native.Uint32(s[reqAttrs:]) == 1 && native.Uint32(s[reqAttr0+attrID:]) == attributeOutputValues && native.Uint64(s[reqAttr0+attrMask:]) == 1 {
			on = native.Uint64(s[reqAttr0+attrValue:])&1 == 1
		}
		k.Level[offset] = on != (flags&activeLow != 0)
	}
	l := &Line{offset: offset, Flags: flags}
	l.reader, l.Events = io.Pipe()
	k.next++
	k.lines[k.next], k.Held[offset] = l, l
	native.PutUint32(s[reqFD:], uint32(k.next))
	return nil
}

type stream struct {
	*io.PipeReader
	close func()
}

// Read ends as a closed file's does.
func (s stream) Read(p []byte) (int, error) {
	n, err := s.PipeReader.Read(p)
	if errors.Is(err, io.ErrClosedPipe) {
		err = os.ErrClosed
	}
	return n, err
}

func (s stream) Close() error { s.close(); return s.CloseWithError(os.ErrClosed) }

// File is a line's events.
func (k *Kernel) File(fd int) io.ReadCloser {
	return stream{k.lines[fd].reader, func() { _ = k.Close(fd) }}
}

// Edge moves a line and tells of it, as the kernel does: by the logical value.
func (k *Kernel) Edge(offset uint32, level bool) {
	k.mu.Lock()
	l := k.Held[offset]
	k.Level[offset] = level
	k.mu.Unlock()
	event := make([]byte, eventSize)
	native.PutUint32(event[eventID:], 2-uint32(b(level != (l.Flags&activeLow != 0))))
	_, _ = l.Events.Write(event)
}

// At is a line's physical level.
func (k *Kernel) At(offset uint32) bool {
	k.mu.Lock()
	defer k.mu.Unlock()
	return k.Level[offset]
}

func b(yes bool) uint64 {
	if yes {
		return 1
	}
	return 0
}

// Claimed is how many lines are claimed now.
func (k *Kernel) Claimed() int {
	k.mu.Lock()
	defer k.mu.Unlock()
	return len(k.Held)
}
