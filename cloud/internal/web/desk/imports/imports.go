// Package imports is the desk's pages about other sellers' codes: who they are, their files with a preview and a dry run,
// what became of each line, and the comparison of a list with who came.
package imports

import (
	"context"
	"embed"
	"fmt"
	"net/http"
	"time"

	"github.com/google/uuid"

	"portaria/cloud/internal/account/role"
	"portaria/cloud/internal/catalog"
	"portaria/cloud/internal/gatehouse/foreign"
	"portaria/cloud/internal/gatehouse/foreign/intake"
	"portaria/cloud/internal/gatehouse/foreign/sheet"
	"portaria/cloud/internal/web/desk"
)

//go:embed templates/*.html
var templates embed.FS

// Events tells of the organizer's events and where they are.
type Events interface {
	Venue(ctx context.Context, organizer, id uuid.UUID) (catalog.Venue, error)
	Venues(ctx context.Context, organizer, after uuid.UUID, limit int) ([]catalog.Venue, error)
	Event(ctx context.Context, organizer, id uuid.UUID) (catalog.Event, error)
	Events(ctx context.Context, organizer, after uuid.UUID, limit int) ([]catalog.Event, error)
}

// Config is what the pages show.
type Config struct {
	Events  Events
	Foreign *foreign.Office
	Intake  *intake.Office
}

type section struct{ Config }

// patience is how long a large file may take to come in or go out.
const patience = 10 * time.Minute

// Section is the pages.
func Section(c Config) desk.Section {
	s := &section{c}
	return desk.Section{
		Name: "imports", Templates: templates,
		Nav: []desk.NavItem{{Path: "/desk/imports", Text: "imports.nav", Needs: role.ImportsEdit, Order: 50}},
		Routes: []desk.Route{
			desk.Get("/desk/imports", role.ImportsEdit, s.choose),
			desk.Get("/desk/imports/:event", role.ImportsEdit, s.show),
			desk.Post("/desk/imports/:event", role.ImportsEdit, s.upload).Taking(sheet.MaxBytes + 1<<20),
			desk.Post("/desk/imports/:event/issuers", role.ImportsEdit, s.addIssuer),
			desk.Get("/desk/imports/:event/settlement.csv", role.ImportsEdit, s.settlement),
			desk.Get("/desk/imports/:event/:import", role.ImportsEdit, s.one),
			desk.Post("/desk/imports/:event/:import", role.ImportsEdit, s.act),
			desk.Get("/desk/imports/:event/:import/progress", role.ImportsEdit, s.progress),
			desk.Get("/desk/imports/:event/:import/report.csv", role.ImportsEdit, s.report),
		},
	}
}

// maxEvents is how many of the newest events can be chosen from.
const maxEvents = 200

type choosePage struct {
	desk.Frame
	Events []shownEvent
	Empty  desk.Empty
}

type shownEvent struct{ Href, Name, When string }

// choose lists the events that the person may import for, the newest first.
func (s *section) choose(v *desk.Visit) error {
	all, err := s.Events.Events(v.Ctx(), v.Organizer(), uuid.Nil, maxEvents)
	if err != nil {
		return err
	}
	venues, err := s.Events.Venues(v.Ctx(), v.Organizer(), uuid.Nil, catalog.MaxVenues)
	if err != nil {
		return err
	}
	zones := map[uuid.UUID]*time.Location{}
	for _, x := range venues {
		zones[x.ID] = x.Zone()
	}
	p := &choosePage{Empty: desk.Empty{Title: v.Text("imports.no_events"), Text: v.Text("imports.no_events_why"), Href: "/desk/events/new", Do: v.Text("events.new")}}
	for _, e := range all {
		if v.May(role.ImportsEdit, role.Place{Venue: e.Venue, Event: e.ID}) {
			at := e.Start.UTC()
			if zone := zones[e.Venue]; zone != nil {
				at = at.In(zone)
			}
			p.Events = append(p.Events, shownEvent{"/desk/imports/" + e.ID.String(), e.Name, v.L.ShortDate(at) + " · " + v.L.Clock(at)})
		}
	}
	return v.Show("choose", v.Text("imports.title"), p)
}

// event is the one of the address, in its venue's time, if the person may import for it.
func (s *section) event(v *desk.Visit) (catalog.Event, foreign.Scope, error) {
	id, err := v.ID("event")
	if err != nil {
		return catalog.Event{}, foreign.Scope{}, err
	}
	e, err := s.Events.Event(v.Ctx(), v.Organizer(), id)
	if err == nil {
		err = v.Must(role.ImportsEdit, role.Place{Venue: e.Venue, Event: e.ID})
	}
	if err != nil {
		return e, foreign.Scope{}, err
	}
	venue, err := s.Events.Venue(v.Ctx(), v.Organizer(), e.Venue)
	if err != nil {
		return e, foreign.Scope{}, err
	}
	e.Start = e.Start.In(venue.Zone())
	return e, foreign.Scope{Organizer: v.Organizer(), Event: id}, nil
}

type eventPage struct {
	desk.Frame
	Event    catalog.Event
	Base     string
	Issuers  []shownIssuer
	Upload   *desk.Form
	Issuer   *desk.Form
	Imports  []shownImport
	MaxBytes string
}

