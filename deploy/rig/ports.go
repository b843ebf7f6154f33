package rig

import (
	"fmt"
	"math/rand/v2"
	"net"
	"os"
	"path/filepath"
	"slices"

	"golang.org/x/sys/unix"
)

// Where FreePorts looks: below the ports that outgoing connections take, so that a program that is started again finds
// its own still free.
const lowPort, highPort = 20000, 32000

// FreePorts finds addresses on loopback that nobody uses, host:port. No other call gives the same ones, in no other process
// either, for as long as this process lives: a slow computer may take long until a program listens there.
func FreePorts(n int) ([]string, error) {
	desk, err := openDesk()
	if err != nil {
		return nil, err
	}
	var free []string
	for tries := 0; len(free) < n; tries++ {
		address, err := desk.take(lowPort + rand.IntN(highPort-lowPort))
		if slices.Contains(free, address) {
			continue // a lock does not keep out who has it
		}
		if err != nil && tries < 100*n {
			continue
		}
		if err != nil {
			return nil, fmt.Errorf("find a free port: %w", err)
		}
		free = append(free, address)
	}
	return free, nil
}

// desk is the descriptor of a file in which the byte of a port is locked by whoever has that port. It is never closed: the
// kernel takes it back with the process.
type desk int

func openDesk() (desk, error) {
	path := filepath.Join(os.TempDir(), fmt.Sprintf("portaria-ports-%d", os.Getuid()))
	fd, err := unix.Open(path, unix.O_RDWR|unix.O_CREAT|unix.O_CLOEXEC|unix.O_NOFOLLOW, 0o600)
	if err != nil {
		return 0, fmt.Errorf("open %s: %w", path, err)
	}
	return desk(fd), nil
}

// take locks a port that nobody listens on.
func (d desk) take(port int) (address string, err error) {
	lock := unix.Flock_t{Type: unix.F_WRLCK, Start: int64(port), Len: 1}
	if err := unix.FcntlFlock(uintptr(d), unix.F_OFD_SETLK, &lock); err != nil {
		return "", fmt.Errorf("port %d is another's: %w", port, err)
	}
	listener, err := net.Listen("tcp", fmt.Sprintf("127.0.0.1:%d", port))
	if err != nil {
		return "", err
	}
	return listener.Addr().String(), listener.Close()
}
