package imports

import (
	"maps"
	"net/http"
	"slices"
	"strconv"

	"portaria/cloud/internal/catalog"
	"portaria/cloud/internal/gatehouse/foreign"
	"portaria/cloud/internal/gatehouse/foreign/intake"
	"portaria/cloud/internal/gatehouse/foreign/sheet"
	"portaria/cloud/internal/web/desk"
)

type onePage struct {
	desk.Frame
	Base, Href string
	Event      catalog.Event
	Import     shownImport
	By         string
	Form       *desk.Form // while columns can still be mapped
	Columns    []string   // heads of the preview
	Rows       [][]string // of the preview
	Counts     []count    // once it was tried or carried out
	Skips      []skipped  // the first of them
	More       bool       // there are more in the report
	Fault      string     // why it failed
	Busy       bool
	Planned    bool
	Withdrawn  string // replace: so many good codes would go
	CanCancel  bool
	Progress   desk.Progress
}

type count struct{ Text, Number, Kind string }

type skipped struct {
	Line      int
	Text, Why string
}

// shownSkips is how many skipped lines the page itself shows.
const shownSkips = 50

func (s *section) find(v *desk.Visit) (catalog.Event, intake.Import, error) {
	e, scope, err := s.event(v)
	if err != nil {
		return e, intake.Import{}, err
	}
	id, err := v.ID("import")
	if err != nil {
		return e, intake.Import{}, err
	}
	i, err := s.Intake.Get(v.Ctx(), scope, id)
	return e, i, err
}

func (s *section) one(v *desk.Visit) error {
	e, i, err := s.find(v)
	if err != nil {
		return err
	}
	return s.showOne(v, http.StatusOK, e, i, nil)
}

func (s *section) showOne(v *desk.Visit, status int, e catalog.Event, i intake.Import, f *desk.Form) error {
	base := "/desk/imports/" + e.ID.String()
	p := &onePage{Base: base, Href: base + "/" + i.ID.String(), Event: e, Import: shown(v, base, i, e.Start.Location()), By: i.By, Busy: i.State.Busy(),
		Planned: i.State == intake.Planned, CanCancel: !i.State.Over() || i.State == intake.Failed, Progress: bar(v, base, i)}
	if i.Fault != "" {
		p.Fault = v.Text("desk.fault." + i.Fault)
	}
	if n := i.Counts[intake.Missing]; n > 0 {
		p.Withdrawn = v.L.Number(int64(n))
	}
	if i.State == intake.Received || i.State == intake.Planned || i.State == intake.Failed {
		if err := s.preview(v, p, i, f); err != nil {
			return err
		}
	}
	if i.State == intake.Planned || i.State == intake.Done {
		if err := s.results(v, p, i); err != nil {
			return err
		}
	}
	return v.ShowAs(status, "one", i.File, p)
}

// preview shows the first rows as they would be cut now.
func (s *section) preview(v *desk.Visit, p *onePage, i intake.Import, f *desk.Form) error {
	_, rows, err := s.Intake.Preview(v.Ctx(), i.Scope, i.ID, &i.Mapping.Format)
	if f == nil {
		f = mappingForm(v, i)
	}
	if err != nil {
		if err := f.Blame(err); err != nil {
			return err
		}
	}
	columns := 1
	for _, row := range rows {
		columns = max(columns, len(row))
	}
	head := []string{}
	if i.Mapping.Format.Header && len(rows) > 0 {
		head, rows = rows[0], rows[1:]
	}
	for n := range columns {
		name := v.Text("imports.column", "Number", n+1)
		if n < len(head) && head[n] != "" {
			name += ": " + foreign.Shown(head[n])
		}
		p.Columns = append(p.Columns, name)
	}
	for _, row := range rows {
		cells := make([]string, columns)
		for n, cell := range row {
			cells[n] = foreign.Shown(cell)
		}
		p.Rows = append(p.Rows, cells)
	}
	for _, name := range columnFields {
		options := []desk.Option{{Value: "0", Text: v.Text("imports.no_column")}}
		for n, head := range p.Columns {
			options = append(options, desk.Option{Value: strconv.Itoa(n + 1), Text: head})
		}
		setOptions(f, name, options)
	}
	p.Form = f
	return nil
}

func (s *section) results(v *desk.Visit, p *onePage, i intake.Import) error {
	for _, fate := range slices.Sorted(maps.Keys(i.Counts)) {
		kind := "warn"
		if slices.Contains([]string{intake.Adds, intake.Changes, intake.Reinstates, intake.Withdraws}, fate) {
			kind = "ok"
		}
		p.Counts = append(p.Counts, count{v.Text("imports.fate_" + fate), v.L.Number(int64(i.Counts[fate])), kind})
	}
	skips, err := s.Intake.Skips(v.Ctx(), i.Scope, i.ID, 0, shownSkips+1)
	if err != nil {
		return err
	}
	p.More = len(skips) > shownSkips
	for _, x := range skips[:min(len(skips), shownSkips)] {
		p.Skips = append(p.Skips, skipped{x.Line, x.Text, v.Text("imports.fate_" + string(x.Why))})
	}
	return nil
}

// bar shows how far a job is. How many lines there are is known once all are read.
func bar(v *desk.Visit, base string, i intake.Import) desk.Progress {
	p := desk.Progress{Title: v.Text("imports.state_" + string(i.State)), Over: !i.State.Busy(), Href: base + "/" + i.ID.String() + "/progress", L: v.L}
	if i.State.Busy() && i.Step != "" {
		p.Text = v.Text("imports.step_"+i.Step, "Lines", v.L.Number(int64(i.LinesDone)))
	}
	if p.Over {
		p.Done, p.Total, p.Text = 1, 1, v.Text("imports.over")
	}
	return p
}