type shownIssuer struct {
	Name   string
	Keys   int
	Settle string
}

type shownImport struct {
	Href, File, Issuer, Mode, When string
	State                          desk.Pill
	Imported, Skipped              string
}

func (s *section) show(v *desk.Visit) error {
	e, scope, err := s.event(v)
	if err != nil {
		return err
	}
	return s.showEvent(v, http.StatusOK, e, scope, nil, nil)
}

// showEvent is an event's page, with what was typed where something is to be mended.
func (s *section) showEvent(v *desk.Visit, status int, e catalog.Event, scope foreign.Scope, upload, issuer *desk.Form) error {
	issuers, err := s.Foreign.Issuers(v.Ctx(), scope)
	if err != nil {
		return err
	}
	list, err := s.Intake.List(v.Ctx(), scope, "", 0, 50)
	if err != nil {
		return err
	}
	base := "/desk/imports/" + e.ID.String()
	p := &eventPage{Event: e, Base: base, Upload: upload, Issuer: issuer}
	names := []desk.Option{}
	for _, i := range issuers {
		p.Issuers = append(p.Issuers, shownIssuer{i.Name, len(i.Pretix), settleHref(base, i.Name)})
		names = append(names, desk.Option{Value: i.Name, Text: i.Name})
	}
	for _, i := range list {
		p.Imports = append(p.Imports, shown(v, base, i, e.Start.Location()))
	}
	if p.Upload == nil {
		p.Upload = uploadForm(v)
	}
	setOptions(p.Upload, "issuer", names)
	if p.Issuer == nil {
		p.Issuer = issuerForm(v)
	}
	return v.ShowAs(status, "event", v.Text("imports.title"), p)
}

func setOptions(f *desk.Form, name string, options []desk.Option) {
	for i := range f.Fields {
		if f.Fields[i].Name == name {
			f.Fields[i].Options = options
		}
	}
}

// shown is an import, with its times in a zone.
func shown(v *desk.Visit, base string, i intake.Import, zone *time.Location) shownImport {
	x := shownImport{
		Href: base + "/" + i.ID.String(), File: i.File, Issuer: i.Issuer, Mode: v.Text("imports.mode_" + string(i.Mode)),
		When: v.L.ShortDate(i.MadeAt.In(zone)) + " " + v.L.Clock(i.MadeAt.In(zone)), State: pill(v, i.State),
	}
	if i.State == intake.Done || i.State == intake.Planned {
		x.Imported, x.Skipped = v.L.Number(int64(i.Imported())), v.L.Number(int64(i.Skipped()))
	}
	return x
}

func pill(v *desk.Visit, s intake.State) desk.Pill {
	kind := map[intake.State]string{intake.Done: "ok", intake.Failed: "bad", intake.Received: "warn", intake.Planned: "warn"}[s]
	return desk.Pill{Kind: kind, Text: v.Text("imports.state_" + string(s))}
}

func modes(v *desk.Visit) (out []desk.Option) {
	for _, m := range []intake.Mode{intake.Add, intake.Replace, intake.Withdraw} {
		out = append(out, desk.Option{Value: string(m), Text: v.Text("imports.mode_" + string(m))})
	}
	return out
}

func uploadForm(v *desk.Visit) *desk.Form {
	return v.Form(
		desk.Field{Name: "issuer", Label: "imports.issuer", Type: "select", Needed: true},
		desk.Field{Name: "mode", Label: "imports.mode", Hint: "imports.mode_hint", Type: "select", Value: string(intake.Add), Options: modes(v), Needed: true},
	)
}

// upload keeps a file and goes on to its preview.
func (s *section) upload(v *desk.Visit) error {
	e, scope, err := s.event(v)
	if err != nil {
		return err
	}
	control := http.NewResponseController(v.Writer)
	_, _ = control.SetReadDeadline(v.Now.Add(patience)), control.SetWriteDeadline(v.Now.Add(patience)) // some writers have none
	f := uploadForm(v)
	if err := v.Read(f); err != nil {
		return err
	}
	header, err := v.FormFile("file")
	if err != nil || header.Size == 0 {
		f.Fault("", "imports.file_needed")
	}
	if f.Good() {
		i, err := s.receive(v, scope, f)
		if err == nil {
			return v.Go("/desk/imports/"+e.ID.String()+"/"+i.ID.String(), desk.Flash{})
		}
		if err := f.Blame(err); err != nil {
			return err
		}
	}
	return s.showEvent(v, http.StatusUnprocessableEntity, e, scope, f, nil)
}

func (s *section) receive(v *desk.Visit, scope foreign.Scope, f *desk.Form) (intake.Import, error) {
	header, err := v.FormFile("file")
	if err != nil {
		return intake.Import{}, err
	}
	file, err := header.Open()
	if err != nil {
		return intake.Import{}, fmt.Errorf("open the uploaded file: %w", err)
	}
	defer file.Close()
	return s.Intake.Receive(v.Ctx(), scope, intake.Upload{
		Issuer: f.Value("issuer"), Mode: intake.Mode(f.Value("mode")), Name: header.Filename, By: v.Person.Name, Body: file,
	})
}
