package privatepg

import (
	"context"
	"encoding/json"
	"fmt"

	"github.com/jackc/pgx/v5"
)

// Rows is what a query selects, each row as JSON that is decoded into a T: for tests that compare what is stored. A
// bytea is text that begins with \x.
func Rows[T any](ctx context.Context, s *Server, database, query string) ([]T, error) {
	conn, err := pgx.Connect(ctx, s.URL(database))
	if err != nil {
		return nil, fmt.Errorf("connect to the private PostgreSQL: %w", err)
	}
	defer conn.Close(ctx)
	rows, err := conn.Query(ctx, "SELECT row_to_json(q)::text FROM ("+query+") q")
	if err != nil {
		return nil, fmt.Errorf("read %s: %w", database, err)
	}
	read, err := pgx.CollectRows(rows, decodeRow[T])
	if err != nil {
		return nil, fmt.Errorf("read %s: %w", database, err)
	}
	return read, nil
}

func decodeRow[T any](row pgx.CollectableRow) (out T, err error) {
	var text string
	if err := row.Scan(&text); err != nil {
		return out, err
	}
	return out, json.Unmarshal([]byte(text), &out)
}

// Repeat runs a statement n times, each in a transaction of its own, with its number from 0 as its only parameter: for
// figures that say what PostgreSQL does by itself.
func Repeat(ctx context.Context, s *Server, database, statement string, n int) error {
	conn, err := pgx.Connect(ctx, s.URL(database))
	if err != nil {
		return fmt.Errorf("connect to the private PostgreSQL: %w", err)
	}
	defer conn.Close(ctx)
	for i := range n {
		if _, err := conn.Exec(ctx, statement, i); err != nil {
			return fmt.Errorf("run statement %d of %d in %s: %w", i+1, n, database, err)
		}
	}
	return nil
}
