package gatehouse_test

import (
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"portaria/cloud/internal/gatehouse"
	"portaria/cloud/internal/gatehouse/desk"
	"portaria/cloud/internal/gatehouse/vault"
	"portaria/edge/ticket"
	"portaria/edge/whitelist"
)

func (h house) secrets(t *testing.T, scope ticket.EventID) whitelist.Secrets {
	t.Helper()
	s, err := (&gatehouse.Hubs{Store: h.Store, Keys: h.Keys, Now: h.Now}).Secrets(t.Context(),
		gatehouse.Hub{Organizer: h.organizer, Venue: h.venue}, scope)
	require.NoError(t, err)
	return s
}

func TestAListSecretIsChangedWithTheWholeList(t *testing.T) {
	h, r, o := newOffice(t)
	good, gone := h.Sell(h.organizer, h.event), h.Sell(h.organizer, h.event)
	h.SetState(h.event, gone, whitelist.Revoked)
	o.Round(t.Context())
	r.take()
	before, old := h.secrets(t, h.event), h.entries(t)

	require.NoError(t, h.Store.AskChange(t.Context(), h.organizer, h.event))
	require.NoError(t, h.Store.AskChange(t.Context(), h.organizer, h.event), "asking twice is asking once")
	o.Round(t.Context())
	assert.Equal(t, []string{topics.List(h.event)}, r.take(), "one list, and no patch to it")
	m, patch := h.newest(t)
	assert.Nil(t, patch)

	after := h.secrets(t, h.event)
	assert.NotEqual(t, before.List, after.List)
	assert.Equal(t, before.Ref, after.Ref, "rights keep their names")
	assert.Equal(t, before.List, after.Before, "for gates that still hold the list before")
	assert.Equal(t, m.Epoch, after.Since)
	assert.Equal(t, m.Epoch, after.Newest)

	now := h.entries(t)
	assert.Equal(t, whitelist.Good, now[whitelist.TicketKey(after.List, good)].State)
	assert.Equal(t, whitelist.Revoked, now[whitelist.TicketKey(after.List, gone)].State, "what was refunded stays refunded")
	assert.Equal(t, old[whitelist.TicketKey(before.List, good)].Ref, now[whitelist.TicketKey(after.List, good)].Ref)
	for _, id := range []ticket.ID{good, gone} {
		assert.NotContains(t, now, whitelist.TicketKey(before.List, id), "who has the old secret finds nothing in the new list")
	}
	o.Round(t.Context())
	assert.Empty(t, r.take(), "it is done once")
}

func TestWhatIsSoldAfterAChangeIsUnderTheNewSecretOnEveryReplica(t *testing.T) {
	h, r, o := newOffice(t)
	other := &gatehouse.Lists{Store: h.Store, Events: h.Store, Atomic: h.Atomic, Now: h.Now,
		Keys: vault.NewKeyring(h.Platform, h.Seal, h.Store)}
	h.Sell(h.organizer, h.event)
	_, err := other.Sign(t.Context(), h.event) // it has opened the old secret
	require.NoError(t, err)
	_, err = h.Lists.ChangeSecret(t.Context(), h.event)
	require.NoError(t, err)
	o.Round(t.Context())
	r.take()

	sold := h.Sell(h.organizer, h.event)
	signed, err := other.Sign(t.Context(), h.event)
	require.NoError(t, err)
	require.True(t, signed)
	_, patch := h.newest(t)
	require.Len(t, patch.Entries, 1)
	assert.Equal(t, whitelist.TicketKey(h.secrets(t, h.event).List, sold), patch.Entries[0].Key)
	assert.Len(t, h.entries(t), 2)
}

func TestTheSecretBeforeIsForgottenAfterADay(t *testing.T) {
	h := newHouse(t)
	h.sign(t)
	_, err := h.Lists.ChangeSecret(t.Context(), h.event)
	require.NoError(t, err)
	assert.NotZero(t, h.secrets(t, h.event).Before)
	h.At(time.Now().Add(25 * time.Hour))
	assert.Zero(t, h.secrets(t, h.event).Before)
}

