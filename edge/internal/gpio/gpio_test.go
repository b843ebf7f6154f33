package gpio_test

import (
	"encoding/binary"
	"errors"
	"io"
	"os"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"golang.org/x/sys/unix"

	"portaria/edge/internal/gpio"
)

// What a C program built from Linux's own <linux/gpio.h> printed: numbers of ioctls (they hold the structs' sizes: 68,
// 592, 16, 16 bytes) and offsets of the fields. The kernel's side is played at these offsets, not by the package's structs.
const (
	getChipInfo = 0x8044b401
	getLine     = 0xc250b407
	getValues   = 0xc010b40e
	setValues   = 0xc010b40f

	chipLabel, chipLines                                          = 32, 64
	reqConsumer, reqFlags, reqAttrs, reqAttr0, reqNumLines, reqFD = 256, 288, 296, 320, 560, 588
	attrID, attrValue, attrMask                                   = 0, 8, 16
	eventSize, eventID                                            = 48, 8
	activeLow, input, output, rising, falling, pullUp             = 2, 4, 8, 16, 32, 256
	attributeOutputValues                                         = 2
)

// kernel plays chips and lines.
type kernel struct {
	mu     sync.Mutex
	labels map[string]string // by path
	paths  []string
	open   map[int]string   // chip descriptors
	lines  map[int]*line    // line descriptors
	held   map[uint32]*line // by offset
	level  map[uint32]bool  // physical level of each line: it stays when a line is closed
	next   int
	fails  map[uint]error
}

type line struct {
	offset uint32
	flags  uint64
	events *io.PipeWriter
	reader *io.PipeReader
}

func machine() *kernel {
	return &kernel{labels: map[string]string{"/dev/gpiochip0": "raspberrypi-exp-gpio", "/dev/gpiochip1": "pinctrl-bcm2711"},
		paths: []string{"/dev/gpiochip1", "/dev/gpiochip0"}, open: map[int]string{}, lines: map[int]*line{}, held: map[uint32]*line{},
		level: map[uint32]bool{}, next: 10, fails: map[uint]error{}}
}

func (k *kernel) Chips() ([]string, error) { return k.paths, nil }

func (k *kernel) Open(path string) (int, error) {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.next++
	k.open[k.next] = path
	return k.next, nil
}

func (k *kernel) Close(fd int) error {
	k.mu.Lock()
	defer k.mu.Unlock()
	if l := k.lines[fd]; l != nil {
		delete(k.held, l.offset)
	}
	delete(k.open, fd)
	delete(k.lines, fd)
	return nil
}

var native = binary.NativeEndian

func (k *kernel) Ioctl(fd int, request uint, s []byte) error {
	k.mu.Lock()
	defer k.mu.Unlock()
	if err := k.fails[request]; err != nil {
		return err
	}
	if want := int(request >> 16 & 0x3fff); len(s) != want {
		return unix.EFAULT
	}
	switch request {
	case getChipInfo:
		copy(s[chipLabel:chipLabel+32], k.labels[k.open[fd]])
		native.PutUint32(s[chipLines:], 58)
	case getLine:
		return k.claim(fd, s)
	case getValues:
		l := k.lines[fd]
		native.PutUint64(s, b(k.level[l.offset] != (l.flags&activeLow != 0)))
	case setValues:
		l := k.lines[fd]
		if native.Uint64(s[8:]) != 1 || l.flags&output == 0 {
			return unix.EPERM
		}
		k.level[l.offset] = (native.Uint64(s)&1 == 1) != (l.flags&activeLow != 0)
	default:
		return unix.ENOTTY
	}
	return nil
}

