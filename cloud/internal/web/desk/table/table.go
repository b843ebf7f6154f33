// Package table is lists of things as the desk shows them: columns that people choose, filters, sorting, pages,
// saved views, and the same rows as CSV and XLSX.
//
// It knows how a list looks and reads what was asked for; rows come from a loader.
package table

import (
	"context"
	"net/url"
	"slices"
	"strconv"

	"portaria/cloud/internal/locale"
)

// Spec is a list of rows of type R.
type Spec[R any] struct {
	Page    string // the page's path; also the name under which views are saved
	Columns []Column[R]
	Filters []Filter
	Sort    string // column by which rows come when nobody chose; "-id" = downwards
	Size    int    // rows on a page; 0 = 50
	// Load gives at most limit rows after offset rows, in the order asked for.
	Load func(ctx context.Context, q Query, offset, limit int) ([]R, error)
	// Search offers a field for free text, which Load finds in Query.Text.
	Search bool
	File   string // name of exports without ending; empty = "portaria"
}

// Column is one thing told of every row.
type Column[R any] struct {
	ID     string
	Title  string // id of its text
	Num    bool   // to the right, and a number in XLSX when Cell says so
	Extra  bool   // shown only to those who choose it
	Sorts  bool   // Load can sort by it
	Cell   func(l locale.Locale, row R) Cell
	Export func(row R) any // what files hold: string, int64, float64, time.Time, bool; nil = the cell's text
}

// Cell is what a column tells of one row.
type Cell struct {
	Text string
	Sub  string // a second, smaller line
	Href string // where a click leads; empty = nowhere
	Pill string // ok, bad, warn, off: the text as a state
}

// Text is a plain cell.
func Text(s string) Cell { return Cell{Text: s} }

// Filter narrows the list. With Options it is a choice, else a text.
type Filter struct {
	ID      string
	Title   string // id of its text
	Type    string // text, date; empty = text, or a choice where there are options
	Options []Option
	None    string // what stands for no choice; empty = all
}

// Option is a choice of a filter.
type Option struct{ Value, Text string }

// Query is what somebody asked a list for. What the spec does not have is not in it.
type Query struct {
	Columns []string          // chosen, in the spec's order
	Filters map[string]string // by id, only those that are set
	Text    string
	Sort    string // a column that sorts
	Down    bool
	Page    int // from 1
}

const (
	maxText = 200 // characters of a filter
	maxPage = 20_000
)

// Read takes a query from an address. Nothing in it is an error: what cannot be is passed over.
func (s Spec[R]) Read(v url.Values) Query {
	q := Query{Filters: map[string]string{}, Page: 1}
	chosen := v["col"]
	for _, c := range s.Columns {
		if slices.Contains(chosen, c.ID) || len(chosen) == 0 && !c.Extra {
			q.Columns = append(q.Columns, c.ID)
		}
	}
	if len(q.Columns) == 0 {
		q.Columns = []string{s.Columns[0].ID}
	}
	for _, f := range s.Filters {
		if value := clip(v.Get(f.ID)); value != "" && f.takes(value) {
			q.Filters[f.ID] = value
		}
	}
	if s.Search {
		q.Text = clip(v.Get("q"))
	}
	q.Sort, q.Down = s.order(v.Get("sort"))
	if n, err := strconv.Atoi(v.Get("page")); err == nil && n > 0 && n <= maxPage {
		q.Page = n
	}
	return q
}

func clip(s string) string {
	if r := []rune(s); len(r) > maxText {
		return string(r[:maxText])
	}
	return s
}

func (f Filter) takes(value string) bool {
	if len(f.Options) == 0 {
		return true
	}
	return slices.ContainsFunc(f.Options, func(o Option) bool { return o.Value == value })
}

func (s Spec[R]) order(asked string) (string, bool) {
	for _, want := range []string{asked, s.Sort} {
		down := len(want) > 0 && want[0] == '-'
		if down {
			want = want[1:]
		}
		if want != "" && slices.ContainsFunc(s.Columns, func(c Column[R]) bool { return c.ID == want && c.Sorts }) {
			return want, down
		}
	}
	return "", false
}

// Values writes a query as an address has it, without its page.
func (q Query) Values() url.Values {
	v := url.Values{"col": q.Columns}
	for id, value := range q.Filters {
		v.Set(id, value)
	}
	if q.Text != "" {
		v.Set("q", q.Text)
	}
	if q.Sort != "" {
		v.Set("sort", sortKey(q.Sort, q.Down))
	}
	return v
}

func sortKey(column string, down bool) string {
	if down {
		return "-" + column
	}
	return column
}

// Narrowed says whether the query leaves anything out.
func (q Query) Narrowed() bool { return len(q.Filters) > 0 || q.Text != "" }

func (s Spec[R]) size() int {
	if s.Size == 0 {
		return 50
	}
	return s.Size
}

func (s Spec[R]) chosen(q Query) (out []Column[R]) {
	for _, c := range s.Columns {
		if slices.Contains(q.Columns, c.ID) {
			out = append(out, c)
		}
	}
	return out
}
