package live

import (
	"context"
	"encoding/csv"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"time"

	"github.com/google/uuid"

	"portaria/cloud/internal/attendance"
	"portaria/cloud/internal/fault"
	"portaria/cloud/internal/ingest"
	"portaria/cloud/internal/locale"
	web "portaria/cloud/internal/web/desk"
	"portaria/cloud/internal/web/desk/table"
	"portaria/edge/admit"
)

// tables are what can be taken along as a file, or looked at as a list.
var tables = []string{"minutes", "gates", "refusals", "offers", "staff"}

var errNoTable = fault.New(fault.NotFound, "not_found", "There is no such table.")

type tablePage struct {
	web.Frame
	Name, Base, Of string
	Table          table.View
}

// table is one of the tables, as a list or as a file.
func (s *section) table(v *web.Visit) error {
	x, err := s.ofEvent(v)
	if err != nil {
		return err
	}
	name := v.Param("table")
	if name == "minutes" {
		return list(s, v, x, name, s.minutes(v, x))
	}
	p := &nowPage{subject: x}
	p.Frame.Locale = v.L
	if p.Report, err = s.Attendance.Live(v.Ctx(), x.scope); err != nil {
		return err
	}
	switch name {
	case "gates":
		return s.gatesTable(v, x, p)
	case "refusals":
		return list(s, v, x, name, spec(reasonRows(v, p.Report), text("live.reason", func(r reasonRow) string { return r.Text }), number("live.refused", func(r reasonRow) int { return r.N })))
	case "offers":
		return s.offersTable(v, x, p)
	case "staff":
		if err := s.staff(v, p); err != nil {
			return err
		}
		return list(s, v, x, name, spec(p.Staff, text("live.controller", func(r staffRow) string { return r.Name }),
			number("live.admitted", func(r staffRow) int { return r.In }), number("live.refused", func(r staffRow) int { return r.Refused }),
			number("live.override", func(r staffRow) int { return r.Override })))
	}
	return errNoTable
}

func (s *section) gatesTable(v *web.Visit, x *subject, p *nowPage) error {
	peaks, err := s.Attendance.Peaks(v.Ctx(), x.scope)
	if err != nil {
		return err
	}
	by := map[[2]string]attendance.Peak{}
	for _, k := range peaks {
		by[[2]string{k.Door, k.Gate}] = k
	}
	peak := func(r gateRow) attendance.Peak { return by[[2]string{r.Door.Door, r.Gate}] }
	return list(s, v, x, "gates", spec(gateRows(x, p.Report),
		text("live.door", func(r gateRow) string { return r.Name }), text("live.gate", func(r gateRow) string { return r.Gate }),
		number("live.in", func(r gateRow) int { return r.In }), number("live.out", func(r gateRow) int { return r.Out }),
		number("live.refused", func(r gateRow) int { return r.Refused }), number("live.aborted", func(r gateRow) int { return r.Aborted }),
		number("live.peak", func(r gateRow) int { return peak(r).In }),
		moment("live.peak_at", func(r gateRow) time.Time {
			if peak(r).In == 0 {
				return time.Time{}
			}
			return attendance.TimeOf(peak(r).Slot).In(x.Zone)
		})))
}

func (s *section) offersTable(v *web.Visit, x *subject, p *nowPage) error {
	if err := s.kinds(v, p); err != nil {
		return err
	}
	return list(s, v, x, "offers", spec(p.Kinds, text("live.offer", func(r kindRow) string { return r.Name }),
		number("live.expected", func(r kindRow) int { return r.Expected }), number("live.came", func(r kindRow) int { return r.Arrived }),
		number("live.no_shows", func(r kindRow) int { return max(0, r.Expected-r.Arrived) })))
}

// minutes reads its rows as they are asked for: a long festival has many.
func (s *section) minutes(v *web.Visit, x *subject) table.Spec[attendance.Flow] {
	what := func(f attendance.Flow) string { return v.Text("live.what_" + string(f.What)) }
	spec := spec[attendance.Flow](nil, moment("live.time", func(f attendance.Flow) time.Time { return f.At.In(x.Zone) }),
		text("live.door", func(f attendance.Flow) string { return x.door(f.Door) }), text("live.gate", func(f attendance.Flow) string { return f.Gate }),
		text("live.what", what), text("live.from", func(f attendance.Flow) string { return way(v, x, f, f.From) }),
		text("live.to", func(f attendance.Flow) string { return way(v, x, f, f.To) }),
		text("live.reason", func(f attendance.Flow) string {
			if f.Which == "" {
				return ""
			}
			return reasonText(v, reasonOf(f))
		}), number("live.people", func(f attendance.Flow) int { return f.N }))
	spec.Load = func(ctx context.Context, _ table.Query, offset, limit int) ([]attendance.Flow, error) {
		return s.Attendance.Flow(ctx, x.scope, offset, limit)
	}
	return spec
}

