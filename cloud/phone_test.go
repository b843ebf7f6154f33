package cloud_test

import (
	"context"
	"encoding/json"
	"fmt"
	"image"
	"image/png"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/chromedp"
	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"portaria/cloud"
	"portaria/cloud/internal/account/role"
	"portaria/deploy/browsertest"
)

// airwave is the network between telephones and the cloud. While it is cut, requests end as they do in a cellar.
type airwave struct {
	cut    atomic.Bool
	mu     sync.Mutex
	next   http.Handler
	closed []string // ends of paths whose requests end so too
	mute   string   // a path whose requests are carried out, and never answered
}

func (a *airwave) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	a.mu.Lock()
	next, closed, mute := a.next, a.closed, a.mute
	a.mu.Unlock()
	if r.URL.Path == mute {
		next.ServeHTTP(httptest.NewRecorder(), r)
		<-r.Context().Done()
		return
	}
	if !a.cut.Load() && !slices.ContainsFunc(closed, func(end string) bool { return strings.HasSuffix(r.URL.Path, end) }) {
		next.ServeHTTP(w, r)
		return
	}
	conn, _, err := http.NewResponseController(w).Hijack()
	if err == nil {
		conn.Close()
	}
}

func (a *airwave) through(next http.Handler) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.next = next
}

func (a *airwave) closes(ends ...string) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.closed = ends
}

func (a *airwave) mutes(path string) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.mute = path
}

// overTheAir is a configuration of a cloud that is reached through an airwave.
func overTheAir(t *testing.T) (*cloud.Config, *airwave) {
	t.Helper()
	cfg := byName(t)
	inside := &url.URL{Scheme: "http", Host: cfg.HTTPListen}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	_, port, err := net.SplitHostPort(listener.Addr().String())
	require.NoError(t, err)
	cfg.PublicURL = "http://localhost:" + port
	air := &airwave{next: &httputil.ReverseProxy{Rewrite: func(r *httputil.ProxyRequest) {
		r.SetURL(inside)
		r.Out.Host = r.In.Host
	}}}
	server := &http.Server{Handler: air, ReadHeaderTimeout: 5 * time.Second}
	go server.Serve(listener) //nolint:errcheck // ends with Close
	t.Cleanup(func() { server.Close() })
	return cfg, air
}

// phone is a browser with a camera that shows a video, in the hands of somebody who may use it.
func (r *running) phone(outbox, video string) *walker {
	r.Helper()
	w := &walker{r, browsertest.Open(r.T, 4*time.Minute, browsertest.Speaks("en"),
		chromedp.Flag("use-fake-device-for-media-stream", true), chromedp.Flag("use-fake-ui-for-media-stream", true),
		chromedp.Flag("use-file-for-fake-video-capture", video), chromedp.Flag("autoplay-policy", "no-user-gesture-required")), outbox}
	w.do(before(witness))
	r.Cleanup(w.explain)
	return w
}

// before runs a script in every page before its own.
func before(script string) chromedp.Action[chromedp.Void] {
	return chromedp.Func(func(ctx context.Context, _ *chromedp.Target) error {
		_, err := chromedp.Call(ctx, page.AddScriptToEvaluateOnNewDocument, page.AddScriptToEvaluateOnNewDocumentParams{Source: script})
		return err
	})
}

// inCellar is what a browser itself does and says when its network is gone, the page's service worker included.
func inCellar(offline bool) chromedp.Action[chromedp.Void] {
	return chromedp.Func(func(ctx context.Context, _ *chromedp.Target) error {
		rules := network.EmulateNetworkConditionsByRuleParams{EmulateOfflineServiceWorker: &offline, MatchedNetworkConditions: []*network.Conditions{}}
		if offline {
			rules.MatchedNetworkConditions = append(rules.MatchedNetworkConditions, &network.Conditions{Offline: true, DownloadThroughput: -1, UploadThroughput: -1})
		}
		if _, err := chromedp.Call(ctx, network.EmulateNetworkConditionsByRule, rules); err != nil {
			return err
		}
		_, err := chromedp.Call(ctx, network.OverrideNetworkState, network.OverrideNetworkStateParams{Offline: offline, DownloadThroughput: -1, UploadThroughput: -1})
		return err
	})
}

// booth is an organizer with an evening, a door, and people who scan at it by telephone.
type booth struct {
	*town
	air  *airwave
	door string
}

// opened sells nothing yet: a door of the evening's venue, open to every event, that decides alone within a budget.
func opened(t *testing.T) *booth {
	t.Helper()
	cfg, air := overTheAir(t)
	b := &booth{town: settleIn(t, cfg), air: air}
	b.door = b.api(b.key, "POST", "/venues/"+b.ids["venue"]+"/checkpoints", map[string]any{
		"name": "Entrada principal", "direction": "both", "policy": "free", "budget": map[string]any{"minutes": 30, "entries": 200},
	})["id"].(string)
	return b
}

