package hub_test

import (
	"crypto/tls"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"portaria/edge/admit"
	"portaria/edge/whitelist"
	"portaria/edge/wire"
	"portaria/hub"
	"portaria/hub/internal/hubtest"
)

// person is somebody with a browser.
type person struct {
	w      *world
	client *http.Client
}

func (w *world) person() *person {
	jar, err := cookiejar.New(nil)
	require.NoError(w.t, err)
	return &person{w, &http.Client{Jar: jar}}
}

func (p *person) do(method, path string, form url.Values) (int, string) {
	p.w.t.Helper()
	r, err := http.NewRequestWithContext(p.w.t.Context(), method, "http://"+p.w.hub.HTTPAddr().String()+path, strings.NewReader(form.Encode()))
	require.NoError(p.w.t, err)
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	r.Header.Set("Accept-Language", "en")
	answer, err := p.client.Do(r)
	require.NoError(p.w.t, err)
	defer answer.Body.Close()
	raw, err := io.ReadAll(answer.Body)
	require.NoError(p.w.t, err)
	return answer.StatusCode, string(raw)
}

func (p *person) get(path string) string {
	p.w.t.Helper()
	_, page := p.do(http.MethodGet, path, nil)
	return page
}

func (p *person) post(path string, pairs ...string) (int, string) {
	p.w.t.Helper()
	form := url.Values{}
	for i := 0; i+1 < len(pairs); i += 2 {
		form.Set(pairs[i], pairs[i+1])
	}
	return p.do(http.MethodPost, path, form)
}

func (p *person) signOnHere() *person {
	p.w.t.Helper()
	pin, err := hub.LocalPIN(p.w.cfg)
	require.NoError(p.w.t, err)
	_, page := p.post("/sign-on", "number", "0", "pin", pin)
	require.Contains(p.w.t, page, "Sign off")
	return p
}

func TestAnOrderOnThePageReachesTheGate(t *testing.T) {
	w := newWorld(t)
	w.sendVenue(1, evening)
	g := w.gate("gate-1")
	g.Beat()
	p := w.person().signOnHere()
	_, page := p.post("/doors", "door", "door", "mode", "closed")
	assert.Contains(t, page, "Door Door: closed.")
	topic := wire.GateTopics{Venue: w.cloud.Venue, Gate: "gate-1"}.Command()
	w.eventually("the gate is told", func() bool { g.Beat(); return len(g.Got(topic)) > 0 })
	c, err := wire.Decode[wire.Command](g.Got(topic)[0])
	require.NoError(t, err)
	assert.Equal(t, []wire.DoorOrder{{Checkpoint: "door", Mode: whitelist.Closed, By: "hub-1"}}, c.Doors.Doors)

	w.restart()
	assert.Contains(t, w.person().signOnHere().get("/doors"), "by order of hub-1", "an order outlives a power cut")
	status, page := w.person().signOnHere().post("/doors", "door", "elsewhere", "mode", "closed")
	assert.Equal(t, http.StatusConflict, status)
	assert.Contains(t, page, "no such door")
}

func TestWhatPeopleShouldAnswerIsOnThePageUntilTheyDo(t *testing.T) {
	w := newWorld(t)
	w.sendVenue(1, evening)
	g := w.gate("gate-1")
	entry := g.Entry(evening, ref(1), scan(1))
	passed := g.Entry(evening, ref(1), scan(1))
	passed.Type, passed.Record = wire.Outcome, &admit.Record{Scan: scan(1), Kind: admit.Passed, Gate: "gate-1", At: passed.At}
	fire := g.Entry(evening, ref(1), scan(2))
	fire.Type, fire.Record, fire.Terms, fire.Text = wire.Note, nil, nil, wire.NoteFire
	g.Send(entry, passed, fire)
	g.Beat()
	g.WaitHeld(3, 0)
	p := w.person().signOnHere()
	page := p.get("/")
	assert.Contains(t, page, "Fire")
	assert.Contains(t, page, "the fire alarm has come")
	assert.NotContains(t, page, "Nobody has passed yet")
	number := w.hub.Status().Incidents[0].Number
	_, page = p.post("/incidents/"+strconv.FormatInt(number, 10), "note", "false alarm")
	assert.Contains(t, page, "false alarm")
	assert.NotContains(t, p.get("/"), "the fire alarm has come")

	w.restart()
	p = w.person().signOnHere()
	assert.Contains(t, p.get("/incidents"), "false alarm")
	assert.NotContains(t, p.get("/"), "Nobody has passed yet", "who passed is counted again after a start")
	assert.Contains(t, p.get("/export/counts.csv"), ",Door,1,0,0")
	assert.Contains(t, p.get("/export/events.csv"), "the fire alarm has come")
}

