package accounts

import (
	"context"
	"fmt"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5/pgxpool"

	"portaria/cloud/internal/postgres"
	"portaria/cloud/internal/postgres/accountdb"
)

// Answers keeps what was answered to requests that carry an idempotency key.
type Answers struct{ Pool *pgxpool.Pool }

// Lock claims a request until the transaction ends; false while another runs.
func (a Answers) Lock(ctx context.Context, tenant uuid.UUID, route, key string) (bool, error) {
	return postgres.TryLock(ctx, "idempotency "+tenant.String()+" "+route+" "+key)
}

// Kept reads an earlier answer; status 0 = there is none.
func (a Answers) Kept(ctx context.Context, tenant uuid.UUID, route, key string) (hash []byte, status int, answer []byte, err error) {
	row, err := accountdb.New(postgres.On(ctx, a.Pool)).KeptAnswer(ctx, tenant, route, key)
	if postgres.NoRow(err) {
		return nil, 0, nil, nil
	}
	if err != nil {
		return nil, 0, nil, fmt.Errorf("look up an idempotency key: %w", err)
	}
	return row.BodyHash, int(row.Status), row.Answer, nil
}

// Keep writes an answer in the transaction of the work that it answers.
func (a Answers) Keep(ctx context.Context, tenant uuid.UUID, route, key string, hash []byte, status int, answer []byte) error {
	err := accountdb.New(postgres.On(ctx, a.Pool)).KeepAnswer(ctx, accountdb.KeepAnswerParams{
		Tenant: tenant, Route: route, Key: key, BodyHash: hash, Status: int32(status), Answer: answer,
	})
	if err != nil {
		return fmt.Errorf("keep an answer: %w", err)
	}
	return nil
}

// Forget drops answers older than a time and returns how many.
func (a Answers) Forget(ctx context.Context, before time.Time) (int, error) {
	n, err := accountdb.New(postgres.On(ctx, a.Pool)).ForgetAnswers(ctx, before)
	if err != nil {
		return 0, fmt.Errorf("forget old answers: %w", err)
	}
	return int(n), nil
}
