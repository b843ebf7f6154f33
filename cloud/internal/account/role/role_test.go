package role_test

import (
	"strings"
	"testing"

	"github.com/google/uuid"
	"github.com/stretchr/testify/assert"
	"pgregory.net/rapid"

	"portaria/cloud/internal/account/role"
)

var hall, arena, night, other = uuid.New(), uuid.New(), uuid.New(), uuid.New()

func TestWhoMayWhatWhere(t *testing.T) {
	atHall, tonight := role.Place{Venue: hall}, role.Place{Venue: hall, Event: night}
	for _, row := range []struct {
		name  string
		grant role.Grant
		p     role.Permission
		at    role.Place
		want  bool
	}{
		{"the owner invites people", role.Grant{Role: role.Owner}, role.PeopleEdit, role.Place{}, true},
		{"a manager does not", role.Grant{Role: role.Manager}, role.PeopleEdit, role.Place{}, false},
		{"nor makes keys", role.Grant{Role: role.Manager}, role.KeysEdit, role.Place{}, false},
		{"finance refunds", role.Grant{Role: role.Finance}, role.RefundsMake, tonight, true},
		{"finance changes no event", role.Grant{Role: role.Finance}, role.EventsEdit, tonight, false},
		{"the hall's manager opens a door of the hall", role.Grant{Role: role.VenueManager, Venue: hall}, role.GatesEdit, atHall, true},
		{"and of an event in it", role.Grant{Role: role.VenueManager, Venue: hall}, role.GatesEdit, tonight, true},
		{"but none of the arena", role.Grant{Role: role.VenueManager, Venue: hall}, role.GatesEdit, role.Place{Venue: arena}, false},
		{"nor the organizer's as a whole", role.Grant{Role: role.VenueManager, Venue: hall}, role.GatesEdit, role.Place{}, false},
		{"tonight's editor edits tonight", role.Grant{Role: role.EventEditor, Event: night}, role.EventsEdit, tonight, true},
		{"and no other night", role.Grant{Role: role.EventEditor, Event: night}, role.EventsEdit, role.Place{Venue: hall, Event: other}, false},
		{"a controller scans", role.Grant{Role: role.Controller, Event: night}, role.Scan, tonight, true},
		{"and sees no buyer", role.Grant{Role: role.Controller}, role.CustomersSee, role.Place{}, false},
		{"the platform's people see no organizer's desk", role.Grant{Role: role.Platform}, role.DeskSee, role.Place{}, false},
		{"a role nobody knows may nothing", role.Grant{Role: "king"}, role.DeskSee, role.Place{}, false},
	} {
		assert.Equal(t, row.want, role.Grants{row.grant}.May(row.p, row.at), row.name)
	}
}

func TestAnAuditorChangesNothing(t *testing.T) {
	for _, p := range role.Auditor.Permissions() {
		assert.True(t, strings.HasSuffix(string(p), ".see"), p)
	}
	assert.NotContains(t, role.Auditor.Permissions(), role.CustomersSee, "least access to personal data")
}

func TestEveryRoleIsInTheTable(t *testing.T) {
	for _, r := range role.All() {
		assert.NotEmpty(t, r.Permissions(), r)
		assert.Contains(t, r.Permissions(), role.DeskSee, r)
	}
	assert.Len(t, role.Owner.Permissions(), len(role.Permissions()))
	assert.Equal(t, 12, len(role.All()))
}

func anyGrant(t *rapid.T, label string) role.Grant {
	g := role.Grant{Role: rapid.SampledFrom(role.All()).Draw(t, label)}
	switch rapid.IntRange(0, 2).Draw(t, label+" reach") {
	case 1:
		g.Venue = rapid.SampledFrom([]uuid.UUID{hall, arena}).Draw(t, label+" venue")
	case 2:
		g.Event = rapid.SampledFrom([]uuid.UUID{night, other}).Draw(t, label+" event")
	}
	return g
}

// Whoever gives a grant could already do, at its place, all that it permits.
func TestNobodyGivesMoreThanTheyHold(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		holds, gives := role.Grants{anyGrant(t, "a"), anyGrant(t, "b")}, anyGrant(t, "given")
		if !holds.MayGive(gives) {
			return
		}
		for _, p := range gives.Role.Permissions() {
			assert.True(t, holds.May(p, role.Place{Venue: gives.Venue, Event: gives.Event}), "%v gives %v", holds, gives)
		}
	})
	assert.False(t, role.Grants{{Role: role.Owner}}.MayGive(role.Grant{Role: role.Platform}))
	assert.False(t, role.Grants{{Role: role.Manager}}.MayGive(role.Grant{Role: role.Owner}))
	assert.True(t, role.Grants{{Role: role.Owner}}.MayGive(role.Grant{Role: role.Owner}))
}

// Lists are filtered by Where, single things are checked by May: both must tell the same.
func TestWhereAndMayAgree(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		gs := role.Grants{anyGrant(t, "a"), anyGrant(t, "b")}
		p := rapid.SampledFrom(role.Permissions()).Draw(t, "permission")
		at := role.Place{Venue: rapid.SampledFrom([]uuid.UUID{hall, arena, {}}).Draw(t, "venue"),
			Event: rapid.SampledFrom([]uuid.UUID{night, other, {}}).Draw(t, "event")}
		assert.Equal(t, gs.May(p, at), gs.Where(p).Holds(at))
	})
}
