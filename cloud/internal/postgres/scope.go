package postgres

import (
	"context"
	"fmt"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
)

// A scope is what a connection may see while it works for somebody: one of four roles that own no table and bypass no
// row-level security, and for the tenants' role the organizer. It is set when a connection is taken from the pool,
// by what the context says, and only where it differs from what the connection was used for before: work for one
// organizer costs nothing, a change costs one round trip.
type scope struct {
	role      string
	organizer string
}

// Roles of the database, each with its policies in guard_tables.go.
const (
	tenantRole   = "portaria_tenant"   // one organizer's rows
	shopRole     = "portaria_shop"     // what buyers need, of all organizers
	accountsRole = "portaria_accounts" // people, sessions, API keys, who works where
	systemRole   = "portaria_system"   // everything: workers, records from hubs
	ownerRole    = "none"              // whoever the database url names: migrations
)

type scopeKey struct{}

func in(ctx context.Context, s scope) context.Context { return context.WithValue(ctx, scopeKey{}, s) }

// Tenant lets what is done with the context see one organizer's rows only. The zero id sees none.
func Tenant(ctx context.Context, organizer uuid.UUID) context.Context {
	if organizer == uuid.Nil {
		return in(ctx, scope{role: tenantRole})
	}
	return in(ctx, scope{role: tenantRole, organizer: organizer.String()})
}

// Shop is for buyers: what is on sale, their order by its secret, paying it.
func Shop(ctx context.Context) context.Context { return in(ctx, scope{role: shopRole}) }

// Accounts is for finding out who somebody is and where they work.
func Accounts(ctx context.Context) context.Context { return in(ctx, scope{role: accountsRole}) }

// System is for what the program does by itself: signing lists, sending refunds, taking records from hubs.
func System(ctx context.Context) context.Context { return in(ctx, scope{role: systemRole}) }

// owner is for migrations.
func owner(ctx context.Context) context.Context { return in(ctx, scope{role: ownerRole}) }

const scopeData = "portaria.scope" // in pgconn's own data of a connection

// guard sets the scope of a connection that is taken from the pool. A context that says nothing gets otherwise.
func guard(cfg *pgxpool.Config, otherwise scope) {
	cfg.PrepareConn = func(ctx context.Context, conn *pgx.Conn) (bool, error) {
		want, said := ctx.Value(scopeKey{}).(scope)
		if !said {
			want = otherwise
		}
		data := conn.PgConn().CustomData()
		if have, ok := data[scopeData].(scope); ok && have == want {
			return true, nil
		}
		if err := change(ctx, conn, want, data[scopeData] == nil); err != nil {
			delete(data, scopeData)
			return false, fmt.Errorf("take the role %s: %w", want.role, err)
		}
		data[scopeData] = want
		return true, nil
	}
}

// change sets the scope of a connection. A fresh one has its owner's role, or the one that its address names.
func change(ctx context.Context, conn *pgx.Conn, want scope, fresh bool) (err error) {
	switch {
	case want.role != ownerRole:
		_, err = conn.Exec(ctx, "SELECT set_config('role', $1, false), set_config('app.organizer', $2, false), set_config('app.migrating', '', false)",
			want.role, want.organizer)
	case fresh:
		_, err = conn.Exec(ctx, "SELECT set_config('app.migrating', 'on', false)")
	default:
		_, err = conn.Exec(ctx, "SELECT set_config('role', 'none', false), set_config('app.organizer', '', false), set_config('app.migrating', 'on', false)")
	}
	return err
}
