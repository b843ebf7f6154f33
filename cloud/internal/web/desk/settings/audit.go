package settings

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"time"

	"portaria/cloud/internal/account/audit"
	"portaria/cloud/internal/locale"
	"portaria/cloud/internal/web/desk"
	"portaria/cloud/internal/web/desk/table"
)

type auditPage struct {
	base
	Table table.View
	Head  audit.Entry
	Any   bool
}

// kinds of acts, by the beginning of their names.
var kinds = []string{"organizer", "role", "person", "invitation", "key", "event", "sale", "checkpoint", "controller", "import", "refund", "privacy", "api"}

func (s *settings) audit(v *desk.Visit) error {
	list, answered, err := desk.List(v, s.auditSpec(v), desk.Empty{Title: v.Text("settings.audit.empty"), Text: v.Text("settings.audit.empty_why")})
	if answered || err != nil {
		return err
	}
	p := &auditPage{base: base{Tabs: tabs(v)}, Table: list}
	head, err := s.Log.Entries(v.AccountsCtx(), v.Organizer(), 0, 1)
	if err != nil {
		return err
	}
	if len(head) > 0 {
		p.Head, p.Any = head[0], true
	}
	return v.Show("audit", v.Text("settings.audit.title"), p)
}

func (s *settings) auditSpec(v *desk.Visit) table.Spec[audit.Entry] {
	text := func(id string, of func(audit.Entry) string) table.Column[audit.Entry] {
		return table.Column[audit.Entry]{ID: id, Title: "settings.audit." + id, Cell: func(_ locale.Locale, e audit.Entry) table.Cell { return table.Text(of(e)) }}
	}
	hash := text("sum", func(e audit.Entry) string { return e.Hash.String() })
	address := text("address", func(e audit.Entry) string { return e.Address })
	hash.Extra, address.Extra = true, true
	var choices []table.Option
	for _, k := range kinds {
		choices = append(choices, table.Option{Value: k, Text: k})
	}
	return table.Spec[audit.Entry]{
		File: "audit", Search: true,
		Columns: []table.Column[audit.Entry]{
			{ID: "at", Title: "settings.audit.at", Cell: func(l locale.Locale, e audit.Entry) table.Cell {
				return table.Cell{Text: l.ShortDate(e.At), Sub: e.At.Format("15:04:05") + " UTC"}
			}, Export: func(e audit.Entry) any { return e.At }},
			text("who", func(e audit.Entry) string { return e.Who }),
			text("what", func(e audit.Entry) string { return e.What }),
			text("detail", func(e audit.Entry) string { return e.Detail }),
			text("subject", func(e audit.Entry) string { return e.Subject }),
			address, hash,
		},
		Filters: []table.Filter{{ID: "what", Title: "settings.audit.what", Options: choices}},
		Load: func(_ context.Context, q table.Query, offset, limit int) ([]audit.Entry, error) {
			return s.Log.AuditPage(v.AccountsCtx(), v.Organizer(), q.Filters["what"], q.Text, offset, limit)
		},
	}
}

// exportAudit streams the organizer's chain from its first entry, as the offline verifier reads it.
func (s *settings) exportAudit(v *desk.Visit) error {
	ctx := v.AccountsCtx()
	head, err := s.Log.Entries(ctx, v.Organizer(), 0, 1)
	if err != nil {
		return err
	}
	v.Header("Content-Type", "application/jsonl")
	v.Header("Content-Disposition", fmt.Sprintf("attachment; filename=%q", "audit-"+v.Now.UTC().Format(time.DateOnly)+".jsonl"))
	if len(head) == 0 {
		return nil
	}
	const chunk = 500
	out := json.NewEncoder(v.Writer)
	for next := uint64(1); next <= head[0].Seq; next += chunk {
		entries, err := s.Log.Entries(ctx, v.Organizer(), min(next+chunk, head[0].Seq+1), chunk)
		if err != nil {
			panic(http.ErrAbortHandler) // a part must not look like the whole
		}
		for _, e := range slices.Backward(entries) {
			if e.Seq < next {
				continue
			}
			if err := out.Encode(e); err != nil {
				return nil // the reader has gone
			}
		}
	}
	return nil
}
