// Package backup writes everything that a hub keeps into one file, and puts it back. It knows files and checksums, and
// nothing of what they mean; how a database that is being written is read whole is told by its owner.
//
// A backup is a tar archive, compressed with zstd: first about.json, then the files below the state folder, last
// SHA256SUMS, one "hex  name" line for each of them. A backup that ends early has no sums, and is refused.
package backup

import (
	"archive/tar"
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"sort"
	"strings"
	"time"

	"github.com/klauspost/compress/zstd"
)

const (
	version   = 1
	aboutName = "about.json"
	sumsName  = "SHA256SUMS"
)

// About says what a backup is of.
type About struct {
	Version int       `json:"version"`
	Hub     string    `json:"hub"`
	Venue   string    `json:"venue"`
	MadeAt  time.Time `json:"made_at"`
}

// Database is one that may be in use. Read calls do once with its size in bytes and a copy that is whole.
type Database struct {
	Name string // file name below the state folder
	Read func(do func(size int64, from io.WriterTo) error) error
}

// Write writes a backup of a state folder: the databases as their owner reads them, then every other regular file.
func Write(w io.Writer, dir string, about About, databases []Database) error {
	packed, err := zstd.NewWriter(w)
	if err != nil {
		return err
	}
	a := &archive{tar: tar.NewWriter(packed), sums: map[string]string{}, at: about.MadeAt}
	about.Version = version
	return errors.Join(a.all(dir, about, databases), a.tar.Close(), packed.Close())
}

type archive struct {
	tar  *tar.Writer
	sums map[string]string
	at   time.Time
}

func (a *archive) all(dir string, about About, databases []Database) error {
	raw, err := json.Marshal(about)
	if err != nil {
		return err
	}
	if err := a.add(aboutName, int64(len(raw)), bytes.NewReader(raw)); err != nil {
		return err
	}
	for _, db := range databases {
		err := db.Read(func(size int64, from io.WriterTo) error { return a.add(db.Name, size, from) })
		if err != nil {
			return fmt.Errorf("back up %s: %w", db.Name, err)
		}
	}
	if err := a.files(dir, databases); err != nil {
		return err
	}
	return a.close()
}

// files adds what is no database. A file that goes away meanwhile is a blob that nobody needs any more.
func (a *archive) files(dir string, databases []Database) error {
	return filepath.WalkDir(dir, func(path string, entry fs.DirEntry, err error) error {
		if errors.Is(err, fs.ErrNotExist) {
			return nil
		}
		if err != nil {
			return fmt.Errorf("look through %s: %w", dir, err)
		}
		name, err := filepath.Rel(dir, path)
		if err != nil || !entry.Type().IsRegular() || passing(name, databases) {
			return err
		}
		return a.file(name, path)
	})
}

// passing says that a file is in the backup already, or is of no use in it.
func passing(name string, databases []Database) bool {
	for _, db := range databases {
		if name == db.Name {
			return true
		}
	}
	return strings.HasSuffix(name, ".lock") || strings.HasSuffix(name, ".tmp") || strings.HasPrefix(filepath.Base(name), ".")
}

func (a *archive) file(name, path string) error {
	raw, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("back up %s: %w", name, err)
	}
	return a.add(filepath.ToSlash(name), int64(len(raw)), bytes.NewReader(raw))
}

func (a *archive) add(name string, size int64, from io.WriterTo) error {
	header := &tar.Header{Name: name, Mode: 0o600, Size: size, ModTime: a.at, Typeflag: tar.TypeReg, Format: tar.FormatPAX}
	if err := a.tar.WriteHeader(header); err != nil {
		return err
	}
	sum := sha256.New()
	if _, err := from.WriteTo(io.MultiWriter(a.tar, sum)); err != nil {
		return err
	}
	a.sums[name] = hex.EncodeToString(sum.Sum(nil))
	return nil
}

func (a *archive) close() error {
	names := make([]string, 0, len(a.sums))
	for name := range a.sums {
		names = append(names, name)
	}
	sort.Strings(names)
	var text bytes.Buffer
	for _, name := range names {
		fmt.Fprintf(&text, "%s  %s\n", a.sums[name], name)
	}
	return a.add(sumsName, int64(text.Len()), &text)
}
