package broker_test

import (
	"context"
	"fmt"
	"log/slog"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"portaria/cloud/internal/broker"
	"portaria/cloud/internal/gatehouse"
	"portaria/cloud/internal/ingest"
	"portaria/cloud/internal/postgres/entries"
	"portaria/deploy/brokers"
	"portaria/edge/wire"
	"portaria/mqtt/session"
)

// outage is longer than a cluster takes to choose a new leader.
const outage = 60 * time.Second

const cluster = "NATS cluster"

// venue is a cloud on one kind of broker, with hubs that connect to it.
type venue struct {
	*cloud
	nodes []*brokers.Node // none: the embedded broker
	urls  string
	gone  context.CancelFunc
}

var names = []string{"hub-1", "hub-2", "hub-3"}

func urlsOf(nodes []*brokers.Node) string {
	var urls []string
	for _, n := range nodes {
		urls = append(urls, n.URL)
	}
	return strings.Join(urls, ",")
}

func kinds(t *testing.T) map[string]func(*testing.T) []*brokers.Node {
	return map[string]func(*testing.T) []*brokers.Node{
		"embedded": func(*testing.T) []*brokers.Node { return nil },
		"mosquitto": func(t *testing.T) []*brokers.Node {
			n, err := brokers.Mosquitto(t.Context(), t.TempDir(), names)
			require.NoError(t, err)
			return []*brokers.Node{n}
		},
		"NATS": func(t *testing.T) []*brokers.Node {
			n, err := brokers.NATS(t.Context(), t.TempDir(), 1, names)
			require.NoError(t, err)
			return n
		},
		cluster: func(t *testing.T) []*brokers.Node {
			n, err := brokers.NATS(t.Context(), t.TempDir(), 3, names)
			require.NoError(t, err)
			return n
		},
	}
}

func newVenue(t *testing.T, nodes []*brokers.Node) *venue {
	v := &venue{cloud: newCloud(t), nodes: nodes, urls: urlsOf(nodes)}
	for _, n := range nodes {
		t.Cleanup(n.Kill)
	}
	for _, n := range nodes {
		require.NoError(t, n.Start())
	}
	for _, hub := range names[1:] {
		v.Hub(v.organizer, v.venueID(), hub)
	}
	v.open(t, "cloud-1")
	t.Cleanup(func() { v.close(t) })
	return v
}

func (v *venue) venueID() (id [16]byte) { return v.cloud.venue }

// open starts a cloud: its line and its office.
func (v *venue) open(t *testing.T, user string) {
	t.Helper()
	log := slog.New(slog.DiscardHandler)
	config := broker.Config{Listen: "127.0.0.1:0", Hubs: &gatehouse.Hubs{Store: v.Store, Keys: v.Keys}, Log: log,
		Intake: &ingest.Intake{Store: entries.New(v.Pool), Incarnation: "life-1", Now: v.Now, Log: log}}
	if v.nodes != nil {
		config.Outside = broker.Account{URL: v.urls, User: user, Password: brokers.Password}
	} else if v.urls != "" {
		config.Listen = strings.TrimPrefix(v.urls, "tcp://")
	}
	var err error
	v.broker, err = broker.Open(t.Context(), config)
	require.NoError(t, err)
	if v.nodes == nil {
		v.urls = "tcp://" + v.broker.Addr().String()
	}
	ctx, cancel := context.WithCancel(context.Background())
	office, done := v.Office(v.broker), make(chan struct{})
	office.Publisher.Stale = v.broker.Stale
	go func() { defer close(done); office.Run(ctx) }()
	v.gone = func() { cancel(); <-done }
}

func (v *venue) close(t *testing.T) {
	t.Helper()
	v.gone()
	assert.NoError(t, v.broker.Close())
}

// cut kills the broker, one node of a cluster, and brings it back.
func (v *venue) cut(t *testing.T) {
	t.Helper()
	if v.nodes == nil {
		v.close(t)
		v.open(t, "")
		return
	}
	n := v.nodes[len(v.nodes)/2]
	n.Kill()
	assert.NoError(t, n.Start())
}

func (v *venue) join(t *testing.T, id string) hub {
	t.Helper()
	topics := wire.HubTopics{Hub: id}
	s, err := session.Open(session.Config{URL: v.urls, ClientID: id, User: id, Password: brokers.Password,
		MaxInterval: 300 * time.Millisecond,
		Subscribe:   map[string]byte{topics.Ack(): 1, topics.Notice(): 1, topics.Lists(): 1, topics.Patches(): 1}})
	require.NoError(t, err)
	t.Cleanup(func() { _ = s.Close() })
	return hub{s, topics}
}

// confirm sends a batch, again and again, until the cloud says how far it holds the run.
func (v *venue) confirm(t *testing.T, h hub, number uint64, raw []byte) uint64 {
	t.Helper()
	deadline := time.After(outage)
	again := time.NewTicker(time.Second)
	defer again.Stop()
	_ = h.Publish(h.topics.Events(), 1, raw)
	for {
		select {
		case m := <-h.Messages():
			ack, err := wire.Decode[wire.Ack](m.Payload)
			if m.Topic == h.topics.Ack() && err == nil && ack.Number == number {
				return ack.Watermarks[0].Cloud
			}
		case <-again.C:
			_ = h.Publish(h.topics.Events(), 1, raw)
		case <-deadline:
			require.FailNow(t, "no ack", "of message %d", number)
		}
	}
}

