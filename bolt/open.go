// Package bolt opens a bbolt file so that it can be trusted, and commits to it in groups.
//
// It knows locks, damage, durability and checksums; it does not know what is stored. A value written with Put is
// read with Get, and a flipped bit is then an error instead of a wrong answer.
package bolt

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"

	"go.etcd.io/bbolt"
	berrors "go.etcd.io/bbolt/errors"
)

// ErrInUse says that another process holds the file.
var ErrInUse = errors.New("another process is using it; stop that one first, or give this one its own state directory")

// Options of a file. Zero values choose the defaults.
type Options struct {
	LockWait time.Duration // how long to wait for another process to let go; 0 = 2 s
	MaxSize  int           // bytes the file may reach before Commit returns ErrFull; 0 = 1 GiB
	MapSize  int           // bytes mapped from the start, so that growth does not wait for readers; 0 = 64 MiB
	// Prewrite is how many bytes of free space to write with zeros when the file is opened; 0 = none. bbolt grows a
	// file by leaving a hole, and the first write into a hole makes its fdatasync wait for the file system's own
	// journal as well: about twice as long.
	Prewrite int
	// Near puts the pages of a transaction side by side where it can, so that the disk gets one write instead of one for
	// each page. For files that hold little free space within themselves: finding it takes longer the more there is.
	Near bool
	// Check is asked when the file is opened and its pages are sound. Its error is damage.
	Check func(*bbolt.Tx) error
}

func (o Options) freelist() bbolt.FreelistType {
	if o.Near {
		return bbolt.FreelistArrayType
	}
	return bbolt.FreelistMapType
}

func (o Options) withDefaults() Options {
	if o.LockWait == 0 {
		o.LockWait = 2 * time.Second
	}
	if o.MaxSize == 0 {
		o.MaxSize = 1 << 30
	}
	if o.MapSize == 0 {
		o.MapSize = min(64<<20, o.MaxSize)
	}
	return o
}

// Open opens or creates the file at path (its directories too, mode 0700) and checks all of it. A damaged file is
// renamed to path.damaged-<time> and a new one takes its place: the caller must ask SetAside and report it. A file
// that another process holds gives ErrInUse.
func Open(path string, options Options) (*DB, error) {
	options = options.withDefaults()
	if err := provision(path); err != nil {
		return nil, fmt.Errorf("create %s: %w", path, err)
	}
	inner, ahead, fault := openChecked(path, options)
	if fault == nil {
		return start(inner, ahead, ""), nil
	}
	var damage damageError
	if !errors.As(fault, &damage) {
		return nil, fmt.Errorf("open %s: %w", path, fault)
	}
	return reopenFresh(path, options, damage)
}

func reopenFresh(path string, options Options, damage damageError) (*DB, error) {
	aside, err := setAside(path)
	if err != nil {
		return nil, fmt.Errorf("set %s aside: %w", path, errors.Join(damage, err))
	}
	if err := provision(path); err != nil {
		return nil, fmt.Errorf("create %s: %w", path, err)
	}
	inner, ahead, err := openChecked(path, options)
	if err != nil {
		return nil, fmt.Errorf("open the new %s: %w", path, err)
	}
	db := start(inner, ahead, aside)
	db.damage = damage.Error()
	return db, nil
}

// provision makes an empty database under another name and links it into place, so that a crash half way never
// leaves half a file at path, and two processes that race end up with the same file.
func provision(path string) error {
	if _, err := os.Stat(path); !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	dir := filepath.Dir(path)
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return err
	}
	fresh, err := os.CreateTemp(dir, filepath.Base(path)+".new-*")
	if err != nil {
		return err
	}
	defer os.Remove(fresh.Name())
	if err := fresh.Close(); err != nil {
		return err
	}
	if err := initialise(fresh.Name()); err != nil {
		return err
	}
	if err := os.Link(fresh.Name(), path); err != nil && !errors.Is(err, fs.ErrExist) {
		return err
	}
	return errors.Join(syncDir(dir), syncDir(filepath.Dir(dir)))
}

func initialise(path string) error {
	db, err := bbolt.Open(path, 0o600, &bbolt.Options{FreelistType: bbolt.FreelistMapType})
	if err != nil {
		return err
	}
	return db.Close()
}

func setAside(path string) (string, error) {
	aside := path + ".damaged-" + time.Now().UTC().Format("20060102T150405.000Z")
	if err := os.Rename(path, aside); err != nil {
		return "", err
	}
	return aside, syncDir(filepath.Dir(path))
}

func syncDir(dir string) error {
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}

// openFault tells damage from everything else that can stop an open.
func openFault(err error) error {
	switch {
	case errors.Is(err, berrors.ErrTimeout):
		return ErrInUse
	case strings.Contains(err.Error(), "file size too small"), // bbolt has no error of its own for a file cut off in its first pages
		errors.Is(err, berrors.ErrInvalid), errors.Is(err, berrors.ErrChecksum),
		errors.Is(err, berrors.ErrVersionMismatch), errors.Is(err, berrors.ErrInvalidMapping):
		return damageError{err.Error()}
	}
	return err
}
