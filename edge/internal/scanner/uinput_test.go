package scanner_test

import (
	"context"
	"encoding/binary"
	"errors"
	"os"
	"path/filepath"
	"testing"
	"time"
	"unsafe"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"golang.org/x/sys/unix"

	"portaria/edge/internal/keyboard"
	"portaria/edge/internal/scanner"
)

// Requests of linux/uinput.h.
const (
	uiDevCreate  = 'U'<<8 | 1
	uiDevSetup   = 1<<30 | 92<<16 | 'U'<<8 | 3
	uiSetEvBit   = 1<<30 | 4<<16 | 'U'<<8 | 100
	uiSetKeyBit  = 1<<30 | 4<<16 | 'U'<<8 | 101
	uiGetSysName = 2<<30 | 64<<16 | 'U'<<8 | 44
)

// virtual plugs a keyboard into this machine's own kernel and links it as by-id would. Closing the file unplugs it.
func virtual(t *testing.T, link string) *os.File {
	t.Helper()
	file, err := os.OpenFile("/dev/uinput", os.O_WRONLY|unix.O_NONBLOCK, 0)
	require.NoError(t, err)
	fd := int(file.Fd())
	require.NoError(t, unix.IoctlSetInt(fd, uiSetEvBit, keyboard.Pressed))
	for code := 1; code < 128; code++ {
		require.NoError(t, unix.IoctlSetInt(fd, uiSetKeyBit, code))
	}
	setup := make([]byte, 92) // struct uinput_setup: bus, vendor, product, version, name
	binary.NativeEndian.PutUint16(setup, 3)
	copy(setup[8:], "Portaria test wedge")
	request(t, fd, uiDevSetup, unsafe.Pointer(&setup[0]))
	request(t, fd, uiDevCreate, nil)
	name := make([]byte, 64)
	request(t, fd, uiGetSysName, unsafe.Pointer(&name[0]))
	var found []string
	require.Eventually(t, func() bool {
		found, _ = filepath.Glob("/sys/devices/virtual/input/" + unix.ByteSliceToString(name) + "/event*")
		return len(found) == 1
	}, 5*time.Second, 5*time.Millisecond)
	node := "/dev/input/" + filepath.Base(found[0])
	require.Eventually(t, func() bool { _, err := os.Stat(node); return err == nil }, 5*time.Second, 5*time.Millisecond)
	_ = os.Remove(link)
	require.NoError(t, os.Symlink(node, link))
	return file
}

func request(t *testing.T, fd int, request uintptr, argument unsafe.Pointer) {
	t.Helper()
	_, _, errno := unix.Syscall(unix.SYS_IOCTL, uintptr(fd), request, uintptr(argument))
	require.Zero(t, errno)
}

func typeInto(t *testing.T, file *os.File, text string) {
	t.Helper()
	for _, e := range strokes(t, "us", text) {
		_, err := file.Write(e.Record(keyboard.RecordSize))
		require.NoError(t, err)
	}
}

func TestAKeyboardOfTheKernelIsGrabbedAndRead(t *testing.T) {
	if _, err := os.Stat("/dev/uinput"); errors.Is(err, os.ErrNotExist) {
		t.Skip("this machine has no /dev/uinput: its kernel has no module uinput, or a container hides it; the records themselves are tested above")
	}
	link := filepath.Join(t.TempDir(), "by-id")
	device := virtual(t, link)
	readings, states := make(chan scanner.Reading, 100), make(chan string, 100)
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		scanner.Named(link, wedge("us"), nil).Run(ctx, func(r scanner.Reading) { readings <- r }, func(now string, _ error) { states <- now })
	}()
	require.Equal(t, scanner.Ready, next(t, states))
	typeInto(t, device, "7K3M9QXF2TBCW8\r")
	assert.Equal(t, scanner.Reading{Text: "7K3M9QXF2TBCW8"}, next(t, readings))

	second, why := context.WithCancel(t.Context())
	refused := make(chan error, 100)
	go scanner.Named(link, wedge("us"), nil).Run(second, func(scanner.Reading) {}, func(_ string, err error) { refused <- err })
	assert.ErrorContains(t, next(t, refused), "another program reads it")
	why()

	require.NoError(t, device.Close())
	require.Equal(t, scanner.Gone, next(t, states))
	device = virtual(t, link)
	require.Equal(t, scanner.Ready, next(t, states))
	typeInto(t, device, "AGAIN\r")
	assert.Equal(t, scanner.Reading{Text: "AGAIN"}, next(t, readings))
	cancel()
	<-ended
	require.NoError(t, device.Close())
}
