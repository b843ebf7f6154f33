// Package gates keeps what the gatehouse asks for: keys, lists, venue manifests, checkpoints, hubs and gates, other
// sellers and their codes.
package gates

import (
	"context"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5/pgxpool"

	"portaria/cloud/internal/postgres"
	"portaria/cloud/internal/postgres/gatedb"
	"portaria/edge/ticket"
	"portaria/edge/whitelist"
)

// Store is the gatehouse's tables.
type Store struct{ pool *pgxpool.Pool }

// New makes a store.
func New(pool *pgxpool.Pool) *Store { return &Store{pool} }

// on is the transaction of ctx, or the pool.
func (s *Store) on(ctx context.Context) *gatedb.Queries { return gatedb.New(postgres.On(ctx, s.pool)) }

// apart is the pool, whatever ctx says: for what must stay when the caller's transaction is undone.
func (s *Store) apart() *gatedb.Queries { return gatedb.New(s.pool) }

func events(ids []uuid.UUID) []ticket.EventID {
	out := make([]ticket.EventID, len(ids))
	for i, id := range ids {
		out[i] = ticket.EventID(id)
	}
	return out
}

func hashes(names []whitelist.Hash) [][]byte {
	out := make([][]byte, len(names))
	for i := range names {
		out[i] = names[i][:]
	}
	return out
}

// orNil is nil for no hash.
func orNil(name whitelist.Hash) []byte {
	if name == (whitelist.Hash{}) {
		return nil
	}
	return name[:]
}

// hash is the zero one for nil.
func hash(raw []byte) (h whitelist.Hash) {
	copy(h[:], raw)
	return h
}
