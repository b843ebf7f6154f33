// Package postgrestest gives each test a migrated PostgreSQL database of its own.
//
// One server runs per test process, and one template is migrated; a test's database is a copy of it. The server ends
// with the process.
package postgrestest

import (
	"context"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/stretchr/testify/require"

	"portaria/cloud/internal/postgres"
	"portaria/deploy/privatepg"
)

const template = "portaria_template"

var (
	shared struct {
		sync.Mutex
		server *privatepg.Server
		err    error
	}
	count atomic.Int64
)

// New returns a pool on a fresh, migrated database, which goes when the test ends.
func New(t testing.TB) *pgxpool.Pool {
	t.Helper()
	pool, err := postgres.Open(t.Context(), URL(t))
	require.NoError(t, err)
	t.Cleanup(pool.Close)
	return pool
}

// URL is New for code that opens the database itself.
func URL(t testing.TB) string {
	t.Helper()
	server := serve(t)
	name := fmt.Sprintf("test_%d", count.Add(1))
	create(t, server, name, template)
	return server.URL(name)
}

// Empty is the address of a database that was never migrated.
func Empty(t testing.TB) string {
	t.Helper()
	server := serve(t)
	name := fmt.Sprintf("empty_%d", count.Add(1))
	create(t, server, name, "")
	return server.URL(name)
}

func create(t testing.TB, server *privatepg.Server, name, from string) {
	t.Helper()
	require.NoError(t, server.CreateDatabase(t.Context(), name, from))
	t.Cleanup(func() {
		if err := server.DropDatabase(context.Background(), name); err != nil {
			t.Error(err)
		}
	})
}

func serve(t testing.TB) *privatepg.Server {
	t.Helper()
	shared.Lock()
	defer shared.Unlock()
	if shared.server == nil && shared.err == nil {
		shared.server, shared.err = start()
	}
	require.NoError(t, shared.err)
	return shared.server
}

func start() (*privatepg.Server, error) {
	ctx := context.Background()
	server, err := privatepg.Start(ctx, privatepg.Options{})
	if err != nil {
		return nil, err
	}
	if err := server.CreateDatabase(ctx, template, ""); err != nil {
		return nil, err
	}
	pool, err := postgres.Open(ctx, server.URL(template))
	if err != nil {
		return nil, err
	}
	defer pool.Close()
	_, err = postgres.Migrate(ctx, pool)
	return server, err
}

// Main runs a package's tests and stops the server after them: call it from TestMain. Without it the server still
// ends with the process, but its folder stays in memory until the next run sweeps it.
func Main(m *testing.M) {
	m.Run()
	shared.Lock()
	defer shared.Unlock()
	if shared.server != nil {
		if err := shared.server.Stop(); err != nil {
			fmt.Println(err)
		}
	}
}
