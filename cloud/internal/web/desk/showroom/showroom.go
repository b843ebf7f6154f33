// Package showroom shows every component of the desk on one page, with its states, so that pages are built of the
// same few parts. It is served in development only.
package showroom

import (
	"context"
	"embed"
	"fmt"
	"net/http"
	"strings"
	"time"

	"portaria/cloud/internal/fault"
	"portaria/cloud/internal/locale"
	"portaria/cloud/internal/web/desk"
	"portaria/cloud/internal/web/desk/table"
)

//go:embed templates/*.html
var templates embed.FS

// Section is the page of components.
func Section() desk.Section {
	return desk.Section{Name: "showroom", Templates: templates, Routes: []desk.Route{
		desk.Get("/desk/_components", "", show).Own(),
		desk.Post("/desk/_components", "", send).Own(),
		desk.Get("/desk/_components/progress", "", progress).Own(),
	}}
}

type page struct {
	desk.Frame
	Form     *desk.Form
	Table    table.View
	Bare     table.View
	Empty    desk.Empty
	Progress desk.Progress
	Pills    []desk.Pill
}

type night struct {
	name, hall, state string
	at                time.Time
	sold, takings     int64
}

func nights() (all []night) {
	start := time.Date(2026, 11, 20, 21, 0, 0, 0, time.UTC)
	for i := range 64 {
		state := []string{"on_sale", "draft", "stopped"}[i%3]
		all = append(all, night{fmt.Sprintf("Homens de Perto %d", i+1), []string{"Theatro São Pedro", "Opinião"}[i%2], state, start.AddDate(0, 0, i), int64(i * 37 % 900), int64(i * 740000 % 9000000)})
	}
	return all
}

func spec() table.Spec[night] {
	return table.Spec[night]{
		File: "nights", Sort: "at", Size: 10, Search: true,
		Columns: []table.Column[night]{
			{ID: "name", Title: "showroom.name", Sorts: true, Cell: func(_ locale.Locale, n night) table.Cell {
				return table.Cell{Text: n.name, Sub: n.hall, Href: "/desk/_components"}
			}, Export: func(n night) any { return n.name }},
			{ID: "at", Title: "showroom.at", Sorts: true, Cell: func(l locale.Locale, n night) table.Cell {
				return table.Text(l.ShortDate(n.at) + " " + l.Clock(n.at))
			}, Export: func(n night) any { return n.at }},
			{ID: "state", Title: "showroom.state", Cell: func(_ locale.Locale, n night) table.Cell {
				return table.Cell{Text: n.state, Pill: map[string]string{"on_sale": "ok", "draft": "off", "stopped": "warn"}[n.state]}
			}},
			{ID: "sold", Title: "showroom.sold", Num: true, Sorts: true, Cell: func(l locale.Locale, n night) table.Cell { return table.Text(l.Number(n.sold)) }, Export: func(n night) any { return n.sold }},
			{ID: "takings", Title: "showroom.takings", Num: true, Extra: true, Cell: func(l locale.Locale, n night) table.Cell { return table.Text(l.Money(n.takings, "BRL")) }, Export: func(n night) any { return float64(n.takings) / 100 }},
		},
		Filters: []table.Filter{{ID: "state", Title: "showroom.state", Options: []table.Option{{Value: "on_sale", Text: "on_sale"}, {Value: "draft", Text: "draft"}}}},
		Load:    load,
	}
}

func load(_ context.Context, q table.Query, offset, limit int) (out []night, err error) {
	for _, n := range nights() {
		if (q.Filters["state"] == "" || q.Filters["state"] == n.state) && strings.Contains(strings.ToLower(n.name), strings.ToLower(q.Text)) {
			out = append(out, n)
		}
	}
	if q.Down {
		for i, j := 0, len(out)-1; i < j; i, j = i+1, j-1 {
			out[i], out[j] = out[j], out[i]
		}
	}
	return out[min(offset, len(out)):min(offset+limit, len(out))], nil
}

func form(v *desk.Visit) *desk.Form {
	return v.Form(
		desk.Field{Name: "name", Label: "showroom.name", Needed: true, Hint: "showroom.hint"},
		desk.Field{Name: "at", Label: "showroom.at", Type: "datetime-local"},
		desk.Field{Name: "state", Label: "showroom.state", Type: "select", Value: "draft", Options: []desk.Option{{Value: "draft", Text: "draft"}, {Value: "on_sale", Text: "on_sale"}}},
		desk.Field{Name: "about", Label: "showroom.about", Type: "textarea", Max: 2000},
		desk.Field{Name: "tell", Label: "showroom.tell", Type: "checkbox"},
	)
}

func show(v *desk.Visit) error { return draw(v, http.StatusOK, form(v)) }

func draw(v *desk.Visit, status int, f *desk.Form) error {
	list, answered, err := desk.List(v, spec(), desk.Empty{})
	if answered || err != nil {
		return err
	}
	empty := desk.Empty{Title: v.Text("showroom.empty"), Text: v.Text("showroom.empty_why"), Href: "/desk/_components", Do: v.Text("showroom.empty_do")}
	p := &page{Form: f, Table: list, Empty: empty, Progress: bar(v, 0), Pills: []desk.Pill{
		{Kind: "ok", Text: "ok"}, {Kind: "warn", Text: "warn"}, {Kind: "bad", Text: "bad"}, {Text: "off"},
	}}
	return v.ShowAs(status, "components", v.Text("showroom.title"), p)
}

func send(v *desk.Visit) error {
	f := form(v)
	if err := v.Read(f); err != nil {
		return err
	}
	if f.Good() && f.Value("name") == "bad" {
		if err := f.Blame(fault.On("name", "This name is taken.")); err != nil {
			return err
		}
	}
	if !f.Good() {
		return draw(v, http.StatusUnprocessableEntity, f)
	}
	return v.Go("/desk/_components", desk.Flash{Text: v.Text("showroom.done"), Undo: &desk.Undo{Action: "/desk/_components", Values: map[string][]string{"name": {"undone"}}}})
}

func bar(v *desk.Visit, done int64) desk.Progress {
	done = min(done, 5)
	return desk.Progress{Title: v.Text("showroom.work"), Text: v.Text("showroom.working"), Done: done, Total: 5, Over: done == 5, Href: fmt.Sprintf("/desk/_components/progress?done=%d", done+1), L: v.L}
}

func progress(v *desk.Visit) error {
	var done int64
	if _, err := fmt.Sscanf(v.Query("done"), "%d", &done); err != nil || done < 0 {
		return desk.ErrNotFound
	}
	return v.ShowPart("components", "work", &page{Progress: bar(v, done)})
}
