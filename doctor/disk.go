package doctor

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"time"

	"golang.org/x/sys/unix"
)

// Limits of a disk. An SD card of the better kind syncs in 2-10 ms; at 50 ms guests feel it, at 250 ms the lane stalls.
const (
	slowSync  = 50 * time.Millisecond
	stuckSync = 250 * time.Millisecond
	fewBytes  = 200 << 20
	someBytes = 1 << 30
	syncTries = 15
	syncLimit = 5 * time.Second // for all of them
)

// StateDir looks at the directory where a program keeps what it must not lose: its owner, its mode, and every file in it.
func StateDir(dir string) Finding {
	const what = "state directory"
	info, err := os.Stat(dir)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return notThere(dir)
	case err != nil:
		return Broken(what, "%v; run this as root or as the program's own user", err)
	case !info.IsDir():
		return Broken(what, "%s is not a directory; move it away or change state_dir", dir)
	}
	if unix.Access(dir, unix.W_OK|unix.X_OK) != nil {
		return Broken(what, "%s cannot be written by this user; run this as the program's user, or give it that user: chown -R", dir)
	}
	if err := oneOwner(dir); err != nil {
		return Broken(what, "%v", err)
	}
	if info.Mode().Perm()&0o077 != 0 {
		return Doubt(what, "%s can be read by others; chmod 700 %s", dir, dir)
	}
	return Well(what, "%s", dir)
}

func notThere(dir string) Finding {
	const what = "state directory"
	parent := filepath.Dir(dir)
	for ; parent != "/" && parent != "."; parent = filepath.Dir(parent) {
		if _, err := os.Stat(parent); err == nil {
			break
		}
	}
	if unix.Access(parent, unix.W_OK) != nil {
		return Broken(what, "%s is not there and this user cannot make it; make it, or let systemd (StateDirectory) do so", dir)
	}
	return Doubt(what, "%s is not there yet; the first start makes it", dir)
}

// oneOwner finds files that somebody else left, as after a start by hand as root.
func oneOwner(dir string) error {
	owner, err := ownerOf(dir)
	if err != nil {
		return err
	}
	entries, err := os.ReadDir(dir)
	if err != nil {
		return fmt.Errorf("%w; run this as root or as the program's own user", err)
	}
	for _, entry := range entries {
		path := filepath.Join(dir, entry.Name())
		if found, err := ownerOf(path); err == nil && found != owner {
			return fmt.Errorf("%s belongs to user %d but the directory to %d, as after a start by hand; chown -R --reference=%s %s",
				path, found, owner, dir, dir)
		}
	}
	return nil
}

func ownerOf(path string) (uint32, error) {
	var st unix.Stat_t
	if err := unix.Lstat(path, &st); err != nil {
		return 0, fmt.Errorf("look at %s: %w", path, err)
	}
	return st.Uid, nil
}

// Space looks at the room on the disk of dir, or of the first parent that exists.
func Space(dir string) Finding {
	const what = "free disk"
	var st unix.Statfs_t
	err := unix.Statfs(existing(dir), &st)
	if err != nil {
		return Broken(what, "ask about %s: %v", dir, err)
	}
	free, all := st.Bavail*uint64(st.Bsize), st.Blocks*uint64(st.Bsize)
	seen := fmt.Sprintf("%d MB of %d MB free", free>>20, all>>20)
	switch {
	case st.Flags&unix.ST_RDONLY != 0:
		return Broken(what, "the disk of %s is read-only; it was mounted so, or it failed: look at dmesg, replace the card", dir)
	case free < fewBytes:
		return Broken(what, "%s; delete what does not belong there, or use a bigger disk", seen)
	case free < someBytes || all > 0 && free*10 < all:
		return Doubt(what, "%s; make room before the next event", seen)
	}
	return Well(what, "%s", seen)
}

func existing(dir string) string {
	for dir != "/" && dir != "." {
		if _, err := os.Stat(dir); err == nil {
			return dir
		}
		dir = filepath.Dir(dir)
	}
	return dir
}

// SyncSpeed writes and syncs 4 KiB a few times in a file of its own in dir, and removes it.
func SyncSpeed(dir string) Finding {
	const what = "disk sync speed"
	took, err := syncs(existing(dir))
	if err != nil {
		return Broken(what, "%v; is the disk full, read-only, or another user's?", err)
	}
	slices.Sort(took)
	middle, worst := took[len(took)/2], took[len(took)-1]
	seen := fmt.Sprintf("%.1f ms (worst %.1f ms) for 4 KiB", ms(middle), ms(worst))
	switch {
	case middle > stuckSync:
		return Broken(what, "%s; every guest waits for it: replace the card", seen)
	case middle > slowSync || worst > 4*stuckSync:
		return Doubt(what, "%s; guests will feel it: use a faster card, or an SSD", seen)
	}
	return Well(what, "%s", seen)
}

func ms(d time.Duration) float64 { return float64(d.Microseconds()) / 1000 }

func syncs(dir string) (took []time.Duration, err error) {
	file, err := os.CreateTemp(dir, ".doctor-*")
	if err != nil {
		return nil, fmt.Errorf("write into %s: %w", dir, err)
	}
	defer func() { err = errors.Join(err, file.Close(), os.Remove(file.Name())) }()
	block, began := make([]byte, 4096), time.Now()
	for range syncTries {
		started := time.Now()
		if _, err := file.WriteAt(block, 0); err != nil {
			return nil, fmt.Errorf("write into %s: %w", dir, err)
		}
		if err := unix.Fdatasync(int(file.Fd())); err != nil {
			return nil, fmt.Errorf("sync %s: %w", dir, err)
		}
		if took = append(took, time.Since(started)); time.Since(began) > syncLimit {
			break
		}
	}
	return took, nil
}