func TestAStolenGateChangesEverySecretThatItHadOnce(t *testing.T) {
	h, _, o := newOffice(t)
	over := h.Event(h.organizer, h.venue, "Ontem")
	elsewhere := h.Event(h.organizer, h.Venue(h.organizer, "Outra sala"), "Noite")
	o.Round(t.Context())
	h.Exec("UPDATE events SET doors_at = doors_at - interval '9 days', starts_at = starts_at - interval '9 days', ends_at = ends_at - interval '9 days' WHERE id = $1", uuid.UUID(over))
	read := func() (out [4][32]byte) {
		for i, scope := range []ticket.EventID{h.event, h.venue, over, elsewhere} {
			s, err := h.Keys.Secrets(t.Context(), scope, h.organizer)
			require.NoError(t, err)
			out[i] = s.List
		}
		return out
	}
	before := read()
	tell := func(key string) {
		require.NoError(t, h.Store.ReportStolen(t.Context(), h.venue, "gate-1", key, time.Now().Add(-24*time.Hour)))
		o.Round(t.Context())
	}
	tell("aa")
	after := read()
	assert.NotEqual(t, before[0], after[0], "tonight's event")
	assert.NotEqual(t, before[1], after[1], "the venue's people")
	assert.Equal(t, before[2:], after[2:], "an event that is over, and another venue's, are left alone")
	tell("aa")
	assert.Equal(t, after, read(), "a hub tells its roll again and again")
	tell("bb")
	assert.NotEqual(t, after[0], read()[0], "the machine in its place was stolen too")
}

func TestAVenuesSecretIsChangedBadgesGoOnAndPINsEnd(t *testing.T) {
	h := newHouse(t)
	person, badge, err := h.Desk().AddController(t.Context(), desk.Controller{Scope: h.scope(), Name: "Ana"})
	require.NoError(t, err)
	_, _, err = h.Desk().NewPIN(t.Context(), uuid.UUID(h.organizer), person.ID)
	require.NoError(t, err)
	first := h.told(t)
	before := h.secrets(t, h.venue)
	require.NotNil(t, first.Controller(whitelist.TicketKey(before.For(first.Epoch), badge.ID())))

	epoch, err := h.Venues.ChangeSecret(t.Context(), h.venue)
	require.NoError(t, err)
	v, after := h.told(t), h.secrets(t, h.venue)
	assert.Equal(t, epoch, v.Epoch)
	assert.Equal(t, epoch, after.Since)
	require.NotNil(t, v.Controller(whitelist.TicketKey(after.For(v.Epoch), badge.ID())), "the printed badge still leads to its holder")
	assert.Nil(t, v.Controller(whitelist.TicketKey(before.List, badge.ID())))
	assert.Nil(t, v.Controllers[0].PIN, "only a hash of it is known: it can't be put under the new secret")
	assert.Equal(t, before.List, after.For(first.Epoch), "a gate that still has the manifest before knows its people")

	_, digits, err := h.Desk().NewPIN(t.Context(), uuid.UUID(h.organizer), person.ID)
	require.NoError(t, err)
	v = h.told(t)
	assert.True(t, v.Controllers[0].PIN.Matches(after.List, person.ID.String(), digits))
}

func TestOnlyWhatIsTheOrganizersCanBeChanged(t *testing.T) {
	h := newHouse(t)
	other := h.Organizer("Outro")
	for _, scope := range []ticket.EventID{h.event, h.venue} {
		require.ErrorIs(t, h.Store.AskChange(t.Context(), other, scope), gatehouse.ErrNoScope)
	}
	require.ErrorIs(t, h.Store.AskChange(t.Context(), h.organizer, ticket.EventID(uuid.New())), gatehouse.ErrNoScope)
}
