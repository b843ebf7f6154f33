package blobs

import (
	"bytes"
	"cmp"
	"errors"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/klauspost/compress/zstd"

	"portaria/edge/ticket"
	"portaria/edge/whitelist"
)

// minCompress is the size from which compressing is worth the time, in bytes.
const minCompress = 1 << 10

var encoder = sync.OnceValue(func() *zstd.Encoder {
	e, err := zstd.NewWriter(nil, zstd.WithEncoderLevel(zstd.SpeedFastest), zstd.WithEncoderConcurrency(1))
	if err != nil {
		panic(err) // its options are constants
	}
	return e
})

// Register adds GET /blobs/<sha-256> and GET /secrets/<event or venue id>.
func (s *Shelf) Register(mux *http.ServeMux) {
	mux.HandleFunc("GET /blobs/{name}", s.serveBlob)
	mux.HandleFunc("GET /secrets/{scope}", s.serveSecrets)
}

func (s *Shelf) serveBlob(w http.ResponseWriter, r *http.Request) {
	name, err := whitelist.ParseHash(r.PathValue("name"))
	if err != nil {
		http.Error(w, "A blob is named by 64 hex digits.", http.StatusBadRequest)
		return
	}
	raw, err := s.Get(r.Context(), name, maxBlob)
	if err != nil {
		s.explain(w, r, err)
		return
	}
	h := w.Header()
	h.Set("Content-Type", "application/octet-stream")
	h.Set("Cache-Control", "public, max-age=31536000, immutable")
	h.Set("Vary", "Accept-Encoding")
	h.Set("X-Content-Type-Options", "nosniff")
	if len(raw) >= minCompress && r.Header.Get("Range") == "" && accepts(r, "zstd") {
		h.Set("Content-Encoding", "zstd")
		h.Set("ETag", `"`+name.String()+`-zstd"`)
		raw = encoder().EncodeAll(raw, nil)
	} else {
		h.Set("ETag", `"`+name.String()+`"`)
	}
	http.ServeContent(w, r, "", time.Time{}, bytes.NewReader(raw))
}

func accepts(r *http.Request, encoding string) bool {
	for _, part := range strings.Split(r.Header.Get("Accept-Encoding"), ",") {
		name, quality, _ := strings.Cut(strings.TrimSpace(part), ";")
		if name == encoding && strings.ReplaceAll(quality, " ", "") != "q=0" {
			return true
		}
	}
	return false
}

func (s *Shelf) serveSecrets(w http.ResponseWriter, r *http.Request) {
	scope, err := ticket.ParseEventID(r.PathValue("scope"))
	if err != nil {
		http.Error(w, "Secrets are of an event or a venue, named by its id.", http.StatusBadRequest)
		return
	}
	epoch, err := strconv.ParseUint(cmp.Or(r.FormValue("epoch"), "0"), 10, 64)
	if err != nil {
		http.Error(w, "An epoch is a number.", http.StatusBadRequest)
		return
	}
	raw, err := s.Secrets(r.Context(), scope, epoch)
	if err != nil {
		s.explain(w, r, err)
		return
	}
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Cache-Control", "no-store")
	_, _ = w.Write(raw) // a gate that hung up can't be answered
}

func (s *Shelf) explain(w http.ResponseWriter, r *http.Request, err error) {
	if errors.Is(err, ErrNotFound) {
		http.Error(w, "Neither this hub nor the cloud has it.", http.StatusNotFound)
		return
	}
	s.cfg.Log.Warn("a gate could not be served", "path", r.URL.Path, "why", err)
	w.Header().Set("Retry-After", "2")
	http.Error(w, "This hub does not have it, and the cloud can't be asked now; try again.", http.StatusServiceUnavailable)
}
