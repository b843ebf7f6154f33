// Package sheet reads the tables that other sellers send: CSV, TXT and XLSX in whatever encoding and with whatever
// separator their program writes. It finds out which, says so, and can be told otherwise; it gives one row at a time and
// holds no file in memory but a workbook. What a row means it does not know.
package sheet

import (
	"errors"
	"fmt"
	"io"
	"iter"
)

// Limits of a file.
const (
	MaxBytes   = 50 << 20
	MaxLines   = 1_000_000
	MaxLine    = 16 << 10 // bytes of one line of text, or of one row's cells
	MaxColumns = 64       // the rest of a row is not looked at
)

// Kinds of files.
const (
	Text     = "text" // CSV and TXT
	Workbook = "xlsx"
)

// Encodings of text.
const (
	UTF8        = "utf-8"
	UTF16LE     = "utf-16le"
	UTF16BE     = "utf-16be"
	Windows1251 = "windows-1251"
	Windows1252 = "windows-1252"
)

// Separators between columns.
const (
	None      = "none" // one column
	Comma     = "comma"
	Semicolon = "semicolon"
	Tab       = "tab"
)

// Faults of files.
var (
	ErrTooLarge = errors.New("the file is over 50 MB")
	ErrTooMany  = errors.New("the file has over 1,000,000 lines")
	ErrBroken   = errors.New("the workbook can't be read")
	ErrBomb     = errors.New("the workbook unpacks to more than a list needs")
)

// Format is how a file is written. Each part was found or was told.
type Format struct {
	Kind      string `json:"kind"`
	Encoding  string `json:"encoding,omitempty"`  // of text
	Separator string `json:"separator,omitempty"` // of text
	Header    bool   `json:"header"`              // the first row names the columns
}

// Row is one row that is not empty.
type Row struct {
	Line  int // as a person counts, from 1
	Cells []string
	Long  bool // over MaxLine: the rest was dropped
}

// Check says whether a format is one that can be read.
func (f Format) Check() error {
	if f.Kind == Workbook {
		return nil
	}
	if f.Kind != Text {
		return fmt.Errorf("no kind of file: %q", f.Kind)
	}
	if _, ok := encodings[f.Encoding]; !ok {
		return fmt.Errorf("no encoding: %q", f.Encoding)
	}
	if _, ok := separators[f.Separator]; !ok {
		return fmt.Errorf("no separator: %q", f.Separator)
	}
	return nil
}

// Rows are the file's rows but the header, one at a time. An error ends them: the file is broken, or over a limit.
func Rows(r io.Reader, f Format) iter.Seq2[Row, error] {
	return func(yield func(Row, error) bool) {
		first := f.Header
		for row, err := range All(r, f) {
			if err == nil && first {
				first = false
				continue
			}
			if !yield(row, err) {
				return
			}
		}
	}
}

// All is Rows with the header.
func All(r io.Reader, f Format) iter.Seq2[Row, error] {
	if err := f.Check(); err != nil {
		return func(yield func(Row, error) bool) { yield(Row{}, err) }
	}
	if f.Kind == Workbook {
		return workbook(r)
	}
	return text(r, f)
}
