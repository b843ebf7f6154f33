package blobs_test

import (
	"bytes"
	"context"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"portaria/edge/whitelist"
	"portaria/hub/internal/blobs"
)

const (
	patience = 10 * time.Second
	tick     = 5 * time.Millisecond
)

// shelf is a shelf over a cloud that answers with these bytes to everything, and counts.
func shelf(t *testing.T, answer func(http.ResponseWriter, *http.Request)) (*blobs.Shelf, string, *atomic.Int32) {
	t.Helper()
	var asked atomic.Int32
	cloud := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		asked.Add(1)
		answer(w, r)
	}))
	t.Cleanup(cloud.Close)
	dir := t.TempDir()
	s, err := blobs.New(blobs.Config{Dir: dir, Cloud: cloud.URL, Hub: "hub-1", Token: "t", Log: slog.New(slog.DiscardHandler)})
	require.NoError(t, err)
	t.Cleanup(s.Close)
	return s, dir, &asked
}

func always(raw []byte) func(http.ResponseWriter, *http.Request) {
	return func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write(raw) }
}

var (
	content = bytes.Repeat([]byte("bucket"), 1000)
	name    = whitelist.HashOf(content)
)

func TestABlobIsFetchedOnceHoweverManyAsk(t *testing.T) {
	release := make(chan struct{})
	s, _, asked := shelf(t, func(w http.ResponseWriter, _ *http.Request) { <-release; _, _ = w.Write(content) })
	var wg sync.WaitGroup
	for range 20 {
		wg.Go(func() {
			raw, err := s.Get(t.Context(), name, 1<<20)
			assert.NoError(t, err)
			assert.Equal(t, content, raw)
		})
	}
	require.Eventually(t, func() bool { return asked.Load() == 1 }, patience, tick)
	close(release)
	wg.Wait()
	assert.EqualValues(t, 1, asked.Load())
}

func TestADamagedBlobIsFetchedAgain(t *testing.T) {
	s, dir, asked := shelf(t, always(content))
	require.NoError(t, s.Ensure(t.Context(), name, 1<<20))
	require.NoError(t, os.WriteFile(filepath.Join(dir, name.String()), []byte("rot"), 0o600))
	raw, err := s.Get(t.Context(), name, 1<<20)
	require.NoError(t, err)
	assert.Equal(t, content, raw)
	assert.EqualValues(t, 2, asked.Load())
}

func TestWhatTheCloudMayNotAnswer(t *testing.T) {
	for why, answer := range map[string]func(http.ResponseWriter, *http.Request){
		"other bytes":   always([]byte("others")),
		"cut short":     always(content[:100]),
		"too many":      always(append(bytes.Clone(content), 'x')),
		"an error page": func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusInternalServerError) },
		"a redirect": func(w http.ResponseWriter, r *http.Request) {
			http.Redirect(w, r, "http://169.254.169.254/", http.StatusFound)
		},
	} {
		s, dir, _ := shelf(t, answer)
		_, err := s.Get(t.Context(), name, int64(len(content)))
		assert.Error(t, err, why)
		left, err := os.ReadDir(dir)
		require.NoError(t, err)
		assert.Empty(t, left, why)
	}
	s, _, _ := shelf(t, http.NotFound)
	assert.ErrorIs(t, s.Ensure(t.Context(), name, 10), blobs.ErrNotFound)
}

func TestACallerMayGiveUpWaiting(t *testing.T) {
	release := make(chan struct{})
	s, _, _ := shelf(t, func(w http.ResponseWriter, _ *http.Request) { <-release; _, _ = w.Write(content) })
	ctx, stop := context.WithCancel(t.Context())
	stop()
	_, err := s.Get(ctx, name, 1<<20)
	assert.ErrorIs(t, err, context.Canceled)
	close(release)
	raw, err := s.Get(t.Context(), name, 1<<20)
	require.NoError(t, err)
	assert.Equal(t, content, raw)
}

func TestKeepDeletesWhatNobodyNeeds(t *testing.T) {
	s, dir, _ := shelf(t, always(content))
	require.NoError(t, s.Ensure(t.Context(), name, 1<<20))
	require.NoError(t, s.Keep(map[whitelist.Hash]bool{name: true}))
	left, _ := os.ReadDir(dir)
	assert.Len(t, left, 1)
	require.NoError(t, s.Keep(nil))
	left, _ = os.ReadDir(dir)
	assert.Empty(t, left)
}
