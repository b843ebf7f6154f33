package api

import (
	"context"
	"net/http"
	"time"

	"github.com/google/uuid"

	"portaria/cloud/internal/account"
	"portaria/cloud/internal/gatehouse/desk"
	"portaria/cloud/internal/gatehouse/hours"
	"portaria/edge/ticket"
	"portaria/edge/whitelist"
)

// CheckpointSettings are how a door behaves. What is missing takes its usual value, or stays as it is in a change.
type CheckpointSettings struct {
	Direction   *whitelist.Direction  `json:"direction,omitempty" enum:"in,out,both" doc:"Usually in"`
	From        *string               `json:"from,omitempty" doc:"Zone it comes from; empty = outside"`
	To          *string               `json:"to,omitempty" doc:"Zone it leads to; empty = none"`
	Events      *[]uuid.UUID          `json:"events,omitempty" maxItems:"1024" doc:"Events it lets in; empty = every event of the venue"`
	Kinds       *[]KindChoice         `json:"kinds,omitempty" maxItems:"1024" doc:"Offers it lets in; empty = every offer"`
	KindNames   *[]string             `json:"kind_names,omitempty" maxItems:"16" doc:"Offers it lets in on every date, by their names; with kinds both empty = every offer"`
	Hours       *[]Hours              `json:"hours,omitempty" maxItems:"2048" doc:"When it is open, by fixed times; empty = always, or as rule says. Given, it takes the rule away."`
	Rule        *HoursRule            `json:"rule,omitempty" doc:"When it is open, counted from the moments of each date; given, it takes the fixed times away"`
	Mode        *whitelist.Mode       `json:"mode,omitempty" enum:"open,closed,drill,evacuation" doc:"Usually open"`
	Policy      *whitelist.PolicyName `json:"policy,omitempty" doc:"What happens when the hub can't be asked: free, each gate admits once, within its budget (the usual); home, each ticket's home gate admits and the others say which one it is; strict, nobody is admitted"`
	HomeGates   *[]string             `json:"home_gates,omitempty" maxItems:"64" doc:"Gates of this checkpoint, by id, at which tickets are at home under the policy home; empty = every one that a hub has heard of"`
	Budget      *Budget               `json:"budget,omitempty" doc:"What a gate may admit by itself before a supervisor must confirm"`
	Unlisted    *whitelist.Unlisted   `json:"unlisted,omitempty" enum:"admit,ask,refuse" doc:"For well-signed tickets that no list knows yet; usually ask"`
	NeedsStaff  *bool                 `json:"needs_staff,omitempty" doc:"Refuses while no controller is signed on"`
	AskMillis   *int                  `json:"ask_millis,omitempty" doc:"How long to wait for the hub; 0 = 300"`
	PassSeconds *int                  `json:"pass_seconds,omitempty" doc:"How long the way stays open; 0 = 5"`
	NoContact   *bool                 `json:"no_contact,omitempty" doc:"There is no passage contact: a pulse counts as a passage"`
	StaleAsk    *bool                 `json:"stale_ask,omitempty" doc:"Refuse when the list has grown too old"`
	Language    *string               `json:"language,omitempty" doc:"Of the lane's verdicts; BCP 47"`
}

// Hours is a time a door is open, the end not included.
type Hours struct {
	From  time.Time `json:"from"`
	Until time.Time `json:"until"`
}

// HoursRule is opening hours that move with each date.
type HoursRule struct {
	From  HoursPoint `json:"from"`
	Until HoursPoint `json:"until"`
}

// HoursPoint is so many minutes after a moment of a date; before it where they are negative.
type HoursPoint struct {
	Anchor  hours.Anchor `json:"anchor" enum:"doors,start,end"`
	Minutes int          `json:"minutes" minimum:"-2880" maximum:"2880"`
}

func (r *HoursRule) rule() *hours.Rule {
	if r == nil {
		return nil
	}
	return &hours.Rule{From: hours.Point(r.From), Until: hours.Point(r.Until)}
}

