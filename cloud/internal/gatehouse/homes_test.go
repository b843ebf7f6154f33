package gatehouse_test

import (
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"portaria/cloud/internal/gatehouse/desk"
	"portaria/edge/ticket"
	"portaria/edge/whitelist"
)

// gateAt makes a gate with a lane at some doors; a hub has told of it.
func (h house) gateAt(t *testing.T, name string, doors ...uuid.UUID) {
	t.Helper()
	g := desk.Gate{Scope: h.scope(), ID: name, Name: name}
	for i, door := range doors {
		g.Lanes = append(g.Lanes, desk.Lane{Number: i + 1, Checkpoint: door})
	}
	_, err := h.Desk().AddGate(t.Context(), g)
	require.NoError(t, err)
	h.heardOf(name)
}

func (h house) heardOf(gate string) {
	h.Exec("INSERT INTO hub_gates (hub_id, gate_id, state, told_at) VALUES ('hub-1', $1, '{}', now())", gate)
}

// homeOf is where one ticket is at home.
func homeOf(v whitelist.SignedVenue, event ticket.EventID, change ...func(*whitelist.Right)) []string {
	if v.Homes == nil {
		return nil
	}
	r := whitelist.Right{Event: event, Ref: whitelist.Ref{1}, Listed: true}
	for _, c := range change {
		c(&r)
	}
	return v.Homes.Of(r)
}

func TestTicketsAreAtHomeAtTheGatesOfTheHomeDoors(t *testing.T) {
	h := newHouse(t)
	h.Hub(h.organizer, h.venue, "hub-1")
	require.Nil(t, h.told(t).Homes, "a venue without home doors has none")
	door := h.door(t, desk.Checkpoint{Name: "A", Policy: whitelist.Home})
	require.Nil(t, h.told(t).Homes, "nor one without gates")
	h.gateAt(t, "gate-1", door.ID)
	assert.Equal(t, []string{"gate-1"}, homeOf(h.told(t), h.event))

	free := h.door(t, desk.Checkpoint{Name: "B"})
	out := h.door(t, desk.Checkpoint{Name: "C", Policy: whitelist.Home, Direction: whitelist.Out})
	h.gateAt(t, "gate-2", free.ID, out.ID)
	_, err := h.Desk().AddGate(t.Context(), desk.Gate{Scope: h.scope(), ID: "gate-3", Name: "new", Lanes: []desk.Lane{{Number: 1, Checkpoint: door.ID}}})
	require.NoError(t, err)
	v := h.told(t)
	require.Len(t, v.Homes.Rules, 1)
	assert.Equal(t, []string{"gate-1"}, v.Homes.Rules[0].Gates, "not a free door's, not an exit's, and not one that was never there")
	h.heardOf("gate-3")
	assert.Equal(t, []string{"gate-1", "gate-3"}, h.told(t).Homes.Rules[0].Gates)

	_, err = h.Desk().EditCheckpoint(t.Context(), uuid.UUID(h.organizer), door.ID, func(c *desk.Checkpoint) error {
		c.HomeGates = []string{"gate-3"}
		return nil
	})
	require.NoError(t, err)
	assert.Equal(t, []string{"gate-3"}, h.told(t).Homes.Rules[0].Gates, "the organizer's choice")
}

