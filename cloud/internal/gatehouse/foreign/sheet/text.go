package sheet

import (
	"bufio"
	"bytes"
	"errors"
	"io"
	"iter"
	"strings"

	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/charmap"
	"golang.org/x/text/encoding/unicode"
	"golang.org/x/text/transform"
)

var encodings = map[string]encoding.Encoding{
	UTF8:        nil, // as it is: what is no UTF-8 is for the reader of cells to refuse
	UTF16LE:     unicode.UTF16(unicode.LittleEndian, unicode.UseBOM),
	UTF16BE:     unicode.UTF16(unicode.BigEndian, unicode.UseBOM),
	Windows1251: charmap.Windows1251,
	Windows1252: charmap.Windows1252,
}

var separators = map[string]byte{None: 0, Comma: ',', Semicolon: ';', Tab: '\t'}

// text reads line by line: a quote that somebody forgot spoils its own line, never the rest of the file.
func text(r io.Reader, f Format) iter.Seq2[Row, error] {
	return func(yield func(Row, error) bool) {
		lines := newLiner(r, f.Encoding)
		for rows := 0; ; {
			line, long, err := lines.next()
			if errors.Is(err, io.EOF) {
				return
			}
			if err != nil {
				yield(Row{}, err)
				return
			}
			if blank(line) && !long {
				continue
			}
			if rows++; rows > MaxLines+1 { // one may be the header
				yield(Row{}, ErrTooMany)
				return
			}
			if !yield(Row{Line: lines.number, Cells: Split(string(line), separators[f.Separator]), Long: long}, nil) {
				return
			}
		}
	}
}

func blank(line []byte) bool { return len(bytes.Trim(line, " \t\r")) == 0 }

// liner cuts a text into lines, and drops what is over MaxLine of each.
type liner struct {
	r      *bufio.Reader
	number int
	line   []byte
}

func newLiner(r io.Reader, name string) *liner {
	counted := &limited{r: r, left: MaxBytes}
	var decoded io.Reader = counted
	if e := encodings[name]; e != nil {
		decoded = transform.NewReader(counted, e.NewDecoder())
	}
	return &liner{r: bufio.NewReaderSize(decoded, 64<<10)}
}

// next is a line without its end, \n or \r\n.
func (l *liner) next() (line []byte, long bool, err error) {
	l.line = l.line[:0]
	for {
		part, err := l.r.ReadSlice('\n')
		if room := MaxLine - len(l.line); len(part) > room {
			long = long || len(bytes.TrimRight(part[room:], "\r\n")) > 0
			part = part[:room]
		}
		l.line = append(l.line, part...)
		if errors.Is(err, bufio.ErrBufferFull) {
			continue
		}
		if err != nil && (!errors.Is(err, io.EOF) || len(l.line) == 0 && !long) {
			return nil, false, err
		}
		break
	}
	if l.number == 0 {
		l.line = bytes.TrimPrefix(l.line, []byte("\uFEFF"))
	}
	l.number++
	return bytes.TrimRight(l.line, "\r\n"), long, nil
}

// limited refuses more than a file may have.
type limited struct {
	r    io.Reader
	left int64
}

func (l *limited) Read(p []byte) (int, error) {
	n, err := l.r.Read(p)
	if l.left -= int64(n); l.left < 0 {
		return 0, ErrTooLarge
	}
	return n, err
}

// Split cuts a line into cells, at most MaxColumns. A quoted cell may hold the separator and doubled quotes; a quote
// that is never closed, or that stands inside a cell, is a letter like any other.
func Split(line string, separator byte) []string {
	if separator == 0 {
		cell, rest, ok := quoted(line, 0)
		if ok && strings.TrimSpace(rest) == "" {
			return []string{cell}
		}
		return []string{line}
	}
	cells := make([]string, 0, 4)
	for len(cells) < MaxColumns {
		cell, rest, more := cut(line, separator)
		cells = append(cells, cell)
		if !more {
			break
		}
		line = rest
	}
	return cells
}

func cut(line string, separator byte) (cell, rest string, more bool) {
	if cell, rest, ok := quoted(line, separator); ok {
		if rest == "" {
			return cell, "", false
		}
		return cell, rest[1:], true
	}
	at := strings.IndexByte(line, separator)
	if at < 0 {
		return line, "", false
	}
	return line[:at], line[at+1:], true
}

// quoted reads a quoted cell up to the separator or the end; false where the line does not begin with one.
func quoted(line string, separator byte) (cell, rest string, ok bool) {
	if !strings.HasPrefix(line, `"`) {
		return "", "", false
	}
	for i := 1; i < len(line); i++ {
		if line[i] != '"' {
			continue
		}
		if i+1 < len(line) && line[i+1] == '"' {
			i++
			continue
		}
		rest = line[i+1:]
		if rest != "" && rest[0] != separator {
			return "", "", false
		}
		return strings.ReplaceAll(line[1:i], `""`, `"`), rest, true
	}
	return "", "", false
}
