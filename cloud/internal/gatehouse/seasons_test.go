package gatehouse_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"portaria/cloud/internal/gatehouse/desk"
	"portaria/cloud/internal/gatehouse/hours"
	"portaria/cloud/internal/gatehouse/season"
	"portaria/cloud/internal/gatehouse/shift"
	"portaria/cloud/internal/gatehouse/template"
	"portaria/edge/ticket"
	"portaria/edge/whitelist"
)

var usual = hours.Rule{From: hours.Point{Anchor: hours.Doors, Minutes: -30}, Until: hours.Point{Anchor: hours.End, Minutes: 60}}

// applies puts a template in force as somebody does who has looked at it.
func (h house) applies(t *testing.T) template.Plan {
	t.Helper()
	plan, err := h.Template().Plan(t.Context(), h.scope())
	require.NoError(t, err)
	plan, err = h.Template().Apply(t.Context(), h.scope(), plan.Seen)
	require.NoError(t, err)
	return plan
}

func (h house) templateDoor(t *testing.T, name string, change func(*template.Settings)) template.Door {
	t.Helper()
	d := template.Door{Scope: h.scope(), Settings: template.Settings{Name: name, Rule: &usual}}
	if change != nil {
		change(&d.Settings)
	}
	d, err := h.Template().Put(t.Context(), d)
	require.NoError(t, err)
	return d
}

// doorOf is the manifest's door of a name.
func doorOf(t *testing.T, v whitelist.SignedVenue, name string) whitelist.Checkpoint {
	t.Helper()
	for _, c := range v.Checkpoints {
		if c.Name == name {
			return c
		}
	}
	require.Fail(t, "no door "+name)
	return whitelist.Checkpoint{}
}

func TestEveryDateHasTheTemplatesDoorsByItself(t *testing.T) {
	h := newHouse(t)
	h.templateDoor(t, "Portão A", nil)
	h.templateDoor(t, "VIP", func(s *template.Settings) { s.Names = []string{"VIP"} })
	assert.Len(t, h.applies(t).Make, 2)
	v := h.told(t)
	a := doorOf(t, v, "Portão A")
	assert.Equal(t, []ticket.EventID{h.event}, a.Events)
	event := v.Event(h.event)
	assert.Equal(t, []whitelist.Window{{From: event.Doors - 1800, Until: event.End + 3600}}, a.Hours)
	assert.Equal(t, []whitelist.KindRef{{}}, doorOf(t, v, "VIP").Kinds, "nobody sells VIP yet, so nobody comes in there")

	h.At(h.Now().Add(time.Hour))
	next := h.Event(h.organizer, h.venue, "a further date")
	h.Exec("INSERT INTO offers (id, organizer_id, event_id, kind, name) VALUES ($1, $2, $3, 1, 'VIP')", uuid.Must(uuid.NewV7()), uuid.UUID(h.organizer), uuid.UUID(next))
	v = h.told(t)
	assert.Len(t, doorOf(t, v, "Portão A").Events, 2)
	assert.Equal(t, []whitelist.KindRef{{Event: next, Kind: 1}}, doorOf(t, v, "VIP").Kinds)

	h.Exec("UPDATE events SET doors_at = doors_at + interval '6 hours', starts_at = starts_at + interval '6 hours', ends_at = ends_at + interval '6 hours' WHERE id = $1", uuid.UUID(next))
	v = h.told(t)
	assert.Len(t, doorOf(t, v, "Portão A").Hours, 2, "a date that moves takes its hours along")

	require.NoError(t, h.Dates().ByHand(t.Context(), h.scope(), uuid.UUID(h.event), true))
	v = h.told(t)
	assert.Equal(t, []ticket.EventID{next}, doorOf(t, v, "Portão A").Events)
}

