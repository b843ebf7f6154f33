package gates_test

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"portaria/cloud/internal/gatehouse/vault"
	"portaria/cloud/internal/postgres/gates"
	"portaria/cloud/internal/postgres/gates/gatestest"
	"portaria/cloud/internal/postgres/postgrestest"
	"portaria/cloud/internal/sale"
	"portaria/edge/ticket"
	"portaria/edge/whitelist"
)

func TestMain(m *testing.M) { postgrestest.Main(m) }

func TestADatabaseBelongsToTheKeysItWasFirstUsedWith(t *testing.T) {
	w := gatestest.New(t)
	require.NoError(t, w.Store.Bind(t.Context(), w.Keys.PlatformKey(), w.Seal))
	require.NoError(t, w.Store.Bind(t.Context(), w.Keys.PlatformKey(), w.Seal), "every later start")
	other, _, err := vault.OpenSealer(t.TempDir())
	require.NoError(t, err)
	assert.ErrorIs(t, w.Store.Bind(t.Context(), w.Keys.PlatformKey(), other), vault.ErrSealed)
	platform, _, err := vault.OpenPlatformKey(t.TempDir())
	require.NoError(t, err)
	assert.ErrorContains(t, w.Store.Bind(t.Context(), platform[32:], w.Seal), "platform.key")
}

func TestNoPrivateKeyOrSecretLiesOpenInTheDatabase(t *testing.T) {
	w := gatestest.New(t)
	organizer := w.Organizer("Teatro")
	event := w.Event(organizer, w.Venue(organizer, "Sala"), "Noite")
	signer, err := w.Keys.CodeSigner(t.Context(), event, organizer)
	require.NoError(t, err)
	list, err := w.Keys.ListSigner(t.Context(), organizer, w.Now())
	require.NoError(t, err)
	secrets, err := w.Keys.Secrets(t.Context(), event, organizer)
	require.NoError(t, err)
	for what, secret := range map[string][]byte{
		"ticket key": signer.Key.Seed(), "list key": list.Key.Seed(), "list secret": secrets.List[:], "ref secret": secrets.Ref[:],
	} {
		for _, table := range []string{"organizer_keys", "list_secrets", "signing_keys"} {
			var found int
			require.NoError(t, w.Pool.QueryRow(t.Context(),
				"SELECT count(*) FROM "+table+" AS t WHERE t::text LIKE '%' || encode($1, 'hex') || '%'", secret).Scan(&found))
			assert.Zero(t, found, "%s in %s", what, table)
		}
	}
	fresh := vault.NewKeyring(nil, w.Seal, w.Store)
	_, err = fresh.Secrets(t.Context(), event, w.Organizer("Outro"))
	assert.ErrorIs(t, err, vault.ErrNone, "another organizer's event")
}

func TestAllFirstUsersGetTheSameKeys(t *testing.T) {
	w := gatestest.New(t)
	organizer := w.Organizer("Teatro")
	event := w.Event(organizer, w.Venue(organizer, "Sala"), "Noite")
	type got struct {
		secrets whitelist.Secrets
		code    string
		root    string
	}
	results := make(chan got, 6)
	for range 6 {
		ring := vault.NewKeyring(platformOf(t), w.Seal, w.Store) // as many replicas
		go func() {
			secrets, err := ring.Secrets(t.Context(), event, organizer)
			assert.NoError(t, err)
			signer, err := ring.CodeSigner(t.Context(), event, organizer)
			assert.NoError(t, err)
			list, err := ring.ListSigner(t.Context(), organizer, w.Now())
			assert.NoError(t, err)
			results <- got{secrets, string(signer.Key), string(list.Key)}
		}()
	}
	first := <-results
	for range 5 {
		assert.Equal(t, first, <-results)
	}
}

func platformOf(t *testing.T) []byte {
	t.Helper()
	key, _, err := vault.OpenPlatformKey(t.TempDir())
	require.NoError(t, err)
	return key
}

func TestASecretStaysWhenTheSaleThatMadeItIsUndone(t *testing.T) {
	w := gatestest.New(t)
	organizer := w.Organizer("Teatro")
	event := w.Event(organizer, w.Venue(organizer, "Sala"), "Noite")
	undone := assert.AnError
	var minted []sale.Minted
	err := w.Atomic.InTx(t.Context(), func(ctx context.Context) (err error) {
		minted, err = w.Minter.Mint(ctx, event, []sale.MintRequest{{Kind: 0}})
		require.NoError(t, err)
		return undone
	})
	require.ErrorIs(t, err, undone)
	again, err := vault.NewKeyring(nil, w.Seal, w.Store).Secrets(t.Context(), event, organizer)
	require.NoError(t, err)
	assert.Equal(t, whitelist.TicketRef(again.Ref, minted[0].ID), minted[0].Ref)
}

func TestDelegationsAreRenewedWithTheSameKeysLongBeforeTheyEnd(t *testing.T) {
	w := gatestest.New(t)
	organizer := w.Organizer("Teatro")
	start := time.Now().Truncate(time.Second)
	first, err := w.Keys.ListSigner(t.Context(), organizer, start)
	require.NoError(t, err)
	same, err := w.Keys.ListSigner(t.Context(), organizer, start.Add(24*time.Hour))
	require.NoError(t, err)
	assert.True(t, first.Chain.List.NotAfter.Equal(same.Chain.List.NotAfter))
	for _, days := range []int{60, 200, 600, 1000} {
		now := start.Add(time.Duration(days) * 24 * time.Hour)
		later, err := w.Keys.ListSigner(t.Context(), organizer, now)
		require.NoError(t, err)
		assert.Equal(t, first.Key, later.Key)
		assert.Equal(t, first.Chain.Root.Key, later.Chain.Root.Key)
		m, err := whitelist.SignManifest(whitelist.Manifest{
			Event: ticket.EventID{1}, Epoch: 1, IssuedAt: now, GoodUntil: now.Add(14 * 24 * time.Hour),
		}, later.Key, later.Chain)
		require.NoError(t, err)
		_, err = whitelist.OpenManifest(m.Raw(), w.Keys.PlatformKey(), now.Add(30*24*time.Hour))
		assert.NoError(t, err, "the chain outlives the list by far")
	}
}

func TestTheIncarnationIsReadableWithoutSpecialRights(t *testing.T) {
	w := gatestest.New(t)
	own, err := w.Store.Incarnation(t.Context())
	require.NoError(t, err)
	cfg := w.Pool.Config()
	cfg.ConnConfig.RuntimeParams["role"] = "portaria_system"
	pool, err := pgxpool.NewWithConfig(t.Context(), cfg)
	require.NoError(t, err)
	defer pool.Close()
	var user string
	require.NoError(t, pool.QueryRow(t.Context(), "SELECT current_user").Scan(&user))
	require.Equal(t, "portaria_system", user)
	same, err := gates.New(pool).Incarnation(t.Context())
	require.NoError(t, err)
	assert.Equal(t, own, same)
	assert.Len(t, strings.Split(own, "-"), 8)

	for _, c := range []struct {
		now      string
		restored bool
	}{{own, false}, {own, false}, {"another", true}, {own, false}} {
		restored, err := gates.New(pool).Restored(t.Context(), c.now)
		require.NoError(t, err)
		assert.Equal(t, c.restored, restored, c.now)
	}

	elsewhere := gatestest.New(t)
	other, err := elsewhere.Store.Incarnation(t.Context())
	require.NoError(t, err)
	assert.NotEqual(t, own, other, "another database")
}
