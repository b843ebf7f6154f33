package whitelist_test

import (
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"portaria/edge/ticket"
	"portaria/edge/whitelist"
)

func TestAVenueManifestComesBackAsItWas(t *testing.T) {
	signed, err := whitelist.SignVenue(someVenue(), listKey, chain)
	require.NoError(t, err)
	opened, err := whitelist.OpenVenue(signed.Raw(), public(platformKey), issued)
	require.NoError(t, err)
	assert.Equal(t, signed, opened)
	assert.Equal(t, someVenue(), opened.Venue)
}

func TestWhenAVenueManifestMayBeOpened(t *testing.T) {
	raw := signVenue(t, someVenue())
	_, err := whitelist.OpenVenue(raw, public(platformKey), keysEnd.Add(time.Second))
	assert.ErrorIs(t, err, whitelist.ErrExpired)
	_, err = whitelist.OpenVenue(raw, public(platformKey), time.Time{})
	assert.NoError(t, err, "out of one's own store")
	_, err = whitelist.OpenVenue(raw, public(strangerKey), issued)
	assert.ErrorIs(t, err, whitelist.ErrWrongSigner)
}

func TestTheSignatureIsCheckedBeforeTheJSON(t *testing.T) {
	forged := flipped(sealVenue([]byte(strings.Repeat("[", 10_000))))
	_, err := whitelist.OpenVenue(forged, public(platformKey), issued)
	assert.ErrorIs(t, err, whitelist.ErrWrongSigner)
	assert.NotErrorIs(t, err, whitelist.ErrMalformed)
}

func TestAVenueManifestIsNotSignedWith(t *testing.T) {
	door := func(change func(*whitelist.Checkpoint)) func(*whitelist.Venue) {
		return func(v *whitelist.Venue) { change(&v.Checkpoints[0]) }
	}
	for _, row := range []struct {
		name   string
		change func(*whitelist.Venue)
	}{
		{"no venue", func(v *whitelist.Venue) { v.Venue = ticket.EventID{} }},
		{"no epoch", func(v *whitelist.Venue) { v.Epoch = 0 }},
		{"good for a day", func(v *whitelist.Venue) { v.GoodUntil = v.IssuedAt + 86400 }},
		{"no time zone", func(v *whitelist.Venue) { v.TimeZone = "" }},
		{"an event twice", func(v *whitelist.Venue) { v.Events = append(v.Events, v.Events[0]) }},
		{"an event of nobody", func(v *whitelist.Venue) { v.Events[0].Organizer = ticket.EventID{} }},
		{"an event that starts before 1970", func(v *whitelist.Venue) { v.Events[0].Start = -1 }},
		{"too many events", func(v *whitelist.Venue) { v.Events = make([]whitelist.VenueEvent, 1025) }},
		{"a zone twice", func(v *whitelist.Venue) { v.Zones = append(v.Zones, v.Zones[0]) }},
		{"a zone without an id", func(v *whitelist.Venue) { v.Zones[0].ID = "" }},
		{"a zone of less than nobody", func(v *whitelist.Venue) { v.Zones[0].Capacity = -1 }},
		{"a zone inside itself", func(v *whitelist.Venue) { v.Zones[0].Parent = "plateia" }},
		{"a zone inside one that is not there", func(v *whitelist.Venue) { v.Zones[1].Parent = "adega" }},
		{"too many zones", func(v *whitelist.Venue) { v.Zones = make([]whitelist.Zone, 257) }},
		{"a door twice", func(v *whitelist.Venue) { v.Checkpoints = append(v.Checkpoints, v.Checkpoints[0]) }},
		{"too many doors", func(v *whitelist.Venue) { v.Checkpoints = make([]whitelist.Checkpoint, 1025) }},
		{"a door without direction", door(func(c *whitelist.Checkpoint) { c.Direction = "" })},
		{"a door without mode", door(func(c *whitelist.Checkpoint) { c.Mode = "" })},
		{"a door without policy", door(func(c *whitelist.Checkpoint) { c.Policy = "" })},
		{"a door that says nothing of unlisted codes", door(func(c *whitelist.Checkpoint) { c.Unlisted = "" })},
		{"a door from a zone that is not there", door(func(c *whitelist.Checkpoint) { c.From = "adega" })},
		{"a door to a zone that is not there", door(func(c *whitelist.Checkpoint) { c.To = "adega" })},
		{"a door that opens after it closes", door(func(c *whitelist.Checkpoint) { c.Hours[0].Until = c.Hours[0].From })},
		{"a door with a negative budget", door(func(c *whitelist.Checkpoint) { c.Budget.Entries = -1 })},
		{"a door that keeps people waiting", door(func(c *whitelist.Checkpoint) { c.AskMillis = 10_001 })},
		{"a door that stays open", door(func(c *whitelist.Checkpoint) { c.PassSeconds = 301 })},
		{"a door with hours without end", door(func(c *whitelist.Checkpoint) { c.Hours = make([]whitelist.Window, 2049) })},
		{"a controller twice", func(v *whitelist.Venue) { v.Controllers = append(v.Controllers, v.Controllers[0]) }},
		{"two controllers with one badge", func(v *whitelist.Venue) {
			v.Controllers = append(v.Controllers, whitelist.Controller{ID: "rui", Badge: v.Controllers[0].Badge})
		}},
		{"a badge key twice", func(v *whitelist.Venue) { v.BadgeKeys = append(v.BadgeKeys, v.BadgeKeys[0]) }},
		{"more bytes than a gate takes", func(v *whitelist.Venue) {
			v.Controllers = nil
			for i := range 4096 {
				person := whitelist.Controller{ID: strconv.Itoa(i), Badge: whitelist.TicketKey(secrets.List, ticket.ID(i))}
				person.Checkpoints = []string{strings.Repeat("x", 1000)}
				v.Controllers = append(v.Controllers, person)
			}
		}},
	} {
		t.Run(row.name, func(t *testing.T) {
			v := someVenue()
			row.change(&v)
			_, err := whitelist.SignVenue(v, listKey, chain)
			assert.ErrorIs(t, err, whitelist.ErrMalformed)
		})
	}
}

func TestAnEditIsCheckedBeforeItIsSigned(t *testing.T) {
	v := someVenue()
	v.Epoch, v.IssuedAt, v.GoodUntil = 0, 0, 0
	assert.NoError(t, v.Check(), "epoch and times come with the signature")
	v.Zones[0].Parent = "plateia"
	assert.ErrorIs(t, v.Check(), whitelist.ErrMalformed)
}

func TestAVenueManifestNeedsItsOwnSigner(t *testing.T) {
	_, err := whitelist.SignVenue(someVenue(), strangerKey, chain)
	assert.ErrorIs(t, err, whitelist.ErrWrongSigner)
	_, err = whitelist.SignVenue(someVenue(), listKey, chainTo(organizer, keysEnd, issued.Add(-time.Second)))
	assert.ErrorIs(t, err, whitelist.ErrExpired)
}

func TestLookupsInAVenue(t *testing.T) {
	v := someVenue()
	assert.Equal(t, "Porta principal", v.Checkpoint("porta").Name)
	assert.Nil(t, v.Checkpoint("janela"))
	assert.Equal(t, "casa", v.Zone("plateia").Parent)
	assert.Nil(t, v.Zone("adega"))
	assert.Equal(t, "Concerto de Natal", v.Event(concert).Name)
	assert.Nil(t, v.Event(matinee))
	assert.Equal(t, "ana", v.Controller(whitelist.TicketKey(secrets.List, 77)).ID)
	assert.Nil(t, v.Controller(whitelist.Key{}))
}
