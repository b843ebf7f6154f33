package accounts_test

import (
	"strings"
	"testing"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"portaria/cloud/internal/account"
	"portaria/cloud/internal/postgres"
	"portaria/cloud/internal/postgres/accounts"
	"portaria/cloud/internal/postgres/postgrestest"
)

func TestMain(m *testing.M) { postgrestest.Main(m) }

func TestAKeyOpensItsOrganizerUntilItIsRevoked(t *testing.T) {
	pool := postgrestest.New(t)
	store := accounts.Store{Pool: pool}
	s := account.Service{Store: store, Keys: store, Atomic: postgres.Atomic{Pool: pool}}
	o, secret, err := s.CreateOrganizer(t.Context(), "Festival", "pt-BR")
	require.NoError(t, err)
	require.Greater(t, len(secret), 50, "256 bits")

	key, err := s.Authenticate(t.Context(), secret)
	require.NoError(t, err)
	require.Equal(t, o.ID, key.Organizer)
	require.True(t, key.May(account.SalesWrite))
	var kept bool
	row := pool.QueryRow(t.Context(), "SELECT EXISTS (SELECT 1 FROM api_keys k WHERE k::text LIKE '%' || $1 || '%')", secret[4:])
	require.NoError(t, row.Scan(&kept))
	require.False(t, kept, "the key itself is nowhere")

	for _, wrong := range []string{"", secret + "a", strings.ToUpper(secret), strings.Repeat("x", 1<<20)} {
		_, err := s.Authenticate(t.Context(), wrong)
		require.ErrorIs(t, err, account.ErrBadKey)
	}
	require.ErrorIs(t, store.RevokeKey(t.Context(), uuid.New(), key.ID), account.ErrNoKey, "another organizer's key")
	require.NoError(t, store.RevokeKey(t.Context(), o.ID, key.ID))
	_, err = s.Authenticate(t.Context(), secret)
	require.ErrorIs(t, err, account.ErrBadKey)
}

func TestAKeyMayOnlyWhatItsScopesSay(t *testing.T) {
	pool := postgrestest.New(t)
	store := accounts.Store{Pool: pool}
	s := account.Service{Store: store, Keys: store, Atomic: postgres.Atomic{Pool: pool}}
	o, _, err := s.CreateOrganizer(t.Context(), "Festival", "en")
	require.NoError(t, err)
	_, secret, err := s.CreateKey(t.Context(), o.ID, "reader", []account.Scope{account.CatalogRead})
	require.NoError(t, err)
	key, err := s.Authenticate(t.Context(), secret)
	require.NoError(t, err)
	require.True(t, key.May(account.CatalogRead))
	require.False(t, key.May(account.CatalogWrite))
	_, _, err = s.CreateKey(t.Context(), o.ID, "wild", []account.Scope{"everything"})
	require.ErrorContains(t, err, "no scope")
	_, _, err = s.CreateOrganizer(t.Context(), "x", "not a language!")
	require.ErrorContains(t, err, "BCP 47")
}

func TestThePlatformToken(t *testing.T) {
	_, err := account.NewPlatformToken("short")
	require.ErrorContains(t, err, "at least 32")
	token, err := account.NewPlatformToken(strings.Repeat("a", 32))
	require.NoError(t, err)
	require.True(t, token.Is(strings.Repeat("a", 32)))
	require.False(t, token.Is(""))
	require.False(t, account.PlatformToken{}.Is(""), "no token configured lets nobody in")
}
