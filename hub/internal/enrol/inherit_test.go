package enrol_test

import (
	"net/http"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"portaria/hub/internal/enrol"
	"portaria/identity"
	"portaria/identity/join"
)

// hubUnder makes a hub's identity under an issuer, with a venue CA of its own.
func hubUnder(t *testing.T, issuer *identity.CA, name string) *house {
	t.Helper()
	key, err := identity.NewKey()
	require.NoError(t, err)
	m := &join.Member{Role: identity.Hub, Key: key, Roots: identity.Chain{issuer.Chain.Root()},
		Settings: join.Settings{Name: name, Venue: venue, Organizer: organizer, PlatformKey: make([]byte, 32)}}
	m.Chain, err = issuer.Issue(identity.Subject{Role: identity.Hub, Venue: venue, Name: name}, key.Public(), time.Now())
	require.NoError(t, err)
	m.CA, err = issuer.NewSub(identity.Subject{Role: identity.VenueCA, Venue: venue, Name: name}, time.Now())
	require.NoError(t, err)
	h := &house{dir: t.TempDir()}
	require.NoError(t, m.Save(h.dir))
	return h
}

func TestGatesGoOnWithTheHubThatTakesTheirHubsPlace(t *testing.T) {
	root, err := identity.NewRoot("root-1", time.Now())
	require.NoError(t, err)
	issuer, err := root.NewSub(identity.Subject{Role: identity.Issuer, Name: "cloud"}, time.Now())
	require.NoError(t, err)
	old, fresh := hubUnder(t, issuer, "hub-1"), hubUnder(t, issuer, "hub-2")
	old.reopen(t)
	stays, goes := old.join(t, "gate-1", false), old.join(t, "gate-2", false)
	require.NoError(t, old.Remove("gate-2", false))
	raw, version, err := old.Copy()
	require.NoError(t, err)
	assert.Equal(t, 3, version, "every change is told")
	require.NoError(t, enrol.Inherit(fresh.dir, raw))
	fresh.reopen(t)
	assert.Equal(t, http.StatusOK, fresh.fetch(t, stays), "with the certificate of the old hub's CA")
	assert.Zero(t, fresh.fetch(t, goes), "who was removed stays out")
	renewed, err := stays.Renew(t.Context(), clientOf(stays), "https://"+fresh.address)
	require.NoError(t, err)
	assert.Equal(t, "hub-2", renewed.Settings.Host)
	assert.Equal(t, http.StatusOK, fresh.fetch(t, renewed))
	require.Error(t, enrol.Inherit(t.TempDir(), []byte("{")))
}
