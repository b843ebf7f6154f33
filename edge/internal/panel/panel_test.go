package panel_test

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"portaria/edge/admit"
	"portaria/edge/internal/lane"
	"portaria/edge/internal/output"
	"portaria/edge/internal/panel"
	"portaria/edge/internal/tongue"
	"portaria/edge/whitelist"
)

var reasons = []admit.Reason{admit.OK, admit.OKOffline, admit.OKOverride, admit.Unknown, admit.Ambiguous, admit.BadSignature,
	admit.WrongEvent, admit.WrongDay, admit.TooEarly, admit.TooLate, admit.WrongZone, admit.WrongKind, admit.AlreadyUsed,
	admit.AlreadyInside, admit.NotInside, admit.PendingElsewhere, admit.Replaced, admit.Revoked, admit.Blocked,
	admit.CheckpointClosed, admit.OutsideHours, admit.NoController, admit.ZoneFull, admit.GroupFull, admit.ListExpired,
	admit.ClockUnknown, admit.ArbiterRequired, admit.OtherGate, admit.Debounced, admit.Unreadable}

// at is 20:41:07 in São Paulo.
var at = time.Date(2026, 11, 21, 23, 41, 7, 0, time.UTC).UnixMilli()

type gate struct {
	mu      sync.Mutex
	st      lane.Status
	changed chan struct{}
}

func (g *gate) Status() lane.Status {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.st
}

func (g *gate) Changed() <-chan struct{} {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.changed
}

func (g *gate) set(change func(*lane.Status)) {
	g.mu.Lock()
	defer g.mu.Unlock()
	change(&g.st)
	close(g.changed)
	g.changed = make(chan struct{})
}

func working() *gate {
	return &gate{changed: make(chan struct{}), st: lane.Status{Gate: "g3", Venue: "Theatro São Pedro", Zone: "America/Sao_Paulo",
		At: at, Clock: admit.Synced, Hub: lane.HubStatus{Up: true, Heard: at - 400, Cloud: true, Ready: true, Name: "hub-1"},
		Lists: []lane.ListStatus{{Name: "Gala", Ready: true, Issued: at/1000 - 14, Epoch: 5, Count: 1800}},
		Lanes: []lane.LaneStatus{{Lane: 1, Name: "Portão 3", Mode: "open", Scanner: "ready", Output: "ready", In: 1284, Last: []lane.Shown{}}}}}
}

// verdict is a gate whose lane has just said this.
func verdict(s lane.Shown) *gate {
	g := working()
	s.At, s.Scan = at-500, admit.ScanID{9}
	g.st.Lanes[0].Last = []lane.Shown{s}
	return g
}

func get(t *testing.T, g *gate, path string) (int, string) {
	t.Helper()
	w := httptest.NewRecorder()
	panel.Handler(panel.Config{Gate: g}).ServeHTTP(w, httptest.NewRequest(http.MethodGet, path, nil))
	return w.Code, w.Body.String()
}

func shows(t *testing.T, g *gate, path string, parts ...string) {
	t.Helper()
	code, body := get(t, g, path)
	require.Equal(t, http.StatusOK, code)
	for _, part := range parts {
		assert.Contains(t, body, part)
	}
}

func TestEveryReasonIsShownInEveryLanguage(t *testing.T) {
	for _, reason := range reasons {
		for _, language := range tongue.Tags {
			view, ok := panel.See(verdict(lane.Shown{Reason: reason, Admit: strings.HasPrefix(string(reason), "ok"), Event: "Gala", UsedGate: "g1"}).st, 1, language)
			require.True(t, ok)
			assert.NotEmpty(t, view.Word, "%s in %s", reason, language)
			assert.NotContains(t, view.Word+view.Why+view.Entered+view.Door+view.List, "%!", "%s in %s", reason, language)
			assert.Equal(t, language, view.Language)
		}
	}
}

func data(t *testing.T, from *bufio.Reader) string {
	t.Helper()
	for {
		line, err := from.ReadString('\n')
		require.NoError(t, err)
		if text, ok := strings.CutPrefix(line, "data: "); ok {
			return text
		}
	}
}