// progress is the bar alone; when the work is over the page itself is to be asked for again.
func (s *section) progress(v *desk.Visit) error {
	e, i, err := s.find(v)
	if err != nil {
		return err
	}
	if !i.State.Busy() {
		v.Header("HX-Refresh", "true")
	}
	return v.ShowPart("one", "work", &onePage{Progress: bar(v, "/desk/imports/"+e.ID.String(), i)})
}

var columnFields = []string{"code", "kind", "from", "until", "seat"}

func choices(v *desk.Visit, values ...string) (out []desk.Option) {
	for _, x := range values {
		out = append(out, desk.Option{Value: x, Text: v.Text("imports.is_" + x)})
	}
	return out
}

func onOff(on bool) string {
	if on {
		return "on"
	}
	return ""
}

func mappingForm(v *desk.Visit, i intake.Import) *desk.Form {
	m := i.Mapping
	fields := []desk.Field{
		{Name: "mode", Label: "imports.mode", Type: "select", Value: string(i.Mode), Options: modes(v), Needed: true},
		{Name: "code", Label: "imports.code_column", Type: "select", Value: strconv.Itoa(m.Code), Needed: true},
		{Name: "kind", Label: "imports.kind_column", Hint: "imports.kind_column_hint", Type: "select", Value: strconv.Itoa(m.Kind)},
		{Name: "from", Label: "imports.from_column", Type: "select", Value: strconv.Itoa(m.From)},
		{Name: "until", Label: "imports.until_column", Type: "select", Value: strconv.Itoa(m.Until)},
		{Name: "seat", Label: "imports.seat_column", Type: "select", Value: strconv.Itoa(m.Seat)},
		{Name: "header", Label: "imports.header", Type: "checkbox", Value: onOff(m.Format.Header)},
		{Name: "month_first", Label: "imports.month_first", Type: "checkbox", Value: onOff(m.MonthFirst)},
		{Name: "digits", Label: "imports.digits", Hint: "imports.digits_hint", Value: strconv.Itoa(m.Digits), Max: 3},
	}
	if m.Format.Kind == sheet.Text {
		fields = append(fields,
			desk.Field{Name: "encoding", Label: "imports.encoding", Type: "select", Value: m.Format.Encoding, Needed: true,
				Options: choices(v, sheet.UTF8, sheet.UTF16LE, sheet.UTF16BE, sheet.Windows1252, sheet.Windows1251)},
			desk.Field{Name: "separator", Label: "imports.separator", Type: "select", Value: m.Format.Separator, Needed: true,
				Options: choices(v, sheet.None, sheet.Comma, sheet.Semicolon, sheet.Tab)})
	}
	return v.Form(fields...)
}

// taken is the import as the form wants it.
func taken(f *desk.Form, i intake.Import) intake.Import {
	number := func(name string) int {
		n, err := strconv.Atoi(f.Value(name))
		if err != nil {
			return -2 // what Check refuses
		}
		return n
	}
	m := intake.Mapping{
		Format: i.Mapping.Format, Code: number("code"), Kind: number("kind"), From: number("from"), Until: number("until"), Seat: number("seat"),
		MonthFirst: f.Value("month_first") == "on", Digits: number("digits"),
	}
	m.Format.Header = f.Value("header") == "on"
	if m.Format.Kind == sheet.Text {
		m.Format.Encoding, m.Format.Separator = f.Value("encoding"), f.Value("separator")
	}
	i.Mapping, i.Mode = m, intake.Mode(f.Value("mode"))
	return i
}

// act does what was pressed: look again, try, carry out, cancel.
func (s *section) act(v *desk.Visit) error {
	e, i, err := s.find(v)
	if err != nil {
		return err
	}
	if v.PostForm("do") == "cancel" {
		return s.cancel(v, i)
	}
	f := mappingForm(v, i)
	if err := v.Read(f); err != nil {
		return err
	}
	tried := i
	i = taken(f, i)
	if v.PostForm("do") == "look" {
		if i.Mapping.Format.Check() != nil {
			return intake.ErrMapping
		}
		return s.showOne(v, http.StatusOK, e, i, f)
	}
	do, what := s.Intake.Plan, "import.tried"
	// Nobody carries out what they have not seen: what was changed since the dry run is tried again.
	if v.PostForm("do") == "execute" && tried.State == intake.Planned && tried.Mapping == i.Mapping && tried.Mode == i.Mode {
		do, what = s.Intake.Execute, "import.started"
	}
	if _, err := do(v.Ctx(), i); err != nil {
		if err := f.Blame(err); err != nil {
			return err
		}
		if i.Mapping.Format.Check() != nil {
			return intake.ErrMapping
		}
		return s.showOne(v, http.StatusUnprocessableEntity, e, i, f)
	}
	if err := v.Note(v.Ctx(), what, i.ID.String(), i.Issuer+" · "+string(i.Mode)+" · "+i.File); err != nil {
		return err
	}
	return v.Go("/desk/imports/"+e.ID.String()+"/"+i.ID.String(), desk.Flash{})
}

func (s *section) cancel(v *desk.Visit, i intake.Import) error {
	if err := s.Intake.Cancel(v.Ctx(), i.Scope, i.ID); err != nil {
		return err
	}
	if err := v.Note(v.Ctx(), "import.cancelled", i.ID.String(), i.Issuer+" · "+i.File); err != nil {
		return err
	}
	return v.Go("/desk/imports/"+i.Scope.Event.String(), desk.Flash{Text: v.Text("imports.cancelled")})
}