func (k *kernel) claim(fd int, s []byte) error {
	offset, flags := native.Uint32(s), native.Uint64(s[reqFlags:])
	switch {
	case k.labels[k.open[fd]] != "pinctrl-bcm2711" || native.Uint32(s[reqNumLines:]) != 1 || offset >= 58:
		return unix.EINVAL
	case k.held[offset] != nil:
		return unix.EBUSY
	}
	if flags&output != 0 {
		on := false
		if native.Uint32(s[reqAttrs:]) == 1 && native.Uint32(s[reqAttr0+attrID:]) == attributeOutputValues && native.Uint64(s[reqAttr0+attrMask:]) == 1 {
			on = native.Uint64(s[reqAttr0+attrValue:])&1 == 1
		}
		k.level[offset] = on != (flags&activeLow != 0)
	}
	l := &line{offset: offset, flags: flags}
	l.reader, l.events = io.Pipe()
	k.next++
	k.lines[k.next], k.held[offset] = l, l
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

func (k *kernel) File(fd int) io.ReadCloser {
	return stream{k.lines[fd].reader, func() { _ = k.Close(fd) }}
}

// edge moves a line and tells of it, as the kernel does: by the logical value.
func (k *kernel) edge(offset uint32, level bool) {
	k.mu.Lock()
	l := k.held[offset]
	k.level[offset] = level
	k.mu.Unlock()
	event := make([]byte, eventSize)
	native.PutUint32(event[eventID:], 2-uint32(b(level != (l.flags&activeLow != 0))))
	_, _ = l.events.Write(event)
}

func (k *kernel) at(offset uint32) bool {
	k.mu.Lock()
	defer k.mu.Unlock()
	return k.level[offset]
}

func b(yes bool) uint64 {
	if yes {
		return 1
	}
	return 0
}

func TestAChipIsFoundByItsLabel(t *testing.T) {
	k := machine()
	path, lines, err := gpio.Chip(k, "pinctrl-bcm2711")
	require.NoError(t, err)
	assert.Equal(t, "/dev/gpiochip1", path)
	assert.Equal(t, 58, lines)
	assert.Empty(t, k.open, "nothing stays open")

	_, _, err = gpio.Chip(k, "pinctrl-rp1")
	assert.ErrorContains(t, err, "there are: raspberrypi-exp-gpio, pinctrl-bcm2711")
	k.paths = nil
	_, _, err = gpio.Chip(k, "pinctrl-rp1")
	assert.ErrorContains(t, err, "this machine has none")
}

func TestAnOutputIsOffFromItsFirstMomentToItsLast(t *testing.T) {
	for _, low := range []bool{false, true} {
		k := machine()
		k.level[17] = !low // on, as a crash left it
		out, err := gpio.OpenOutput(k, "/dev/gpiochip1", 17, low)
		require.NoError(t, err)
		assert.Equal(t, low, k.at(17), "off at once")
		require.NoError(t, out.Set(true))
		assert.Equal(t, !low, k.at(17))
		require.NoError(t, out.Close())
		assert.Equal(t, low, k.at(17), "a closed line keeps its level, so it is driven off before")
		assert.Empty(t, k.lines)
	}
}

func TestALineIsClaimedOnce(t *testing.T) {
	k := machine()
	_, err := gpio.OpenOutput(k, "/dev/gpiochip1", 17, false)
	require.NoError(t, err)
	_, err = gpio.OpenOutput(k, "/dev/gpiochip1", 17, false)
	assert.ErrorContains(t, err, "is the gate running?")
	_, err = gpio.OpenOutput(k, "/dev/gpiochip1", 99, false)
	assert.ErrorContains(t, err, "no such line")
	k.fails[getLine] = unix.EPERM
	_, err = gpio.OpenOutput(k, "/dev/gpiochip1", 18, false)
	assert.ErrorContains(t, err, "group gpio")
}

func TestAnInputTellsItsLevelAndEveryEdge(t *testing.T) {
	k := machine()
	k.level[22] = true // pulled up: the contact is open
	heard := make(chan bool, 8)
	in, err := gpio.OpenInput(k, "/dev/gpiochip1", 22, true, func(active bool) { heard <- active }, func(err error) { t.Error(err) })
	require.NoError(t, err)
	assert.EqualValues(t, input|rising|falling|pullUp|activeLow, k.held[22].flags)
	k.edge(22, false)
	k.edge(22, true)
	for _, want := range []bool{false, true, false} {
		select {
		case got := <-heard:
			assert.Equal(t, want, got)
		case <-time.After(5 * time.Second):
			require.Fail(t, "an edge was lost")
		}
	}
	require.NoError(t, in.Close())
}

func TestAnInputSaysThatItsDeviceIsGone(t *testing.T) {
	k := machine()
	failed := make(chan error, 1)
	_, err := gpio.OpenInput(k, "/dev/gpiochip1", 22, false, func(bool) {}, func(err error) { failed <- err })
	require.NoError(t, err)
	_ = k.held[22].events.CloseWithError(unix.ENODEV)
	assert.ErrorIs(t, <-failed, unix.ENODEV)

	k.fails[getValues] = errors.New("input/output error")
	_, err = gpio.OpenInput(k, "/dev/gpiochip1", 23, false, func(bool) {}, func(error) {})
	assert.ErrorContains(t, err, "read line 23")
	assert.Nil(t, k.held[23], "and the line is given back")
}
