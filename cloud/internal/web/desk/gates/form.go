package gates

import (
	"slices"
	"strconv"
	"strings"

	"github.com/google/uuid"

	"portaria/cloud/internal/gatehouse/desk"
	"portaria/cloud/internal/gatehouse/hours"
	"portaria/cloud/internal/gatehouse/season"
	frame "portaria/cloud/internal/web/desk"
	"portaria/cloud/internal/web/desk/gates/place"
	"portaria/edge/ticket"
	"portaria/edge/whitelist"
)

// How a door's hours are given.
const (
	always  = "always"
	byDate  = "dates"
	fixed   = "fixed"
	asOnAll = "as_all" // of one date: as on all
)

// doorForm is a checkpoint as a form: single inputs, and choices of many.
type doorForm struct {
	*frame.Form
	Names    []frame.Option // kinds of every date that can be chosen
	Refs     []group        // kinds of single dates
	Dates    []frame.Option // events that can be chosen
	Homes    []frame.Option // gates that can be homes
	Chosen   map[string]bool
	Capacity string // of the zone that the door leads to, in words
}

// group is the kinds of one date.
type group struct {
	Name  string
	Kinds []frame.Option
}

// Has says whether one of many was ticked.
func (f *doorForm) Has(name, value string) bool { return f.Chosen[name+"="+value] }

// Some says whether any of many was ticked.
func (f *doorForm) Some(name string) bool {
	for key := range f.Chosen {
		if strings.HasPrefix(key, name+"=") {
			return true
		}
	}
	return false
}

// choices is what a form of a door offers to choose.
type choices struct {
	zones []desk.Zone
	dates []season.Date
	gates []desk.Gate
}

func options(v *frame.Visit, prefix string, values ...string) (out []frame.Option) {
	for _, x := range values {
		out = append(out, frame.Option{Value: x, Text: v.Text(prefix + x)})
	}
	return out
}

// form is a door's. A template has no modes, no single dates and no fixed hours.
func form(v *frame.Visit, x place.Venue, c desk.Checkpoint, of choices, template bool) *doorForm {
	zones := []frame.Option{{Value: outside, Text: v.Text("gates.outside")}}
	f := &doorForm{Chosen: map[string]bool{}}
	for _, z := range of.zones {
		zones = append(zones, frame.Option{Value: z.ID.String(), Text: z.Name})
		if c.To != nil && *c.To == z.ID && z.Capacity > 0 {
			f.Capacity = v.Text("gates.capacity_of", "Zone", z.Name, "Number", v.L.Number(int64(z.Capacity)))
		}
	}
	fields := []frame.Field{
		{Name: "name", Label: "gates.name", Hint: "gates.name_hint", Value: c.Name, Needed: true, Max: 100},
		{Name: "direction", Label: "gates.direction", Type: "select", Value: string(c.Direction), Options: options(v, "gates.direction_", "in", "out", "both"), Needed: true},
		{Name: "from", Label: "gates.from", Type: "select", Value: idText(c.From), Options: zones, Needed: true},
		{Name: "to", Label: "gates.to", Type: "select", Value: idText(c.To), Options: zones, Needed: true},
		{Name: "policy", Label: "gates.policy", Value: string(c.Policy)},
		{Name: "unlisted", Label: "gates.unlisted", Hint: "gates.unlisted_hint", Type: "select", Value: string(c.Unlisted), Options: options(v, "gates.unlisted_", "ask", "admit", "refuse"), Needed: true},
		{Name: "budget_minutes", Label: "gates.budget_minutes", Hint: "gates.budget_hint", Type: "number", Mode: "numeric", Value: number(c.Budget.Minutes)},
		{Name: "budget_entries", Label: "gates.budget_entries", Type: "number", Mode: "numeric", Value: number(c.Budget.Entries)},
		{Name: "needs_staff", Label: "gates.needs_staff", Hint: "gates.needs_staff_hint", Type: "checkbox", Value: onOff(c.NeedsStaff)},
		{Name: "stale_ask", Label: "gates.stale_ask", Hint: "gates.stale_ask_hint", Type: "checkbox", Value: onOff(c.StaleAsk)},
		{Name: "no_contact", Label: "gates.no_contact", Hint: "gates.no_contact_hint", Type: "checkbox", Value: onOff(c.NoContact)},
		{Name: "pass_seconds", Label: "gates.pass_seconds", Hint: "gates.pass_seconds_hint", Type: "number", Mode: "numeric", Value: number(c.PassSeconds)},
		{Name: "ask_millis", Label: "gates.ask_millis", Hint: "gates.ask_millis_hint", Type: "number", Mode: "numeric", Value: number(c.AskMillis)},
		{Name: "language", Label: "gates.language", Hint: "gates.language_hint", Value: c.Language, Max: 35, Options: tongues()},
		{Name: "version", Type: "hidden", Value: strconv.Itoa(c.Version)},
	}
	fields = append(fields, hourFields(v, x, c, template)...)
	if !template {
		fields = append(fields, frame.Field{Name: "mode", Label: "gates.mode", Hint: "gates.mode_hint", Type: "select", Value: string(c.Mode),
			Options: options(v, "gates.mode_", "open", "closed", "drill", "evacuation"), Needed: true})
	}
	f.Form = v.Form(fields...)
	f.offer(v, x, c, of, template)
	return f
}