func TestHomesMoveOnlyWhenTheyChange(t *testing.T) {
	h := newHouse(t)
	h.Hub(h.organizer, h.venue, "hub-1")
	h.At(time.Now())
	door := h.door(t, desk.Checkpoint{Name: "A", Policy: whitelist.Home})
	h.gateAt(t, "gate-1", door.ID)
	first := h.told(t)
	assert.Equal(t, first.Epoch, first.Homes.Epoch)

	h.At(h.Now().Add(time.Hour))
	h.door(t, desk.Checkpoint{Name: "B"})
	h.Event(h.organizer, h.venue, "Matiné")
	second := h.told(t)
	assert.Greater(t, second.Epoch, first.Epoch)
	assert.Equal(t, first.Homes, second.Homes, "another door, and another event of all doors, move nobody")

	h.At(h.Now().Add(time.Hour))
	h.gateAt(t, "gate-2", door.ID)
	third := h.told(t)
	assert.Equal(t, third.Epoch, third.Homes.Epoch)

	_, err := h.Desk().EditCheckpoint(t.Context(), uuid.UUID(h.organizer), door.ID, func(c *desk.Checkpoint) error {
		c.Policy = whitelist.Strict
		return nil
	})
	require.NoError(t, err)
	last := h.told(t)
	require.NotNil(t, last.Homes, "gates must hear that there are no homes any more")
	assert.Empty(t, last.Homes.Rules)
	assert.Greater(t, last.Homes.Epoch, third.Homes.Epoch)
}

func TestAHomeIsAGateThatLetsItsPeopleIn(t *testing.T) {
	h := newHouse(t)
	h.Hub(h.organizer, h.venue, "hub-1")
	hall, err := h.Desk().AddZone(t.Context(), desk.Zone{Scope: h.scope(), Name: "Plateia"})
	require.NoError(t, err)
	box, err := h.Desk().AddZone(t.Context(), desk.Zone{Scope: h.scope(), Name: "Camarote"})
	require.NoError(t, err)
	matinee := h.Event(h.organizer, h.venue, "Matiné")
	h.Exec("INSERT INTO offers (id, organizer_id, event_id, kind, name, zones) VALUES ($1, $2, $3, 1, 'Camarote', $4)",
		uuid.Must(uuid.NewV7()), uuid.UUID(h.organizer), uuid.UUID(h.event), []string{box.ID.String()})
	main := h.door(t, desk.Checkpoint{Name: "A", Policy: whitelist.Home, To: &hall.ID})
	boxes := h.door(t, desk.Checkpoint{Name: "B", Policy: whitelist.Home, To: &box.ID})
	early := h.door(t, desk.Checkpoint{Name: "C", Policy: whitelist.Home, To: &hall.ID, Events: []uuid.UUID{uuid.UUID(matinee)}})
	upstairs := h.door(t, desk.Checkpoint{Name: "D", Policy: whitelist.Home, From: &hall.ID, To: &box.ID})
	press := h.door(t, desk.Checkpoint{Name: "E", Policy: whitelist.Home, To: &hall.ID, Kinds: []whitelist.KindRef{{Event: h.event, Kind: 0}}})
	h.gateAt(t, "main", main.ID)
	h.gateAt(t, "boxes", boxes.ID)
	h.gateAt(t, "early", early.ID)
	h.gateAt(t, "upstairs", upstairs.ID)
	h.gateAt(t, "press", press.ID)
	homes := h.told(t).Homes
	gates := func(r whitelist.Right) []string {
		seen := map[string]bool{}
		for i := range 100 {
			r.Ref, r.Listed = whitelist.Ref{byte(i)}, true
			for _, name := range homes.Of(r) {
				seen[name] = true
			}
		}
		var out []string
		for _, name := range []string{"boxes", "early", "main", "press", "upstairs"} {
			if seen[name] {
				out = append(out, name)
			}
		}
		return out
	}
	assert.Equal(t, []string{"boxes", "main", "press"}, gates(whitelist.Right{Event: h.event}))
	assert.Equal(t, []string{"boxes"}, gates(whitelist.Right{Event: h.event, Kind: 1}), "a ticket for the boxes")
	assert.Equal(t, []string{"boxes", "early", "main"}, gates(whitelist.Right{Event: matinee}))
	assert.Equal(t, []string{"upstairs"}, gates(whitelist.Right{Event: h.event, Kind: 1, Inner: box.ID.String()}), "a door inside the house")
	assert.Equal(t, []string{"boxes", "main"}, gates(whitelist.Right{Event: ticket.EventID{9}}), "an event that is made tomorrow")
}