// list answers with a table's page or file.
func list[R any](_ *section, v *web.Visit, x *subject, name string, spec table.Spec[R]) error {
	spec.File = "portaria-" + name
	shown, answered, err := web.List(v, spec, web.Empty{Title: v.Text("live.nobody_yet"), Text: v.Text("live.nobody_yet_why")})
	if answered || err != nil {
		return err
	}
	title := v.Text("live.table_" + name)
	return v.Show("table", title, &tablePage{Name: title, Base: x.Base, Of: x.Name, Table: shown})
}

// spec is a table of rows that are here.
func spec[R any](rows []R, columns ...table.Column[R]) table.Spec[R] {
	return table.Spec[R]{Columns: columns, Size: 200, Load: func(_ context.Context, _ table.Query, offset, limit int) ([]R, error) {
		return rows[min(offset, len(rows)):min(offset+limit, len(rows))], nil
	}}
}

func text[R any](id string, of func(R) string) table.Column[R] {
	return table.Column[R]{ID: id[len("live."):], Title: id, Cell: func(_ locale.Locale, r R) table.Cell { return table.Text(of(r)) }}
}

func number[R any](id string, of func(R) int) table.Column[R] {
	return table.Column[R]{ID: id[len("live."):], Title: id, Num: true, Export: func(r R) any { return int64(of(r)) },
		Cell: func(l locale.Locale, r R) table.Cell { return table.Text(l.Number(int64(of(r)))) }}
}

func moment[R any](id string, of func(R) time.Time) table.Column[R] {
	return table.Column[R]{ID: id[len("live."):], Title: id, Export: func(r R) any { return of(r) }, Cell: func(l locale.Locale, r R) table.Cell {
		if of(r).IsZero() {
			return table.Text("–")
		}
		return table.Text(l.ShortDate(of(r)) + " " + l.Clock(of(r)))
	}}
}

// Records are read a thousand at a time, and the file may take ten minutes.
const (
	recordsAtOnce = 1000
	patience      = 10 * time.Minute
)

// records writes every record of the event's tickets, in the order in which they came. It names no ticket's code: the
// journal has none of good tickets.
func (s *section) records(v *web.Visit) error {
	x, err := s.ofEvent(v)
	if err != nil {
		return err
	}
	event := x.Events[0].ID
	first, err := s.Records.Records(v.Ctx(), v.Organizer(), ingest.Filter{Event: &event, Limit: recordsAtOnce})
	if err != nil {
		return err
	}
	_ = http.NewResponseController(v.Writer).SetWriteDeadline(v.Now.Add(patience)) // some writers have none
	v.Header("Content-Type", "text/csv; charset=utf-8")
	v.Header("Content-Disposition", fmt.Sprintf("attachment; filename=%q", "portaria-records-"+v.Now.UTC().Format("2006-01-02-1504")+".csv"))
	if err := s.writeRecords(v, x, event, first); err != nil {
		panic(http.ErrAbortHandler) // nobody should take a part for the whole
	}
	return nil
}

func (s *section) writeRecords(v *web.Visit, x *subject, event uuid.UUID, rows []ingest.Record) error {
	if _, err := io.WriteString(v.Writer, "\ufeff"); err != nil {
		return err
	}
	out := csv.NewWriter(v.Writer)
	out.UseCRLF = true
	if v.L.Tag() == "pt-BR" {
		out.Comma = ';'
	}
	if err := out.Write([]string{"at", "gate", "run", "seq", "lane", "door", "type", "history", "reason", "kind", "scan", "ref", "text", "received_at"}); err != nil {
		return err
	}
	for len(rows) > 0 {
		for _, r := range rows {
			if err := out.Write(recordLine(x, r)); err != nil {
				return err
			}
		}
		var err error
		if rows, err = s.Records.Records(v.Ctx(), v.Organizer(), ingest.Filter{Event: &event, Limit: recordsAtOnce, After: rows[len(rows)-1].Place}); err != nil {
			return err
		}
	}
	out.Flush()
	return out.Error()
}

func recordLine(x *subject, r ingest.Record) []string {
	line := []string{r.At.In(x.Zone).Format("2006-01-02T15:04:05.000-07:00"), r.Gate, r.Run, strconv.FormatUint(r.Seq, 10), strconv.Itoa(r.Lane),
		x.door(r.Checkpoint), r.Type, r.History, r.Reason, strconv.Itoa(int(r.Kind)), fmt.Sprintf("%x", r.Scan), fmt.Sprintf("%x", r.Ref), r.Text,
		r.ReceivedAt.In(x.Zone).Format("2006-01-02T15:04:05.000-07:00")}
	for i := range line {
		line[i] = table.Harmless(line[i])
	}
	return line
}

// way is a zone's name where people passed; refusals lead nowhere.
func way(v *web.Visit, x *subject, f attendance.Flow, zone string) string {
	if f.What == attendance.Refused {
		return ""
	}
	return x.zone(v, zone)
}

func reasonOf(f attendance.Flow) admit.Reason { return admit.Reason(f.Which) }
