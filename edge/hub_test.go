package edge_test

import (
	"context"
	"encoding/json"
	"errors"
	"net"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"portaria/edge/admit"
	"portaria/edge/internal/keeper/keepertest"
	"portaria/edge/ticket"
	"portaria/edge/whitelist"
	"portaria/edge/wire"
	"portaria/mqtt/broker"
)

// fakeHub is a hub as a gate sees it: a real broker, real HTTP, and an arbiter that grants whatever was not granted.
type fakeHub struct {
	t    *testing.T
	src  *keepertest.Source
	web  *httptest.Server
	mqtt string // host:port, the same after a restart

	mu      sync.Mutex
	broker  *broker.Broker
	deny    admit.Reason
	mute    bool // claims stay unanswered
	inside  int  // people in the hall; 0 = it does not say
	records map[wire.Run]map[uint64]wire.Event
}

func newHub(t *testing.T) *fakeHub {
	h := &fakeHub{t: t, src: keepertest.New(t, "own"), records: map[wire.Run]map[uint64]wire.Event{}}
	h.web = httptest.NewServer(http.HandlerFunc(h.serve))
	t.Cleanup(h.web.Close)
	h.plug()
	t.Cleanup(h.unplug)
	return h
}

func (h *fakeHub) serve(w http.ResponseWriter, r *http.Request) {
	if name, ok := strings.CutPrefix(r.URL.Path, "/blobs/"); ok {
		hash, _ := whitelist.ParseHash(name)
		if raw, err := h.src.Blob(r.Context(), hash, 1<<30); err == nil {
			_, _ = w.Write(raw)
			return
		}
	}
	if text, ok := strings.CutPrefix(r.URL.Path, "/secrets/"); ok {
		event, _ := ticket.ParseEventID(text)
		epoch, _ := strconv.ParseUint(r.FormValue("epoch"), 10, 64)
		if secrets, err := h.src.Secrets(r.Context(), event, epoch); err == nil {
			_ = json.NewEncoder(w).Encode(secrets)
			return
		}
	}
	http.NotFound(w, r)
}

// plug starts the broker, on the port that it had before.
func (h *fakeHub) plug() {
	h.t.Helper()
	listen := h.mqtt
	if listen == "" {
		listen = "127.0.0.1:0"
	}
	var b *broker.Broker
	require.Eventually(h.t, func() (ok bool) {
		var err error
		b, err = broker.Start(context.Background(), broker.Config{Listen: listen, OnPublish: h.take,
			Rights: func(id string) (wire.Rights, bool) {
				return wire.GateTopics{Venue: h.src.Venue, Gate: id}.Rights(), strings.HasPrefix(id, "g")
			}})
		return err == nil
	}, 5*time.Second, 10*time.Millisecond)
	h.mu.Lock()
	h.broker, h.mqtt = b, b.Addr().String()
	h.mu.Unlock()
}

func (h *fakeHub) unplug() {
	h.mu.Lock()
	b := h.broker
	h.broker = nil
	h.mu.Unlock()
	if b != nil {
		_ = b.Close()
	}
}

func publish[T any, P wire.Pointer[T]](h *fakeHub, topic string, retained bool, m T) {
	raw, err := wire.Encode[T, P](m)
	h.mu.Lock()
	b := h.broker
	h.mu.Unlock()
	if err == nil && b != nil {
		_ = b.Publish(topic, raw, 1, retained)
	}
}

func (h *fakeHub) venue(v whitelist.Venue) {
	publish(h, wire.VenueTopics{Venue: h.src.Venue}.Notice(), true, keepertest.VenueNotice(h.src.Sign(v)))
}

func (h *fakeHub) list(e *keepertest.Event, n wire.ListNotice) {
	publish(h, wire.VenueTopics{Venue: h.src.Venue}.List(e.ID), true, n)
}

func (h *fakeHub) patch(e *keepertest.Event, n wire.PatchNotice) {
	publish(h, wire.VenueTopics{Venue: h.src.Venue}.Patch(e.ID), false, n)
}

// take is the hub's side of the protocol.
func (h *fakeHub) take(client, name string, payload []byte) error {
	topic, err := wire.ParseTopic(name)
	if err != nil {
		return err
	}
	gate := wire.GateTopics{Venue: h.src.Venue, Gate: client}
	switch topic.Leaf {
	case wire.LeafState:
		m, err := wire.Decode[wire.State](payload)
		if err != nil {
			return err
		}
		pulse := wire.Pulse{V: 1, Number: m.Number, At: time.Now().UnixMilli(), Hub: "hub-1", Cloud: true, Ready: true, Caught: true, Newest: m.Run}
		h.set(func() {
			if h.inside > 0 {
				pulse.Inside = []wire.ZoneCount{{Zone: "hall", Count: h.inside, Capacity: 1800}}
			}
		})
		go publish(h, gate.Pulse(), false, pulse)
	case wire.LeafEvents:
		m, err := wire.Decode[wire.Events](payload)
		if err != nil {
			return err
		}
		go publish(h, gate.Ack(), false, h.store(m))
	case wire.LeafClaim:
		m, err := wire.Decode[wire.Claim](payload)
		if err != nil {
			return err
		}
		if ruling, ok := h.rule(m); ok {
			go publish(h, gate.Ruling(), false, ruling)
		}
	default:
		return errors.New("no")
	}
	return nil
}

func (h *fakeHub) rule(c wire.Claim) (wire.Ruling, bool) {
	h.mu.Lock()
	defer h.mu.Unlock()
	r := wire.Ruling{V: 1, Run: c.Run, Req: c.Req, Scan: c.Scan, Grant: h.deny == "", Reason: admit.OK, Hub: "hub-1"}
	if h.deny != "" {
		r.Reason, r.Gate, r.Lane, r.At = h.deny, "g9", 2, time.Now().UnixMilli()
	}
	return r, !h.mute
}

func (h *fakeHub) store(m wire.Events) wire.Ack {
	h.mu.Lock()
	defer h.mu.Unlock()
	run := h.records[m.Run]
	if run == nil {
		run = map[uint64]wire.Event{}
		h.records[m.Run] = run
	}
	for _, e := range m.Events {
		run[e.Seq] = e
	}
	mark := wire.Watermark{Gate: m.Gate, Run: m.Run}
	for run[mark.Hub+1].Seq != 0 {
		mark.Hub++
	}
	return wire.Ack{V: 1, Number: m.Number, Watermarks: []wire.Watermark{mark}}
}

// events are all records held, of every run.
func (h *fakeHub) events() (all []wire.Event) {
	h.mu.Lock()
	defer h.mu.Unlock()
	for _, run := range h.records {
		for seq := uint64(1); seq <= uint64(len(run)); seq++ {
			if e, ok := run[seq]; ok {
				all = append(all, e)
			}
		}
	}
	return all
}

func (h *fakeHub) count(kind wire.EventType) (n int) {
	for _, e := range h.events() {
		if e.Type == kind {
			n++
		}
	}
	return n
}

func (h *fakeHub) set(change func()) {
	h.mu.Lock()
	defer h.mu.Unlock()
	change()
}

func freePort(t *testing.T) string {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	defer l.Close()
	return "127.0.0.1:" + strconv.Itoa(l.Addr().(*net.TCPAddr).Port)
}
