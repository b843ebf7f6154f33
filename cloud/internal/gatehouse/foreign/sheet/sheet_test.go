package sheet_test

import (
	"archive/zip"
	"bytes"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"github.com/xuri/excelize/v2"
	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/charmap"
	"golang.org/x/text/encoding/unicode"

	"portaria/cloud/internal/gatehouse/foreign/sheet"
)

func encode(t *testing.T, e encoding.Encoding, text string) string {
	t.Helper()
	out, err := e.NewEncoder().String(text)
	require.NoError(t, err)
	return out
}

func read(t *testing.T, file string, f sheet.Format) (rows [][]string) {
	t.Helper()
	for row, err := range sheet.All(strings.NewReader(file), f) {
		require.NoError(t, err)
		rows = append(rows, row.Cells)
	}
	return rows
}

func TestAFileIsReadInWhateverFormItIsWritten(t *testing.T) {
	portuguese, russian := "código;tipo\n7890;Meia inteira é\n7891;Não\n", "штрихкод;место\n7890;Партер место\n7891;Балкон\n"
	for _, row := range []struct {
		what, file, encoding, separator string
		header                          bool
		want                            [][]string
	}{
		{"UTF-8", portuguese, sheet.UTF8, sheet.Semicolon, true, [][]string{{"código", "tipo"}, {"7890", "Meia inteira é"}, {"7891", "Não"}}},
		{"UTF-8 with a mark", "\uFEFF1,2\n3,4\n", sheet.UTF8, sheet.Comma, false, [][]string{{"1", "2"}, {"3", "4"}}},
		{"UTF-16 little", encode(t, unicode.UTF16(unicode.LittleEndian, unicode.UseBOM), "1\t2\r\n3\t4\r\n"), sheet.UTF16LE, sheet.Tab, false, [][]string{{"1", "2"}, {"3", "4"}}},
		{"UTF-16 big", encode(t, unicode.UTF16(unicode.BigEndian, unicode.UseBOM), "1\t2\n3\t4\n"), sheet.UTF16BE, sheet.Tab, false, [][]string{{"1", "2"}, {"3", "4"}}},
		{"UTF-16 without a mark", encode(t, unicode.UTF16(unicode.LittleEndian, unicode.IgnoreBOM), "11;2\n33;4\n"), sheet.UTF16LE, sheet.Semicolon, false, [][]string{{"11", "2"}, {"33", "4"}}},
		{"Windows-1252", encode(t, charmap.Windows1252, portuguese), sheet.Windows1252, sheet.Semicolon, true, [][]string{{"código", "tipo"}, {"7890", "Meia inteira é"}, {"7891", "Não"}}},
		{"Windows-1251", encode(t, charmap.Windows1251, russian), sheet.Windows1251, sheet.Semicolon, true, [][]string{{"штрихкод", "место"}, {"7890", "Партер место"}, {"7891", "Балкон"}}},
		{"one column", "7890\r\n\r\n7891", sheet.UTF8, sheet.None, false, [][]string{{"7890"}, {"7891"}}},
		{"one column with a number that a spreadsheet spoilt", "7890\n7891\n1,23E+12\n", sheet.UTF8, sheet.None, false, [][]string{{"7890"}, {"7891"}, {"1,23E+12"}}},
		{"one number that a spreadsheet spoilt", "1,23E+12\n", sheet.UTF8, sheet.None, false, [][]string{{"1,23E+12"}}},
		{"quotes", "\"1,5\",\"a\"\"b\"\n2,c\"d\n\"3,e\n", sheet.UTF8, sheet.Comma, false, [][]string{{"1,5", `a"b`}, {"2", `c"d`}, {`"3`, "e"}}},
	} {
		f := sheet.Detect([]byte(row.file))
		assert.Equal(t, sheet.Format{Kind: sheet.Text, Encoding: row.encoding, Separator: row.separator, Header: row.header}, f, row.what)
		assert.Equal(t, row.want, read(t, row.file, f), row.what)
	}
}

func TestLinesAreCountedAsAPersonCountsThem(t *testing.T) {
	var lines []int
	for row, err := range sheet.Rows(strings.NewReader("code\n\n1\n   \n2\n"), sheet.Format{Kind: sheet.Text, Encoding: sheet.UTF8, Separator: sheet.None, Header: true}) {
		require.NoError(t, err)
		lines = append(lines, row.Line)
	}
	assert.Equal(t, []int{3, 5}, lines)
}

