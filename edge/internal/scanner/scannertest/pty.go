// Package scannertest gives tests a serial line with a scanner's end and a gate's end: a pseudo-terminal.
package scannertest

import (
	"fmt"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"golang.org/x/sys/unix"
)

// Line is a serial line that can be unplugged and plugged in again under the same name.
type Line struct {
	Device string // what the gate opens
	t      testing.TB
	master *os.File
}

// New plugs a line in.
func New(t testing.TB) *Line {
	t.Helper()
	line := &Line{Device: filepath.Join(t.TempDir(), "scanner"), t: t}
	line.Plug()
	t.Cleanup(line.Unplug)
	return line
}

// Plug connects a new device under the old name.
func (l *Line) Plug() {
	l.t.Helper()
	master, err := os.OpenFile("/dev/ptmx", os.O_RDWR|unix.O_NOCTTY, 0)
	require.NoError(l.t, err)
	fd := int(master.Fd())
	require.NoError(l.t, unix.IoctlSetPointerInt(fd, unix.TIOCSPTLCK, 0))
	number, err := unix.IoctlGetInt(fd, unix.TIOCGPTN)
	require.NoError(l.t, err)
	require.NoError(l.t, raw(number))
	l.master = master
	require.NoError(l.t, os.Symlink(fmt.Sprintf("/dev/pts/%d", number), l.Device))
}

// raw sets the line up as a scanner's cable: no echo and no line editing, even before the gate opens it.
func raw(number int) error {
	end, err := os.OpenFile(fmt.Sprintf("/dev/pts/%d", number), os.O_RDWR|unix.O_NOCTTY, 0)
	if err != nil {
		return err
	}
	defer end.Close()
	settings, err := unix.IoctlGetTermios(int(end.Fd()), unix.TCGETS)
	if err != nil {
		return err
	}
	settings.Iflag, settings.Oflag, settings.Lflag = unix.IGNPAR, 0, 0
	return unix.IoctlSetTermios(int(end.Fd()), unix.TCSETS, settings)
}

// Unplug takes the device away in the middle of whatever happens.
func (l *Line) Unplug() {
	if l.master == nil {
		return
	}
	os.Remove(l.Device)
	l.master.Close()
	l.master = nil
}

// Flood sends bytes again and again until a time, as fast as they are taken. The line is then of no more use for Send.
func (l *Line) Flood(bytes string, until time.Time) {
	fd := int(l.master.Fd())
	if unix.SetNonblock(fd, true) != nil {
		return
	}
	for time.Now().Before(until) {
		if _, err := unix.Write(fd, []byte(bytes)); err != nil {
			_, _ = unix.Poll([]unix.PollFd{{Fd: int32(fd), Events: unix.POLLOUT}}, 10)
		}
	}
}

// Send types bytes as the scanner would.
func (l *Line) Send(bytes string) {
	l.t.Helper()
	_, err := l.master.WriteString(bytes)
	require.NoError(l.t, err)
}