func TestTheFourMoods(t *testing.T) {
	rows := []struct {
		name  string
		gate  *gate
		parts []string
	}{
		{"admitted", verdict(lane.Shown{Admit: true, Reason: admit.OK, Kind: "Inteira", Seat: "Plateia B, fila 12, lugar 7"}),
			[]string{`data-mood="admit"`, "Entre", "Inteira · Plateia B, fila 12, lugar 7"}},
		{"used", verdict(lane.Shown{Reason: admit.AlreadyUsed, UsedAt: at - 29*60_000, UsedGate: "g1", UsedLane: 2}),
			[]string{`data-mood="refuse"`, "Já usado", "Às 20:12 na entrada g1, pista\u00a02. Chame o supervisor"}},
		{"half price", verdict(lane.Shown{Admit: true, Reason: admit.OK, Kind: "Meia-entrada", Attention: whitelist.CheckDocument}),
			[]string{`data-mood="attend"`, "Documento", "Meia-entrada: confira o documento, depois deixe passar."}},
		{"leaving", verdict(lane.Shown{Admit: true, Exit: true, Reason: admit.OK, Attention: whitelist.CheckDocument}),
			[]string{`data-mood="admit"`, "Pode sair"}},
		{"at rest", working(), []string{`data-mood="rest"`, "Aproxime o ingresso", "Portão 3 · Pista\u00a01", "1\u00a0284 entraram", "lista 14\u00a0s", "central ligada", "20:41:07"}},
	}
	for _, row := range rows {
		t.Run(row.name, func(t *testing.T) { shows(t, row.gate, "/", row.parts...) })
	}
}

func TestWhatIsWrongIsSaidAtRest(t *testing.T) {
	rows := []struct {
		name   string
		change func(*lane.Status)
		says   string
	}{
		{"hub away for three minutes", func(s *lane.Status) { s.Hub.Up, s.Hub.Heard = false, at-185_000 }, "Sem central há 3\u00a0min: decidindo aqui."},
		{"hub never heard", func(s *lane.Status) { s.Hub = lane.HubStatus{} }, "Sem central: decidindo aqui."},
		{"no list", func(s *lane.Status) { s.Lists[0].Ready = false }, "A lista ainda não chegou"},
		{"scanner unplugged", func(s *lane.Status) { s.Lanes[0].Scanner = "gone" }, "Leitor desligado"},
		{"door closed", func(s *lane.Status) { s.Lanes[0].Mode = "closed" }, "Esta entrada está fechada."},
		{"drill", func(s *lane.Status) { s.Lanes[0].Mode = "drill" }, "Treino"},
		{"evacuation", func(s *lane.Status) { s.Lanes[0].Mode = "evacuation" }, "deixe todos saírem"},
		{"cloud away", func(s *lane.Status) { s.Hub.Cloud = false }, "central ligada, sem internet"},
		{"clock unknown", func(s *lane.Status) { s.Clock = admit.ClockIsUnset }, "hora incerta"},
	}
	for _, row := range rows {
		t.Run(row.name, func(t *testing.T) {
			g := working()
			g.set(row.change)
			shows(t, g, "/", row.says)
		})
	}
}

func TestAVerdictLeavesTheScreenInTime(t *testing.T) {
	g := verdict(lane.Shown{Admit: true, Reason: admit.OK})
	shows(t, g, "/", `data-mood="admit"`)
	g.set(func(s *lane.Status) { s.At += 4000 })
	shows(t, g, "/", `data-mood="rest"`)
}

func TestTheScreenHearsOfAChangeAtOnce(t *testing.T) {
	g := working()
	server := httptest.NewServer(panel.Handler(panel.Config{Gate: g}))
	defer server.Close()
	answer, err := http.Get(server.URL + "/lane/1/live")
	require.NoError(t, err)
	defer answer.Body.Close()
	assert.Equal(t, "text/event-stream", answer.Header.Get("Content-Type"))
	lines := bufio.NewReader(answer.Body)
	assert.Contains(t, data(t, lines), `"mood":"rest"`)
	started := time.Now()
	g.set(func(s *lane.Status) {
		s.Lanes[0].Last = []lane.Shown{{At: at, Reason: admit.Revoked, Scan: admit.ScanID{1}}}
	})
	for !strings.Contains(data(t, lines), `"word":"Cancelado"`) {
	}
	assert.Less(t, time.Since(started), 500*time.Millisecond)
}

func TestTheStatusIsForProgramsAndHoldsNoCode(t *testing.T) {
	code, body := get(t, verdict(lane.Shown{Admit: true, Reason: admit.OK, Kind: "Inteira"}), "/status")
	require.Equal(t, http.StatusOK, code)
	var st lane.Status
	require.NoError(t, json.Unmarshal([]byte(body), &st))
	assert.Equal(t, admit.OK, st.Lanes[0].Last[0].Reason)
	assert.Contains(t, body, admit.ScanID{9}.String())
	assert.Equal(t, uint64(5), st.Lists[0].Epoch)
}

func TestFiguresAndHealth(t *testing.T) {
	g := working()
	shows(t, g, "/metrics", `portaria_edge_passages_total{lane="1",way="in"} 1284`, "portaria_edge_hub_up 1", "portaria_edge_list_age_seconds",
		"portaria_edge_unsettled 0", "portaria_edge_clock_known 1", `portaria_edge_on_duty{lane="1"} 0`)
	shows(t, g, "/healthz", "ok")
	g.set(func(s *lane.Status) { s.Lists = nil })
	code, _ := get(t, g, "/healthz")
	assert.Equal(t, http.StatusServiceUnavailable, code)
}

// contact is a simulated board.
type contact struct{ played []string }