func showRule(r *hours.Rule) *HoursRule {
	if r == nil {
		return nil
	}
	return &HoursRule{From: HoursPoint(r.From), Until: HoursPoint(r.Until)}
}

// KindChoice names an offer by its number in its event.
type KindChoice struct {
	Event uuid.UUID `json:"event"`
	Kind  uint16    `json:"kind" maximum:"4093"`
}

// Budget bounds what a gate may admit by itself; 0 = no bound.
type Budget struct {
	Minutes int `json:"minutes,omitempty"`
	Entries int `json:"entries,omitempty"`
}

// Checkpoint is a door.
type Checkpoint struct {
	ID      uuid.UUID `json:"id"`
	VenueID uuid.UUID `json:"venue_id"`
	Name    string    `json:"name"`
	CheckpointSettings
	Template *uuid.UUID `json:"template,omitempty" doc:"The door of the venue's template that it was made from"`
}

// CheckpointDraft makes a door.
type CheckpointDraft struct {
	Name string `json:"name" minLength:"1" maxLength:"100"`
	CheckpointSettings
}

// CheckpointEdit changes what it names.
type CheckpointEdit struct {
	Name *string `json:"name,omitempty" minLength:"1" maxLength:"100"`
	CheckpointSettings
}

func showCheckpoint(c desk.Checkpoint) Checkpoint {
	from, to := zoneText(c.From), zoneText(c.To)
	homes := append([]string{}, c.HomeGates...)
	names := append([]string{}, c.Names...)
	events, kinds, hours := append([]uuid.UUID{}, c.Events...), []KindChoice{}, []Hours{}
	for _, k := range c.Kinds {
		kinds = append(kinds, KindChoice{Event: uuid.UUID(k.Event), Kind: k.Kind})
	}
	for _, w := range c.Hours {
		hours = append(hours, Hours{From: w.From.UTC(), Until: w.Until.UTC()})
	}
	return Checkpoint{ID: c.ID, VenueID: c.Venue, Name: c.Name, Template: c.Template, CheckpointSettings: CheckpointSettings{
		KindNames: &names, Rule: showRule(c.Rule),
		Direction: &c.Direction, From: &from, To: &to, Events: &events, Kinds: &kinds, Hours: &hours, Mode: &c.Mode,
		Policy: &c.Policy, HomeGates: &homes, Budget: &Budget{Minutes: c.Budget.Minutes, Entries: c.Budget.Entries}, Unlisted: &c.Unlisted,
		NeedsStaff: &c.NeedsStaff, AskMillis: &c.AskMillis, PassSeconds: &c.PassSeconds, NoContact: &c.NoContact,
		StaleAsk: &c.StaleAsk, Language: &c.Language,
	}}
}

func zoneText(id *uuid.UUID) string {
	if id == nil {
		return ""
	}
	return id.String()
}

// zoneID is nil for outside.
func zoneID(field string, text *string, into **uuid.UUID) error {
	if text == nil {
		return nil
	}
	*into = nil
	if *text == "" {
		return nil
	}
	id, err := identify(field, *text)
	*into = &id
	return err
}

// onto writes what is named onto a checkpoint.
func (e CheckpointSettings) onto(c *desk.Checkpoint) error {
	if err := zoneID("from", e.From, &c.From); err != nil {
		return err
	}
	if err := zoneID("to", e.To, &c.To); err != nil {
		return err
	}
	put(&c.Direction, e.Direction)
	put(&c.Events, e.Events)
	put(&c.Mode, e.Mode)
	put(&c.Policy, e.Policy)
	put(&c.HomeGates, e.HomeGates)
	if e.HomeGates == nil && c.Policy != whitelist.Home {
		c.HomeGates = nil
	}
	put(&c.Unlisted, e.Unlisted)
	put(&c.NeedsStaff, e.NeedsStaff)
	put(&c.AskMillis, e.AskMillis)
	put(&c.PassSeconds, e.PassSeconds)
	put(&c.NoContact, e.NoContact)
	put(&c.StaleAsk, e.StaleAsk)
	put(&c.Language, e.Language)
	if e.Budget != nil {
		c.Budget = whitelist.Budget{Minutes: e.Budget.Minutes, Entries: e.Budget.Entries}
	}
	e.lists(c)
	return nil
}