func tongues() (out []frame.Option) {
	for _, tag := range []string{"pt-BR", "en", "es", "uk", "ru", "fr", "de"} {
		out = append(out, frame.Option{Value: tag})
	}
	return out
}

func number(n int) string {
	if n == 0 {
		return ""
	}
	return strconv.Itoa(n)
}

func onOff(on bool) string {
	if on {
		return "on"
	}
	return ""
}

// outside stands for no zone.
const outside = "outside"

func idText(id *uuid.UUID) string {
	if id == nil {
		return outside
	}
	return id.String()
}

// sides are the choices of a point: before or after each moment.
func sides(v *frame.Visit) (out []frame.Option) {
	for _, a := range hours.Anchors {
		for _, side := range []string{"-", "+"} {
			id := map[string]string{"-": "gates.side_before_", "+": "gates.side_after_"}[side]
			out = append(out, frame.Option{Value: side + string(a), Text: v.Text(id + string(a))})
		}
	}
	return out
}

func sideOf(p hours.Point) string {
	if p.Minutes < 0 {
		return "-" + string(p.Anchor)
	}
	return "+" + string(p.Anchor)
}

// ruleFields are the inputs of hours that move with a date.
func ruleFields(v *frame.Visit, r hours.Rule) []frame.Field {
	return []frame.Field{
		{Name: "from_n", Label: "gates.minutes_from", Type: "number", Mode: "numeric", Value: strconv.Itoa(max(r.From.Minutes, -r.From.Minutes)), Max: 5, Needed: true},
		{Name: "from_at", Label: "gates.side_from", Type: "select", Value: sideOf(r.From), Options: sides(v), Needed: true},
		{Name: "until_n", Label: "gates.minutes_until", Type: "number", Mode: "numeric", Value: strconv.Itoa(max(r.Until.Minutes, -r.Until.Minutes)), Max: 5, Needed: true},
		{Name: "until_at", Label: "gates.side_until", Type: "select", Value: sideOf(r.Until), Options: sides(v), Needed: true},
	}
}

// rule is what was typed into them.
func rule(f *frame.Form) hours.Rule {
	p := func(name string) hours.Point {
		side, anchor := f.Value(name+"_at"), ""
		n := whole(f.Value(name + "_n"))
		if side != "" {
			anchor = side[1:]
			if side[0] == '-' {
				n = -n
			}
		}
		return hours.Point{Anchor: hours.Anchor(anchor), Minutes: n}
	}
	return hours.Rule{From: p("from"), Until: p("until")}
}

func hourFields(v *frame.Visit, x place.Venue, c desk.Checkpoint, template bool) []frame.Field {
	when, r := always, hours.Usual
	switch {
	case c.Rule != nil:
		when, r = byDate, *c.Rule
	case len(c.Hours) > 0:
		when = fixed
	}
	ways := []string{byDate, always}
	if !template {
		ways = append(ways, fixed)
	}
	fields := append([]frame.Field{
		{Name: "when", Label: "gates.when", Type: "select", Value: when, Options: options(v, "gates.when_", ways...), Needed: true},
	}, ruleFields(v, r)...)
	if !template {
		fields = append(fields, frame.Field{Name: "hours", Label: "gates.fixed", Hint: "gates.fixed_hint", Type: "textarea", Value: hours.Text(c.Hours, x.Wall), Max: 100_000})
	}
	return fields
}

// offer fills in what can be chosen of many, and what is.
func (f *doorForm) offer(v *frame.Visit, x place.Venue, c desk.Checkpoint, of choices, template bool) {
	count := map[string]int{}
	for _, name := range c.Names {
		count[name], f.Chosen["kind="+name] = 0, true
	}
	for _, d := range of.dates {
		for name := range d.Kinds {
			count[name]++
		}
	}
	for name, n := range count {
		f.Names = append(f.Names, frame.Option{Value: name, Text: name + " · " + v.L.Plural("gates.in_dates", n)})
	}
	slices.SortFunc(f.Names, func(a, b frame.Option) int { return strings.Compare(a.Value, b.Value) })
	if template {
		return
	}
	for _, id := range c.Events {
		f.Chosen["event="+id.String()] = true
	}
	for _, k := range c.Kinds {
		f.Chosen["ref="+refText(uuid.UUID(k.Event), k.Kind)] = true
	}
	for _, g := range c.HomeGates {
		f.Chosen["home="+g] = true
	}
	for _, g := range of.gates {
		if slices.ContainsFunc(g.Lanes, func(l desk.Lane) bool { return l.Checkpoint == c.ID }) {
			f.Homes = append(f.Homes, frame.Option{Value: g.ID, Text: g.ID + " · " + g.Name})
		}
	}
	f.offerDates(v, x, of.dates)
}