func (v *venue) listed(t *testing.T, h hub, count uint32) {
	t.Helper()
	deadline := time.After(outage)
	for {
		select {
		case m := <-h.Messages():
			if m.Topic == h.topics.List(v.event) && len(m.Payload) > 0 && v.manifest(t, m.Payload).Count == count {
				return
			}
		case <-deadline:
			require.FailNow(t, "no such list came")
		}
	}
}

// TestContract is what the cloud and its hubs may rely on, whichever broker is between them.
func TestContract(t *testing.T) {
	for kind, make := range kinds(t) {
		if kind == cluster && os.Getenv("PORTARIA_LONG") == "" {
			continue // half a minute of two cores
		}
		t.Run(kind, func(t *testing.T) {
			t.Parallel()
			v := newVenue(t, make(t))
			for _, row := range []struct {
				sentence string
				holds    func(*testing.T, *venue)
			}{
				{"a hub that connects later gets the newest list", aLaterHub},
				{"patches come in order", patchesInOrder},
				{"a batch sent twice is stored once and answered twice", storedOnce},
				{"a message over 16 KiB is not stored and what follows is", tooBig},
				{"a second connection of a hub takes the first one over", takeOver},
				{"a hub that does not read holds up no other", slowReader},
				{"nothing is lost when the broker is killed while batches come", killed},
				{"after that a hub gets the newest list again", aLaterHub},
			} {
				t.Run(row.sentence, func(t *testing.T) { row.holds(t, v) })
			}
		})
	}
}

func aLaterHub(t *testing.T, v *venue) {
	v.Sell(v.organizer, v.event)
	h := v.join(t, "hub-2")
	var count uint32
	require.NoError(t, v.Pool.QueryRow(t.Context(), "SELECT count(*) FROM list_entries WHERE event_id = $1",
		uuid.UUID(v.event)).Scan(&count))
	v.listed(t, h, count)
}

func patchesInOrder(t *testing.T, v *venue) {
	h := v.join(t, "hub-1")
	h.next(t, h.topics.List(v.event), any)
	var last uint64
	for n := range 8 {
		v.Sell(v.organizer, v.event)
		p := v.patch(t, h.next(t, h.topics.Patch(v.event), any))
		if n > 0 {
			assert.Equal(t, last, p.From, "each builds on the one before")
		}
		last = p.Manifest.Epoch
	}
}

func storedOnce(t *testing.T, v *venue) {
	h, before := v.join(t, "hub-1"), v.stored(t)
	raw := v.batch(t, 1, 1, 2, 3)
	assert.EqualValues(t, 3, v.confirm(t, h, 1, raw))
	assert.EqualValues(t, 3, v.confirm(t, h, 1, raw))
	assert.Equal(t, before+3, v.stored(t))
}

func tooBig(t *testing.T, v *venue) {
	h, before := v.join(t, "hub-1"), v.stored(t)
	require.Eventually(t, h.Up, outage, time.Millisecond)
	_ = h.Publish(h.topics.Events(), 1, []byte(`{"v":1,"x":"`+strings.Repeat("x", 40<<10)+`"}`))
	assert.EqualValues(t, 4, v.confirm(t, h, 2, v.batch(t, 2, 4)))
	assert.Equal(t, before+1, v.stored(t))
}

func takeOver(t *testing.T, v *venue) {
	first := v.join(t, "hub-3")
	require.Eventually(t, first.Up, outage, time.Millisecond)
	second := v.join(t, "hub-3")
	require.Eventually(t, func() bool { return !first.Up() || second.Up() }, outage, time.Millisecond)
	require.NoError(t, first.Close()) // else they take turns
	v.listedAny(t, second)
}

func (v *venue) listedAny(t *testing.T, h hub) {
	t.Helper()
	require.Eventually(t, func() bool {
		select {
		case m := <-h.Messages():
			return m.Topic == h.topics.List(v.event) && len(m.Payload) > 0
		default:
			return false
		}
	}, outage, time.Millisecond)
}

func slowReader(t *testing.T, v *venue) {
	slow := v.join(t, "hub-2") // reads nothing from here on
	require.Eventually(t, slow.Up, outage, time.Millisecond)
	h := v.join(t, "hub-1")
	require.Eventually(t, h.Up, outage, time.Millisecond)
	big := []byte(strings.Repeat("x", 12<<10))
	for range 500 {
		_ = v.broker.Send(slow.topics.Command(), big, false)
		_ = v.broker.Send(slow.topics.Patch(v.event), big, false)
	}
	start := time.Now()
	assert.EqualValues(t, 5, v.confirm(t, h, 3, v.batch(t, 3, 5)))
	assert.Less(t, time.Since(start), 5*time.Second)
}

func killed(t *testing.T, v *venue) {
	h, before := v.join(t, "hub-1"), v.stored(t)
	const batches = 40
	back := make(chan struct{})
	for n := range uint64(batches) {
		if n == batches/2 {
			if v.nodes == nil {
				v.cut(t)
				close(back)
			} else {
				go func() { defer close(back); v.cut(t) }() // while the next batches are under way
			}
		}
		first := 6 + n*5
		raw := v.batch(t, 1000+n, first, first+1, first+2, first+3, first+4)
		assert.EqualValues(t, first+4, v.confirm(t, h, 1000+n, raw), fmt.Sprint("batch ", n))
	}
	<-back
	assert.Equal(t, before+batches*5, v.stored(t))
}
