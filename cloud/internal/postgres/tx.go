package postgres

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
)

// Querier is what generated code needs: a pool or a transaction.
type Querier interface {
	Exec(ctx context.Context, sql string, args ...any) (pgconn.CommandTag, error)
	Query(ctx context.Context, sql string, args ...any) (pgx.Rows, error)
	QueryRow(ctx context.Context, sql string, args ...any) pgx.Row
	SendBatch(ctx context.Context, batch *pgx.Batch) pgx.BatchResults
}

type transaction struct {
	tx    pgx.Tx
	after []func()
}

type contextKey struct{}

// Atomic makes several stores' work one transaction. Domain packages declare the interface they need of it.
type Atomic struct {
	Pool  *Pool
	turns chan struct{} // nil = as many transactions as there are connections
}

// NewAtomic leaves a quarter of the pool's connections to work outside of transactions. What runs in one may need a
// second connection, for rows that must stay when it is undone; if transactions could take every connection, they
// would all wait for each other.
func NewAtomic(pool *Pool) Atomic {
	return Atomic{Pool: pool, turns: make(chan struct{}, max(1, pool.Config().MaxConns*3/4))}
}

// enter waits for a turn.
func (a Atomic) enter(ctx context.Context) error {
	if a.turns == nil {
		return nil
	}
	select {
	case a.turns <- struct{}{}:
		return nil
	case <-ctx.Done():
		return fmt.Errorf("wait for a free database connection: %w", ctx.Err())
	}
}

func (a Atomic) leave() {
	if a.turns != nil {
		<-a.turns
	}
}

// InTx runs fn in one transaction: every store called with fn's context joins it, and so does an inner InTx. An
// error of fn undoes everything.
func (a Atomic) InTx(ctx context.Context, fn func(ctx context.Context) error) error {
	if ctx.Value(contextKey{}) != nil {
		return fn(ctx)
	}
	open := &transaction{}
	if err := a.begin(ctx, open, fn); err != nil {
		return err
	}
	for _, f := range open.after {
		f()
	}
	return nil
}

func (a Atomic) begin(ctx context.Context, open *transaction, fn func(ctx context.Context) error) error {
	if err := a.enter(ctx); err != nil {
		return err
	}
	defer a.leave()
	return pgx.BeginFunc(ctx, a.Pool, func(tx pgx.Tx) error {
		open.tx = tx
		return fn(context.WithValue(ctx, contextKey{}, open))
	})
}

// Savepoint runs fn so that its error undoes only what fn did, not the rest of the transaction of ctx. Where there is
// none it is InTx.
func (a Atomic) Savepoint(ctx context.Context, fn func(ctx context.Context) error) error {
	outer, ok := ctx.Value(contextKey{}).(*transaction)
	if !ok {
		return a.InTx(ctx, fn)
	}
	inner := &transaction{}
	err := pgx.BeginFunc(ctx, outer.tx, func(tx pgx.Tx) error {
		inner.tx = tx
		return fn(context.WithValue(ctx, contextKey{}, inner))
	})
	if err == nil {
		outer.after = append(outer.after, inner.after...)
	}
	return err
}

// AfterCommit runs f once the transaction of ctx is durable, never when it is undone; at once where there is none.
func (a Atomic) AfterCommit(ctx context.Context, f func()) {
	if open, ok := ctx.Value(contextKey{}).(*transaction); ok {
		open.after = append(open.after, f)
		return
	}
	f()
}

// On is the transaction of ctx, or the pool where there is none.
func On(ctx context.Context, pool *Pool) Querier {
	if open, ok := ctx.Value(contextKey{}).(*transaction); ok {
		return open.tx
	}
	return pool
}

// TryLock takes a lock by name until the transaction of ctx ends, and says whether it was free.
func TryLock(ctx context.Context, name string) (bool, error) {
	open, ok := ctx.Value(contextKey{}).(*transaction)
	if !ok {
		return false, errors.New("lock by name: no transaction is open")
	}
	var free bool
	row := open.tx.QueryRow(ctx, "SELECT pg_try_advisory_xact_lock(hashtextextended($1, 0))", name)
	if err := row.Scan(&free); err != nil {
		return false, fmt.Errorf("lock %s: %w", name, err)
	}
	return free, nil
}

// Broke is the name of the constraint that err says was broken, or "".
func Broke(err error) string {
	var server *pgconn.PgError
	if errors.As(err, &server) {
		return server.ConstraintName
	}
	return ""
}

// NoRow says that a query of one row found none.
func NoRow(err error) bool { return errors.Is(err, pgx.ErrNoRows) }

// Copier is the transaction of ctx, for stores that copy many rows into a temporary table.
func Copier(ctx context.Context) (pgx.Tx, error) {
	open, ok := ctx.Value(contextKey{}).(*transaction)
	if !ok {
		return nil, errors.New("copy rows: no transaction is open")
	}
	return open.tx, nil
}

// Elevated lets fn write, in the transaction of ctx, what the role of the work may not: a row for the program itself,
// such as one that has work done later. What was allowed before is allowed again after it.
func Elevated(ctx context.Context, fn func(ctx context.Context, tx pgx.Tx) error) error {
	open, ok := ctx.Value(contextKey{}).(*transaction)
	if !ok {
		return errors.New("work as the program itself: no transaction is open")
	}
	var before string
	err := open.tx.QueryRow(ctx, "SELECT current_setting('role')").Scan(&before)
	if err == nil {
		_, err = open.tx.Exec(ctx, "SELECT set_config('role', $1, true)", systemRole)
	}
	if err != nil {
		return fmt.Errorf("take the role %s: %w", systemRole, err)
	}
	if err := fn(ctx, open.tx); err != nil {
		return err // the transaction is over, and its role with it
	}
	if _, err := open.tx.Exec(ctx, "SELECT set_config('role', $1, true)", before); err != nil {
		return fmt.Errorf("go back to the role %s: %w", before, err)
	}
	return nil
}

// Like is text in which LIKE finds no signs of its own.
func Like(text string) string {
	return strings.NewReplacer(`\`, `\\`, `%`, `\%`, `_`, `\_`).Replace(text)
}