func TestOneDatesOwnHoursStayWhenTheTemplateChanges(t *testing.T) {
	h := newHouse(t)
	d := h.templateDoor(t, "Portão A", nil)
	h.templateDoor(t, "Portão B", nil)
	h.applies(t)
	doors, err := h.Desk().Checkpoints(t.Context(), h.scope())
	require.NoError(t, err)
	own := hours.Rule{From: hours.Point{Anchor: hours.Start}, Until: hours.Point{Anchor: hours.End}}
	require.NoError(t, h.Dates().Set(t.Context(), h.scope(), doors[0].ID, uuid.UUID(h.event), &season.Exception{Rule: &own}))
	_, err = h.Desk().EditCheckpoint(t.Context(), uuid.UUID(h.organizer), doors[0].ID, func(c *desk.Checkpoint) error { c.NeedsStaff = true; return nil })
	require.NoError(t, err)

	later := hours.Rule{From: hours.Point{Anchor: hours.Doors}, Until: hours.Point{Anchor: hours.End}}
	d.Settings.Rule, d.Settings.Unlisted, d.Version = &later, whitelist.UnlistedRefuse, 1
	_, err = h.Template().Put(t.Context(), d)
	require.NoError(t, err)
	plan, err := h.Template().Plan(t.Context(), h.scope())
	require.NoError(t, err)
	require.Len(t, plan.Change, 1)
	assert.Equal(t, []string{"rule", "unlisted"}, []string{plan.Change[0].Changed[0].Name, plan.Change[0].Changed[1].Name})
	require.Len(t, plan.Change[0].Kept, 1)
	assert.Equal(t, "needs_staff", plan.Change[0].Kept[0].Name)
	assert.Equal(t, usual, *doors[0].Rule, "looking changes nothing")

	_, err = h.Template().Put(t.Context(), d)
	require.ErrorIs(t, err, desk.ErrChanged, "the second of two editors is told")
	_, err = h.Template().Apply(t.Context(), h.scope(), "0000000000000000")
	require.ErrorIs(t, err, template.ErrSeen, "nobody applies what they have not seen")

	h.applies(t)
	v := h.told(t)
	a := doorOf(t, v, "Portão A")
	event := v.Event(h.event)
	assert.True(t, a.NeedsStaff, "set by hand, stays")
	assert.Equal(t, whitelist.UnlistedRefuse, a.Unlisted)
	assert.Equal(t, []whitelist.Window{{From: event.Start, Until: event.End}}, a.Hours, "the date's own hours stay")
	plan, err = h.Template().Plan(t.Context(), h.scope())
	require.NoError(t, err)
	assert.True(t, plan.Empty())
	assert.Len(t, plan.Same[0].Kept, 1, "what was set by hand is still told")
}

func TestADoorWithLanesIsNotTakenAwayUnderThem(t *testing.T) {
	h := newHouse(t)
	d := h.templateDoor(t, "Portão A", nil)
	h.applies(t)
	doors, err := h.Desk().Checkpoints(t.Context(), h.scope())
	require.NoError(t, err)
	gate := desk.Gate{Scope: h.scope(), ID: "gate-9", Name: "Nove", Lanes: []desk.Lane{{Number: 1, Checkpoint: doors[0].ID}}}
	_, err = h.Desk().AddGate(t.Context(), gate)
	require.NoError(t, err)
	require.NoError(t, h.Template().Drop(t.Context(), h.scope(), d.ID))
	plan, err := h.Template().Plan(t.Context(), h.scope())
	require.NoError(t, err)
	require.Len(t, plan.Drop, 1)
	_, err = h.Template().Apply(t.Context(), h.scope(), plan.Seen)
	require.ErrorIs(t, err, desk.ErrLanes)
	h.templateDoor(t, "Portão A", nil)
	other := h.door(t, desk.Checkpoint{Name: "Porta dos fundos"})
	gate.Lanes[0].Checkpoint = other.ID
	_, err = h.Desk().EditGate(t.Context(), gate)
	require.NoError(t, err)
	assert.Len(t, h.applies(t).Make, 1, "the new door may have the old one's name")
	require.ErrorIs(t, h.Desk().RestoreCheckpoint(t.Context(), uuid.UUID(h.organizer), doors[0].ID), desk.ErrTaken)
}

