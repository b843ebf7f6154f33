package broker

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"net"
	"strings"
	"sync"
	"time"

	"portaria/cloud/internal/ingest"
	"portaria/edge/wire"
	"portaria/mqtt/session"
)

// Settings of the session to an outside broker.
const (
	waiting  = 8192             // messages in either direction
	presence = 15 * time.Second // a hub that was not heard for this long is not there: three heartbeats
)

// Outside is a session to a broker that runs elsewhere. Of several clouds each keeps one: each stores what hubs
// send, and what another has stored already is no news.
type Outside struct {
	counter
	session *session.Session
	addr    net.Addr
	mirror  *mirror
	lanes   *lanes
	roll    roll
	cancel  context.CancelFunc
	done    sync.WaitGroup

	mu   sync.Mutex
	seen map[string]time.Time // of hubs in service
}

var _ Line = (*Outside)(nil)

// Dial starts connecting and returns at once: a cloud sells while its broker is away.
func Dial(ctx context.Context, config Config) (*Outside, error) {
	o := &Outside{mirror: newMirror(), seen: map[string]time.Time{}}
	o.counter = counter{config: config, send: o.Send}
	o.roll = roll{find: o.find, known: map[string]enrolled{}}
	ctx, o.cancel = context.WithCancel(context.WithoutCancel(ctx))
	o.lanes = newLanes(func(hub, topic string, payloads [][]byte) bool { return o.serve(ctx, hub, topic, payloads) })
	account := config.Outside
	client := account.User
	if client == "" {
		client = fmt.Sprintf("cloud-%08x", rand.Uint32()) //nolint:gosec // tells clouds apart, no secret
	}
	var err error
	o.session, err = session.Open(session.Config{
		URL: account.URL, Dial: account.Dial, ClientID: client, User: account.User, Password: account.Password, Log: config.Log,
		Waiting: waiting, OnLink: o.mirror.link, Subscribe: map[string]byte{
			"portaria/1/hub/+/events": 1, "portaria/1/hub/+/state": 0, "portaria/1/hub/+/want": 0, "portaria/1/hub/+/answer": 0, // from hubs
			"portaria/1/hub/+/venue": 1, "portaria/1/hub/+/list/+": 1, // what the broker retains: read back
		},
	})
	if err != nil {
		o.cancel()
		return nil, fmt.Errorf("open the session to the hubs' broker: %w", err)
	}
	o.addr = firstOf(account.URL)
	o.done.Go(func() { o.read(ctx) })
	return o, nil
}

// Send publishes a message of the gatehouse.
func (o *Outside) Send(topic string, payload []byte, retained bool) error {
	if !retained {
		return o.session.Publish(topic, 1, payload)
	}
	o.mirror.send(topic, payload)
	return o.session.Retain(topic, 1, payload)
}

// Stale names what must be retained again: it was lost with a connection or with the broker's disk, or a slower cloud
// has put an older one over it.
func (o *Outside) Stale() []string { return o.mirror.stale(time.Now()) }

// Connected says whether a hub's messages came lately.
func (o *Outside) Connected(hub string) bool {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.session.Up() && time.Since(o.seen[hub]) < presence
}

// Addr is where the broker is, or the first of a cluster's.
func (o *Outside) Addr() net.Addr { return o.addr }

// Close ends the session. It returns when nothing is being stored any more.
func (o *Outside) Close() error {
	err := o.session.Close()
	o.cancel()
	o.done.Wait()
	o.lanes.stop()
	o.lanes.wait()
	return err
}

func (o *Outside) read(ctx context.Context) {
	for {
		select {
		case <-ctx.Done():
			return
		case m := <-o.session.Messages():
			o.sort(m)
		}
	}
}

// sort takes a hub's word for its name: the broker lets each publish under its own only.
func (o *Outside) sort(m session.Message) {
	topic, err := wire.ParseTopic(m.Topic)
	if err != nil || topic.Hub == "" {
		return
	}
	switch topic.Leaf {
	case wire.LeafList, wire.LeafVenue:
		o.mirror.hear(m.Topic, m.Payload)
	case wire.LeafAnswer:
		o.heard(topic.Hub, m.Topic, m.Payload)
	case wire.LeafEvents, wire.LeafState, wire.LeafWant:
		// A retained one is not from a hub of ours, or very old.
		if !m.Retained && !o.lanes.put(topic.Hub, m) {
			o.config.Log.Warn("a hub sends faster than its records are stored; it will send again", "hub", topic.Hub)
		}
	}
}

func (o *Outside) serve(ctx context.Context, id, topic string, payloads [][]byte) (stored bool) {
	hub, err := o.roll.hub(ctx, id)
	if err != nil {
		return true // find has said why, and fewer messages would not help
	}
	if err := o.take(ctx, hub, topic, payloads); err != nil {
		return errors.Is(err, ingest.ErrRefused) // unanswered, so that it comes again
	}
	o.mu.Lock()
	defer o.mu.Unlock()
	o.seen[id] = time.Now()
	return true
}

type address string

func (address) Network() string  { return "tcp" }
func (a address) String() string { return string(a) }

func firstOf(urls string) address {
	first, _, _ := strings.Cut(urls, ",")
	return address(strings.TrimPrefix(strings.TrimSpace(first), "tcp://"))
}

// enrolled is what the roll knows of a name.
type enrolled struct {
	hub ingest.Hub
	err error
	at  time.Time
}

// roll remembers for a few seconds which hubs are in service, so that records don't pay for asking.
type roll struct {
	find func(ctx context.Context, id string) (ingest.Hub, error)

	mu    sync.Mutex
	known map[string]enrolled
}

func (r *roll) hub(ctx context.Context, id string) (ingest.Hub, error) {
	r.mu.Lock()
	known, ok := r.known[id]
	r.mu.Unlock()
	if ok && time.Since(known.at) < checkEvery {
		return known.hub, known.err
	}
	hub, err := r.find(ctx, id)
	r.mu.Lock()
	defer r.mu.Unlock()
	if len(r.known) >= maxHubs {
		clear(r.known) // names that nobody has: the broker lets strangers in
	}
	r.known[id] = enrolled{hub, err, time.Now()}
	return hub, err
}
