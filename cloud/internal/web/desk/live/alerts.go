package live

import (
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"portaria/cloud/internal/account/role"
	"portaria/cloud/internal/attendance"
	"portaria/cloud/internal/fault"
	web "portaria/cloud/internal/web/desk"
	"portaria/edge/admit"
)

// alert is something that needs a person.
type alert struct {
	State web.Pill
	Text  string
	Small string
	Key   string // of an incident that can be marked as seen to
	Done  string // who has, when, and the note
}

// alerts fills what people must see to: people first, then machines.
func (s *section) alerts(v *web.Visit, p *nowPage) error {
	all, err := s.Attendance.All(v.Ctx(), p.whole(), s.terms(v))
	if err != nil {
		return err
	}
	for _, i := range all {
		a := incident(v, p.subject, i)
		if i.Mark != nil {
			p.Done = append(p.Done, a)
			continue
		}
		p.Alerts = append(p.Alerts, a)
	}
	if p.Report.Doubtful > 0 {
		p.Alerts = append(p.Alerts, alert{State: web.Pill{Kind: "warn", Text: v.Text("live.mark_settle")}, Text: count(v, "live.alert_unknown", p.Report.Doubtful)})
	}
	return s.machineAlerts(v, p)
}

// machineAlerts tells of machines whose hub is heard: of a silent hub the page says so once, at its top.
func (s *section) machineAlerts(v *web.Visit, p *nowPage) error {
	warn := func(text string) {
		p.Alerts = append(p.Alerts, alert{State: web.Pill{Kind: "warn", Text: v.Text("live.mark_lane")}, Text: text})
	}
	for _, l := range p.Lanes {
		if l.State.Kind == "bad" && !l.Silent {
			warn(v.Text("live.alert_lane", "Gate", l.name(), "State", l.State.Text))
		}
	}
	hubs, err := s.Config.Doors.Hubs(v.Ctx(), p.place())
	if err != nil {
		return err
	}
	for _, h := range hubs {
		if h.RetiredAt != nil || silent(v, h) {
			continue
		}
		for _, g := range h.State.Gates {
			if text := trouble(v, g); text != "" {
				warn(text)
			}
		}
	}
	return nil
}

// incident is one as the page shows it: people in danger, or in who should not be, look graver than the rest.
func incident(v *web.Visit, x *subject, i attendance.Incident) alert {
	a := alert{Key: i.Key, State: web.Pill{Kind: "warn", Text: v.Text("live.mark_" + i.Kind)}, Small: v.L.Clock(i.At.In(x.Zone))}
	if i.Kind == "conflict" || i.Kind == "fire" || i.Kind == "forced" {
		a.State.Kind = "bad"
	}
	switch i.Kind {
	case "conflict":
		a.Text = v.Text("live.twice", "Ref", i.Ref[:8], "Where", where(v, x, i.Entries))
	default:
		a.Text = v.Text("live.told_"+i.Kind, "Gate", i.Gate)
	}
	if m := i.Mark; m != nil {
		a.Done = v.Text("live.seen_by", "Name", m.By, "Time", v.L.Clock(m.At.In(x.Zone)))
		if m.Note != "" {
			a.Done += ": " + m.Note
		}
	}
	return a
}

func where(v *web.Visit, x *subject, entries []admit.Record) string {
	var parts []string
	for _, e := range entries {
		text := v.Text("live.in_at", "Door", strings.TrimSpace(x.door(e.Checkpoint)+" "+e.Gate), "Time", v.L.Clock(time.UnixMilli(e.At).In(x.Zone)))
		if e.Offline {
			text += " " + v.Text("live.while_apart")
		}
		parts = append(parts, text)
	}
	return strings.Join(parts, ", ")
}

const maxNote = 500 // characters

// mark keeps that somebody has seen to an incident.
func (s *section) mark(v *web.Visit) error {
	x, err := s.ofEvent(v)
	if err != nil {
		return err
	}
	if err := v.Must(role.ScanOverride, role.Place{Venue: x.Venue.ID, Event: x.Events[0].ID}); err != nil {
		return err
	}
	key, note := v.PostForm("key"), strings.TrimSpace(v.PostForm("note"))
	if utf8.RuneCountInString(note) > maxNote || !utf8.ValidString(note) {
		return fault.On("note", "Write a note of at most 500 characters.")
	}
	all, err := s.Attendance.All(v.Ctx(), x.whole(), s.terms(v))
	if err != nil {
		return err
	}
	if !slices.ContainsFunc(all, func(i attendance.Incident) bool { return i.Key == key }) {
		return v.Go(x.Base, web.Flash{Text: v.Text("live.gone")})
	}
	if err := s.Attendance.SetMark(v.Ctx(), v.Organizer(), x.Venue.ID, key, attendance.Mark{By: v.Person.Name, Note: note, At: v.Now}); err != nil {
		return err
	}
	if err := v.Note(v.Ctx(), "incident.seen", x.Events[0].ID.String(), key); err != nil {
		return err
	}
	return v.Go(x.Base, web.Flash{Text: v.Text("live.seen")})
}
