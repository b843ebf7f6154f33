package hub_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"portaria/edge/admit"
	"portaria/edge/ticket"
	"portaria/edge/whitelist"
	"portaria/edge/wire"
	"portaria/hub"
	"portaria/hub/internal/hubtest"
)

func TestMain(m *testing.M) {
	if text := os.Getenv(childEnv); text != "" {
		beAHub(text)
	}
	flag.Parse()
	_ = flag.Set("test.parallel", "8") // they wait more than they compute; the flag is the testing package's
	goleak.VerifyTestMain(m, goleak.IgnoreTopFunction("net/http.(*persistConn).readLoop"),
		goleak.IgnoreTopFunction("net/http.(*persistConn).writeLoop"))
}

var (
	evening = hubtest.ID("evening")
	matinee = hubtest.ID("matinee")
	run7    = wire.Run{Start: 7, Random: 0x9f3a61c2}
)

func ref(n byte) whitelist.Ref { return whitelist.Ref{0xaa, n} }
func scan(n byte) admit.ScanID { return admit.ScanID{0xbb, n} }

// world is a hub between a cloud and its gates.
type world struct {
	t     testing.TB
	cloud *hubtest.Cloud
	cfg   *hub.Config
	hub   *hub.Hub
	logs  *safeBuffer
}

type safeBuffer struct {
	mu  sync.Mutex
	buf bytes.Buffer
}

func (b *safeBuffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.buf.Write(p)
}

func (b *safeBuffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.buf.String()
}

func newWorld(t testing.TB) *world {
	t.Helper()
	w := &world{t: t, cloud: hubtest.NewCloud(t, "hub-1"), cfg: hub.Defaults(), logs: &safeBuffer{}}
	w.cfg.ID, w.cfg.Venue, w.cfg.Organizer = "hub-1", w.cloud.Venue.String(), w.cloud.Organizer.String()
	w.cfg.PlatformKey = fmt.Sprintf("%x", []byte(hubtest.Public("platform")))
	w.cfg.StateDir, w.cfg.MQTTListen, w.cfg.HTTPListen = t.TempDir(), "127.0.0.1:0", "127.0.0.1:0"
	w.cfg.Insecure, w.cfg.Gates, w.cfg.Observers = true, []string{"gate-1", "gate-2"}, []string{"watch"}
	w.cfg.Cloud = hub.CloudConfig{MQTT: w.cloud.MQTT(), HTTP: w.cloud.HTTP(), TokenFile: w.cloud.TokenFile()}
	w.start()
	t.Cleanup(func() {
		if w.hub != nil {
			assert.NoError(t, w.hub.Close())
		}
	})
	return w
}

func (w *world) start() {
	w.t.Helper()
	var err error
	w.hub, err = hub.Start(w.t.Context(), w.cfg, slog.New(slog.NewTextHandler(w.logs, nil)))
	require.NoError(w.t, err)
	// A restarted hub must be found where it was.
	w.cfg.MQTTListen, w.cfg.HTTPListen = w.hub.MQTTAddr().String(), w.hub.HTTPAddr().String()
}

func (w *world) restart() {
	w.t.Helper()
	require.NoError(w.t, w.hub.Close())
	w.hub = nil
	w.start()
}

func (w *world) gate(name string) *hubtest.Gate {
	w.t.Helper()
	return hubtest.NewGate(w.t, w.hub.MQTTAddr(), w.cloud.Venue, name, run7)
}

func (w *world) eventually(what string, done func() bool) {
	w.t.Helper()
	require.Eventually(w.t, done, hubtest.Patience, 10*time.Millisecond, what)
}

func (w *world) get(path string, header ...string) *http.Response {
	w.t.Helper()
	request, err := http.NewRequestWithContext(w.t.Context(), http.MethodGet, "http://"+w.hub.HTTPAddr().String()+path, nil)
	require.NoError(w.t, err)
	for i := 0; i+1 < len(header); i += 2 {
		request.Header.Set(header[i], header[i+1])
	}
	response, err := http.DefaultClient.Do(request)
	require.NoError(w.t, err)
	w.t.Cleanup(func() { response.Body.Close() })
	return response
}

func TestRecordsGoUpOnceAndAcksComeDown(t *testing.T) {
	w := newWorld(t)
	g := w.gate("gate-1")
	var all []wire.Event
	for n := range byte(100) {
		all = append(all, g.Entry(evening, ref(n), scan(n)))
	}
	g.Send(all...)
	g.WaitHeld(100, 100)
	got := w.cloud.Events()
	require.Len(t, got, 100)
	assert.Equal(t, all, got, "nothing is changed on the way")

	g.Send(all[90:]...) // sent again, as after a lost ack
	g.WaitHeld(100, 100)
	assert.Len(t, w.cloud.Events(), 100)
	assert.Zero(t, w.hub.Status().Cloud.Pending)
}