// sell sells tickets of an offer of its own, and gives the picture of each as its buyer has it.
func (b *booth) sell(quantity int, offer map[string]any) (pictures []image.Image) {
	b.Helper()
	made := b.api(b.key, "POST", "/events/"+b.ids["event"]+"/offers", offer)["id"]
	order := b.api(b.key, "POST", "/orders", map[string]any{
		"lines": []any{map[string]any{"offer_id": made, "quantity": quantity}}, "buyer": map[string]any{"name": "Bia", "email": "bia@example.org"},
	})
	id := order["id"].(string)
	approve(b.T, b.api(b.key, "POST", "/orders/"+id+"/payments", map[string]any{})["redirect_url"].(string))
	require.Eventually(b, func() bool { return b.api(b.key, "GET", "/orders/"+id, nil)["state"] == "paid" }, 10*time.Second, 20*time.Millisecond)
	for n := range quantity {
		pictures = append(pictures, b.picture(fmt.Sprintf("%s/ticket-%d.png", order["page_url"], n+1)))
	}
	return pictures
}

func (r *running) picture(address string) image.Image {
	r.Helper()
	answer, err := http.Get(address)
	require.NoError(r, err)
	defer answer.Body.Close()
	require.Equal(r, http.StatusOK, answer.StatusCode, address)
	p, err := png.Decode(answer.Body)
	require.NoError(r, err)
	return p
}

// someone is a person of our organizer with one role.
func (b *booth) someone(name string, as role.Role) uuid.UUID {
	b.Helper()
	id := b.person(b.ours, as)
	_, err := b.pool.Exec(b.Context(), "UPDATE people SET name = $2 WHERE id = $1", id, name)
	require.NoError(b, err)
	return id
}

// hands a telephone to somebody who is signed in, with the page open at the door.
func (b *booth) hands(who uuid.UUID, shots ...shot) *walker {
	b.Helper()
	w := b.phone("", b.video(shots...))
	w.signs(b, who)
	w.do(phoneSize)
	w.goTo("/scan")
	w.picksDoor(b)
	return w
}

// picksDoor works at our door from now on.
func (w *walker) picksDoor(b *booth) {
	w.Helper()
	w.click(`#doors [data-door="` + b.door + `"]`)
	w.wait("#tools")
}

// signs somebody in, whoever was before.
func (w *walker) signs(b *booth, who uuid.UUID) {
	w.Helper()
	token := b.session(who, false)
	w.do(chromedp.Func(func(ctx context.Context, _ *chromedp.Target) error {
		_, err := chromedp.Call(ctx, network.SetCookie, network.SetCookieParams{Name: "desk", Value: token, URL: w.PublicURL(), HTTPOnly: new(true)})
		return err
	}))
}

// The page's files are everybody's, and hold nothing; the page is for who may scan. The camera is this page's alone.
func TestPhonePageIsServed(t *testing.T) {
	t.Parallel()
	b := opened(t)
	visit := func(path, session string) *http.Response {
		r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, b.PublicURL()+path, nil)
		require.NoError(t, err)
		r.AddCookie(&http.Cookie{Name: "desk", Value: session})
		answer, err := http.DefaultTransport.RoundTrip(r)
		require.NoError(t, err)
		t.Cleanup(func() { answer.Body.Close() })
		return answer
	}
	controller := b.session(b.someone("Ana Souza", role.Controller), false)
	page := visit("/scan", controller)
	require.Equal(t, http.StatusOK, page.StatusCode)
	require.Contains(t, page.Header.Get("Permissions-Policy"), "camera=(self)")
	require.Contains(t, page.Header.Get("Content-Security-Policy"), "script-src 'self' 'wasm-unsafe-eval';")
	require.NotContains(t, page.Header.Get("Content-Security-Policy"), "unsafe-inline")
	html, err := io.ReadAll(page.Body)
	require.NoError(t, err)
	require.NotContains(t, string(html), "Ana Souza", "phones keep the page: it is nobody's")

	desk := visit("/desk", controller)
	require.Contains(t, desk.Header.Get("Permissions-Policy"), "camera=()")
	require.NotContains(t, desk.Header.Get("Content-Security-Policy"), "wasm")

	worker, err := io.ReadAll(visit("/scan/worker.js", "").Body)
	require.NoError(t, err)
	files := regexp.MustCompile(`"(/[^"]+)"`).FindAllStringSubmatch(strings.SplitN(string(worker), "\n", 3)[1], -1)
	require.Greater(t, len(files), 25)
	for _, file := range files {
		answer := visit(file[1], "")
		require.Equal(t, http.StatusOK, answer.StatusCode, file[1])
		require.Contains(t, answer.Header.Get("Cache-Control"), "immutable", file[1])
		body, err := io.ReadAll(answer.Body) // unpacked by the client, as browsers do
		require.NoError(t, err)
		if strings.HasSuffix(file[1], ".wasm") {
			require.Equal(t, "application/wasm", answer.Header.Get("Content-Type"))
			require.Equal(t, "\x00asm", string(body[:4]))
		}
		require.NotContains(t, string(body), "https://fastly", file[1])
	}
	old := regexp.MustCompile(`/files/\w+/`).ReplaceAllString(strings.Split(string(html), `src="`)[1][:60], "/files/000000000000/")
	require.Equal(t, http.StatusNotFound, visit(strings.Split(old, `"`)[0], "").StatusCode, "an old page is never given a new module")

	var app struct {
		Start string `json:"start_url"`
		Icons []struct{ Src string }
	}
	require.NoError(t, json.NewDecoder(visit("/scan/manifest.webmanifest", "").Body).Decode(&app))
	require.Equal(t, "/scan", app.Start)
	for _, icon := range app.Icons {
		require.Equal(t, http.StatusOK, visit(icon.Src, "").StatusCode)
	}
}
