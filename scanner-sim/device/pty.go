package device

import (
	"fmt"
	"os"

	"golang.org/x/sys/unix"
)

// pty is a pseudo terminal: what the simulator writes to near, a gate reads from the far end, a /dev/pts file.
type pty struct {
	near *os.File
	far  *os.File // kept open, so that the line stays raw and unread codes survive a gate that restarts
	path string   // of the far end
}

func openPTY() (p pty, err error) {
	p.near, err = os.OpenFile("/dev/ptmx", os.O_RDWR|unix.O_NOCTTY|unix.O_NONBLOCK, 0)
	if err != nil {
		return pty{}, fmt.Errorf("open a pseudo terminal: %w", err)
	}
	defer func() {
		if err != nil {
			p.close()
		}
	}()
	number := 0
	err = onDescriptor(p.near, func(fd int) (err error) {
		if err = unix.IoctlSetPointerInt(fd, unix.TIOCSPTLCK, 0); err != nil {
			return err
		}
		number, err = unix.IoctlGetInt(fd, unix.TIOCGPTN)
		return err
	})
	if err != nil {
		return p, fmt.Errorf("unlock a pseudo terminal: %w", err)
	}
	p.path = fmt.Sprintf("/dev/pts/%d", number)
	p.far, err = os.OpenFile(p.path, os.O_RDWR|unix.O_NOCTTY|unix.O_NONBLOCK, 0)
	if err != nil {
		return p, fmt.Errorf("open the far end of a pseudo terminal: %w", err)
	}
	return p, onDescriptor(p.far, makeRaw)
}

// makeRaw takes the terminal out of a terminal: no echo, no lines, no translation of CR, eight bits.
func makeRaw(fd int) error {
	t, err := unix.IoctlGetTermios(fd, unix.TCGETS)
	if err != nil {
		return fmt.Errorf("read the settings of a pseudo terminal: %w", err)
	}
	t.Iflag &^= unix.IGNBRK | unix.BRKINT | unix.PARMRK | unix.ISTRIP | unix.INLCR | unix.IGNCR | unix.ICRNL | unix.IXON
	t.Oflag &^= unix.OPOST
	t.Lflag &^= unix.ECHO | unix.ECHONL | unix.ICANON | unix.ISIG | unix.IEXTEN
	t.Cflag = t.Cflag&^(unix.CSIZE|unix.PARENB) | unix.CS8
	t.Cc[unix.VMIN], t.Cc[unix.VTIME] = 1, 0
	if err := unix.IoctlSetTermios(fd, unix.TCSETS, t); err != nil {
		return fmt.Errorf("make a pseudo terminal raw: %w", err)
	}
	return nil
}

// unread is how many bytes no gate has taken from the line yet.
func (p pty) unread() (n int, err error) {
	err = onDescriptor(p.far, func(fd int) (err error) {
		n, err = unix.IoctlGetInt(fd, unix.TIOCINQ)
		return err
	})
	return n, err
}

func (p pty) close() {
	if p.far != nil {
		_ = p.far.Close()
	}
	_ = p.near.Close()
}

// onDescriptor calls do with the file's descriptor. os.File.Fd would make the file blocking, and a blocked write
// could not be given up.
func onDescriptor(f *os.File, do func(fd int) error) error {
	raw, err := f.SyscallConn()
	if err != nil {
		return err
	}
	var inner error
	if err := raw.Control(func(fd uintptr) { inner = do(int(fd)) }); err != nil {
		return err
	}
	return inner
}