func TestCheckpointsMadeByHandBecomeATemplate(t *testing.T) {
	h := newHouse(t)
	h.door(t, desk.Checkpoint{Name: "Portão A", Rule: &usual, NeedsStaff: true})
	h.door(t, desk.Checkpoint{Name: "Só hoje", Events: []uuid.UUID{uuid.UUID(h.event)}})
	n, err := h.Template().Learn(t.Context(), h.scope())
	require.NoError(t, err)
	assert.Equal(t, 1, n, "what is about single dates is no template")
	plan, err := h.Template().Plan(t.Context(), h.scope())
	require.NoError(t, err)
	assert.True(t, plan.Empty())
}

func TestAPersonIsAtOneDoorAtATime(t *testing.T) {
	h := newHouse(t)
	a, b := h.door(t, desk.Checkpoint{Name: "A", Rule: &usual}), h.door(t, desk.Checkpoint{Name: "B", Rule: &usual})
	ana, _, err := h.Desk().AddController(t.Context(), desk.Controller{Scope: h.scope(), Name: "Ana"})
	require.NoError(t, err)
	book, event := h.Shifts(), uuid.UUID(h.event)
	put := func(door desk.Checkpoint, from, until int) (shift.Shift, error) {
		return book.Add(t.Context(), h.scope(), shift.Shift{Event: event, Checkpoint: door.ID, Controller: ana.ID,
			Rule: hours.Rule{From: hours.Point{Anchor: hours.Doors, Minutes: from}, Until: hours.Point{Anchor: hours.Doors, Minutes: until}}})
	}
	first, err := put(a, 0, 60)
	require.NoError(t, err)
	_, err = put(b, 59, 120)
	var clash *shift.ClashError
	require.ErrorAs(t, err, &clash)
	assert.Equal(t, first.ID, clash.Old.ID)
	second, err := put(b, 60, 120)
	require.NoError(t, err, "one may follow the other")
	_, err = book.Move(t.Context(), uuid.UUID(h.organizer), second.ID, func(x *shift.Shift) { x.Rule.From.Minutes = 30 })
	require.ErrorAs(t, err, &clash)
	moved, err := book.Move(t.Context(), uuid.UUID(h.organizer), second.ID, func(x *shift.Shift) { x.Checkpoint, x.Rule.From.Minutes = a.ID, -90 })
	require.ErrorAs(t, err, &clash, "nor twice at the same door: %v", moved)
	_, err = book.Move(t.Context(), uuid.UUID(h.organizer), second.ID, func(x *shift.Shift) { x.Rule.Until = hours.Point{Anchor: hours.End, Minutes: 90} })
	require.NoError(t, err)

	d, err := book.Date(t.Context(), h.scope(), event)
	require.NoError(t, err)
	plan, conflicts, err := book.Plan(t.Context(), h.scope(), d)
	require.NoError(t, err)
	assert.Len(t, plan, 2)
	kinds := []string{}
	for _, c := range conflicts {
		kinds = append(kinds, string(c.Kind))
	}
	assert.ElementsMatch(t, []string{"no_badge", "no_badge", "outside_hours"}, kinds)
}

