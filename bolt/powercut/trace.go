package powercut

import (
	"bufio"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"path/filepath"
	"strconv"
	"strings"
)

// Kind is what an operation did.
type Kind int

// Kinds of operations.
const (
	Write     Kind = iota // Data at At
	Resize                // to Size bytes
	Sync                  // of the file
	Appear                // under its name, by a link
	EntrySync             // of the directory: the name stays
	Mark                  // Data was written to the file of marks
)

// Op is one operation, in the order in which they ended.
type Op struct {
	Kind Kind
	At   int64
	Size int64
	Data []byte
}

// Strace gives the arguments that make strace write what Parse reads; the program's own come behind them. Extra are
// more options, such as "-e", "inject=fdatasync:error=EIO:when=3".
func Strace(out string, extra ...string) []string {
	args := []string{"-f", "-y", "-xx", "-a", "1", "-s", strconv.Itoa(maxData), "-o", out,
		"-e", "trace=pwrite64,write,fdatasync,fsync,ftruncate,linkat"}
	return append(args, extra...)
}

// maxData is the longest write that is understood.
const maxData = 4 << 20

// ErrTrace is a line that looks like one of ours and is not.
var ErrTrace = errors.New("not a trace that can be followed")

// Parse reads a trace of what was done to file (an absolute path), and of the marks written to another. A sync that
// strace was told to leave out, and only to pretend, is none.
func Parse(in io.Reader, file, marks string) ([]Op, error) {
	lines := bufio.NewScanner(in)
	lines.Buffer(nil, 4*maxData+8192)
	p := parser{file: file, dir: filepath.Dir(file), marks: marks, begun: map[string]string{}}
	var ops []Op
	for n := 1; lines.Scan(); n++ {
		op, ours, err := p.line(p.whole(lines.Text()))
		if err != nil {
			return nil, fmt.Errorf("line %d: %w", n, err)
		}
		if ours {
			ops = append(ops, op)
		}
	}
	return ops, lines.Err()
}

type parser struct {
	file, dir, marks string
	begun            map[string]string // by thread: the first half of a call that others' lines came between
}

// whole puts the halves of a call together, at the place of the second: then it had ended. A first half is nothing yet.
func (p parser) whole(text string) string {
	pid, rest, _ := strings.Cut(text, " ")
	if first, cut := strings.CutSuffix(rest, " <unfinished ...>"); cut {
		p.begun[pid] = first
		return ""
	}
	if _, second, resumed := strings.Cut(rest, " resumed>"); resumed && strings.HasPrefix(strings.TrimLeft(rest, " "), "<... ") {
		first := p.begun[pid]
		delete(p.begun, pid)
		return pid + " " + first + second
	}
	return text
}

// line reads `pid call(fd<path>, arguments) = result`.
func (p parser) line(text string) (op Op, ours bool, err error) {
	head, result, ended := strings.Cut(text, ") = ")
	_, head, named := strings.Cut(head, " ")
	call, arguments, called := strings.Cut(strings.TrimLeft(head, " "), "(")
	if !ended || !named || !called || strings.HasPrefix(result, "-") || strings.Contains(result, "INJECTED") {
		return op, false, nil
	}
	if call == "linkat" {
		return Op{Kind: Appear}, p.linked(arguments), nil
	}
	_, arguments, _ = strings.Cut(arguments, "<")
	path, arguments, _ := strings.Cut(arguments, ">")
	name, err := unhex(path)
	if err != nil {
		return op, false, err
	}
	switch {
	case string(name) == p.marks && call == "write":
		op.Kind = Mark
		op.Data, err = quoted(arguments)
		return op, true, err
	case string(name) == p.dir && call == "fsync":
		return Op{Kind: EntrySync}, true, nil
	case string(name) == p.file || strings.HasPrefix(string(name), p.file+".new-"): // made under another name, then linked
		op, err = change(call, strings.TrimPrefix(arguments, ", "))
		return op, true, err
	}
	return op, false, nil
}

// linked says whether the last of linkat's two names is the file's.
func (p parser) linked(arguments string) bool {
	words := strings.Split(arguments, `"`)
	if len(words) < 4 {
		return false
	}
	name, err := unhex(words[3])
	return err == nil && string(name) == p.file
}

func change(call, arguments string) (op Op, err error) {
	switch call {
	case "pwrite64":
		op.Kind = Write
		if op.Data, err = quoted(arguments); err != nil {
			return op, err
		}
		op.At, err = number(arguments[strings.LastIndex(arguments, " ")+1:])
	case "ftruncate":
		op.Kind = Resize
		op.Size, err = number(arguments)
	case "fdatasync", "fsync":
		op.Kind = Sync
	default:
		return op, fmt.Errorf("%w: %s changes the file", ErrTrace, call)
	}
	return op, err
}

func number(text string) (int64, error) {
	n, err := strconv.ParseInt(text, 10, 64)
	if err != nil || n < 0 || n > 1<<40 {
		return 0, fmt.Errorf("%w: number %.20q", ErrTrace, text)
	}
	return n, nil
}

// quoted reads the first string among a call's arguments; one that strace cut short is an error.
func quoted(arguments string) ([]byte, error) {
	parts := strings.SplitN(arguments, `"`, 3)
	if len(parts) < 3 || strings.HasPrefix(parts[2], "...") {
		return nil, fmt.Errorf("%w: no whole string in %.40q", ErrTrace, arguments)
	}
	return unhex(parts[1])
}

// unhex reads strace's \x41\x42.
func unhex(text string) ([]byte, error) {
	raw, err := hex.DecodeString(strings.ReplaceAll(text, `\x`, ""))
	if err != nil || len(text) != 4*len(raw) {
		return nil, fmt.Errorf("%w: string %.40q", ErrTrace, text)
	}
	return raw, nil
}
