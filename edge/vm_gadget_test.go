//go:build vm

package edge_test

import (
	"encoding/binary"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
	"unsafe"

	"github.com/stretchr/testify/require"
	"golang.org/x/sys/unix"

	"portaria/edge/internal/keyboard"
	"portaria/edge/internal/keyboard/keyboardtest"
)

// gadget is a USB scanner in the kernel's own bus: a keyboard and a serial line in one device.
type gadget struct{ t *testing.T }

const (
	gadgetDir  = "/sys/kernel/config/usb_gadget/scanner"
	serialName = "/dev/serial/by-id/usb-Portaria_Scanner_0001-if02"
	typedName  = "/dev/input/by-id/usb-Portaria_Scanner_0001-event-kbd"
	wedgeName  = "/dev/input/by-id/wedge-event-kbd"
	cameraName = "/dev/v4l/by-id/camera-video-index0"
)

// keyboardReport is the report descriptor of a boot keyboard (USB HID 1.11, appendix B.1).
const keyboardReport = "\x05\x01\x09\x06\xa1\x01\x05\x07\x19\xe0\x29\xe7\x15\x00\x25\x01\x75\x01\x95\x08\x81\x02\x95\x01\x75\x08\x81\x03" +
	"\x95\x05\x75\x01\x05\x08\x19\x01\x29\x05\x91\x02\x95\x01\x75\x03\x91\x03\x95\x06\x75\x08\x15\x00\x25\x65\x05\x07\x19\x00\x29\x65\x81\x00\xc0"

func newGadget(t *testing.T) gadget {
	t.Helper()
	for _, dir := range []string{"", "strings/0x409", "configs/c.1", "functions/hid.0", "functions/acm.0"} {
		require.NoError(t, os.MkdirAll(filepath.Join(gadgetDir, dir), 0o755))
	}
	for file, text := range map[string]string{"idVendor": "0x1d6b", "idProduct": "0x0104", "strings/0x409/manufacturer": "Portaria",
		"strings/0x409/product": "Scanner", "strings/0x409/serialnumber": "0001", "functions/hid.0/protocol": "1",
		"functions/hid.0/subclass": "1", "functions/hid.0/report_length": "8", "functions/hid.0/report_desc": keyboardReport} {
		require.NoError(t, os.WriteFile(filepath.Join(gadgetDir, file), []byte(text), 0o600), file)
	}
	for _, function := range []string{"hid.0", "acm.0"} {
		require.NoError(t, os.Symlink(filepath.Join(gadgetDir, "functions", function), filepath.Join(gadgetDir, "configs/c.1", function)))
	}
	return gadget{t}
}

// plug connects the cable, and makes the lasting names as udev would.
func (g gadget) plug() {
	g.t.Helper()
	bus, err := os.ReadDir("/sys/class/udc")
	require.NoError(g.t, err)
	require.NotEmpty(g.t, bus)
	require.NoError(g.t, os.WriteFile(gadgetDir+"/UDC", []byte(bus[0].Name()), 0o600))
	named(g.t, serialName, "/dev/"+filepath.Base(appears(g.t, "/sys/class/tty/ttyACM*", "")))
	named(g.t, typedName, "/dev/input/"+filepath.Base(appears(g.t, "/sys/class/input/event*", "Portaria Scanner")))
}

func (g gadget) unplug() {
	g.t.Helper()
	require.NoError(g.t, os.WriteFile(gadgetDir+"/UDC", []byte("\n"), 0o600))
	require.NoError(g.t, os.Remove(serialName))
	require.NoError(g.t, os.Remove(typedName))
}

// appears waits for an entry of sysfs, by the name of its device if one is given.
func appears(t *testing.T, pattern, name string) (found string) {
	t.Helper()
	require.Eventually(t, func() bool {
		entries, _ := filepath.Glob(pattern)
		for _, entry := range entries {
			called, _ := os.ReadFile(entry + "/device/name")
			if found = entry; strings.HasPrefix(string(called), name) {
				return true
			}
		}
		return false
	}, patience, 10*time.Millisecond, "%s %s", pattern, name)
	return found
}

