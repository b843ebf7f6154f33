package api

import (
	"context"
	"net/http"
	"reflect"
	"regexp"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humagin"
	"github.com/google/uuid"

	"portaria/cloud/internal/account"
	"portaria/cloud/internal/account/audit"
)

// Audit is the log of who did what.
type Audit interface {
	Write(ctx context.Context, act audit.Act) error
}

// orderHistory is where sales are written: each order has a history of its own, in the transaction that sells. The audit
// log of an organizer is one chain, and each entry waits for the one before; buyers must not.
const orderHistory = "the order's history"

// logs says whether an operation is written to the audit log.
func (o op) logs() bool { return o.method != http.MethodGet && o.scope != "" && o.books == "" }

// logged carries an operation out and writes it to the audit log: both, or neither. The log comes last, as others wait
// for it.
func logged[T any](ctx context.Context, s *server, o op, who account.Key, do func(context.Context) (T, error)) (out T, err error) {
	if !o.logs() || o.inner || s.Audit == nil {
		return do(ctx)
	}
	if o.slow {
		if out, err = do(ctx); err != nil {
			return out, err
		}
		return out, s.log(ctx, o, who, out)
	}
	err = s.Atomic.InTx(ctx, func(ctx context.Context) error {
		if out, err = do(ctx); err != nil {
			return err
		}
		return s.log(ctx, o, who, out)
	})
	return out, err
}

func (s *server) log(ctx context.Context, o op, who account.Key, answer any) error {
	v, _ := ctx.Value(callerKey{}).(visit) // every operation that logs has a caller
	act := audit.Act{Organizer: who.Organizer, Who: by(who), What: "api." + o.id, Subject: subject(ctx, o, answer), Detail: v.route, Address: v.address}
	if o.scope == platform {
		act.Who = "platform token"
	}
	return s.Audit.Write(ctx, act)
}

var parameter = regexp.MustCompile(`\{(\w+)\}`)

// subject is the id of what an operation made, or else the last id of its path.
func subject(ctx context.Context, o op, answer any) string {
	if v := reflect.ValueOf(answer); v.Kind() == reflect.Struct && v.FieldByName("ID").IsValid() {
		switch id := v.FieldByName("ID").Interface().(type) {
		case uuid.UUID:
			return id.String()
		case string:
			return id
		}
	}
	names := parameter.FindAllStringSubmatch(o.path, -1)
	if len(names) == 0 || asked(ctx).param == nil {
		return ""
	}
	return asked(ctx).param(names[len(names)-1][1])
}

// address is the client's, as far as the connection and the proxy on this machine tell.
func address(ctx huma.Context) string { return humagin.Unwrap(ctx).ClientIP() }
