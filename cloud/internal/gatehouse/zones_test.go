package gatehouse_test

import (
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"portaria/cloud/internal/gatehouse/desk"
	"portaria/edge/whitelist"
)

func (h house) zone(t *testing.T, name string, parent *desk.Zone, capacity int) desk.Zone {
	t.Helper()
	z := desk.Zone{Scope: h.scope(), Name: name, Capacity: capacity}
	if parent != nil {
		z.Parent = &parent.ID
	}
	z, err := h.Desk().AddZone(t.Context(), z)
	require.NoError(t, err)
	return z
}

func TestZonesAreMovedButNeverIntoThemselves(t *testing.T) {
	h := newHouse(t)
	d := h.Desk()
	hall := h.zone(t, "Hall", nil, 500)
	floor := h.zone(t, "Floor", &hall, 600)
	front := h.zone(t, "Front", &floor, 100)
	into := func(parent uuid.UUID) func(*desk.Zone) { return func(z *desk.Zone) { z.Parent = &parent } }
	for _, wrong := range []uuid.UUID{hall.ID, floor.ID, front.ID} {
		_, err := d.EditZone(t.Context(), h.scope(), hall.ID, 0, into(wrong))
		require.ErrorIs(t, err, desk.ErrZoneInside)
	}
	_, err := d.EditZone(t.Context(), h.scope(), front.ID, 0, into(uuid.New()))
	require.ErrorContains(t, err, "zone of this venue")
	moved, err := d.EditZone(t.Context(), h.scope(), front.ID, front.Version, into(hall.ID))
	require.NoError(t, err)
	require.Equal(t, hall.ID, *moved.Parent)
	_, err = d.EditZone(t.Context(), h.scope(), front.ID, front.Version, into(floor.ID))
	require.ErrorIs(t, err, desk.ErrChanged, "the second of two editors is told")
	_, err = d.EditZone(t.Context(), h.scope(), front.ID, 0, func(z *desk.Zone) { z.Name = "Hall" })
	require.ErrorIs(t, err, desk.ErrTaken)

	zones, err := d.Zones(t.Context(), h.scope())
	require.NoError(t, err)
	above := desk.Above(zones)
	require.Equal(t, "Hall", above[floor.ID].Name, "600 people do not fit where 500 do")
	require.Len(t, above, 1)
	told := h.told(t)
	require.Len(t, told.Zones, 3)
	require.Equal(t, hall.ID.String(), told.Zone(front.ID.String()).Parent, "gates hear of the move")
}

func TestAZoneThatIsUsedStaysAndItSaysWhy(t *testing.T) {
	h := newHouse(t)
	d := h.Desk()
	hall := h.zone(t, "Hall", nil, 0)
	floor := h.zone(t, "Floor", &hall, 0)
	door := h.door(t, desk.Checkpoint{Name: "Porta A", From: &hall.ID, To: &floor.ID})
	refused := func(zone uuid.UUID) desk.ZoneUses {
		t.Helper()
		_, err := d.RemoveZone(t.Context(), h.scope(), zone)
		var used *desk.ZoneInUse
		require.ErrorAs(t, err, &used)
		require.ErrorIs(t, err, desk.ErrZoneInUse)
		return used.ZoneUses
	}
	require.Equal(t, []string{"Floor"}, refused(hall.ID).Inside)
	require.Equal(t, []string{"Porta A"}, refused(floor.ID).Doors)

	h.Exec("UPDATE events SET ends_at = now() + interval '1 hour' WHERE id = $1", h.event)
	pass := func(seq int, ref byte, record string) {
		h.Exec(`INSERT INTO entry_events (venue_id, gate_id, run, seq, organizer_id, hub_id, event_id, type, ref, kind, record, at, lane, checkpoint, body)
			VALUES ($1, 'gate-1', 'r', $2, $3, 'hub', $4, 'entry', $5, 0, $6, $7, 1, $8, '{}')`,
			h.venue, seq, h.organizer, h.event, append(make([]byte, 15), ref), record, time.Now().UnixMilli()+int64(seq), door.ID.String())
	}
	pass(1, 1, "entry")
	pass(2, 1, "passed")
	pass(3, 2, "entry")
	pass(4, 2, "abort")
	pass(5, 3, "entry")
	pass(6, 3, "exit")
	require.Equal(t, 1, refused(floor.ID).People, "one came in and stayed")
	require.Equal(t, 3, refused(hall.ID).People, "and two stand in the hall before the door, which the floor is part of")

	pass(7, 1, "exit")
	_, err := d.EditCheckpoint(t.Context(), uuid.UUID(h.organizer), door.ID, func(c *desk.Checkpoint) error {
		c.From, c.To = nil, &hall.ID
		return nil
	})
	require.NoError(t, err)
	h.Exec("UPDATE offers SET zones = ARRAY[$2] WHERE event_id = $1", h.event, floor.ID.String())
	if offers := refused(floor.ID).Offers; len(offers) == 0 {
		t.Fatal("an offer is for this zone")
	}
	h.Exec("UPDATE offers SET zones = '{}' WHERE event_id = $1", h.event)
	_, err = d.RemoveZone(t.Context(), h.scope(), floor.ID)
	require.NoError(t, err)
	require.Equal(t, []whitelist.Zone{{ID: hall.ID.String(), Name: "Hall"}}, h.told(t).Zones)
	_, err = d.RemoveZone(t.Context(), desk.Scope{Organizer: uuid.New(), Venue: h.scope().Venue}, hall.ID)
	require.ErrorIs(t, err, desk.ErrNone, "nobody else's")
}
