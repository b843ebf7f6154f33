package table

import (
	"context"
	"encoding/csv"
	"fmt"
	"io"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/xuri/excelize/v2"

	"portaria/cloud/internal/locale"
)

// maxRows is what a worksheet holds beside its head.
const maxRows = 1<<20 - 1

// chunk is how many rows are loaded at once for a file.
const chunk = 2000

// File is a kind of export.
type File string

// Files.
const (
	CSV  File = "csv"
	XLSX File = "xlsx"
)

// Asked says which file an address asks for; "" = the page.
func Asked(v url.Values) File {
	switch f := File(v.Get("as")); f {
	case CSV, XLSX:
		return f
	}
	return ""
}

// Type is the file's media type.
func (f File) Type() string {
	if f == XLSX {
		return "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
	}
	return "text/csv; charset=utf-8"
}

// Name is what the file is called when it is saved.
func (s Spec[R]) Name(f File, now time.Time) string {
	name := s.File
	if name == "" {
		name = "portaria"
	}
	return name + "-" + now.UTC().Format("2006-01-02-1504") + "." + string(f)
}

// Write gives every row of the query as a file, never all at once in memory.
func (s Spec[R]) Write(ctx context.Context, l locale.Locale, asked url.Values, f File, out io.Writer) error {
	q := s.Read(asked)
	if f == XLSX {
		return s.writeXLSX(ctx, l, q, out)
	}
	return s.writeCSV(ctx, l, q, out)
}

// each gives all rows, chunk by chunk.
func (s Spec[R]) each(ctx context.Context, q Query, use func(R) error) error {
	for offset := 0; offset < maxRows; offset += chunk {
		rows, err := s.Load(ctx, q, offset, chunk)
		if err != nil {
			return err
		}
		for _, row := range rows {
			if err := use(row); err != nil {
				return err
			}
		}
		if len(rows) < chunk {
			return nil
		}
	}
	return nil
}

func (s Spec[R]) titles(l locale.Locale, columns []Column[R]) []string {
	out := make([]string, len(columns))
	for i, c := range columns {
		out[i] = l.Text(c.Title)
	}
	return out
}

func (c Column[R]) value(l locale.Locale, row R) any {
	if c.Export != nil {
		return c.Export(row)
	}
	return c.Cell(l, row).Text
}

// writeCSV writes UTF-8 with a byte order mark, by which spreadsheets know it; fields are parted as the language's
// spreadsheets expect.
func (s Spec[R]) writeCSV(ctx context.Context, l locale.Locale, q Query, out io.Writer) error {
	if _, err := io.WriteString(out, "\ufeff"); err != nil {
		return fmt.Errorf("write CSV: %w", err)
	}
	columns, w := s.chosen(q), csv.NewWriter(out)
	if l.Tag() == "pt-BR" {
		w.Comma = ';'
	}
	w.UseCRLF = true
	if err := w.Write(s.titles(l, columns)); err != nil {
		return fmt.Errorf("write CSV: %w", err)
	}
	line := make([]string, len(columns))
	err := s.each(ctx, q, func(row R) error {
		for i, c := range columns {
			line[i] = plain(l, c.value(l, row))
		}
		return w.Write(line)
	})
	w.Flush()
	if err == nil {
		err = w.Error()
	}
	if err != nil {
		return fmt.Errorf("write CSV: %w", err)
	}
	return nil
}

// plain is a value as text. Numbers are numbers; any other text that a spreadsheet would take for a formula gets an
// apostrophe, by which it stays text.
func plain(l locale.Locale, value any) string {
	switch x := value.(type) {
	case int64:
		return strconv.FormatInt(x, 10)
	case int:
		return strconv.Itoa(x)
	case float64:
		text := strconv.FormatFloat(x, 'f', -1, 64)
		if l.Tag() == "pt-BR" {
			text = strings.Replace(text, ".", ",", 1)
		}
		return text
	case time.Time:
		if x.IsZero() {
			return ""
		}
		return x.Format("2006-01-02 15:04:05")
	case bool:
		return strconv.FormatBool(x)
	case nil:
		return ""
	}
	return Harmless(fmt.Sprint(value))
}

// Harmless is text that no spreadsheet takes for a formula.
func Harmless(s string) string {
	trimmed := strings.TrimLeft(s, " \u00a0\ufeff")
	if trimmed != "" && strings.ContainsRune("=+-@\t\r\n|%＝＋－＠", []rune(trimmed)[0]) {
		return "'" + s
	}
	return s
}

// writeXLSX streams one worksheet with a head that stays. Texts are cells of type string, which are never formulas.
func (s Spec[R]) writeXLSX(ctx context.Context, l locale.Locale, q Query, out io.Writer) error {
	book := excelize.NewFile()
	defer book.Close() //nolint:errcheck // its temporary files
	sheet, err := book.NewStreamWriter("Sheet1")
	if err != nil {
		return fmt.Errorf("write XLSX: %w", err)
	}
	bold, err := book.NewStyle(&excelize.Style{Font: &excelize.Font{Bold: true}})
	if err != nil {
		return fmt.Errorf("write XLSX: %w", err)
	}
	date, err := book.NewStyle(&excelize.Style{NumFmt: 22})
	if err != nil {
		return fmt.Errorf("write XLSX: %w", err)
	}
	columns := s.chosen(q)
	if err := s.fill(ctx, l, q, columns, sheet, bold, date); err != nil {
		return fmt.Errorf("write XLSX: %w", err)
	}
	if err := sheet.Flush(); err != nil {
		return fmt.Errorf("write XLSX: %w", err)
	}
	if err := book.Write(out); err != nil {
		return fmt.Errorf("write XLSX: %w", err)
	}
	return nil
}

func (s Spec[R]) fill(ctx context.Context, l locale.Locale, q Query, columns []Column[R], sheet *excelize.StreamWriter, bold, date int) error {
	if err := sheet.SetPanes(&excelize.Panes{Freeze: true, YSplit: 1, TopLeftCell: "A2", ActivePane: "bottomLeft"}); err != nil {
		return err
	}
	if err := sheet.SetColWidth(1, max(1, len(columns)), 18); err != nil {
		return err
	}
	cells := make([]any, len(columns))
	for i, title := range s.titles(l, columns) {
		cells[i] = excelize.Cell{StyleID: bold, Value: title}
	}
	if err := sheet.SetRow("A1", cells); err != nil {
		return err
	}
	n := 1
	return s.each(ctx, q, func(row R) error {
		n++
		for i, c := range columns {
			cells[i] = sheetValue(c.value(l, row), date)
		}
		return sheet.SetRow("A"+strconv.Itoa(n), cells)
	})
}

// maxCell is the longest text a worksheet's cell holds.
const maxCell = 32767

func sheetValue(value any, date int) any {
	switch x := value.(type) {
	case time.Time:
		if x.IsZero() {
			return nil
		}
		return excelize.Cell{StyleID: date, Value: x}
	case string:
		if r := []rune(x); len(r) > maxCell {
			return string(r[:maxCell])
		}
	}
	return value
}
