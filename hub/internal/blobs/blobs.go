// Package blobs keeps what is named by its SHA-256: the parts of lists, on this hub's disk, fetched from the cloud when
// they are asked for, and served to gates. It passes list secrets on as well.
//
// What it fetches is checked against its name, and what it reads from its disk too, so it can serve nothing wrong. It
// does not know what a blob contains.
package blobs

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"net/http"
	"os"
	"path/filepath"
	"sync"
	"time"

	"portaria/edge/ticket"
	"portaria/edge/whitelist"
)

// ErrNotFound is the answer that the cloud has no such blob or secrets for this hub.
var ErrNotFound = errors.New("the cloud does not know it")

// SecretStore keeps list secrets on a disk.
type SecretStore interface {
	Secrets(scope ticket.EventID) ([]byte, error)
	SetSecrets(ctx context.Context, scope ticket.EventID, raw []byte) error
}

// Config is what a shelf needs.
type Config struct {
	Dir   string
	Cloud string // http://host:port
	Hub   string // who this is, for the cloud's basic authentication
	Token string
	TLS   *tls.Config // shows who this is and checks the cloud; nil = plain, with the token
	// Secrets is nil when secrets may be held in memory only.
	Secrets SecretStore
	Log     *slog.Logger
}

// Shelf keeps and serves blobs.
type Shelf struct {
	cfg    Config
	client *http.Client
	slots  chan struct{}

	mu      sync.Mutex
	flights map[whitelist.Hash]*flight
	secrets map[ticket.EventID]secret
}

// flight is a fetch that several callers wait for.
type flight struct {
	done chan struct{}
	err  error
}

const (
	fetchTimeout = time.Minute
	maxFetches   = 8
	maxBlob      = 64 << 20 // bytes: an index of 2^20 buckets, with room
)

// New opens a shelf on a directory, which is made when it is missing.
func New(cfg Config) (*Shelf, error) {
	if err := os.MkdirAll(cfg.Dir, 0o700); err != nil {
		return nil, fmt.Errorf("make the directory of blobs: %w", err)
	}
	transport := http.DefaultTransport.(*http.Transport).Clone()
	transport.Proxy = nil
	transport.TLSClientConfig = cfg.TLS
	transport.MaxIdleConnsPerHost = maxFetches
	transport.ResponseHeaderTimeout = 15 * time.Second
	client := &http.Client{Transport: transport, Timeout: fetchTimeout,
		CheckRedirect: func(*http.Request, []*http.Request) error { return errors.New("the cloud must not redirect a hub") }}
	return &Shelf{cfg: cfg, client: client, slots: make(chan struct{}, maxFetches),
		flights: map[whitelist.Hash]*flight{}, secrets: map[ticket.EventID]secret{}}, nil
}

// Close lets go of idle connections.
func (s *Shelf) Close() { s.client.CloseIdleConnections() }

// Get reads a blob of at most limit bytes, from the disk or from the cloud.
func (s *Shelf) Get(ctx context.Context, name whitelist.Hash, limit int64) ([]byte, error) {
	if raw, err := s.read(name); err == nil {
		return raw, nil
	}
	if err := s.fetchOnce(ctx, name, limit); err != nil {
		return nil, err
	}
	return s.read(name)
}

// Ensure brings a blob to this disk.
func (s *Shelf) Ensure(ctx context.Context, name whitelist.Hash, limit int64) error {
	if _, err := os.Stat(s.path(name)); err == nil {
		return nil
	}
	return s.fetchOnce(ctx, name, limit)
}

// Keep deletes every blob that is not named.
func (s *Shelf) Keep(names map[whitelist.Hash]bool) error {
	entries, err := os.ReadDir(s.cfg.Dir)
	if err != nil {
		return fmt.Errorf("read the directory of blobs: %w", err)
	}
	for _, entry := range entries {
		name, err := whitelist.ParseHash(entry.Name())
		if err == nil && names[name] || err != nil && fresh(entry) {
			continue
		}
		if err := os.Remove(filepath.Join(s.cfg.Dir, entry.Name())); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return fmt.Errorf("delete a blob: %w", err)
		}
	}
	return nil
}

