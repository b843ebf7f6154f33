package broker

import (
	"encoding/binary"
	"fmt"
	"sync"

	mqtt "github.com/mochi-mqtt/server/v2"
	"github.com/mochi-mqtt/server/v2/packets"

	"portaria/edge/wire"
)

// A QoS 0 message of the program itself is the same bytes for each of its readers, and of those there are few topics and many
// messages: a hub tells every gate of every ticket that was used anywhere. So it is written once, and put into the readers'
// buffers as it is. The engine would ask for the readers, copy, queue, write and put together for each of them anew, which was
// a third of what a hub did while gates caught up, and nearly half of its garbage.

// maxReadings bounds the topics whose readers are remembered.
const maxReadings = 4096

// readings remembers who reads a topic, until anybody comes, goes, or subscribes.
type readings struct {
	mu    sync.Mutex
	of    map[string][]*conn
	since uint64 // counts what has made them invalid
}

// changed: whoever read a topic may not, and others may.
func (r *readings) changed() {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.since++
	clear(r.of)
}

func (r *readings) get(topic string) (conns []*conn, known bool, since uint64) {
	r.mu.Lock()
	defer r.mu.Unlock()
	conns, known = r.of[topic]
	return conns, known, r.since
}

// keep remembers readers that were looked up, unless something has changed since.
func (r *readings) keep(topic string, conns []*conn, since uint64) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.since != since {
		return
	}
	if r.of == nil {
		r.of = map[string][]*conn{}
	}
	if len(r.of) >= maxReadings {
		clear(r.of)
	}
	r.of[topic] = conns
}

// tell sends a message at QoS 0.
func (b *Broker) tell(topic string, payload []byte) error {
	if len(topic) > wire.MaxTopic {
		return fmt.Errorf("publish on a topic of %d bytes: %d are allowed", len(topic), wire.MaxTopic)
	}
	conns := b.readers(topic)
	if len(conns) == 0 {
		return nil
	}
	message := publication(topic, payload)
	for _, c := range conns {
		_, _ = c.Write(message) // of a connection that has ended or is cut off its own goroutine hears
	}
	return nil
}

// readers are the connections of those that have subscribed to a topic and have the right to it.
func (b *Broker) readers(topic string) []*conn {
	conns, known, since := b.guard.readings.get(topic)
	if known {
		return conns
	}
	for id := range b.server.Topics.Subscribers(topic).Subscriptions {
		cl, ok := b.server.Clients.Get(id)
		if !ok || !b.guard.OnACLCheck(cl, topic, false) {
			continue
		}
		if c, ok := cl.Net.Conn.(*conn); ok {
			conns = append(conns, c)
		}
	}
	b.guard.readings.keep(topic, conns, since)
	return conns
}

// publication is a PUBLISH of MQTT 3.1.1 at QoS 0, not retained.
func publication(topic string, payload []byte) []byte {
	rest := 2 + len(topic) + len(payload)
	out := append(make([]byte, 0, 5+rest), packets.Publish<<4)
	for n := rest; ; {
		digit := byte(n & 0x7f)
		if n >>= 7; n == 0 {
			out = append(out, digit)
			break
		}
		out = append(out, digit|0x80)
	}
	out = binary.BigEndian.AppendUint16(out, uint16(len(topic))) //nolint:gosec // bounded by tell
	return append(append(out, topic...), payload...)
}

// OnSubscribed is called before a subscription is acknowledged, OnUnsubscribed after one has ended.
func (g *guard) OnSubscribed(*mqtt.Client, packets.Packet, []byte) { g.readings.changed() }

// OnUnsubscribed also ends what a connection read that has gone.
func (g *guard) OnUnsubscribed(*mqtt.Client, packets.Packet) { g.readings.changed() }
