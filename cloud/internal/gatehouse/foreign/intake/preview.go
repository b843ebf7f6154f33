package intake

import (
	"context"
	"errors"
	"slices"
	"strings"
	"unicode"

	"github.com/google/uuid"

	"portaria/cloud/internal/fault"
	"portaria/cloud/internal/gatehouse/foreign"
	"portaria/cloud/internal/gatehouse/foreign/sheet"
)

// sampleRows is how many rows a preview shows.
const sampleRows = 12

// Preview is the first rows of a file, the header among them, cut as the mapping says.
func (o *Office) Preview(ctx context.Context, s foreign.Scope, id uuid.UUID, f *sheet.Format) (Import, [][]string, error) {
	i, err := o.Books.Get(ctx, s, id)
	if err != nil {
		return i, nil, err
	}
	if f != nil {
		i.Mapping.Format = *f
	}
	rows, err := o.sample(ctx, i, i.Mapping.Format, sampleRows)
	return i, rows, err
}

func (o *Office) sample(ctx context.Context, i Import, f sheet.Format, n int) (rows [][]string, err error) {
	for row, err := range sheet.All(o.reader(ctx, i), f) {
		if err != nil {
			return nil, refusal(err)
		}
		if rows = append(rows, row.Cells); len(rows) == n {
			break
		}
	}
	return rows, nil
}

// refusal is the sentence for a file that can't be read.
func refusal(err error) error {
	for _, known := range []struct {
		is  error
		say *fault.Fault
	}{{sheet.ErrTooLarge, ErrTooLarge}, {sheet.ErrTooMany, ErrTooMany}, {sheet.ErrBomb, ErrBroken}, {sheet.ErrBroken, ErrBroken}} {
		if errors.Is(err, known.is) {
			return known.say
		}
	}
	return err
}

// words by which a header names what a column holds, in the languages that sellers write.
var words = map[string][]string{
	"code":  {"barcode", "código de barras", "codigo de barras", "code", "código", "codigo", "qr", "штрихкод", "штрих-код", "код", "ingresso", "ticket"},
	"kind":  {"tipo", "categoria", "kind", "type", "category", "setor", "тип", "категория"},
	"from":  {"valid from", "from", "válido de", "valido de", "início", "inicio", "действует с"},
	"until": {"valid until", "until", "valid to", "válido até", "valido ate", "fim", "действует до"},
	"seat":  {"seat", "assento", "lugar", "poltrona", "место"},
}

// named finds columns by the words of the header; the code is otherwise in the column that has most digits.
func named(m Mapping, rows [][]string) Mapping {
	if m.Format.Header && len(rows) > 0 {
		m.Code, m.Kind, m.From = find(rows[0], "code"), find(rows[0], "kind"), find(rows[0], "from")
		m.Until, m.Seat = find(rows[0], "until"), find(rows[0], "seat")
		rows = rows[1:]
	}
	if m.Code == 0 {
		m.Code = mostDigits(rows)
	}
	return m
}

// find is the column that a header names so: by the whole word first, so that "ticket type" is not taken for a code.
func find(header []string, what string) int {
	for _, word := range words[what] {
		for i, cell := range header {
			if strings.EqualFold(strings.TrimSpace(cell), word) {
				return i + 1
			}
		}
	}
	for _, word := range words[what] {
		for i, cell := range header {
			if strings.Contains(strings.ToLower(cell), word) {
				return i + 1
			}
		}
	}
	return 0
}

func mostDigits(rows [][]string) int {
	counts := make([]int, sheet.MaxColumns)
	for _, row := range rows {
		for i, cell := range row {
			for _, r := range cell {
				if unicode.IsDigit(r) {
					counts[i]++
				}
			}
		}
	}
	return slices.Index(counts, slices.Max(counts)) + 1
}

// Check says whether a mapping can be carried out. ErrMapping.
func (m Mapping) Check() error {
	columns := []int{m.Code, m.Kind, m.From, m.Until, m.Seat}
	if m.Format.Check() != nil || m.Code < 1 || slices.Max(columns) > sheet.MaxColumns || slices.Min(columns) < 0 || m.Digits < -1 || m.Digits > 512 {
		return ErrMapping
	}
	return nil
}
