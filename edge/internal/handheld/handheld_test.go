package handheld_test

import (
	"context"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"portaria/edge/admit"
	"portaria/edge/internal/handheld"
	"portaria/edge/internal/scanner"
)

const token = "a-token-of-a-handheld"

// gate answers each reading with its text.
type gate struct {
	mu      sync.Mutex
	read    []scanner.Reading
	last    admit.ScanID
	silent  bool // it takes the code for the one before
	changed chan struct{}
}

func (g *gate) Read(_ context.Context, _ int, r scanner.Reading) admit.ScanID {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.read = append(g.read, r)
	id := admit.ScanID{byte(len(g.read))}
	if !g.silent {
		go func() { // it decides a moment later
			g.mu.Lock()
			defer g.mu.Unlock()
			g.last = id
			close(g.changed)
			g.changed = make(chan struct{})
		}()
	}
	return id
}

func (g *gate) Answer(int, string) (any, admit.ScanID) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if len(g.read) == 0 {
		return map[string]string{"word": "?"}, g.last
	}
	return map[string]string{"word": g.read[len(g.read)-1].Text}, g.last
}

func (g *gate) Changed() <-chan struct{} {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.changed
}

func serve(t *testing.T) (*gate, *httptest.Server) {
	g := &gate{changed: make(chan struct{})}
	server := httptest.NewServer(handheld.Handler(g, []handheld.Lane{{Number: 4, Token: token}}, slog.New(slog.DiscardHandler)))
	t.Cleanup(server.Close)
	return g, server
}

func send(t *testing.T, server *httptest.Server, path, bearer, body string, header ...string) (int, string) {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, server.URL+path, strings.NewReader(body))
	require.NoError(t, err)
	if bearer != "" {
		r.Header.Set("Authorization", "Bearer "+bearer)
	}
	for i := 0; i+1 < len(header); i += 2 {
		r.Header.Set(header[i], header[i+1])
	}
	answer, err := server.Client().Do(r)
	require.NoError(t, err)
	defer answer.Body.Close()
	raw, err := io.ReadAll(answer.Body)
	require.NoError(t, err)
	return answer.StatusCode, string(raw)
}

func TestACodeIsReadByTheRulesOfEveryScanner(t *testing.T) {
	for _, row := range []struct {
		what, body string
		want       scanner.Reading
	}{
		{"plain", "7K3M9", scanner.Reading{Text: "7K3M9"}},
		{"with the end that a handheld types", "7K3M9\r\n", scanner.Reading{Text: "7K3M9"}},
		{"with an AIM prefix", "]Q17K3M9", scanner.Reading{Text: "7K3M9"}},
		{"two codes at once", "7K3M9\r7K3MA", scanner.Reading{Text: "7K3M9\ufffd7K3MA", Unreadable: true}},
		{"control bytes", "7K\x003M9", scanner.Reading{Text: "7K\ufffd3M9", Unreadable: true}},
		{"broken UTF-8", "7K\xff3M9", scanner.Reading{Text: "7K\ufffd3M9", Unreadable: true}},
		{"ten kilobytes", strings.Repeat("A", 10_000), scanner.Reading{Text: strings.Repeat("A", 64), Unreadable: true}},
	} {
		g, server := serve(t)
		code, said := send(t, server, "/lane/4/scan", token, row.body)
		assert.Equal(t, http.StatusOK, code, row.what)
		require.Len(t, g.read, 1, row.what)
		assert.Equal(t, row.want, g.read[0], row.what)
		assert.Contains(t, said, `"word"`, row.what)
	}
	g, server := serve(t)
	code, _ := send(t, server, "/lane/4/scan", token, " \r\n")
	assert.Equal(t, http.StatusUnprocessableEntity, code)
	assert.Empty(t, g.read)
}

func TestOnlyTheLanesOwnHandheldIsHeard(t *testing.T) {
	g, server := serve(t)
	for what, row := range map[string][2]string{
		"no token": {"/lane/4/scan", ""}, "another": {"/lane/4/scan", "a-token-of-a-handhelD"}, "another lane": {"/lane/5/scan", token}, "no lane": {"/lane/x/scan", token},
	} {
		code, said := send(t, server, row[0], row[1], "7K3M9")
		assert.Equal(t, http.StatusUnauthorized, code, what)
		assert.NotContains(t, said, token)
	}
	code, _ := send(t, server, "/lane/4/scan", "", "7K3M9", "Authorization", "Basic "+token)
	assert.Equal(t, http.StatusUnauthorized, code)
	code, _ = send(t, server, "/lane/4/scan", token, "7K3M9", "Origin", "https://evil.example", "Sec-Fetch-Site", "cross-site")
	assert.Equal(t, http.StatusForbidden, code, "a page of another site")
	assert.Empty(t, g.read)
}

func TestAHandheldThatFloodsIsHeldBackAndThenHeardAgain(t *testing.T) {
	g, server := serve(t)
	slowed := 0
	for range 30 {
		if code, _ := send(t, server, "/lane/4/scan", token, "7K3M9"); code == http.StatusTooManyRequests {
			slowed++
		}
	}
	assert.Greater(t, slowed, 10)
	assert.Less(t, len(g.read), 20)
	require.Eventually(t, func() bool { code, _ := send(t, server, "/lane/4/scan", token, "7K3MA"); return code == http.StatusOK }, 3*time.Second, 50*time.Millisecond)
}

func TestACodeThatSaysNothingNewIsAnsweredAllTheSame(t *testing.T) {
	g, server := serve(t)
	g.silent = true
	started := time.Now()
	code, said := send(t, server, "/lane/4/scan", token, "7K3M9")
	assert.Equal(t, http.StatusOK, code)
	assert.Contains(t, said, "7K3M9")
	assert.Less(t, time.Since(started), 6*time.Second)
}

func TestThePageLoadsNothingFromElsewhere(t *testing.T) {
	_, server := serve(t)
	for _, path := range []string{"/", "/handheld.js", "/handheld.css"} {
		answer, err := http.Get(server.URL + path)
		require.NoError(t, err)
		raw, err := io.ReadAll(answer.Body)
		require.NoError(t, err)
		answer.Body.Close()
		assert.Equal(t, http.StatusOK, answer.StatusCode, path)
		assert.NotContains(t, string(raw), "http://", path)
		assert.NotContains(t, string(raw), "https://", path)
		assert.Contains(t, answer.Header.Get("Content-Security-Policy"), "default-src 'none'")
	}
}