// fresh tells a temporary file of a fetch under way from one that a crash left behind.
func fresh(entry fs.DirEntry) bool {
	info, err := entry.Info()
	return err == nil && time.Since(info.ModTime()) < time.Hour
}

func (s *Shelf) path(name whitelist.Hash) string { return filepath.Join(s.cfg.Dir, name.String()) }

// read checks what the disk holds; a damaged blob is deleted, so that it is fetched again.
func (s *Shelf) read(name whitelist.Hash) ([]byte, error) {
	raw, err := os.ReadFile(s.path(name))
	if err != nil {
		return nil, err
	}
	if err := name.Check(raw); err != nil {
		s.cfg.Log.Error("a blob on the disk is damaged and is thrown away", "name", name)
		return nil, errors.Join(err, os.Remove(s.path(name)))
	}
	return raw, nil
}

// fetchOnce joins callers that want the same blob.
func (s *Shelf) fetchOnce(ctx context.Context, name whitelist.Hash, limit int64) error {
	s.mu.Lock()
	f, flying := s.flights[name]
	if !flying {
		f = &flight{done: make(chan struct{})}
		s.flights[name] = f
		go s.fly(context.WithoutCancel(ctx), name, limit, f)
	}
	s.mu.Unlock()
	select {
	case <-f.done:
		return f.err
	case <-ctx.Done():
		return ctx.Err()
	}
}

func (s *Shelf) fly(ctx context.Context, name whitelist.Hash, limit int64, f *flight) {
	s.slots <- struct{}{}
	defer func() { <-s.slots }()
	f.err = s.fetch(ctx, name, limit)
	s.mu.Lock()
	delete(s.flights, name)
	s.mu.Unlock()
	close(f.done)
}

func (s *Shelf) fetch(ctx context.Context, name whitelist.Hash, limit int64) error {
	raw, err := s.ask(ctx, "/blobs/"+name.String(), limit)
	if err != nil {
		return fmt.Errorf("fetch blob %s: %w", name, err)
	}
	if err := name.Check(raw); err != nil {
		return fmt.Errorf("fetch blob %s: %w", name, err)
	}
	return s.write(name, raw)
}

// ask gets a path of the cloud.
func (s *Shelf) ask(ctx context.Context, path string, limit int64) ([]byte, error) {
	if s.cfg.Cloud == "" {
		return nil, errors.New("no cloud is configured")
	}
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, s.cfg.Cloud+path, nil)
	if err != nil {
		return nil, err
	}
	if s.cfg.Token != "" {
		request.SetBasicAuth(s.cfg.Hub, s.cfg.Token)
	}
	response, err := s.client.Do(request)
	if err != nil {
		return nil, err
	}
	defer response.Body.Close()
	switch response.StatusCode {
	case http.StatusOK:
	case http.StatusNotFound:
		return nil, ErrNotFound
	default:
		return nil, fmt.Errorf("the cloud answers %s", response.Status)
	}
	raw, err := io.ReadAll(io.LimitReader(response.Body, limit+1))
	if err == nil && int64(len(raw)) > limit {
		err = fmt.Errorf("the cloud sends more than %d bytes", limit)
	}
	return raw, err
}

// write puts a blob in place whole or not at all.
func (s *Shelf) write(name whitelist.Hash, raw []byte) (err error) {
	file, err := os.CreateTemp(s.cfg.Dir, ".new-")
	if err != nil {
		return fmt.Errorf("keep a blob: %w", err)
	}
	defer func() {
		if err != nil {
			err = fmt.Errorf("keep a blob: %w", errors.Join(err, os.Remove(file.Name())))
		}
	}()
	_, err = file.Write(raw)
	if err = errors.Join(err, file.Sync(), file.Close()); err != nil {
		return err
	}
	return os.Rename(file.Name(), s.path(name))
}
