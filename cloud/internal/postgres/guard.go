package postgres

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
)

// guardLock keeps two programs from writing policies at once.
const guardLock = 7_263_541

// Guard brings roles, rights and row-level security to what guard_tables.go says: every table is closed to everybody
// but those it names, its owner too. It runs after migrations, and writes only what changed.
func Guard(ctx context.Context, pool *pgxpool.Pool) error {
	ctx = owner(ctx)
	err := pgx.BeginFunc(ctx, pool, func(tx pgx.Tx) error {
		if _, err := tx.Exec(ctx, "SELECT pg_advisory_xact_lock($1)", guardLock); err != nil {
			return err
		}
		if _, err := tx.Exec(ctx, ground); err != nil {
			return explainRoles(err)
		}
		tables, err := tablesOf(ctx, tx)
		if err != nil {
			return err
		}
		statements, err := policies(tables)
		if err != nil {
			return err
		}
		return apply(ctx, tx, statements)
	})
	if err != nil {
		return fmt.Errorf("guard the database: %w", err)
	}
	return nil
}

// ground makes the roles, and lets whoever the database url names work as each of them. The membership is not
// inherited, or the policies of all four would hold for the owner at once.
const ground = `
DO $$
DECLARE
    name text;
    newer CONSTANT boolean := current_setting('server_version_num')::int >= 160000;
BEGIN
    FOREACH name IN ARRAY ARRAY['portaria_tenant', 'portaria_shop', 'portaria_accounts', 'portaria_system'] LOOP
        IF NOT EXISTS (SELECT 1 FROM pg_roles WHERE rolname = name) THEN
            BEGIN
                EXECUTE format('CREATE ROLE %I NOLOGIN NOINHERIT', name);
            EXCEPTION WHEN duplicate_object OR unique_violation THEN NULL; -- another database of this server was faster
            END;
        END IF;
        IF NOT pg_has_role(session_user, name, CASE WHEN newer THEN 'SET' ELSE 'MEMBER' END) THEN
            EXECUTE format('GRANT %I TO %I' || CASE WHEN newer THEN ' WITH INHERIT FALSE, SET TRUE' ELSE '' END, name, session_user);
        END IF;
    END LOOP;
    IF NOT newer AND EXISTS (SELECT 1 FROM pg_roles WHERE rolname = session_user AND rolinherit AND NOT rolsuper) THEN
        EXECUTE format('ALTER ROLE %I NOINHERIT', session_user);
    END IF;
END $$;
CREATE TABLE IF NOT EXISTS guard_version (one boolean PRIMARY KEY DEFAULT true CHECK (one), hash bytea NOT NULL);
CREATE OR REPLACE FUNCTION app_organizer() RETURNS uuid LANGUAGE sql STABLE PARALLEL SAFE AS
    $$ SELECT nullif(current_setting('app.organizer', true), '')::uuid $$;
`

func explainRoles(err error) error {
	return fmt.Errorf("%w (the database's owner must be able to make roles once: ALTER ROLE … CREATEROLE, or make the "+
		"roles portaria_tenant, portaria_shop, portaria_accounts and portaria_system NOLOGIN and grant them to it)", err)
}

// table is what is there.
type table struct {
	name      string
	organizer bool // has a column organizer_id
}

func tablesOf(ctx context.Context, tx pgx.Tx) ([]table, error) {
	rows, err := tx.Query(ctx, `
		SELECT c.relname, EXISTS (SELECT 1 FROM pg_attribute a WHERE a.attrelid = c.oid AND a.attname = 'organizer_id' AND NOT a.attisdropped)
		FROM pg_class c WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p') ORDER BY c.relname`)
	if err != nil {
		return nil, err
	}
	return pgx.CollectRows(rows, func(row pgx.CollectableRow) (t table, err error) {
		err = row.Scan(&t.name, &t.organizer)
		return t, err
	})
}

// policies are the statements that close and open every table. A table that nobody thought of is an error here, so
// that it is found by the first test that uses a database.
func policies(tables []table) ([]string, error) {
	var out []string
	var faults []error
	for _, t := range tables {
		r, listed := rules[t.name]
		switch {
		case listed:
		case t.organizer:
			r = own
		default:
			faults = append(faults, fmt.Errorf("table %s has no column organizer_id and no row in guard_tables.go: say there whose its rows are", t.name))
		}
		out = append(out, r.statements(t.name)...)
	}
	out = append(out,
		"GRANT USAGE ON SCHEMA public TO portaria_tenant, portaria_shop, portaria_accounts, portaria_system",
		"GRANT USAGE, SELECT ON ALL SEQUENCES IN SCHEMA public TO portaria_tenant, portaria_shop, portaria_accounts, portaria_system",
	)
	return out, errors.Join(faults...)
}

func (r rule) statements(name string) []string {
	quoted := pgx.Identifier{name}.Sanitize()
	out := []string{
		"ALTER TABLE " + quoted + " ENABLE ROW LEVEL SECURITY", "ALTER TABLE " + quoted + " FORCE ROW LEVEL SECURITY",
		"REVOKE ALL ON " + quoted + " FROM PUBLIC, portaria_tenant, portaria_shop, portaria_accounts, portaria_system",
	}
	policy := func(role, condition string) {
		short := strings.TrimPrefix(role, "portaria_")
		out = append(out, "DROP POLICY IF EXISTS guard_"+short+" ON "+quoted)
		if condition == "" {
			return
		}
		out = append(out, fmt.Sprintf("CREATE POLICY guard_%s ON %s TO %s USING (%s) WITH CHECK (%s)", short, quoted, role, condition, condition),
			"GRANT SELECT, INSERT, UPDATE, DELETE ON "+quoted+" TO "+role)
	}
	policy(tenantRole, r.tenant)
	policy(shopRole, when(r.shop))
	policy(accountsRole, when(r.people))
	policy(systemRole, "true")
	// The owner sees rows while it migrates, and not when somebody finds a way back from the role that work runs as.
	out = append(out, "DROP POLICY IF EXISTS guard_owner ON "+quoted,
		"CREATE POLICY guard_owner ON "+quoted+" TO CURRENT_USER USING (current_setting('app.migrating', true) = 'on')")
	return out
}

func when(may bool) string {
	if may {
		return "true"
	}
	return ""
}

// apply writes the statements if they are not what was written last.
func apply(ctx context.Context, tx pgx.Tx, statements []string) error {
	all := strings.Join(statements, ";\n")
	sum := sha256.Sum256([]byte(all))
	var written []byte
	err := tx.QueryRow(ctx, "SELECT hash FROM guard_version").Scan(&written)
	if err != nil && !errors.Is(err, pgx.ErrNoRows) {
		return err
	}
	if slices.Equal(written, sum[:]) {
		return nil
	}
	if _, err := tx.Exec(ctx, all); err != nil {
		return err
	}
	_, err = tx.Exec(ctx, "INSERT INTO guard_version (hash) VALUES ($1) ON CONFLICT (one) DO UPDATE SET hash = excluded.hash", sum[:])
	return err
}