func named(t *testing.T, link, device string) {
	t.Helper()
	require.Eventually(t, func() bool { _, err := os.Stat(device); return err == nil }, patience, 10*time.Millisecond, device)
	require.NoError(t, os.MkdirAll(filepath.Dir(link), 0o755))
	require.NoError(t, os.Symlink(device, link))
}

// send puts bytes on the serial line.
func (g gadget) send(bytes string) {
	g.t.Helper()
	line, err := os.OpenFile("/dev/ttyGS0", os.O_WRONLY|unix.O_NOCTTY, 0)
	require.NoError(g.t, err)
	defer line.Close()
	settings, err := unix.IoctlGetTermios(int(line.Fd()), unix.TCGETS)
	require.NoError(g.t, err)
	settings.Iflag, settings.Oflag, settings.Lflag = unix.IGNPAR, 0, 0
	require.NoError(g.t, unix.IoctlSetTermios(int(line.Fd()), unix.TCSETS, settings))
	_, err = line.WriteString(bytes)
	require.NoError(g.t, err)
	require.NoError(g.t, unix.IoctlSetInt(int(line.Fd()), unix.TCSBRK, 1))
}

// press types on the keyboard, one report down and one up for each key, as the layout of the United States has them.
func (g gadget) press(text string) {
	g.t.Helper()
	keys, err := os.OpenFile("/dev/hidg0", os.O_RDWR, 0)
	require.NoError(g.t, err)
	defer keys.Close()
	for _, r := range text {
		shift, usage := hidKey(r)
		for _, report := range [][]byte{{shift, 0, usage, 0, 0, 0, 0, 0}, make([]byte, 8)} {
			_, err := keys.Write(report)
			require.NoError(g.t, err)
			time.Sleep(8 * time.Millisecond) // as often as a full-speed keyboard is asked
		}
	}
}

func hidKey(r rune) (shift, usage byte) {
	const leftShift = 2
	switch {
	case r >= 'a' && r <= 'z':
		return 0, byte(r-'a') + 4
	case r >= 'A' && r <= 'Z':
		return leftShift, byte(r-'A') + 4
	case r >= '1' && r <= '9':
		return 0, byte(r-'1') + 30
	case r == '0':
		return 0, 39
	}
	return 0, 40 // Enter
}

// wedge is a keyboard that a program plays, with the layout of Germany.
type wedge struct {
	t    *testing.T
	file *os.File
}

func newWedge(t *testing.T) wedge {
	t.Helper()
	file, err := os.OpenFile("/dev/uinput", os.O_WRONLY|unix.O_NONBLOCK, 0)
	require.NoError(t, err)
	fd := int(file.Fd())
	const setEvent, setKey, setup, create = 1<<30 | 4<<16 | 'U'<<8 | 100, 1<<30 | 4<<16 | 'U'<<8 | 101, 1<<30 | 92<<16 | 'U'<<8 | 3, 'U'<<8 | 1
	require.NoError(t, unix.IoctlSetInt(fd, setEvent, keyboard.Pressed))
	for code := 1; code < 128; code++ {
		require.NoError(t, unix.IoctlSetInt(fd, setKey, code))
	}
	about := make([]byte, 92) // struct uinput_setup: bus, vendor, product, version, name
	binary.NativeEndian.PutUint16(about, 3)
	copy(about[8:], "Wedge")
	control(t, file, setup, unsafe.Pointer(&about[0]))
	control(t, file, create, nil)
	named(t, wedgeName, "/dev/input/"+filepath.Base(appears(t, "/sys/class/input/event*", "Wedge")))
	return wedge{t, file}
}

func (w wedge) press(text string) {
	w.t.Helper()
	events, err := keyboardtest.Type("de", text)
	require.NoError(w.t, err)
	for _, e := range events {
		_, err := w.file.Write(e.Record(keyboard.RecordSize))
		require.NoError(w.t, err)
	}
}

func (w wedge) unplug() {
	w.t.Helper()
	require.NoError(w.t, w.file.Close())
	require.NoError(w.t, os.Remove(wedgeName))
}

func control(t *testing.T, file *os.File, request uintptr, argument unsafe.Pointer) {
	t.Helper()
	_, _, errno := unix.Syscall(unix.SYS_IOCTL, file.Fd(), request, uintptr(argument))
	require.Zero(t, errno, "ioctl %x", request)
}
