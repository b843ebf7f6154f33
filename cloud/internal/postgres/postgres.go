// Package postgres opens the database and keeps its schema up to date.
//
// Its subpackages are the only code that speaks SQL: <subject>db is what sqlc generates from queries/<subject>, and
// the package beside it carries out what the domain asks for. Nothing outside knows pgx.
package postgres

import (
	"context"
	"errors"
	"fmt"
	"net"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgxpool"
)

// Pool is the connections to a database.
type Pool = pgxpool.Pool

// oldest is the first PostgreSQL the schema is written for, as server_version_num.
const oldest = 150000

// connections is the pool's size where the address says nothing (pool_max_conns).
const connections = 24

// openLimit bounds how long opening may take when the server does not answer.
const openLimit = 10 * time.Second

// Open connects to the database at url, as whoever the url names, and checks that it answers and is new enough: for
// migrations and tests. The error is one sentence for an operator; it never holds the password.
func Open(ctx context.Context, url string) (*pgxpool.Pool, error) {
	return open(ctx, url, scope{role: ownerRole})
}

// OpenGuarded is Open for programs that serve: work whose context says nothing of its scope sees no row at all.
func OpenGuarded(ctx context.Context, url string) (*pgxpool.Pool, error) {
	return open(ctx, url, scope{role: tenantRole})
}

func open(ctx context.Context, url string, otherwise scope) (*pgxpool.Pool, error) {
	cfg, err := pgxpool.ParseConfig(url)
	if err != nil {
		return nil, errors.New("database url: it is not a PostgreSQL connection string, " +
			"such as postgres://portaria@localhost/portaria")
	}
	cfg.ConnConfig.RuntimeParams["timezone"] = "UTC"
	cfg.ConnConfig.RuntimeParams["idle_in_transaction_session_timeout"] = "60s" // a hung program must not keep locks
	if !strings.Contains(url, "pool_max_conns") {
		cfg.MaxConns = connections
	}
	guard(cfg, otherwise)
	pool, err := pgxpool.NewWithConfig(ctx, cfg)
	if err != nil {
		return nil, fmt.Errorf("open the database: %w", err)
	}
	if err := check(ctx, pool); err != nil {
		pool.Close()
		return nil, explain(err, cfg.ConnConfig)
	}
	return pool, nil
}

func check(ctx context.Context, pool *pgxpool.Pool) error {
	ctx, cancel := context.WithTimeout(owner(ctx), openLimit)
	defer cancel()
	var version int
	row := pool.QueryRow(ctx, "SELECT current_setting('server_version_num')::int")
	if err := row.Scan(&version); err != nil {
		return err
	}
	if version < oldest {
		return fmt.Errorf("PostgreSQL %d is too old: version 15 or newer is needed", version/10000)
	}
	return nil
}

func explain(err error, at *pgx.ConnConfig) error {
	where := fmt.Sprintf("%s:%d/%s", at.Host, at.Port, at.Database)
	var refused *pgconn.ConnectError
	var network net.Error
	var server *pgconn.PgError
	switch {
	case errors.As(err, &server):
		return fmt.Errorf("PostgreSQL at %s refuses: %s", where, server.Message)
	case errors.As(err, &refused), errors.As(err, &network), errors.Is(err, context.DeadlineExceeded):
		return fmt.Errorf("PostgreSQL at %s does not answer: start it, or correct the database url", where)
	default:
		return fmt.Errorf("open the database at %s: %w", where, err)
	}
}
