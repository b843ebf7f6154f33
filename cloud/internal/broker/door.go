package broker

import (
	"context"
	"crypto/tls"
	"encoding/json"
	"errors"
	"log/slog"
	"net/http"

	"portaria/cloud/internal/fault"
	"portaria/cloud/internal/gatehouse"
	"portaria/edge/ticket"
	"portaria/edge/whitelist"
	"portaria/edge/wire"
)

// maxToken is longer than any token, so that nobody makes us hash a megabyte.
const maxToken = 128

// Shelf knows hubs by their tokens, and reads what is theirs. gatehouse.ErrNoHub, or a fault that nothing was found.
type Shelf interface {
	Knock(ctx context.Context, id, token string) (gatehouse.Hub, error)
	Blob(ctx context.Context, hub gatehouse.Hub, name whitelist.Hash) ([]byte, error)
	// Secrets opens the list secrets of the hub's venue, or of one of its events.
	Secrets(ctx context.Context, hub gatehouse.Hub, scope ticket.EventID) (whitelist.Secrets, error)
}

// Door serves hubs over HTTP: GET /blobs/<sha-256> and GET /secrets/<event or venue id>. A hub says who it is by its
// certificate; without Holder, on plain links, by basic authentication: its id and its token.
type Door struct {
	Shelf  Shelf
	Holder func(ctx context.Context, state *tls.ConnectionState) (gatehouse.Hub, error)
	Log    *slog.Logger
}

// Handler is the door's routes, to be mounted where hubs are pointed at.
func (d *Door) Handler() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /blobs/{name}", d.open(d.blob))
	mux.HandleFunc("GET /secrets/{scope}", d.open(d.secrets))
	return mux
}

func (d *Door) open(serve func(http.ResponseWriter, *http.Request, gatehouse.Hub) error) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		hub, err := d.who(r)
		if err == nil {
			err = serve(w, r, hub)
		}
		d.explain(w, r, err)
	}
}

func (d *Door) who(r *http.Request) (gatehouse.Hub, error) {
	if d.Holder != nil {
		return d.Holder(r.Context(), r.TLS)
	}
	id, token, ok := r.BasicAuth()
	if !ok || wire.CheckName(id) != nil || len(token) > maxToken {
		return gatehouse.Hub{}, gatehouse.ErrNoHub
	}
	return d.Shelf.Knock(r.Context(), id, token)
}

func (d *Door) blob(w http.ResponseWriter, r *http.Request, hub gatehouse.Hub) error {
	name, err := whitelist.ParseHash(r.PathValue("name"))
	if err != nil {
		return gatehouse.ErrNoBlob
	}
	raw, err := d.Shelf.Blob(r.Context(), hub, name)
	if err != nil {
		return err
	}
	w.Header().Set("Content-Type", "application/octet-stream")
	w.Header().Set("Cache-Control", "private, max-age=31536000, immutable")
	_, err = w.Write(raw)
	return d.gone(err)
}

func (d *Door) secrets(w http.ResponseWriter, r *http.Request, hub gatehouse.Hub) error {
	scope, err := ticket.ParseEventID(r.PathValue("scope"))
	if err != nil {
		return gatehouse.ErrNoBlob
	}
	secrets, err := d.Shelf.Secrets(r.Context(), hub, scope)
	if err != nil {
		return err
	}
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Cache-Control", "no-store")
	return d.gone(json.NewEncoder(w).Encode(secrets))
}

// gone: a hub that hung up in the middle is no fault of ours, and can't be answered.
func (d *Door) gone(err error) error {
	if err != nil {
		d.Log.Debug("a hub hung up", "error", err)
	}
	return nil
}

func (d *Door) explain(w http.ResponseWriter, r *http.Request, err error) {
	switch {
	case err == nil:
	case errors.Is(err, gatehouse.ErrNoHub):
		w.Header().Set("WWW-Authenticate", `Basic realm="hub"`)
		http.Error(w, "This is for hubs: join first, or use the id and the token that came with the hub.", http.StatusUnauthorized)
	case isNotFound(err):
		http.NotFound(w, r)
	default:
		d.Log.Error("a hub was not served", "path", r.URL.Path, "error", err)
		http.Error(w, "Not now; try again.", http.StatusServiceUnavailable)
	}
}

func isNotFound(err error) bool {
	var f *fault.Fault
	return errors.As(err, &f) && f.Kind == fault.NotFound
}
