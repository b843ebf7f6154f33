package table

import (
	"context"
	"net/url"
	"strconv"

	"portaria/cloud/internal/locale"
)

// View is one page of a list, ready for its template: {{template "table" .Table}}.
type View struct {
	locale.Locale
	Page    string
	Heads   []Head
	Rows    [][]Shown
	Filters []SetFilter
	Choices []Choice // of columns
	Search  bool
	Text    string
	SortKey string
	Query   string // the whole query, for saved views
	Earlier string // addresses; empty = none
	Later   string
	CSV     string
	XLSX    string
	First   int // number of the first row shown
	Last    int
	Narrow  bool // filters are set
	Saved   []Saved
	Empty   Nothing
}

// Nothing is what the list says when it is empty and nothing narrows it.
type Nothing struct{ Title, Text, Href, Do string }

// Saved is a saved view.
type Saved struct {
	ID, Name, Query string
	Here            bool
}

// Head is a column's head.
type Head struct {
	Title, Href string // Href "" = it does not sort
	Num         bool
	Order       string // ascending, descending, or empty
}

// Shown is a cell with its column's title, which phones show beside it.
type Shown struct {
	Cell
	Title string
	Num   bool
}

// SetFilter is a filter with its present value.
type SetFilter struct {
	Filter
	Value string
}

// Choice is a column that can be shown.
type Choice struct {
	ID, Title string
	Shown     bool
}

// View loads one page of the list as asked for.
func (s Spec[R]) View(ctx context.Context, l locale.Locale, asked url.Values) (View, error) {
	q, size := s.Read(asked), s.size()
	offset := (q.Page - 1) * size
	rows, err := s.Load(ctx, q, offset, size+1)
	if err != nil {
		return View{}, err
	}
	more := len(rows) > size
	if more {
		rows = rows[:size]
	}
	v := View{
		Locale: l, Page: s.Page, Search: s.Search, Text: q.Text, SortKey: sortKey(q.Sort, q.Down), Query: q.Values().Encode(),
		First: offset + 1, Last: offset + len(rows), Narrow: q.Narrowed(),
		CSV: s.Page + "?" + with(q, "as", "csv"), XLSX: s.Page + "?" + with(q, "as", "xlsx"),
	}
	if q.Page > 1 {
		v.Earlier = s.Page + "?" + with(q, "page", strconv.Itoa(q.Page-1))
	}
	if more {
		v.Later = s.Page + "?" + with(q, "page", strconv.Itoa(q.Page+1))
	}
	s.dress(&v, q, rows)
	return v, nil
}

func with(q Query, key, value string) string {
	v := q.Values()
	v.Set(key, value)
	return v.Encode()
}

func (s Spec[R]) dress(v *View, q Query, rows []R) {
	columns := s.chosen(q)
	for _, c := range columns {
		v.Heads = append(v.Heads, s.head(v.Locale, q, c))
	}
	for _, row := range rows {
		line := make([]Shown, len(columns))
		for i, c := range columns {
			line[i] = Shown{Cell: c.Cell(v.Locale, row), Title: v.Heads[i].Title, Num: c.Num}
		}
		v.Rows = append(v.Rows, line)
	}
	for _, f := range s.Filters {
		v.Filters = append(v.Filters, SetFilter{f, q.Filters[f.ID]})
	}
	for _, c := range s.Columns {
		shown := false
		for _, id := range q.Columns {
			shown = shown || id == c.ID
		}
		v.Choices = append(v.Choices, Choice{ID: c.ID, Title: v.Locale.Text(c.Title), Shown: shown})
	}
}

func (s Spec[R]) head(l locale.Locale, q Query, c Column[R]) Head {
	h := Head{Title: l.Text(c.Title), Num: c.Num}
	if !c.Sorts {
		return h
	}
	down := false
	if q.Sort == c.ID {
		down = !q.Down
		h.Order = map[bool]string{false: "ascending", true: "descending"}[q.Down]
	}
	next := q
	next.Sort, next.Down = c.ID, down
	h.Href = s.Page + "?" + next.Values().Encode()
	return h
}
