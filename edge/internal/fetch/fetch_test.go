package fetch_test

import (
	"bytes"
	"context"
	"encoding/json"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/klauspost/compress/zstd"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"portaria/edge/internal/fetch"
	"portaria/edge/ticket"
	"portaria/edge/whitelist"
)

func hub(t *testing.T, serve http.HandlerFunc) *fetch.Hub {
	t.Helper()
	server := httptest.NewServer(serve)
	t.Cleanup(server.Close)
	h, err := fetch.New(server.URL, "g1", nil)
	require.NoError(t, err)
	t.Cleanup(h.Close)
	return h
}

func someBytes(n int) []byte {
	raw := make([]byte, n)
	random := rand.NewChaCha8([32]byte{1})
	_, _ = random.Read(raw)
	return raw
}

// breakOff serves at most most bytes of a blob, from where the request asks, and then cuts the line.
func breakOff(raw []byte, most int, ranges *[]string) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		*ranges = append(*ranges, r.Header.Get("Range"))
		from := 0
		if asked := r.Header.Get("Range"); asked != "" {
			from, _ = strconv.Atoi(strings.TrimSuffix(strings.TrimPrefix(asked, "bytes="), "-"))
		}
		rest := raw[from:]
		w.Header().Set("Content-Length", strconv.Itoa(len(rest)))
		if from > 0 {
			w.WriteHeader(http.StatusPartialContent)
		}
		if len(rest) <= most {
			_, _ = w.Write(rest)
			return
		}
		_, _ = w.Write(rest[:most])
		w.(http.Flusher).Flush()
		panic(http.ErrAbortHandler)
	}
}

func TestABlobIsFetchedByItsName(t *testing.T) {
	raw := someBytes(30_000)
	h := hub(t, func(w http.ResponseWriter, r *http.Request) {
		assert.Equal(t, "/blobs/"+whitelist.HashOf(raw).String(), r.URL.Path)
		assert.Equal(t, "portaria-edge/g1", r.UserAgent())
		_, _ = w.Write(raw)
	})
	got, err := h.Blob(t.Context(), whitelist.HashOf(raw), 30_000)
	require.NoError(t, err)
	assert.True(t, bytes.Equal(raw, got))
}

func TestABrokenTransferGoesOnWhereItStopped(t *testing.T) {
	raw := someBytes(100_000)
	var ranges []string
	h := hub(t, breakOff(raw, 40_000, &ranges))
	got, err := h.Blob(t.Context(), whitelist.HashOf(raw), 1<<20)
	require.NoError(t, err)
	assert.True(t, bytes.Equal(raw, got))
	assert.Equal(t, []string{"", "bytes=40000-", "bytes=80000-"}, ranges)
}

func TestATransferThatKeepsBreakingIsGivenUp(t *testing.T) {
	raw := someBytes(100_000)
	var ranges []string
	h := hub(t, breakOff(raw, 10, &ranges))
	_, err := h.Blob(t.Context(), whitelist.HashOf(raw), 1<<20)
	require.Error(t, err)
	assert.Len(t, ranges, 4)
}

func TestACompressedBlobIsUnpacked(t *testing.T) {
	raw := bytes.Repeat([]byte("abcdefgh"), 10_000)
	encoder, err := zstd.NewWriter(nil)
	require.NoError(t, err)
	packed := encoder.EncodeAll(raw, nil)
	h := hub(t, func(w http.ResponseWriter, r *http.Request) {
		assert.Equal(t, "zstd", r.Header.Get("Accept-Encoding"))
		w.Header().Set("Content-Encoding", "zstd")
		_, _ = w.Write(packed)
	})
	got, err := h.Blob(t.Context(), whitelist.HashOf(raw), int64(len(raw)))
	require.NoError(t, err)
	assert.True(t, bytes.Equal(raw, got))
	_, err = h.Blob(t.Context(), whitelist.HashOf(raw), 1000)
	assert.ErrorContains(t, err, "longer than it may be", "a bomb does not unpack in memory")
}

func TestWrongAnswersAreErrors(t *testing.T) {
	raw := someBytes(1000)
	rows := []struct {
		name  string
		serve http.HandlerFunc
		says  string
	}{
		{"other bytes", func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write(raw[1:]) }, "not the part"},
		{"too many bytes", func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write(append(raw, raw...)) }, "longer than it may be"},
		{"not there", http.NotFound, "404"},
		{"somebody else's server", func(w http.ResponseWriter, _ *http.Request) { http.Error(w, "?", http.StatusTeapot) }, "418"},
	}
	for _, row := range rows {
		t.Run(row.name, func(t *testing.T) {
			got, err := hub(t, row.serve).Blob(t.Context(), whitelist.HashOf(raw), 1000)
			require.ErrorContains(t, err, row.says)
			assert.Nil(t, got)
		})
	}
}

func TestAHubThatIsAwayIsAnErrorAtOnce(t *testing.T) {
	h, err := fetch.New("http://127.0.0.1:1", "g1", nil)
	require.NoError(t, err)
	_, err = h.Blob(t.Context(), whitelist.Hash{}, 10)
	assert.Error(t, err)
	ctx, cancel := context.WithTimeout(t.Context(), time.Millisecond)
	defer cancel()
	_, err = h.Secrets(ctx, ticket.EventID{1}, 0)
	assert.Error(t, err)
}

func TestSecrets(t *testing.T) {
	want := whitelist.Secrets{List: [32]byte{1}, Ref: [32]byte{2}}
	answer := func(v any) http.HandlerFunc {
		return func(w http.ResponseWriter, r *http.Request) {
			assert.Equal(t, "/secrets/"+ticket.EventID{9}.String(), r.URL.Path)
			_ = json.NewEncoder(w).Encode(v)
		}
	}
	got, err := hub(t, answer(want)).Secrets(t.Context(), ticket.EventID{9}, 0)
	require.NoError(t, err)
	assert.Equal(t, want, got)
	for name, v := range map[string]any{"empty ones": whitelist.Secrets{}, "text": "s3cret", "half": map[string]any{"list": want.List}} {
		_, err := hub(t, answer(v)).Secrets(t.Context(), ticket.EventID{9}, 0)
		require.Error(t, err, name)
		assert.NotContains(t, err.Error(), "s3cret")
	}
}

func TestAnAddressThatIsNoneIsRefused(t *testing.T) {
	for _, address := range []string{"", "hub:8080", "ftp://hub", "http://"} {
		_, err := fetch.New(address, "g1", nil)
		assert.ErrorContains(t, err, "http://host:8080", address)
	}
}