func (c *contact) play(lane int, what string) error {
	if lane != 1 {
		return errors.New("no such lane")
	}
	c.played = append(c.played, what)
	return nil
}

func (c *contact) Passage(lane int) error            { return c.play(lane, "passage") }
func (c *contact) Touch(lane int, line string) error { return c.play(lane, "touch "+line) }
func (c *contact) Contact(lane int, line string, on bool) error {
	return c.play(lane, fmt.Sprintf("%s %t", line, on))
}

func (c *contact) Lanes() map[int]output.Lines {
	return map[int]output.Lines{1: {Title: "Trial", Outputs: map[string]bool{"unlock_a": true, "lamp_red": false}, Contacts: map[string]bool{"passage_a": false, "fire": true}}}
}

// from asks a panel as somebody does who sits elsewhere, or, with an empty address, at the gate.
func from(h http.Handler, address, host, method, path, body string, header ...string) *httptest.ResponseRecorder {
	r := httptest.NewRequest(method, path, strings.NewReader(body))
	r.RemoteAddr, r.Host = or(address, "127.0.0.1")+":4000", or(host, "127.0.0.1:8090")
	for i := 0; i+1 < len(header); i += 2 {
		r.Header.Set(header[i], header[i+1])
	}
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	return w
}

func or(a, b string) string {
	if a == "" {
		return b
	}
	return a
}

func TestContactsArePlayedOnlyOnASimulatedBoardAtTheGateAndFromNoOtherSite(t *testing.T) {
	board := &contact{}
	simulated := panel.Handler(panel.Config{Gate: working(), Board: board})
	post := func(path string, header ...string) int {
		return from(simulated, "", "", "POST", path, "", header...).Code
	}
	assert.Equal(t, http.StatusNoContent, post("/board/lane/1/passage"))
	assert.Equal(t, http.StatusNoContent, post("/board/lane/1/touch/passage_b"))
	assert.Equal(t, http.StatusNoContent, post("/board/lane/1/on/fire"))
	assert.Equal(t, http.StatusNoContent, post("/board/lane/1/off/fire"))
	assert.Equal(t, http.StatusNotFound, post("/board/lane/7/passage"))
	assert.Equal(t, http.StatusForbidden, post("/board/lane/1/passage", "Origin", "https://evil.example", "Sec-Fetch-Site", "cross-site"))
	assert.Equal(t, http.StatusForbidden, from(simulated, "192.0.2.7", "", "POST", "/board/lane/1/passage", "").Code)
	assert.Equal(t, http.StatusForbidden, from(simulated, "", "evil.example", "POST", "/board/lane/1/passage", "").Code, "a name that somebody points here")
	assert.Equal(t, []string{"passage", "touch passage_b", "fire true", "fire false"}, board.played)
	page := from(simulated, "", "", "GET", "/board", "").Body.String()
	for _, part := range []string{"Trial", `data-line="lamp_red"`, "touch/passage_a", `data-toggle="fire"`} {
		assert.Contains(t, page, part)
	}
	assert.NotContains(t, page, "passage_b", "this turnstile has one way")
	assert.Contains(t, from(simulated, "", "", "GET", "/board/lines", "").Body.String(), `"unlock_a":true`)
	real := panel.Handler(panel.Config{Gate: working()})
	assert.Equal(t, http.StatusNotFound, from(real, "", "", "POST", "/board/lane/1/passage", "").Code)
	assert.Equal(t, http.StatusNotFound, from(real, "", "", "GET", "/board", "").Code)
}

func TestUnknownPagesAndHostileWords(t *testing.T) {
	for _, path := range []string{"/lane/9", "/lane/x", "/lane/9/live", "/nothing"} {
		code, _ := get(t, working(), path)
		assert.Equal(t, http.StatusNotFound, code, path)
	}
	shows(t, verdict(lane.Shown{Admit: true, Reason: admit.OK, Kind: `<script>alert(1)</script>`}), "/", "&lt;script&gt;")
	_, body := get(t, working(), `/?lang="><script>alert(1)</script>`)
	assert.NotContains(t, body, "<script>alert")
}

func TestPagesLoadNothingFromElsewhere(t *testing.T) {
	server := httptest.NewServer(panel.Handler(panel.Config{Gate: working()}))
	defer server.Close()
	answer, err := http.Get(server.URL + "/")
	require.NoError(t, err)
	defer answer.Body.Close()
	body, err := io.ReadAll(answer.Body)
	require.NoError(t, err)
	assert.NotContains(t, string(body), "http")
	assert.Contains(t, answer.Header.Get("Content-Security-Policy"), "default-src 'none'")
	for _, path := range []string{"/static/panel.css", "/static/panel.js", "/static/inter-latin.woff2", "/static/icon.svg"} {
		file, err := http.Get(server.URL + path)
		require.NoError(t, err)
		file.Body.Close()
		assert.Equal(t, http.StatusOK, file.StatusCode, path)
	}
}
