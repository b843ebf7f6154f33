package edge

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"golang.org/x/sys/unix"
)

const (
	ballastFile  = "ballast"
	ballastSize  = 32 << 20 // room for some 30,000 people
	lowRoom      = 8 << 20  // so little that the ballast is let go
	fullFraction = 10       // a tenth free is where somebody is called: 90 % are in use
	diskEvery    = 30 * time.Second
)

// disk keeps room for the journal: a file of no use that is let go when the disk is full, so that whoever stands at the
// turnstile is still recorded while somebody makes room.
type disk struct {
	dir  string
	room func(dir string) (free, size int64, err error)
	said string // what was told last, so that it is told once
}

func newDisk(dir string) *disk { return &disk{dir: dir, room: roomOn} }

func roomOn(dir string) (free, size int64, err error) {
	var st unix.Statfs_t
	if err := unix.Statfs(dir, &st); err != nil {
		return 0, 0, fmt.Errorf("look for room on the disk of %s: %w", dir, err)
	}
	return int64(st.Bavail) * int64(st.Bsize), int64(st.Blocks) * int64(st.Bsize), nil //nolint:gosec,unconvert // blocks of a disk fit; types differ by processor
}

// look keeps the ballast right, and returns what an operator must be told, empty when that is nothing new.
func (d *disk) look() (tell string) {
	free, size, err := d.room(d.dir)
	if err == nil {
		tell, err = d.judge(free, size)
	}
	if err != nil {
		tell = err.Error()
	}
	if tell == d.said {
		return ""
	}
	d.said = tell
	return tell
}

func (d *disk) judge(free, size int64) (tell string, err error) {
	path := filepath.Join(d.dir, ballastFile)
	_, missing := os.Stat(path)
	kept := missing == nil
	switch {
	case free < lowRoom:
		if err := os.Remove(path); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return "", fmt.Errorf("let the ballast go: %w", err)
		}
		return "the disk is full: the room kept for the journal is in use now; delete what is not Portaria's, or change the card", nil
	case free < size/fullFraction:
		return fmt.Sprintf("the disk is more than 90 %% full, %d MB are left: make room before the next event", free>>20), nil
	case !kept && free-ballastSize > size/fullFraction:
		return "", d.load(path)
	}
	return "", nil
}

// load makes the ballast, of blocks that are really taken.
func (d *disk) load(path string) error {
	file, err := os.OpenFile(path, os.O_CREATE|os.O_WRONLY, 0o600)
	if err != nil {
		return fmt.Errorf("keep room for the journal: %w", err)
	}
	err = unix.Fallocate(int(file.Fd()), 0, 0, ballastSize)
	if err := errors.Join(err, file.Close()); err != nil && !errors.Is(err, unix.EOPNOTSUPP) {
		return fmt.Errorf("keep room for the journal: %w", errors.Join(err, os.Remove(path)))
	}
	return nil
}

// watchDisk tells operators while the gate runs.
func (n *node) watchDisk(ctx context.Context) {
	turn := time.NewTicker(diskEvery)
	defer turn.Stop()
	for {
		if tell := n.disk.look(); tell != "" {
			n.driver.Note(ctx, 0, tell)
		}
		select {
		case <-ctx.Done():
			return
		case <-turn.C:
		}
	}
}
