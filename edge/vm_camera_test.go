//go:build vm

package edge_test

import (
	"encoding/binary"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"time"
	"unsafe"

	"github.com/makiuchi-d/gozxing"
	"github.com/makiuchi-d/gozxing/qrcode"
	"github.com/stretchr/testify/require"
	"golang.org/x/sys/unix"

	"portaria/edge/internal/scanner/sight/drawn"
)

// screen is what the kernel's virtual camera (vivid) looks at: its own video output, looped back.
type screen struct {
	t       *testing.T
	eye     *os.File // the camera's node, for its controls
	output  *os.File
	mu      sync.Mutex
	picture []byte
}

// The camera sees television: 720x576, which both ends must agree on.
const screenWidth, screenHeight = 720, 576

func newScreen(t *testing.T) *screen {
	t.Helper()
	s := &screen{t: t, picture: grey()}
	node := func(name string) string {
		return "/dev/" + filepath.Base(appearsAs(t, "/sys/class/video4linux/video*", name))
	}
	capture := node("vivid-000-vid-cap")
	s.eye, s.output = unpolled(t, capture), unpolled(t, node("vivid-000-vid-out"))
	const setFormat = 3<<30 | 208<<16 | 'V'<<8 | 5
	format := make([]byte, 208) // struct v4l2_format: type, then at 8 width, height, pixel format
	binary.NativeEndian.PutUint32(format, 2)
	binary.NativeEndian.PutUint32(format[8:], screenWidth)
	binary.NativeEndian.PutUint32(format[12:], screenHeight)
	copy(format[16:], "GREY")
	control(t, s.output, setFormat, unsafe.Pointer(&format[0]))
	require.Equal(t, "GREY", string(format[16:20]))
	s.set("Loop Video", 1)
	s.start()
	named(t, cameraName, capture)
	return s
}

// unpolled opens a video device so that nobody polls it: a poll starts it, and then its format can't be set any more.
func unpolled(t *testing.T, device string) *os.File {
	t.Helper()
	fd, err := unix.Open(device, unix.O_RDWR|unix.O_CLOEXEC, 0)
	require.NoError(t, err)
	return os.NewFile(uintptr(fd), device)
}

func grey() []byte {
	picture := make([]byte, screenWidth*screenHeight)
	for i := range picture {
		picture[i] = 128
	}
	return picture
}

// appearsAs waits for an entry of sysfs by its own name.
func appearsAs(t *testing.T, pattern, name string) (found string) {
	t.Helper()
	require.Eventually(t, func() bool {
		entries, _ := filepath.Glob(pattern)
		for _, entry := range entries {
			if called, _ := os.ReadFile(entry + "/name"); string(called) == name+"\n" {
				found = entry
				return true
			}
		}
		return false
	}, patience, 10*time.Millisecond, name)
	return found
}

// set sets a control of the camera by its name.
func (s *screen) set(name string, value int32) {
	s.t.Helper()
	const query, set, next = 3<<30 | 68<<16 | 'V'<<8 | 36, 3<<30 | 8<<16 | 'V'<<8 | 28, 1 << 31
	about := make([]byte, 68) // struct v4l2_queryctrl: id, type, name
	for {
		binary.NativeEndian.PutUint32(about, binary.NativeEndian.Uint32(about)|next)
		control(s.t, s.eye, query, unsafe.Pointer(&about[0]))
		if unix.ByteSliceToString(about[8:40]) == name {
			break
		}
	}
	change := make([]byte, 8)
	copy(change, about[:4])
	binary.NativeEndian.PutUint32(change[4:], uint32(value))
	control(s.t, s.eye, set, unsafe.Pointer(&change[0]))
}

// Requests of linux/videodev2.h, for 64-bit machines.
const (
	requestBuffers = 3<<30 | 20<<16 | 'V'<<8 | 8
	queueBuffer    = 3<<30 | 88<<16 | 'V'<<8 | 15
	takeBuffer     = 3<<30 | 88<<16 | 'V'<<8 | 17
	queryBuffer    = 3<<30 | 88<<16 | 'V'<<8 | 9
	startStream    = 1<<30 | 4<<16 | 'V'<<8 | 18
	videoOutput    = 2
	mapped         = 1
)

// buffer is struct v4l2_buffer: index, type, bytes used, at 60 the kind of memory, at 64 where it is, at 72 its length.
func buffer(index uint32) []byte {
	b := make([]byte, 88)
	binary.NativeEndian.PutUint32(b, index)
	binary.NativeEndian.PutUint32(b[4:], videoOutput)
	binary.NativeEndian.PutUint32(b[8:], screenWidth*screenHeight)
	binary.NativeEndian.PutUint32(b[60:], mapped)
	return b
}

// start maps two buffers, shows the picture in both, and keeps them going round.
func (s *screen) start() {
	s.t.Helper()
	ask := make([]byte, 20) // struct v4l2_requestbuffers: count, type, memory
	binary.NativeEndian.PutUint32(ask, 2)
	binary.NativeEndian.PutUint32(ask[4:], videoOutput)
	binary.NativeEndian.PutUint32(ask[8:], mapped)
	control(s.t, s.output, requestBuffers, unsafe.Pointer(&ask[0]))
	var memory [2][]byte
	for i := range memory {
		about := buffer(uint32(i))
		control(s.t, s.output, queryBuffer, unsafe.Pointer(&about[0]))
		var err error
		memory[i], err = unix.Mmap(int(s.output.Fd()), int64(binary.NativeEndian.Uint32(about[64:])), int(binary.NativeEndian.Uint32(about[72:])),
			unix.PROT_READ|unix.PROT_WRITE, unix.MAP_SHARED)
		require.NoError(s.t, err)
		copy(memory[i], s.picture)
		about = buffer(uint32(i))
		control(s.t, s.output, queueBuffer, unsafe.Pointer(&about[0]))
	}
	kind := uint32(videoOutput)
	control(s.t, s.output, startStream, unsafe.Pointer(&kind))
	go s.play(memory)
}

// play shows the picture again and again, as a screen does, until the camera is unplugged.
func (s *screen) play(memory [2][]byte) {
	for {
		free := buffer(0)
		if _, _, errno := unix.Syscall(unix.SYS_IOCTL, s.output.Fd(), takeBuffer, uintptr(unsafe.Pointer(&free[0]))); errno != 0 {
			return
		}
		index := binary.NativeEndian.Uint32(free)
		s.mu.Lock()
		copy(memory[index], s.picture)
		s.mu.Unlock()
		again := buffer(index)
		if _, _, errno := unix.Syscall(unix.SYS_IOCTL, s.output.Fd(), queueBuffer, uintptr(unsafe.Pointer(&again[0]))); errno != 0 {
			return
		}
	}
}

// show holds a ticket before the camera.
func (s *screen) show(text string) {
	s.t.Helper()
	p, err := drawn.Code(qrcode.NewQRCodeWriter(), gozxing.BarcodeFormat_QR_CODE, text, screenWidth, screenHeight, 400)
	require.NoError(s.t, err)
	s.mu.Lock()
	s.picture = p.Grey
	s.mu.Unlock()
}

// hide takes it away.
func (s *screen) hide() {
	s.mu.Lock()
	s.picture = grey()
	s.mu.Unlock()
}

// unplug takes the camera from the kernel.
func (s *screen) unplug() {
	s.t.Helper()
	s.set("Disconnect", 1)
	require.NoError(s.t, os.Remove(cameraName))
}
