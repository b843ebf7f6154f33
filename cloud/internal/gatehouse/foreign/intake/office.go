package intake

import (
	"context"

	"github.com/google/uuid"

	"portaria/cloud/internal/gatehouse/foreign"
)

// Get is one import. ErrNone.
func (o *Office) Get(ctx context.Context, s foreign.Scope, id uuid.UUID) (Import, error) {
	return o.Books.Get(ctx, s, id)
}

// List is the newest imports of an event first; issuer "" = of every seller. foreign.ErrNoEvent.
func (o *Office) List(ctx context.Context, s foreign.Scope, issuer string, offset, limit int) ([]Import, error) {
	return o.Books.List(ctx, s, issuer, offset, limit)
}

// Plan has a worker find out what an import would do; nothing is changed. What it is to be done by is remembered for
// the seller's next file. ErrMapping, ErrNotNow.
func (o *Office) Plan(ctx context.Context, i Import) (Import, error) {
	return o.start(ctx, i, Checking, Received, Planned, Failed)
}

// Execute has a worker carry an import out: one that is planned, or one that was just received. ErrMapping, ErrNotNow.
func (o *Office) Execute(ctx context.Context, i Import) (Import, error) {
	return o.start(ctx, i, Writing, Received, Planned, Failed)
}

func (o *Office) start(ctx context.Context, i Import, to State, from ...State) (Import, error) {
	if err := i.Mapping.Check(); err != nil {
		return i, err
	}
	err := o.Atomic.InTx(ctx, func(ctx context.Context) error {
		if err := o.Books.Turn(ctx, i, to, from...); err != nil {
			return err
		}
		return o.Books.Remember(ctx, i.Scope, i.Issuer, i.Mapping)
	})
	if err != nil {
		return i, err
	}
	i.State = to
	o.nudge()
	return i, nil
}

// Cancel stops an import that is not over, also while it runs: nothing of it stays in the list. ErrNotNow.
func (o *Office) Cancel(ctx context.Context, s foreign.Scope, id uuid.UUID) error {
	i, err := o.Books.Get(ctx, s, id)
	if err != nil {
		return err
	}
	return o.Books.Turn(ctx, i, Cancelled, Received, Checking, Planned, Writing, Failed)
}

// Skips are skipped lines in order, after a line. ErrNone.
func (o *Office) Skips(ctx context.Context, s foreign.Scope, id uuid.UUID, after, limit int) ([]foreign.Skip, error) {
	return o.Shelf.Skips(ctx, s, id, after, limit)
}

// Settlement is what the seller listed and who came, in the order of codes, after one of them. foreign.ErrNoIssuer.
func (o *Office) Settlement(ctx context.Context, s foreign.Scope, issuer, after string, limit int) ([]Came, error) {
	if _, _, err := o.facts(ctx, s, issuer); err != nil {
		return nil, err
	}
	return o.Shelf.Settlement(ctx, s, issuer, after, limit)
}