func TestAPlanIsCopiedToOtherDates(t *testing.T) {
	h := newHouse(t)
	a := h.door(t, desk.Checkpoint{Name: "A", Rule: &usual})
	ana, _, err := h.Desk().AddController(t.Context(), desk.Controller{Scope: h.scope(), Name: "Ana"})
	require.NoError(t, err)
	book := h.Shifts()
	_, err = book.Add(t.Context(), h.scope(), shift.Shift{Event: uuid.UUID(h.event), Checkpoint: a.ID, Controller: ana.ID, Rule: usual})
	require.NoError(t, err)
	h.At(h.Now().Add(26 * time.Hour))
	tomorrow := uuid.UUID(h.Event(h.organizer, h.venue, "tomorrow"))
	h.At(h.Now().Add(time.Hour))
	after := uuid.UUID(h.Event(h.organizer, h.venue, "an hour later"))
	done, err := book.Copy(t.Context(), h.scope(), uuid.UUID(h.event), []uuid.UUID{tomorrow, after})
	require.NoError(t, err)
	assert.Equal(t, 1, done[0].Added)
	assert.Len(t, done[1].Refused, 1, "Ana is at tomorrow's door then")
	done, err = book.Copy(t.Context(), h.scope(), uuid.UUID(h.event), []uuid.UUID{tomorrow})
	require.NoError(t, err)
	assert.Equal(t, 1, done[0].There, "copying twice doubles nothing")
	_, err = book.Copy(t.Context(), h.scope(), uuid.UUID(h.event), []uuid.UUID{uuid.New()})
	require.ErrorIs(t, err, desk.ErrNone)
}

func TestWhereShiftsBindGatesKnowPeopleAtTheirDoorsOnly(t *testing.T) {
	h := newHouse(t)
	a := h.door(t, desk.Checkpoint{Name: "A", Rule: &usual})
	people := map[string]desk.Controller{}
	for _, name := range []string{"Ana", "Rui", "Chefe"} {
		p, _, err := h.Desk().AddController(t.Context(), desk.Controller{Scope: h.scope(), Name: name, Supervisor: name == "Chefe"})
		require.NoError(t, err)
		people[name] = p
	}
	book := h.Shifts()
	_, err := book.Add(t.Context(), h.scope(), shift.Shift{Event: uuid.UUID(h.event), Checkpoint: a.ID, Controller: people["Ana"].ID, Rule: usual})
	require.NoError(t, err)
	assert.Len(t, h.told(t).Controllers, 3, "shifts are a plan")
	require.NoError(t, h.Store.SetByShift(t.Context(), h.scope(), true))
	told := map[string][]string{}
	for _, p := range h.told(t).Controllers {
		told[p.ID] = p.Checkpoints
	}
	assert.Equal(t, map[string][]string{people["Ana"].ID.String(): {a.ID.String()}, people["Chefe"].ID.String(): nil}, told)
}

// Forty dates with twenty doors, each of three kinds by name: what the design calls a tour.
func TestAToursManifestStaysSmall(t *testing.T) {
	h := newHouse(t)
	start := h.Now()
	for i := range 40 {
		h.At(start.Add(time.Duration(i) * 8 * time.Hour))
		e := h.Event(h.organizer, h.venue, fmt.Sprintf("Data %d", i))
		for k, name := range []string{"Meia", "VIP"} {
			h.Exec("INSERT INTO offers (id, organizer_id, event_id, kind, name) VALUES ($1, $2, $3, $4, $5)", uuid.Must(uuid.NewV7()), uuid.UUID(h.organizer), uuid.UUID(e), k+1, name)
		}
	}
	h.At(start)
	for i := range 20 {
		h.templateDoor(t, fmt.Sprintf("Portão %d", i), func(s *template.Settings) { s.Names = []string{"Inteira", "Meia", "VIP"} })
	}
	h.applies(t)
	v := h.told(t)
	assert.Len(t, v.Events, 41)
	assert.Len(t, doorOf(t, v, "Portão 3").Kinds, 3*40+1)
	t.Logf("forty dates, twenty doors, three kinds: %d bytes of %d", len(v.Raw()), whitelist.MaxVenue)
	assert.Less(t, len(v.Raw()), 300_000)
	assert.Equal(t, 20, strings.Count(string(v.Raw()), `"direction"`), "a door stands there once, however many dates there are")
}
