package backup

import (
	"archive/tar"
	"bufio"
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"github.com/klauspost/compress/zstd"
)

// Limits of what is read back.
const (
	maxBytes = 64 << 30
	maxFiles = 1 << 20
	maxSmall = 64 << 20 // about.json and SHA256SUMS
)

// ErrBad is a file that is no whole backup; the text says what is wrong with it.
var ErrBad = errors.New("this is no whole backup")

// Read puts a backup into a folder, which it makes and which must not be there. When anything is wrong the folder is
// taken away again. What is read is synced before Read returns.
func Read(r io.Reader, dir string) (About, error) {
	if err := os.MkdirAll(filepath.Dir(dir), 0o700); err != nil {
		return About{}, fmt.Errorf("make the folder above %s: %w", dir, err)
	}
	if err := os.Mkdir(dir, 0o700); err != nil {
		return About{}, fmt.Errorf("make a folder for the backup: %w", err)
	}
	about, err := unpack(r, dir)
	if err != nil {
		return about, errors.Join(err, os.RemoveAll(dir))
	}
	return about, nil
}

func unpack(r io.Reader, dir string) (About, error) {
	packed, err := zstd.NewReader(r, zstd.WithDecoderMaxMemory(256<<20))
	if err != nil {
		return About{}, fmt.Errorf("%w: %w", ErrBad, err)
	}
	defer packed.Close()
	u := &unpacker{dir: dir, tar: tar.NewReader(packed), sums: map[string]string{}}
	for {
		header, err := u.tar.Next()
		switch {
		case errors.Is(err, io.EOF):
			return u.about, u.end()
		case err != nil:
			return u.about, fmt.Errorf("%w: %w", ErrBad, err)
		}
		if err := u.take(header); err != nil {
			return u.about, err
		}
	}
}

type unpacker struct {
	dir   string
	tar   *tar.Reader
	about About
	sums  map[string]string
	bytes int64
	whole bool
}

func (u *unpacker) take(header *tar.Header) error {
	u.bytes += header.Size
	switch {
	case u.whole:
		return fmt.Errorf("%w: there is more after its end", ErrBad)
	case header.Typeflag != tar.TypeReg || !filepath.IsLocal(header.Name):
		return fmt.Errorf("%w: it holds %q, which is no file of a hub", ErrBad, header.Name)
	case u.bytes > maxBytes || len(u.sums) > maxFiles:
		return fmt.Errorf("%w: it is larger than any hub", ErrBad)
	case header.Name == sumsName:
		return u.check()
	case header.Name == aboutName:
		return u.read()
	}
	return u.file(header.Name)
}

func (u *unpacker) read() error {
	raw, err := io.ReadAll(io.LimitReader(u.tar, maxSmall))
	if err == nil {
		err = json.Unmarshal(raw, &u.about)
	}
	if err == nil && u.about.Version != version {
		err = fmt.Errorf("it is of version %d, and this program reads %d", u.about.Version, version)
	}
	if err != nil {
		return fmt.Errorf("%w: %w", ErrBad, err)
	}
	u.sums[aboutName] = sumOf(raw)
	return nil
}

func sumOf(raw []byte) string {
	sum := sha256.Sum256(raw)
	return hex.EncodeToString(sum[:])
}

func (u *unpacker) file(name string) (err error) {
	path := filepath.Join(u.dir, filepath.FromSlash(name))
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return fmt.Errorf("put back %s: %w", name, err)
	}
	out, err := os.OpenFile(path, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	if err != nil {
		return fmt.Errorf("put back %s: %w", name, err)
	}
	defer func() { err = errors.Join(err, out.Close()) }()
	sum := sha256.New()
	if _, err := io.Copy(io.MultiWriter(out, sum), u.tar); err != nil {
		return fmt.Errorf("put back %s: %w", name, err)
	}
	u.sums[name] = hex.EncodeToString(sum.Sum(nil))
	return out.Sync()
}

// check compares what was read with the sums at the backup's end.
func (u *unpacker) check() error {
	raw, err := io.ReadAll(io.LimitReader(u.tar, maxSmall))
	if err != nil {
		return fmt.Errorf("%w: %w", ErrBad, err)
	}
	told := 0
	for lines := bufio.NewScanner(bytes.NewReader(raw)); lines.Scan(); told++ {
		sum, name, ok := strings.Cut(lines.Text(), "  ")
		if !ok || u.sums[name] != sum {
			return fmt.Errorf("%w: %s is damaged or missing", ErrBad, name)
		}
	}
	if told != len(u.sums) {
		return fmt.Errorf("%w: it holds files that it does not name", ErrBad)
	}
	u.whole = true
	return nil
}

func (u *unpacker) end() error {
	if !u.whole || u.about.Hub == "" {
		return fmt.Errorf("%w: its end is missing; make it again", ErrBad)
	}
	return syncDirs(u.dir)
}

func syncDirs(dir string) error {
	return filepath.WalkDir(dir, func(path string, entry os.DirEntry, err error) error {
		if err != nil || !entry.IsDir() {
			return err
		}
		d, err := os.Open(path)
		if err != nil {
			return fmt.Errorf("sync %s: %w", path, err)
		}
		return errors.Join(d.Sync(), d.Close())
	})
}
