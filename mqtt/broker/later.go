package broker

import (
	"errors"
	"sync"

	mqtt "github.com/mochi-mqtt/server/v2"
	"github.com/mochi-mqtt/server/v2/packets"
)

// promises are a client's QoS 1 messages that are not acknowledged yet, in the order in which they came. MQTT wants them
// acknowledged in that order, however they are answered.
type promises struct {
	mu    sync.Mutex
	queue []*promise
}

type promise struct {
	message packets.Packet
	given   bool
	err     error
}

// take hands a message over and acknowledges it when it is answered, and all that came before it are. The engine, which
// acknowledges before its next packet or never, is told to forget it.
func (g *guard) take(cl *mqtt.Client, known *client, pk packets.Packet) {
	p := &promise{message: pk}
	known.open.add(p)
	answer := func(err error) { known.open.give(p, err, func(p *promise) { g.keep(cl, p) }) }
	if !g.cfg.Later(cl.ID, pk.TopicName, pk.Payload, answer) {
		answer(g.cfg.OnPublish(cl.ID, pk.TopicName, pk.Payload))
	}
}

func (o *promises) add(p *promise) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.queue = append(o.queue, p)
}

// give answers a promise, and keeps those that are no longer held up.
func (o *promises) give(p *promise, err error, keep func(*promise)) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if p.given {
		return
	}
	p.given, p.err = true, err
	for len(o.queue) > 0 && o.queue[0].given {
		keep(o.queue[0])
		o.queue[0] = nil
		o.queue = o.queue[1:]
	}
}

// keep acknowledges a message and passes it on to its readers, or ends the connection. A connection that has ended
// meanwhile takes no acknowledgement, and its client sends again.
func (g *guard) keep(cl *mqtt.Client, p *promise) {
	if p.err != nil && !errors.Is(p.err, ErrDrop) {
		g.unstored(cl, p.message.TopicName, p.err)
		return
	}
	_ = cl.WritePacket(packets.Packet{FixedHeader: packets.FixedHeader{Type: packets.Puback}, PacketID: p.message.PacketID})
	if p.err == nil {
		_ = g.pass(p.message.TopicName, p.message.Payload, false, p.message.FixedHeader.Qos) // to nobody is no error
	}
}

func (g *guard) unstored(cl *mqtt.Client, topic string, why error) {
	if cl.Closed() {
		return
	}
	g.cfg.Log.Error("MQTT message not stored, so not acknowledged", "client", cl.ID, "topic", topic, "why", why)
	cl.Stop(errStore)
}
