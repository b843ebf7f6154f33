package postgres_test

import (
	"context"
	"fmt"
	"net/url"
	"testing"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"

	"portaria/cloud/internal/postgres"
	"portaria/cloud/internal/postgres/postgrestest"
)

// as is the address of a fresh database that belongs to a user who is no superuser, and the address of another who
// owns nothing.
func as(t *testing.T, owner, worker, powers string) (owned, served string) {
	t.Helper()
	address := postgrestest.Empty(t)
	conn, err := pgx.Connect(t.Context(), address)
	require.NoError(t, err)
	t.Cleanup(func() { _ = conn.Close(context.Background()) })
	var database string
	require.NoError(t, conn.QueryRow(t.Context(), "SELECT current_database()").Scan(&database))
	_, err = conn.Exec(t.Context(), fmt.Sprintf("CREATE ROLE %s LOGIN %s; CREATE ROLE %s LOGIN NOINHERIT; ALTER DATABASE %s OWNER TO %s; ALTER SCHEMA public OWNER TO %s",
		owner, powers, worker, database, owner, owner))
	require.NoError(t, err)
	at, err := url.Parse(address)
	require.NoError(t, err)
	by := func(user string) string {
		query := at.Query()
		query.Set("user", user)
		changed := *at
		changed.RawQuery = query.Encode()
		return changed.String()
	}
	return by(owner), by(worker)
}

// A database as an operator sets it up: one user owns and migrates it, another, who owns nothing, serves.
func TestTheOwnerMigratesAndAnotherServes(t *testing.T) {
	owned, served := as(t, "plain_owner", "plain_worker", "CREATEROLE")
	ctx, organizer := t.Context(), uuid.Must(uuid.NewV7())
	pool, err := postgres.Open(ctx, owned)
	require.NoError(t, err)
	defer pool.Close()
	steps, err := postgres.Migrate(ctx, pool)
	require.NoError(t, err)
	require.Positive(t, steps)
	steps, err = postgres.Migrate(ctx, pool)
	require.NoError(t, err, "and once more, with every table forced")
	require.Zero(t, steps)
	_, err = pool.Exec(ctx, "GRANT portaria_tenant, portaria_shop, portaria_accounts, portaria_system TO plain_worker")
	require.NoError(t, err)

	serving, err := postgres.OpenGuarded(ctx, served)
	require.NoError(t, err)
	defer serving.Close()
	_, err = serving.Exec(postgres.Accounts(ctx), "INSERT INTO organizers (id, name, language) VALUES ($1, 'Festival', 'en')", organizer)
	require.NoError(t, err)
	count := func(ctx context.Context) (n int) {
		require.NoError(t, serving.QueryRow(ctx, "SELECT count(*) FROM organizers").Scan(&n))
		return n
	}
	require.Equal(t, 1, count(postgres.Tenant(ctx, organizer)))
	require.Zero(t, count(postgres.Tenant(ctx, uuid.New())))
	require.Zero(t, count(ctx), "work that says nothing sees nothing")
	_, err = serving.Exec(ctx, "DROP TABLE audit")
	require.ErrorContains(t, err, "must be owner")

	// Even the owner, who finds the way back from the role that work runs as, sees no row outside of a migration.
	owning, err := postgres.OpenGuarded(ctx, owned)
	require.NoError(t, err)
	defer owning.Close()
	conn, err := owning.Acquire(postgres.Tenant(ctx, uuid.New()))
	require.NoError(t, err)
	defer conn.Release()
	var n int
	_, err = conn.Exec(ctx, "RESET ROLE")
	require.NoError(t, err)
	require.NoError(t, conn.QueryRow(ctx, "SELECT count(*) FROM organizers").Scan(&n))
	require.Zero(t, n)
}

// The server of the tests has the roles already: what such an owner cannot do is take them on.
func TestAnOwnerWhoMayGrantNoRolesIsToldWhatToDo(t *testing.T) {
	owned, _ := as(t, "weak_owner", "weak_worker", "NOCREATEROLE")
	pool, err := postgres.Open(t.Context(), owned)
	require.NoError(t, err)
	defer pool.Close()
	_, err = postgres.Migrate(t.Context(), pool)
	require.ErrorContains(t, err, "CREATEROLE")
}