func TestAHubWithoutItsCloudKeepsEverythingAndCatchesUp(t *testing.T) {
	w := newWorld(t)
	w.cloud.Unplug()
	w.eventually("the hub notices", func() bool { return !w.hub.Status().Cloud.Connected })
	g := w.gate("gate-1")
	for n := range byte(30) {
		g.Send(g.Entry(evening, ref(n), scan(n)))
	}
	g.WaitHeld(30, 0)
	assert.Equal(t, 30, w.hub.Status().Cloud.Pending)
	w.cloud.Plug()
	g.WaitHeld(30, 30)
	assert.Len(t, w.cloud.Events(), 30)
}

func TestARestartedHubSendsOnWhatItAcknowledged(t *testing.T) {
	w := newWorld(t)
	w.cloud.Unplug()
	g := w.gate("gate-1")
	for n := range byte(20) {
		g.Send(g.Entry(evening, ref(n), scan(n)))
	}
	g.WaitHeld(20, 0)
	w.restart()
	w.cloud.Plug()
	w.eventually("the cloud gets what the hub held", func() bool { return len(w.cloud.Events()) == 20 })
	g.Send(g.Entry(evening, ref(20), scan(20)))
	g.WaitHeld(21, 21)
	assert.Len(t, w.cloud.Events(), 21)
}

func TestACloudThatForgetsToAckIsAskedAgain(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.cloud.Silent(true)
	g := w.gate("gate-1")
	g.Send(g.Entry(evening, ref(1), scan(1)))
	w.eventually("sent again", func() bool { return w.cloud.Batches() >= 2 })
	w.cloud.Silent(false)
	g.WaitHeld(1, 1)
	assert.Len(t, w.cloud.Events(), 1)
}

func TestTwoGatesClaimOneRightAndOneIsGranted(t *testing.T) {
	w := newWorld(t)
	w.sendVenue(1, evening)
	first, second := w.gate("gate-1"), w.gate("gate-2")
	hubtest.WaitReady(first, second)
	first.Ask(1, evening, ref(1), scan(1))
	assert.True(t, first.Ruled(1).Grant)
	second.Ask(1, evening, ref(1), scan(2))
	denied := second.Ruled(1)
	assert.False(t, denied.Grant)
	assert.Equal(t, admit.PendingElsewhere, denied.Reason)
	assert.Equal(t, "gate-1", denied.Gate)

	first.Send(first.Entry(evening, ref(1), scan(1)))
	first.WaitHeld(1, 1)
	second.Ask(2, evening, ref(1), scan(3))
	assert.Equal(t, admit.AlreadyUsed, second.Ruled(2).Reason)
	w.eventually("every gate hears of it", func() bool {
		return len(second.Got(wire.VenueTopics{Venue: w.cloud.Venue}.Used())) > 0
	})
}

func TestARestartedHubRemembersItsGrant(t *testing.T) {
	w := newWorld(t)
	w.sendVenue(1, evening)
	first, second := w.gate("gate-1"), w.gate("gate-2")
	hubtest.WaitReady(first, second)
	first.Ask(1, evening, ref(1), scan(1))
	require.True(t, first.Ruled(1).Grant)
	w.restart()
	w.eventually("both gates have come back", func() bool {
		first.Beat()
		second.Beat()
		return w.hub.Status().Ready
	})
	second.Ask(1, evening, ref(1), scan(2))
	assert.False(t, second.Ruled(1).Grant)
}

func (w *world) sendVenue(epoch uint64, events ...ticket.EventID) {
	w.t.Helper()
	w.cloud.SendVenue(w.cloud.Signer.Venue(w.t, w.cloud.Venue, epoch, events...))
	w.eventually("the venue manifest is in force", func() bool { return w.hub.Status().Venue.Epoch == epoch })
}

