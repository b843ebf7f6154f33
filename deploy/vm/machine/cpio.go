package machine

import (
	"fmt"
	"io"
	"path"
	"slices"
	"strings"
)

// archive writes the form of an initial RAM disk that the kernel unpacks: cpio, "newc".
type archive struct {
	out   io.Writer
	dirs  []string // made already
	inode int
	err   error
}

const (
	isDir  = 0o040755
	isFile = 0o100755
)

// add puts a file and the directories above it into the archive.
func (a *archive) add(name string, content []byte) {
	name = strings.TrimPrefix(path.Clean("/"+name), "/")
	a.dir(path.Dir(name))
	a.entry(name, isFile, content)
}

func (a *archive) dir(name string) {
	if name == "." || slices.Contains(a.dirs, name) {
		return
	}
	a.dir(path.Dir(name))
	a.dirs = append(a.dirs, name)
	a.entry(name, isDir, nil)
}

func (a *archive) entry(name string, mode int, content []byte) {
	a.inode++
	// inode, mode, owner, group, links, time, size, four device numbers, length of the name with its NUL, no checksum
	head := fmt.Sprintf("070701%08X%08X%08X%08X%08X%08X%08X%08X%08X%08X%08X%08X%08X",
		a.inode, mode, 0, 0, 1, 0, len(content), 0, 0, 0, 0, len(name)+1, 0)
	a.write(head + name + "\x00")
	a.pad(len(head) + len(name) + 1)
	if a.err == nil {
		_, a.err = a.out.Write(content)
	}
	a.pad(len(content))
}

func (a *archive) pad(n int) { a.write("\x00\x00\x00"[:(4-n%4)%4]) }

func (a *archive) write(text string) {
	if a.err == nil {
		_, a.err = io.WriteString(a.out, text)
	}
}

// close ends the archive and returns the first error.
func (a *archive) close() error {
	a.entry("TRAILER!!!", 0, nil)
	return a.err
}
