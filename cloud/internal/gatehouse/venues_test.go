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

func (h house) scope() desk.Scope {
	return desk.Scope{Organizer: uuid.UUID(h.organizer), Venue: uuid.UUID(h.venue)}
}

func (h house) door(t *testing.T, c desk.Checkpoint) desk.Checkpoint {
	t.Helper()
	c.Scope = h.scope()
	c, err := h.Desk().AddCheckpoint(t.Context(), c)
	require.NoError(t, err)
	return c
}

// told signs the venue's manifest and reads it as a gate does.
func (h house) told(t *testing.T) whitelist.SignedVenue {
	t.Helper()
	_, err := h.Venues.Sign(t.Context(), h.venue)
	require.NoError(t, err)
	raw, blob, err := h.Store.SignedVenue(t.Context(), h.venue)
	require.NoError(t, err)
	if blob != (whitelist.Hash{}) {
		blobs, err := h.Store.Blobs(t.Context(), h.venue, []whitelist.Hash{blob})
		require.NoError(t, err)
		require.Equal(t, raw, blobs[blob])
	}
	v, err := whitelist.OpenVenue(raw, h.Keys.PlatformKey(), h.Now())
	require.NoError(t, err)
	require.NoError(t, v.For(h.venue, h.organizer))
	return v
}

func TestAVenuesManifestSaysWhatTheDeskSetUp(t *testing.T) {
	h := newHouse(t)
	zone, err := h.Desk().AddZone(t.Context(), desk.Zone{Scope: h.scope(), Name: "Plateia", Capacity: 300})
	require.NoError(t, err)
	inner, err := h.Desk().AddZone(t.Context(), desk.Zone{Scope: h.scope(), Name: "Camarote", Parent: &zone.ID})
	require.NoError(t, err)
	now := time.Now().UTC().Truncate(time.Second)
	door := h.door(t, desk.Checkpoint{
		Name: "Porta A", From: &zone.ID, To: &inner.ID, Events: []uuid.UUID{uuid.UUID(h.event)},
		Kinds: []whitelist.KindRef{{Event: h.event, Kind: 0}}, NeedsStaff: true, Budget: whitelist.Budget{Minutes: 10},
		Hours: []desk.Window{
			{From: now.Add(-200 * time.Hour), Until: now.Add(-190 * time.Hour)}, {From: now, Until: now.Add(time.Hour)},
		},
	})
	person, badge, err := h.Desk().AddController(t.Context(), desk.Controller{
		Scope: h.scope(), Name: "Ana Souza", Supervisor: true, Checkpoints: []uuid.UUID{door.ID},
	})
	require.NoError(t, err)

	v := h.told(t)
	assert.Equal(t, "America/Sao_Paulo", v.TimeZone)
	assert.Equal(t, zone.ID.String(), v.Zone(inner.ID.String()).Parent)
	assert.Equal(t, 300, v.Zone(zone.ID.String()).Capacity)
	got := v.Checkpoint(door.ID.String())
	require.NotNil(t, got)
	assert.Equal(t, []whitelist.Window{{From: now.Unix(), Until: now.Add(time.Hour).Unix()}}, got.Hours, "hours long past are left out")
	assert.Equal(t, []ticket.EventID{h.event}, got.Events)
	assert.Equal(t, []whitelist.KindRef{{Event: h.event, Kind: 0}}, got.Kinds)
	assert.Equal(t, inner.ID.String(), got.To)
	assert.Equal(t, whitelist.Budget{Minutes: 10}, got.Budget)
	assert.True(t, got.NeedsStaff)
	require.NotNil(t, v.Event(h.event))
	assert.Equal(t, h.organizer, v.Event(h.event).Organizer)
	assert.NotContains(t, string(v.Raw()), "Ana", "gates know people by an id only")

	secrets, err := h.Keys.Secrets(t.Context(), h.venue, h.organizer)
	require.NoError(t, err)
	known := v.Controller(whitelist.TicketKey(secrets.List, badge.ID()))
	require.NotNil(t, known, "the badge's code leads to its holder")
	assert.Equal(t, person.ID.String(), known.ID)
	require.Len(t, v.BadgeKeys, 1)
	assert.True(t, badge.Verify(h.venue, v.BadgeKeys[0].Key))
	assert.EqualValues(t, ticket.KindStaff, badge.Fields().Kind)

	again, replacement, err := h.Desk().NewBadge(t.Context(), uuid.UUID(h.organizer), person.ID)
	require.NoError(t, err)
	numbered, digits, err := h.Desk().NewPIN(t.Context(), uuid.UUID(h.organizer), person.ID)
	require.NoError(t, err)
	assert.Equal(t, 1, numbered.Number)
	assert.Len(t, digits, 6)
	v = h.told(t)
	assert.Nil(t, v.Controller(whitelist.TicketKey(secrets.List, badge.ID())), "the lost badge is dead")
	known = v.Controller(whitelist.TicketKey(secrets.List, replacement.ID()))
	require.NotNil(t, known)
	assert.Equal(t, again.ID.String(), known.ID)
	assert.True(t, known.PIN.Matches(secrets.List, known.ID, digits))
	assert.NotContains(t, string(v.Raw()), digits)
	second, other, err := h.Desk().NewPIN(t.Context(), uuid.UUID(h.organizer), person.ID)
	require.NoError(t, err)
	assert.Equal(t, 1, second.Number, "the number stays")
	v = h.told(t)
	assert.True(t, v.Controllers[0].PIN.Matches(secrets.List, known.ID, other))
	badge = replacement

	require.NoError(t, h.Desk().RetireController(t.Context(), uuid.UUID(h.organizer), person.ID))
	v = h.told(t)
	assert.Nil(t, v.Controller(whitelist.TicketKey(secrets.List, badge.ID())))
	_, _, err = h.Desk().NewPIN(t.Context(), uuid.UUID(h.organizer), person.ID)
	require.ErrorIs(t, err, desk.ErrNone)
	_, _, err = h.Desk().NewBadge(t.Context(), uuid.New(), person.ID)
	require.ErrorIs(t, err, desk.ErrNone, "another organizer's controller")
}