func TestAFileThatIsTooMuchIsRefused(t *testing.T) {
	plain := sheet.Format{Kind: sheet.Text, Encoding: sheet.UTF8, Separator: sheet.None}
	last := func(file string) (rows int, err error) {
		for _, err := range sheet.All(strings.NewReader(file), plain) {
			if err != nil {
				return rows, err
			}
			rows++
		}
		return rows, nil
	}
	_, err := last(strings.Repeat(strings.Repeat("1", 99)+"\n", sheet.MaxBytes/100+1))
	assert.ErrorIs(t, err, sheet.ErrTooLarge)
	rows, err := last(strings.Repeat(strings.Repeat("1", 8191)+"\n", sheet.MaxBytes/8192))
	assert.NoError(t, err, "50 MB to the byte are read")
	assert.Equal(t, sheet.MaxBytes/8192, rows)
	_, err = last(strings.Repeat("1\n", sheet.MaxLines+2))
	assert.ErrorIs(t, err, sheet.ErrTooMany)
	for row, err := range sheet.All(strings.NewReader(strings.Repeat("1", 100_000)+"\n2\n"), plain) {
		require.NoError(t, err)
		assert.Equal(t, row.Line == 1, row.Long)
		assert.LessOrEqual(t, len(row.Cells[0]), sheet.MaxLine)
	}
}

func book(t *testing.T, fill func(f *excelize.File)) string {
	t.Helper()
	f := excelize.NewFile()
	fill(f)
	var out bytes.Buffer
	require.NoError(t, f.Write(&out))
	return out.String()
}

func TestAWorkbookIsReadCellByCell(t *testing.T) {
	file := book(t, func(f *excelize.File) {
		require.NoError(t, f.SetSheetRow("Sheet1", "A1", &[]any{"código", "tipo"}))
		require.NoError(t, f.SetSheetRow("Sheet1", "A2", &[]any{int64(7891234567890), "Meia"}))
		require.NoError(t, f.SetSheetRow("Sheet1", "A4", &[]any{"0012", "=1+1"}))
		require.NoError(t, f.SetSheetRow("Sheet1", "A5", &[]any{1.2345678901234e+13}))
	})
	f := sheet.Detect([]byte(file))
	assert.Equal(t, sheet.Format{Kind: sheet.Workbook}, f)
	assert.Equal(t, [][]string{{"código", "tipo"}, {"7891234567890", "Meia"}, {"0012", "=1+1"}, {"12345678901234"}}, read(t, file, f))
}

func TestAZipBombIsRefusedBeforeItIsUnpacked(t *testing.T) {
	bomb := func(size int) string {
		var out bytes.Buffer
		w := zip.NewWriter(&out)
		part, err := w.Create("xl/worksheets/sheet1.xml")
		require.NoError(t, err)
		zeros := make([]byte, 1<<20)
		for range size {
			_, err := part.Write(zeros)
			require.NoError(t, err)
		}
		require.NoError(t, w.Close())
		return out.String()
	}
	many := func() string {
		var out bytes.Buffer
		w := zip.NewWriter(&out)
		for range 3000 {
			_, err := w.Create("x")
			require.NoError(t, err)
		}
		require.NoError(t, w.Close())
		return out.String()
	}
	for what, row := range map[string]struct {
		file string
		want error
	}{
		"64 MiB of zeros":  {bomb(64), sheet.ErrBomb},
		"3,000 parts":      {many(), sheet.ErrBomb},
		"no workbook":      {"PK\x03\x04 and nothing more", sheet.ErrBroken},
		"an empty archive": {bomb(0), sheet.ErrBroken},
	} {
		var err error
		for _, err = range sheet.All(strings.NewReader(row.file), sheet.Format{Kind: sheet.Workbook}) {
			if err != nil {
				break
			}
		}
		assert.ErrorIs(t, err, row.want, what)
	}
}

func FuzzAnyTextIsReadOrRefused(f *testing.F) {
	for _, seed := range []string{"a\nb", "\"a\nb\",c", "\uFEFF;;\t\"", "\xFF\xFE1\x00\n\x00", "\xEA\xEE\xE4;1\n", "\x00\r\n\r", "1,23E+12"} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, raw []byte) {
		format := sheet.Detect(raw)
		if format.Kind == sheet.Workbook {
			return
		}
		require.NoError(t, format.Check())
		last := 0
		for row, err := range sheet.All(bytes.NewReader(raw), format) {
			require.NoError(t, err)
			require.Greater(t, row.Line, last)
			last = row.Line
			require.NotEmpty(t, row.Cells)
			require.LessOrEqual(t, len(row.Cells), sheet.MaxColumns)
			for _, cell := range row.Cells {
				require.LessOrEqual(t, len(cell), sheet.MaxLine)
				require.NotContains(t, cell, "\n")
			}
		}
	})
}

func FuzzAnyWorkbookIsReadOrRefused(f *testing.F) {
	x := excelize.NewFile()
	_ = x.SetSheetRow("Sheet1", "A1", &[]any{"a", 1})
	var out bytes.Buffer
	_ = x.Write(&out)
	f.Add(out.Bytes())
	f.Add([]byte("PK\x03\x04"))
	f.Fuzz(func(t *testing.T, raw []byte) {
		for row, err := range sheet.All(bytes.NewReader(raw), sheet.Format{Kind: sheet.Workbook}) {
			if err != nil {
				return
			}
			require.LessOrEqual(t, len(row.Cells), sheet.MaxColumns)
		}
	})
}