func TestBadMessagesOfAGateHarmNobody(t *testing.T) {
	w := newWorld(t)
	good, bad := w.gate("gate-1"), w.gate("gate-2")
	g2 := wire.GateTopics{Venue: w.cloud.Venue, Gate: "gate-2"}
	entry := bad.Entry(evening, ref(1), scan(1))
	entry.Gate = "gate-1"
	foreign, err := wire.Encode(wire.Events{Number: 1, Gate: "gate-1", Run: run7, Events: []wire.Event{entry}})
	require.NoError(t, err)
	for _, junk := range [][]byte{[]byte("{"), []byte("\x00\xff"), []byte(`{"v":9}`), {}, []byte(`{"v":1,"gate":"gate-2"}`), foreign} {
		bad.Raw(g2.Events(), 1, junk)
		bad.Raw(g2.State(), 0, junk)
		bad.Raw(g2.Claim(), 0, junk)
	}
	w.eventually("they are counted", func() bool { return w.hub.Status().Messages.Count == 18 })
	bad.Raw(g2.Events(), 1, bytes.Repeat([]byte("x"), 1<<20))
	w.eventually("a megabyte ends its connection", func() bool { return strings.Contains(w.logs.String(), "packet too large") })

	good.Send(good.Entry(evening, ref(2), scan(2)))
	good.WaitHeld(1, 1)
	bad.WaitUp()
	bad.Send(bad.Entry(evening, ref(3), scan(3))) // seq 2: the first was never sent
	last := w.hub.Status().Messages.Last
	assert.Equal(t, "gate-2", last[len(last)-1].Gate)
	assert.NotEmpty(t, last[len(last)-1].Why)
	assert.Len(t, w.cloud.Events(), 1)
}

func TestAnUnknownGateIsTurnedAway(t *testing.T) {
	w := newWorld(t)
	conn, err := net.Dial("tcp", w.hub.MQTTAddr().String())
	require.NoError(t, err)
	defer conn.Close()
	_, err = conn.Write([]byte("\x10\x12\x00\x04MQTT\x04\x02\x00\x3c\x00\x06gate-9"))
	require.NoError(t, err)
	w.eventually("it is logged", func() bool { return strings.Contains(w.logs.String(), "no such client is known here") })
}

func TestTheStatusPageTellsWhatAnOperatorAsks(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.sendVenue(1, evening)
	w.cloud.SendList(w.cloud.List(t, evening, 5, 10))
	g := w.gate("gate-1")
	g.Beat()
	w.eventually("the list is complete", func() bool {
		s := w.hub.Status()
		return len(s.Lists) == 1 && s.Lists[0].Complete && s.Gates[0].SeenAt > 0
	})
	response := w.get("/status")
	var s hub.Status
	require.NoError(t, json.NewDecoder(response.Body).Decode(&s))
	assert.Equal(t, "hub-1", s.Hub)
	assert.Equal(t, "Theatro São Pedro", s.Venue.Name)
	assert.True(t, s.Gates[0].Connected)
	assert.False(t, s.Gates[1].Connected)
	assert.Equal(t, "7-9f3a61c2", s.Gates[0].Run)
	assert.Equal(t, "ready", s.Gates[0].Lanes[0].Scanner)
	assert.EqualValues(t, 5, s.Lists[0].Epoch)
	assert.EqualValues(t, 10, s.Lists[0].Count)
	assert.True(t, s.Cloud.Connected)

	var metrics bytes.Buffer
	_, err := metrics.ReadFrom(w.get("/metrics").Body)
	require.NoError(t, err)
	assert.Contains(t, metrics.String(), `portaria_hub_gate_up{gate="gate-1"} 1`)
	assert.Contains(t, metrics.String(), "portaria_hub_cloud_up 1")
	w.eventually("the cloud hears how the gates do", func() bool {
		states := w.cloud.States()
		return len(states) > 0 && len(states[len(states)-1].Gates) > 0
	})
}

func TestATakenPortIsOneClearError(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	cfg := *w.cfg
	cfg.StateDir = t.TempDir()
	_, err := hub.Start(t.Context(), &cfg, slog.New(slog.DiscardHandler))
	require.ErrorContains(t, err, "MQTT cannot listen on "+cfg.MQTTListen+": another program has this port")
	cfg.MQTTListen = "127.0.0.1:0"
	_, err = hub.Start(t.Context(), &cfg, slog.New(slog.DiscardHandler))
	require.ErrorContains(t, err, "HTTP cannot listen on "+cfg.HTTPListen+": another program has this port")
	cfg.HTTPListen, cfg.StateDir = "127.0.0.1:0", w.cfg.StateDir
	_, err = hub.Start(t.Context(), &cfg, slog.New(slog.DiscardHandler))
	require.ErrorContains(t, err, "another process is using it")
}

func TestRunEndsWithItsContext(t *testing.T) {
	w := newWorld(t)
	cfg := *w.cfg
	cfg.StateDir, cfg.MQTTListen, cfg.HTTPListen, cfg.Cloud = t.TempDir(), "127.0.0.1:0", "127.0.0.1:0", hub.CloudConfig{}
	ctx, stop := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- hub.Run(ctx, &cfg, slog.New(slog.DiscardHandler)) }()
	stop()
	select {
	case err := <-ended:
		assert.True(t, err == nil || errors.Is(err, ctx.Err()), err)
	case <-time.After(hubtest.Patience):
		t.Fatal("it goes on")
	}
}
