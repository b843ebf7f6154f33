package imports

import (
	"encoding/csv"
	"fmt"
	"io"
	"net/http"
	"strconv"

	"portaria/cloud/internal/gatehouse/foreign/intake"
	"portaria/cloud/internal/web/desk"
	"portaria/cloud/internal/web/desk/table"
)

// chunk is how many rows are loaded at once for a file.
const chunk = 1000

// download writes a CSV as the language's spreadsheets expect it; more gives the next rows, none at the end.
func download(v *desk.Visit, name string, heads []string, more func() ([][]string, error)) error {
	rows, err := more() // what is refused is refused before anything is sent
	if err != nil {
		return err
	}
	_ = http.NewResponseController(v.Writer).SetWriteDeadline(v.Now.Add(patience)) // some writers have none
	v.Header("Content-Type", "text/csv; charset=utf-8")
	v.Header("Content-Disposition", fmt.Sprintf("attachment; filename=%q", name))
	if _, err := io.WriteString(v.Writer, "\ufeff"); err != nil {
		return nil //nolint:nilerr // who asked has gone
	}
	w := csv.NewWriter(v.Writer)
	w.UseCRLF = true
	if v.L.Tag() == "pt-BR" {
		w.Comma = ';'
	}
	_ = w.Write(heads)
	for ; len(rows) > 0 && err == nil; rows, err = more() {
		for _, row := range rows {
			for i := range row {
				row[i] = table.Harmless(row[i])
			}
			_ = w.Write(row)
		}
		w.Flush()
		if w.Error() != nil {
			return nil //nolint:nilerr // who asked has gone
		}
	}
	if err != nil {
		panic(http.ErrAbortHandler) // nobody takes a part for the whole
	}
	return nil
}

// report is every skipped line with the reason.
func (s *section) report(v *desk.Visit) error {
	_, i, err := s.find(v)
	if err != nil {
		return err
	}
	after := 0
	heads := []string{v.Text("imports.line"), v.Text("imports.text"), v.Text("imports.why")}
	return download(v, "import-"+i.ID.String()+".csv", heads, func() (rows [][]string, err error) {
		skips, err := s.Intake.Skips(v.Ctx(), i.Scope, i.ID, after, chunk)
		for _, x := range skips {
			after = x.Line
			rows = append(rows, []string{strconv.Itoa(x.Line), x.Text, v.Text("imports.fate_" + string(x.Why))})
		}
		return rows, err
	})
}

// settlement is a seller's list beside who came.
func (s *section) settlement(v *desk.Visit) error {
	_, scope, err := s.event(v)
	if err != nil {
		return err
	}
	after, issuer := "", v.Query("issuer")
	heads := []string{
		v.Text("imports.text"), v.Text("imports.is_state"), v.Text("imports.kind"), v.Text("imports.seat_column"), v.Text("imports.entries"), v.Text("imports.first"),
	}
	return download(v, "settlement.csv", heads, func() (rows [][]string, err error) {
		page, err := s.Intake.Settlement(v.Ctx(), scope, issuer, after, chunk)
		for _, c := range page {
			after = c.Code
			rows = append(rows, came(v, c))
		}
		return rows, err
	})
}

func came(v *desk.Visit, c intake.Came) []string {
	first := ""
	if !c.First.IsZero() {
		first = c.First.Format("2006-01-02 15:04:05")
	}
	return []string{c.Code, v.Text("imports.code_" + c.StateText()), strconv.Itoa(c.Kind), c.Seat, strconv.Itoa(c.Count), first}
}
