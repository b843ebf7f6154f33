package api

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"net/http"
	"reflect"
	"strings"

	"github.com/danielgtaylor/huma/v2"
	"github.com/google/uuid"

	"portaria/cloud/internal/account"
	"portaria/cloud/internal/fault"
)

// errStale is what the second of two editors hears, who has not seen what the first one changed.
var errStale = fault.New(fault.Conflict, "changed_meanwhile",
	"This was changed after you read it. Read it again, and make your change to what is there now.")

// versioned answers tell which part of them people edit: a sale that goes on must not stop an editor.
type versioned interface{ version() any }

// etagOf names a version of an answer: first of the part that is edited, then of all of it.
func etagOf(body any) (string, error) {
	whole, err := digest(body)
	if err != nil {
		return "", err
	}
	edited := whole
	if v, ok := body.(versioned); ok {
		if edited, err = digest(v.version()); err != nil {
			return "", err
		}
	}
	return `"` + edited + "-" + whole + `"`, nil
}

func digest(body any) (string, error) {
	raw, err := json.Marshal(body)
	if err != nil {
		return "", fmt.Errorf("name the version of an answer: %w", err)
	}
	sum := sha256.Sum256(raw)
	return hex.EncodeToString(sum[:8]), nil
}

// condition is what a request asks to hold before it is carried out.
type condition struct {
	ifMatch     string
	ifNoneMatch string
	param       func(name string) string // of the path
}

type conditionKey struct{}

// conditions notes the conditional headers of every request.
func conditions(ctx huma.Context, next func(huma.Context)) {
	next(huma.WithValue(ctx, conditionKey{}, condition{ctx.Header("If-Match"), ctx.Header("If-None-Match"), ctx.Param}))
}

func asked(ctx context.Context) condition {
	c, _ := ctx.Value(conditionKey{}).(condition) // none outside of a request
	return c
}

// tags are the entity tags of a conditional header, without a mark of weakness.
func tags(header string) (out []string) {
	for tag := range strings.SplitSeq(header, ",") {
		out = append(out, strings.TrimPrefix(strings.TrimSpace(tag), "W/"))
	}
	return out
}

// matches says whether a header names a version; only its edited part counts where that is asked.
func matches(header, etag string, editedOnly bool) bool {
	part := func(tag string) string {
		if editedOnly {
			tag, _, _ = strings.Cut(tag, "-")
		}
		return tag
	}
	for _, tag := range tags(header) {
		if tag == "*" || part(tag) == part(etag) {
			return true
		}
	}
	return false
}

// currently reads what is at a path now, for a caller.
type currently func(ctx context.Context, who account.Key, param func(string) string) (any, error)

// reading makes a reader of a GET operation.
func reading[I, T any](do func(ctx context.Context, who account.Key, in *I) (T, error)) currently {
	return func(ctx context.Context, who account.Key, param func(string) string) (any, error) {
		in := new(I)
		if err := fillPath(reflect.ValueOf(in).Elem(), param); err != nil {
			return nil, err
		}
		return do(ctx, who, in)
	}
}

// fillPath sets the fields of an input that come from the path: ids and names.
func fillPath(in reflect.Value, param func(string) string) error {
	for i := range in.NumField() {
		field, about := in.Field(i), in.Type().Field(i)
		name, ok := about.Tag.Lookup("path")
		switch {
		case about.Anonymous && field.Kind() == reflect.Struct:
			if err := fillPath(field, param); err != nil {
				return err
			}
		case !ok:
		case field.Kind() == reflect.String:
			field.SetString(param(name))
		default:
			id, err := uuid.Parse(param(name))
			if err != nil {
				return fault.On(name, "Give an id as it was given to you.")
			}
			field.Set(reflect.ValueOf(id))
		}
	}
	return nil
}

// guarded carries an edit out, if what the caller has read is still there. All edits of one thing go one after the
// other, so that of two editors with the same version one is told.
func guarded[T any](ctx context.Context, s *server, o op, who account.Key, do func(ctx context.Context) (T, error)) (out T, err error) {
	want := asked(ctx)
	read := s.readers[o.thing()]
	if want.ifMatch == "" || read == nil {
		return do(ctx)
	}
	err = s.Atomic.InTx(ctx, func(ctx context.Context) error {
		name := fmt.Sprintf("edit %s %s", who.Organizer, placesIn(o.thing(), want.param))
		if free, err := s.Answers.Lock(ctx, who.Organizer, "edit", name); err != nil || !free {
			if err == nil {
				err = errStale
			}
			return err
		}
		now, err := read(ctx, who, want.param)
		if err != nil {
			return err
		}
		etag, err := etagOf(now)
		if err != nil {
			return err
		}
		if !matches(want.ifMatch, etag, true) {
			return errStale
		}
		out, err = do(ctx)
		return err
	})
	return out, err
}

// thing is the path of what an operation edits.
func (o op) thing() string {
	if o.of != "" {
		return o.of
	}
	return o.path
}

// placesIn fills a path's parameters in, so that it names one thing.
func placesIn(path string, param func(string) string) string {
	parts := strings.Split(path, "/")
	for i, p := range parts {
		if strings.HasPrefix(p, "{") {
			parts[i] = param(strings.Trim(p, "{}"))
		}
	}
	return strings.Join(parts, "/")
}

// unchanged is the answer to a reader who has this version already.
func unchanged(etag string) error {
	return huma.ErrorWithHeaders(huma.Status304NotModified(), http.Header{"Etag": {etag}})
}

// edits says whether an operation changes something that can be read.
func (o op) edits() bool { return o.method == http.MethodPut || o.method == http.MethodPatch }

// conditional documents the headers of conditional requests.
func (o op) conditional(d *huma.Operation) {
	header := func(name, doc string) {
		d.Parameters = append(d.Parameters, &huma.Param{Name: name, In: "header", Description: doc, Schema: &huma.Schema{Type: huma.TypeString}})
	}
	switch {
	case o.method == http.MethodGet:
		header("If-None-Match", "The ETag of what you have: unchanged, it is answered with 304 and nothing else.")
	case o.edits():
		header("If-Match", "The ETag of what you read: changed meanwhile by somebody else, it is left as it is (412).")
		d.Errors = append(d.Errors, http.StatusPreconditionFailed)
	}
}
