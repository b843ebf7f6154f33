package postgres_test

import (
	"context"
	"errors"
	"sync"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"portaria/cloud/internal/postgres"
	"portaria/cloud/internal/postgres/postgrestest"
)

func TestMain(m *testing.M) { postgrestest.Main(m) }

func TestMigratingTwiceAtOnceDoesTheWorkOnce(t *testing.T) {
	url := postgrestest.Empty(t)
	steps := make(chan int, 2)
	for range 2 {
		go func() {
			pool, err := postgres.Open(context.Background(), url)
			if err != nil {
				steps <- -1
				return
			}
			defer pool.Close()
			n, err := postgres.Migrate(context.Background(), pool)
			if err != nil {
				n = -1
			}
			steps <- n
		}()
	}
	first, second := <-steps, <-steps
	require.Zero(t, min(first, second), "one of them found nothing left to do")
	require.Positive(t, max(first, second))
}

func TestAnUnreachableDatabaseIsToldInOneSentence(t *testing.T) {
	for name, row := range map[string]struct{ url, want string }{
		"nobody listens":  {"postgres://someone:hunter2@127.0.0.1:1/shop", "127.0.0.1:1/shop does not answer: start it"},
		"no such socket":  {"postgres:///shop?host=/nowhere", "does not answer"},
		"not an address":  {"http://example.org:x", "not a PostgreSQL connection string"},
		"no such databse": {postgrestest.URL(t) + "&dbname=absent", `database "absent" does not exist`},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := postgres.Open(t.Context(), row.url)
			require.ErrorContains(t, err, row.want)
			require.NotContains(t, err.Error(), "hunter2")
			require.NotContains(t, err.Error(), "\n")
		})
	}
}

func TestStoresShareATransactionAndItsFate(t *testing.T) {
	pool := postgrestest.New(t)
	atomic := postgres.Atomic{Pool: pool}
	var told int
	insert := func(ctx context.Context, fate error) error {
		return atomic.InTx(ctx, func(ctx context.Context) error {
			atomic.AfterCommit(ctx, func() { told++ })
			_, err := postgres.On(ctx, pool).Exec(ctx,
				"INSERT INTO organizers (id, name, language) VALUES (gen_random_uuid(), 'x', 'en')")
			return errors.Join(err, fate)
		})
	}
	undone := errors.New("undone")
	err := atomic.InTx(t.Context(), func(ctx context.Context) error {
		require.NoError(t, insert(ctx, nil))
		return undone
	})
	require.ErrorIs(t, err, undone)
	require.Zero(t, count(t, pool), "the inner work went with the outer")
	require.Zero(t, told, "nobody is told of what was undone")

	require.NoError(t, insert(t.Context(), nil))
	require.Equal(t, 1, count(t, pool))
	require.Equal(t, 1, told)
}

func TestALockByNameIsHeldUntilTheTransactionEnds(t *testing.T) {
	pool := postgrestest.New(t)
	atomic := postgres.Atomic{Pool: pool}
	try := func(ctx context.Context) (free bool) {
		require.NoError(t, atomic.InTx(ctx, func(ctx context.Context) (err error) {
			free, err = postgres.TryLock(ctx, "door")
			return err
		}))
		return free
	}
	require.NoError(t, atomic.InTx(t.Context(), func(ctx context.Context) error {
		require.True(t, try(ctx))
		require.False(t, try(t.Context()), "another transaction finds it taken")
		return nil
	}))
	require.True(t, try(t.Context()))
	_, err := postgres.TryLock(t.Context(), "door")
	require.ErrorContains(t, err, "no transaction")
}

func count(t *testing.T, pool *pgxpool.Pool) (n int) {
	t.Helper()
	require.NoError(t, pool.QueryRow(t.Context(), "SELECT count(*) FROM organizers").Scan(&n))
	return n
}

func TestTransactionsNeverTakeTheLastConnection(t *testing.T) {
	pool, err := postgres.Open(t.Context(), postgrestest.URL(t)+"&pool_max_conns=4")
	require.NoError(t, err)
	defer pool.Close()
	atomic := postgres.NewAtomic(pool)
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	var all sync.WaitGroup
	for range 40 {
		all.Go(func() {
			assert.NoError(t, atomic.InTx(ctx, func(ctx context.Context) error {
				_, err := pool.Exec(ctx, "SELECT pg_sleep(0.001)") // a second connection
				return err
			}))
		})
	}
	all.Wait()
	gone, stop := context.WithCancel(t.Context())
	stop()
	require.ErrorIs(t, atomic.InTx(gone, func(context.Context) error { return nil }), context.Canceled)
}
