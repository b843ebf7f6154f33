package e2e

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"golang.org/x/sys/unix"

	"portaria/deploy/rig"
)

// disk is where a program keeps its state: a small file system of its own that can be filled.
type disk struct {
	dir string
}

// diskSize is small, so that filling it takes no time.
const diskSize = "64m"

// mountDisk makes a program's state folder a disk of its own. An error means that this machine allows no mounts.
func mountDisk(dir string) (*disk, error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, err
	}
	if err := unix.Mount("tmpfs", dir, "tmpfs", unix.MS_NOSUID|unix.MS_NODEV, "mode=0700,size="+diskSize); err != nil {
		return nil, fmt.Errorf("mount a small disk at %s: %w", dir, err)
	}
	return &disk{dir}, nil
}

func (d *disk) filler() string { return filepath.Join(d.dir, "filler") }

// fill leaves not a byte.
func (d *disk) fill() error {
	f, err := os.OpenFile(d.filler(), os.O_CREATE|os.O_WRONLY|os.O_APPEND, 0o600)
	if err != nil {
		return fmt.Errorf("fill a disk: %w", err)
	}
	defer f.Close()
	for chunk := make([]byte, 64<<10); len(chunk) > 0; {
		if _, err := f.Write(chunk); errors.Is(err, unix.ENOSPC) {
			chunk = chunk[:len(chunk)/2]
		} else if err != nil {
			return fmt.Errorf("fill a disk: %w", err)
		}
	}
	return nil
}

func (d *disk) empty() error { return os.Remove(d.filler()) }

func (d *disk) unmount() error { return unix.Unmount(d.dir, unix.MNT_DETACH) }

// limit is the other way, where nothing may be mounted: the kernel refuses to let the program's files grow. It ends
// with the process.
func limit(p *rig.Program) error {
	return unix.Prlimit(p.PID(), unix.RLIMIT_FSIZE, &unix.Rlimit{Cur: 4096, Max: unix.RLIM_INFINITY}, nil)
}