func TestAManifestThatSaysNothingNewIsNotSignedAgain(t *testing.T) {
	h := newHouse(t)
	h.At(time.Now())
	first := h.told(t)
	assert.Equal(t, first.Epoch, h.told(t).Epoch)
	h.door(t, desk.Checkpoint{Name: "A"})
	second := h.told(t)
	assert.Greater(t, second.Epoch, first.Epoch)
	h.At(h.Now().Add(5 * 24 * time.Hour))
	assert.Greater(t, h.told(t).GoodUntil, second.GoodUntil, "but it is renewed before it ends")
}

func TestAVenueKeepsTheListsOfTheDaysAround(t *testing.T) {
	h := newHouse(t)
	start := time.Now()
	for _, row := range []struct {
		what string
		at   time.Duration
		kept bool
	}{
		{"tonight", 0, true},
		{"ended yesterday evening", 27 * time.Hour, true},
		{"ended two days ago", 48 * time.Hour, false},
		{"in ten days", -10 * 24 * time.Hour, true},
		{"in a month", -30 * 24 * time.Hour, false},
	} {
		h.At(start.Add(row.at))
		v := h.told(t)
		assert.Equal(t, row.kept, v.Event(h.event) != nil, row.what)
	}
}

func TestABigManifestIsABlob(t *testing.T) {
	h := newHouse(t)
	for range 60 {
		h.door(t, desk.Checkpoint{Name: uuid.NewString()})
	}
	v := h.told(t)
	assert.Len(t, v.Checkpoints, 60)
	_, blob, err := h.Store.SignedVenue(t.Context(), h.venue)
	require.NoError(t, err)
	assert.NotZero(t, blob)
}