func (e CheckpointSettings) lists(c *desk.Checkpoint) {
	if e.Kinds != nil {
		c.Kinds = nil
		for _, k := range *e.Kinds {
			c.Kinds = append(c.Kinds, whitelist.KindRef{Event: ticket.EventID(k.Event), Kind: k.Kind})
		}
	}
	put(&c.Names, e.KindNames)
	if e.Rule != nil {
		c.Rule, c.Hours = e.Rule.rule(), nil
	}
	if e.Hours != nil {
		c.Hours = nil
		if e.Rule == nil {
			c.Rule = nil
		}
		for _, w := range *e.Hours {
			c.Hours = append(c.Hours, desk.Window{From: w.From, Until: w.Until})
		}
	}
}

// CheckpointPath names a checkpoint.
type CheckpointPath struct {
	Checkpoint uuid.UUID `path:"checkpoint" format:"uuid"`
}

func (s *server) checkpoints() {
	create(s, op{path: "/venues/{venue}/checkpoints", id: "create-checkpoint", tag: gatesTag, scope: account.GatesWrite,
		maxBody: 1 << 20, summary: "Make a checkpoint of a venue; its gates obey within seconds"}, s.createCheckpoint)
	serve(s, op{method: http.MethodGet, path: "/venues/{venue}/checkpoints", id: "list-checkpoints", tag: gatesTag,
		scope: account.GatesRead, summary: "List a venue's checkpoints"},
		func(ctx context.Context, who account.Key, in *VenuePath) (page[Checkpoint], error) {
			doors, err := s.Gates.Desk.Checkpoints(ctx, scope(who, in.Venue))
			return all(doors, err, showCheckpoint)
		})
	serve(s, op{method: http.MethodGet, path: "/checkpoints/{checkpoint}", id: "get-checkpoint", tag: gatesTag,
		scope: account.GatesRead, summary: "Read a checkpoint"},
		func(ctx context.Context, who account.Key, in *CheckpointPath) (Checkpoint, error) {
			c, err := s.Gates.Desk.Checkpoint(ctx, who.Organizer, in.Checkpoint)
			return showCheckpoint(c), err
		})
	serve(s, op{method: http.MethodPatch, path: "/checkpoints/{checkpoint}", id: "edit-checkpoint", tag: gatesTag,
		scope: account.GatesWrite, maxBody: 1 << 20, errors: []int{http.StatusConflict},
		summary: "Change a checkpoint: its mode, its hours, who comes in; its gates obey within seconds"}, s.editCheckpoint)
	act(s, op{method: http.MethodDelete, path: "/checkpoints/{checkpoint}", id: "retire-checkpoint", tag: gatesTag,
		scope: account.GatesWrite, errors: []int{http.StatusConflict}, summary: "Take a checkpoint away at which no lane stands"},
		func(ctx context.Context, who account.Key, in *CheckpointPath) error {
			return s.Gates.Desk.RetireCheckpoint(ctx, who.Organizer, in.Checkpoint)
		})
}

func (s *server) createCheckpoint(ctx context.Context, who account.Key, in *struct {
	VenuePath
	Post[CheckpointDraft]
}) (Checkpoint, error) {
	c := desk.Checkpoint{Scope: scope(who, in.Venue), Name: in.Body.Name}
	if err := in.Body.onto(&c); err != nil {
		return Checkpoint{}, err
	}
	c, err := s.Gates.Desk.AddCheckpoint(ctx, c)
	return showCheckpoint(c), err
}

func (s *server) editCheckpoint(ctx context.Context, who account.Key, in *struct {
	CheckpointPath
	Body CheckpointEdit
}) (Checkpoint, error) {
	c, err := s.Gates.Desk.EditCheckpoint(ctx, who.Organizer, in.Checkpoint, func(c *desk.Checkpoint) error {
		put(&c.Name, in.Body.Name)
		return in.Body.onto(c)
	})
	return showCheckpoint(c), err
}
