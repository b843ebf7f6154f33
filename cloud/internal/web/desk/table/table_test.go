package table_test

import (
	"bytes"
	"context"
	"encoding/csv"
	"net/url"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"github.com/xuri/excelize/v2"

	"portaria/cloud/internal/locale"
	"portaria/cloud/internal/web/desk/table"
)

type row struct {
	name string
	sold int64
	at   time.Time
}

var night = time.Date(2026, 11, 28, 21, 0, 0, 0, time.UTC)

func spec(rows []row, loads *int) table.Spec[row] {
	return table.Spec[row]{
		Page: "/desk/x", File: "nights", Sort: "-name", Size: 3, Search: true,
		Columns: []table.Column[row]{
			{ID: "name", Title: "showroom.name", Sorts: true, Cell: func(_ locale.Locale, r row) table.Cell { return table.Text(r.name) }},
			{ID: "sold", Title: "showroom.sold", Num: true, Cell: func(l locale.Locale, r row) table.Cell { return table.Text(l.Number(r.sold)) }, Export: func(r row) any { return r.sold }},
			{ID: "share", Title: "showroom.takings", Extra: true, Cell: func(locale.Locale, row) table.Cell { return table.Text("½") }, Export: func(row) any { return 0.5 }},
			{ID: "at", Title: "showroom.at", Extra: true, Cell: func(l locale.Locale, r row) table.Cell { return table.Text(l.ShortDate(r.at)) }, Export: func(r row) any { return r.at }},
		},
		Filters: []table.Filter{{ID: "state", Title: "showroom.state", Options: []table.Option{{Value: "draft", Text: "draft"}}}},
		Load: func(_ context.Context, _ table.Query, offset, limit int) ([]row, error) {
			if loads != nil {
				*loads++
			}
			return rows[min(offset, len(rows)):min(offset+limit, len(rows))], nil
		},
	}
}

func TestWhatCannotBeAskedIsPassedOver(t *testing.T) {
	s := spec(nil, nil)
	q := s.Read(url.Values{"col": {"sold", "secret"}, "state": {"'; DROP TABLE"}, "sort": {"sold"}, "page": {"-4"}, "q": {strings.Repeat("x", 1000)}, "other": {"y"}})
	assert.Equal(t, []string{"sold"}, q.Columns)
	assert.Empty(t, q.Filters)
	assert.Equal(t, "name", q.Sort, "a column that does not sort is no order")
	assert.True(t, q.Down)
	assert.Equal(t, 1, q.Page)
	assert.Len(t, q.Text, 200)
	q = s.Read(url.Values{"state": {"draft"}, "sort": {"name"}})
	assert.Equal(t, []string{"name", "sold"}, q.Columns)
	assert.Equal(t, map[string]string{"state": "draft"}, q.Filters)
	assert.Equal(t, q, s.Read(q.Values()), "an address says the whole query")
}

func TestPagesFollowEachOther(t *testing.T) {
	var rows []row
	for i := range 7 {
		rows = append(rows, row{name: strconv.Itoa(i)})
	}
	s, seen := spec(rows, nil), ""
	at := url.Values{}
	for range 3 {
		v, err := s.View(t.Context(), locale.Match("en"), at)
		require.NoError(t, err)
		for _, r := range v.Rows {
			seen += r[0].Text
		}
		_, query, _ := strings.Cut(v.Later, "?")
		at, err = url.ParseQuery(query)
		require.NoError(t, err)
	}
	assert.Equal(t, "0123456", seen)
}

// hostile are cells by which a spreadsheet could be made to run something.
var hostile = []string{
	"=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", " =1", "=cmd|' /C calc'!A0", `=HYPERLINK("http://evil.example")`, "＝1", "%0A-1", "|x",
}

func TestNoTextOfAnExportIsAFormula(t *testing.T) {
	var rows []row
	for _, text := range hostile {
		rows = append(rows, row{name: text, sold: -5, at: night})
	}
	s := spec(rows, nil)
	all := url.Values{"col": {"name", "sold", "share", "at"}}
	for _, tongue := range []struct {
		tag   string
		comma rune
		half  string
	}{{"en", ',', "0.5"}, {"pt-BR", ';', "0,5"}} {
		var out bytes.Buffer
		require.NoError(t, s.Write(t.Context(), locale.Match(tongue.tag), all, table.CSV, &out))
		text, ok := strings.CutPrefix(out.String(), "\ufeff")
		require.True(t, ok, "spreadsheets know UTF-8 by its mark")
		reader := csv.NewReader(strings.NewReader(text))
		reader.Comma = tongue.comma
		records, err := reader.ReadAll()
		require.NoError(t, err)
		require.Len(t, records, len(hostile)+1)
		for i, record := range records[1:] {
			assert.True(t, strings.HasPrefix(record[0], "'"), "%q", record[0])
			assert.Equal(t, "-5", record[1], "numbers stay numbers")
			assert.Equal(t, tongue.half, record[2])
			assert.Equal(t, "2026-11-28 21:00:00", record[3])
			_ = i
		}
	}
	assert.Equal(t, "Homens de Perto", table.Harmless("Homens de Perto"))
}

func TestAWorksheetHasTextsNumbersAndTimes(t *testing.T) {
	rows := []row{{"=1+1", 412, night}, {"Homens de Perto", 7, time.Time{}}}
	var out bytes.Buffer
	all := url.Values{"col": {"name", "sold", "share", "at"}}
	require.NoError(t, spec(rows, nil).Write(t.Context(), locale.Match("en"), all, table.XLSX, &out))
	book, err := excelize.OpenReader(&out)
	require.NoError(t, err)
	defer book.Close()
	formula, err := book.GetCellFormula("Sheet1", "A2")
	require.NoError(t, err)
	assert.Empty(t, formula, "a text is no formula")
	value, err := book.GetCellValue("Sheet1", "A2")
	require.NoError(t, err)
	assert.Equal(t, "=1+1", value)
	kind, err := book.GetCellType("Sheet1", "B2")
	require.NoError(t, err)
	assert.NotEqual(t, excelize.CellTypeInlineString, kind)
	value, err = book.GetCellValue("Sheet1", "B2")
	require.NoError(t, err)
	assert.Equal(t, "412", value)
	value, err = book.GetCellValue("Sheet1", "D2")
	require.NoError(t, err)
	assert.Contains(t, value, "11/28/26")
}

func TestALongExportIsLoadedPieceByPiece(t *testing.T) {
	rows, loads := make([]row, 4500), 0
	var out bytes.Buffer
	require.NoError(t, spec(rows, &loads).Write(t.Context(), locale.Match("en"), url.Values{}, table.CSV, &out))
	assert.Equal(t, 3, loads)
	assert.Equal(t, 4501, bytes.Count(out.Bytes(), []byte("\r\n")))
}

func FuzzAQueryFromAnAddress(f *testing.F) {
	f.Add("col=name&sort=-name&page=2&q=x")
	f.Add("col=&sort=-&page=99999999999999999999")
	f.Fuzz(func(t *testing.T, address string) {
		asked, err := url.ParseQuery(address)
		if err != nil {
			return
		}
		s := spec(nil, nil)
		q := s.Read(asked)
		assert.NotEmpty(t, q.Columns)
		assert.Positive(t, q.Page)
		q.Page = 1
		assert.Equal(t, q, s.Read(q.Values()))
	})
}