func (f *doorForm) offerDates(v *frame.Visit, x place.Venue, dates []season.Date) {
	for _, d := range dates {
		title := x.When(v, d.Start) + " · " + d.Name
		f.Dates = append(f.Dates, frame.Option{Value: d.ID.String(), Text: title})
		g := group{Name: title}
		for name, numbers := range d.Kinds {
			for _, n := range numbers {
				g.Kinds = append(g.Kinds, frame.Option{Value: refText(d.ID, n), Text: name})
			}
		}
		slices.SortFunc(g.Kinds, func(a, b frame.Option) int { return strings.Compare(a.Value, b.Value) })
		if len(g.Kinds) > 0 {
			f.Refs = append(f.Refs, g)
		}
	}
}

func refText(event uuid.UUID, kind uint16) string {
	return event.String() + ":" + strconv.Itoa(int(kind))
}

// ticked takes what was ticked of many.
func (f *doorForm) ticked(v *frame.Visit) {
	f.Chosen = map[string]bool{}
	for _, name := range []string{"kind", "event", "ref", "home"} {
		for _, value := range v.PostFormArray(name) {
			f.Chosen[name+"="+value] = true
		}
	}
}

// take writes what was typed onto a checkpoint. What was chosen before and is offered no more, because the date is over,
// stays as it was.
func (f *doorForm) take(v *frame.Visit, x place.Venue, c *desk.Checkpoint, template bool) error {
	c.Name, c.Direction, c.Policy = f.Value("name"), whitelist.Direction(f.Value("direction")), whitelist.PolicyName(f.Value("policy"))
	c.From, c.To = zoneOf(f.Value("from")), zoneOf(f.Value("to"))
	c.Unlisted = whitelist.Unlisted(f.Value("unlisted"))
	c.Budget = whitelist.Budget{Minutes: whole(f.Value("budget_minutes")), Entries: whole(f.Value("budget_entries"))}
	c.NeedsStaff, c.StaleAsk, c.NoContact = f.Value("needs_staff") == "on", f.Value("stale_ask") == "on", f.Value("no_contact") == "on"
	c.PassSeconds, c.AskMillis, c.Language = whole(f.Value("pass_seconds")), whole(f.Value("ask_millis")), f.Value("language")
	c.Names = v.PostFormArray("kind")
	if !template {
		c.Mode = whitelist.Mode(f.Value("mode"))
		f.takeDates(v, c)
	}
	return f.takeHours(x, c)
}

func (f *doorForm) takeHours(x place.Venue, c *desk.Checkpoint) (err error) {
	c.Rule = nil
	switch f.Value("when") {
	case byDate:
		r := rule(f.Form)
		c.Rule, c.Hours = &r, nil
	case fixed:
		if c.Hours, err = hours.Lines(f.Value("hours"), x.Wall); err == nil && len(c.Hours) == 0 {
			f.Fault("hours", "gates.hours_needed")
		}
	default:
		c.Hours = nil
	}
	return err
}

func (f *doorForm) takeDates(v *frame.Visit, c *desk.Checkpoint) {
	offered := map[string]bool{}
	for _, d := range f.Dates {
		offered[d.Value] = true
	}
	c.Events = slices.DeleteFunc(slices.Clone(c.Events), func(id uuid.UUID) bool { return offered[id.String()] })
	for _, text := range v.PostFormArray("event") {
		if id, err := uuid.Parse(text); err == nil {
			c.Events = append(c.Events, id)
		}
	}
	c.Kinds = slices.DeleteFunc(slices.Clone(c.Kinds), func(k whitelist.KindRef) bool { return offered[uuid.UUID(k.Event).String()] })
	for _, text := range v.PostFormArray("ref") {
		event, kind, _ := strings.Cut(text, ":")
		id, err := uuid.Parse(event)
		n, err2 := strconv.ParseUint(kind, 10, 12)
		if err == nil && err2 == nil {
			c.Kinds = append(c.Kinds, whitelist.KindRef{Event: ticket.EventID(id), Kind: uint16(n)})
		}
	}
	c.HomeGates = nil
	if c.Policy == whitelist.Home {
		c.HomeGates = v.PostFormArray("home")
	}
}

func zoneOf(text string) *uuid.UUID {
	id, err := uuid.Parse(text)
	if err != nil {
		return nil
	}
	return &id
}