func TestControllersSignOnWithThePINOfTheirBadge(t *testing.T) {
	w := newWorld(t)
	secret := w.cloud.VenueSecrets().List
	for i, supervisor := range []bool{true, false} {
		c := whitelist.Controller{ID: "person-" + strconv.Itoa(i), Badge: whitelist.Key{byte(i + 1)}, Supervisor: supervisor}
		pin, err := whitelist.MakePIN(secret, c.ID, "2468", 11+i, [16]byte{byte(i + 1)})
		require.NoError(t, err)
		c.PIN = &pin
		w.cloud.Signer.Controllers = append(w.cloud.Signer.Controllers, c)
	}
	w.sendVenue(1, evening)
	p := w.person()
	_, page := p.post("/sign-on", "number", "11", "pin", "1357")
	assert.Contains(t, page, "Number or PIN is wrong")
	_, page = p.post("/sign-on", "number", "11", "pin", "2468")
	assert.Contains(t, page, "#11")
	status, _ := p.post("/doors", "door", "door", "mode", "closed")
	assert.Equal(t, http.StatusOK, status)
	p = w.person()
	_, _ = p.post("/sign-on", "number", "12", "pin", "2468")
	status, _ = p.post("/doors", "door", "door", "mode", "open")
	assert.Equal(t, http.StatusForbidden, status, "no supervisor")
}

func TestWordsReachTheLane(t *testing.T) {
	w := newWorld(t)
	w.sendVenue(1, evening)
	g := w.gate("gate-1")
	g.Beat()
	p := w.person().signOnHere()
	_, _ = p.post("/lanes", "lane", "gate-1 1", "text", "Fecha em 5 minutos")
	topic := wire.GateTopics{Venue: w.cloud.Venue, Gate: "gate-1"}.Command()
	w.eventually("the gate is told", func() bool { return len(g.Got(topic)) > 0 })
	c, err := wire.Decode[wire.Command](g.Got(topic)[0])
	require.NoError(t, err)
	assert.Equal(t, "Fecha em 5 minutos", c.Text)
}

func TestThePageIsServedOverTLSAndLetsGatesJoin(t *testing.T) {
	venue := hubtest.ID("alone")
	cfg := hub.Defaults()
	cfg.ID, cfg.Venue, cfg.Organizer, cfg.StateDir, cfg.Announce = "hub-1", venue.String(), hubtest.ID("owner").String(), t.TempDir(), false
	cfg.PlatformKey = fmt.Sprintf("%x", []byte(hubtest.Public("platform")))
	cfg.MQTTListen, cfg.GatesListen, cfg.HTTPListen, cfg.PageListen = "127.0.0.1:0", "127.0.0.1:0", "127.0.0.1:0", "127.0.0.1:0"
	h, err := hub.Start(t.Context(), cfg, slog.New(slog.DiscardHandler))
	require.NoError(t, err)
	t.Cleanup(func() { assert.NoError(t, h.Close()) })
	jar, err := cookiejar.New(nil)
	require.NoError(t, err)
	transport := &http.Transport{TLSClientConfig: &tls.Config{InsecureSkipVerify: true}} //nolint:gosec // as a browser that was told to go on
	t.Cleanup(transport.CloseIdleConnections)
	client := &http.Client{Jar: jar, Transport: transport}
	base := "https://" + h.PageAddr().String()
	post := func(path string, form url.Values) (int, string) {
		answer, err := client.PostForm(base+path, form)
		require.NoError(t, err)
		defer answer.Body.Close()
		raw, err := io.ReadAll(answer.Body)
		require.NoError(t, err)
		return answer.StatusCode, string(raw)
	}
	pin, err := hub.LocalPIN(cfg)
	require.NoError(t, err)
	_, page := post("/sign-on", url.Values{"number": {"0"}, "pin": {pin}})
	require.Contains(t, page, "Portaria")

	_, page = post("/join", url.Values{"gate": {"gate-7"}, "door": {"north"}})
	open := h.Enrolment().Invitations()
	require.Len(t, open, 1)
	assert.Contains(t, page, open[0].Typed, "the code to type")
	assert.Contains(t, page, `role="img" aria-label="QR"`)
	status, _ := post("/join", url.Values{"gate": {"Gate 7!"}, "door": {"north"}})
	assert.Equal(t, http.StatusConflict, status)
	status, _ = post("/machines/gate-7/approve", url.Values{"words": {"one two three four"}})
	assert.Equal(t, http.StatusConflict, status, "nobody has used the code")

	for _, path := range []string{"/status", "/backup", "/metrics", "/blobs/00"} {
		answer, err := client.Get(base + path)
		require.NoError(t, err)
		answer.Body.Close()
		assert.Equal(t, http.StatusNotFound, answer.StatusCode, "%s is not for the venue's network", path)
	}
	assert.Equal(t, uint16(tls.VersionTLS13), version(t, h.PageAddr().String()))
}

func version(t *testing.T, address string) uint16 {
	t.Helper()
	c, err := tls.Dial("tcp", address, &tls.Config{InsecureSkipVerify: true}) //nolint:gosec // only its version counts
	require.NoError(t, err)
	defer c.Close()
	return c.ConnectionState().Version
}
