package sheet

import (
	"archive/zip"
	"bytes"
	"fmt"
	"io"
	"iter"
	"regexp"
	"strconv"
	"strings"
	"sync"

	"github.com/xuri/excelize/v2"
)

// Limits of a workbook beside those of any file.
const (
	maxUnpacked = 400 << 20 // of all parts together
	maxPart     = 16 << 20  // of a part that is held in memory; larger ones lie in a temporary file meanwhile
	maxParts    = 2000
	maxRatio    = 200 // unpacked ÷ packed of a part over 1 MiB: sheets reach 20 to 50
)

// oneBook lets one workbook be open at a time, because it is held in memory.
var oneBook sync.Mutex

// workbook reads the first sheet that is not hidden.
func workbook(r io.Reader) iter.Seq2[Row, error] {
	return func(yield func(Row, error) bool) {
		oneBook.Lock()
		defer oneBook.Unlock()
		if err := readBook(r, yield); err != nil {
			yield(Row{}, err)
		}
	}
}

func readBook(r io.Reader, yield func(Row, error) bool) error {
	raw, err := io.ReadAll(&limited{r: r, left: MaxBytes})
	if err != nil {
		return err
	}
	if err := weigh(raw); err != nil {
		return err
	}
	book, err := excelize.OpenReader(bytes.NewReader(raw), excelize.Options{
		RawCellValue: true, UnzipSizeLimit: maxUnpacked, UnzipXMLSizeLimit: maxPart,
	})
	if err != nil {
		return fmt.Errorf("%w: %w", ErrBroken, err)
	}
	defer book.Close() //nolint:errcheck // its temporary files
	name, ok := firstSheet(book)
	if !ok {
		return fmt.Errorf("%w: it has no sheet", ErrBroken)
	}
	return rows(book, name, yield)
}

// weigh refuses a workbook that unpacks to more than a list of tickets can need, before anything is unpacked. What a
// part says of its size is true: the reader stops there.
func weigh(raw []byte) error {
	archive, err := zip.NewReader(bytes.NewReader(raw), int64(len(raw)))
	if err != nil {
		return fmt.Errorf("%w: %w", ErrBroken, err)
	}
	if len(archive.File) > maxParts {
		return ErrBomb
	}
	var all uint64
	for _, part := range archive.File {
		size := part.UncompressedSize64
		all += size
		if size > maxUnpacked || all > maxUnpacked || size > 1<<20 && size/max(part.CompressedSize64, 1) > maxRatio {
			return ErrBomb
		}
	}
	return nil
}

func firstSheet(book *excelize.File) (string, bool) {
	for _, name := range book.GetSheetList() {
		if shown, err := book.GetSheetVisible(name); err == nil && shown {
			return name, true
		}
	}
	return "", false
}

func rows(book *excelize.File, name string, yield func(Row, error) bool) error {
	at, err := book.Rows(name)
	if err != nil {
		return fmt.Errorf("%w: %w", ErrBroken, err)
	}
	defer at.Close() //nolint:errcheck // its temporary file
	for line, count := 1, 0; at.Next(); line++ {
		cells, err := at.Columns()
		if err != nil {
			return fmt.Errorf("%w: row %d: %w", ErrBroken, line, err)
		}
		row, empty := sheetRow(line, cells)
		if empty {
			continue
		}
		if count++; count > MaxLines+1 {
			return ErrTooMany
		}
		if !yield(row, nil) {
			return nil
		}
	}
	if err := at.Error(); err != nil {
		return fmt.Errorf("%w: %w", ErrBroken, err)
	}
	return nil
}

func sheetRow(line int, cells []string) (row Row, empty bool) {
	row, empty = Row{Line: line}, true
	left := MaxLine
	for _, cell := range cells[:min(len(cells), MaxColumns)] {
		if len(cell) > left {
			cell, row.Long = strings.ToValidUTF8(cell[:left], ""), true
		}
		left -= len(cell)
		empty = empty && strings.TrimSpace(cell) == ""
		row.Cells = append(row.Cells, exact(cell))
	}
	return row, empty
}

var scientific = regexp.MustCompile(`^\d\.\d+E\+?\d{1,2}$`)

// exact gives a number its digits where some program stored 1.234567890123E12: up to 15 digits nothing is lost. A longer
// one has lost its last digits when it was typed in, and stays as it is for the reader to refuse.
func exact(cell string) string {
	if !scientific.MatchString(cell) {
		return cell
	}
	number, err := strconv.ParseFloat(cell, 64)
	if err != nil || number >= 1e15 || number != float64(int64(number)) {
		return cell
	}
	return strconv.FormatInt(int64(number), 10)
}
