package api

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/json"
	"fmt"

	"portaria/cloud/internal/account"
)

// Post is the input of a request that may be repeated: embed it beside the path's parameters.
type Post[B any] struct {
	IdempotencyKey string `header:"Idempotency-Key" maxLength:"200" doc:"Repeat a request with the same key and body, and it is carried out once."`
	Body           B
}

func (p *Post[B]) repeatable() (string, any) { return p.IdempotencyKey, p.Body }

type repeatable interface{ repeatable() (key string, body any) }

// forgetful answers are kept without what must be told only once.
type forgetful[T any] interface{ forget() T }

// create registers a POST that is carried out once for each Idempotency-Key. What it does must join the transaction
// of its context: the answer is kept in it.
func create[I, T any](s *server, o op, do func(ctx context.Context, who account.Key, in *I) (T, error)) {
	o.method = "POST"
	o.errors = append(o.errors, 409)
	if o.status == 0 {
		o.status = 201
	}
	noted := o
	o.inner = true // an answer that is given again is no second act
	serve(s, o, func(ctx context.Context, who account.Key, in *I) (T, error) {
		run := func(ctx context.Context) (T, error) {
			return logged(ctx, s, noted, who, func(ctx context.Context) (T, error) { return do(ctx, who, in) })
		}
		request, ok := any(in).(repeatable)
		if !ok {
			panic(fmt.Sprintf("operation %s: its input does not embed Post", o.id))
		}
		key, body := request.repeatable()
		if key == "" {
			return run(ctx)
		}
		return once(ctx, s, keyedRequest{who: who, key: key, status: o.status}, body, run)
	})
}

type keyedRequest struct {
	who    account.Key
	key    string
	status int
}

// once carries do out in a transaction that keeps its answer, or gives the answer that was kept. A refusal is not
// kept: it changed nothing, so the request may be sent again.
func once[T any](ctx context.Context, s *server, r keyedRequest, body any, do func(ctx context.Context) (T, error)) (answer T, err error) {
	raw, err := json.Marshal(body)
	if err != nil {
		return answer, fmt.Errorf("hash the request: %w", err)
	}
	hash := sha256.Sum256(raw)
	tenant, at := r.who.Organizer, route(ctx)
	err = s.Atomic.InTx(ctx, func(ctx context.Context) error {
		free, err := s.Answers.Lock(ctx, tenant, at, r.key)
		if err != nil {
			return err
		}
		if !free {
			return errStillRunning
		}
		earlier, status, kept, err := s.Answers.Kept(ctx, tenant, at, r.key)
		if err != nil {
			return err
		}
		if status != 0 {
			return repeat(hash[:], earlier, kept, &answer)
		}
		if answer, err = do(ctx); err != nil {
			return err
		}
		keep, err := json.Marshal(storable(answer))
		if err != nil {
			return fmt.Errorf("keep the answer: %w", err)
		}
		return s.Answers.Keep(ctx, tenant, at, r.key, hash[:], r.status, keep)
	})
	return answer, err
}

func repeat[T any](hash, earlier, kept []byte, answer *T) error {
	if !bytes.Equal(hash, earlier) {
		return errOtherBody
	}
	if err := json.Unmarshal(kept, answer); err != nil {
		return fmt.Errorf("read the kept answer: %w", err)
	}
	return nil
}

// storable is an answer as it may be kept.
func storable[T any](answer T) any {
	if f, ok := any(answer).(forgetful[T]); ok {
		return f.forget()
	}
	return answer
}
