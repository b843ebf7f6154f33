package catchup

import (
	"context"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"portaria/edge/admit"
	"portaria/edge/ticket"
	"portaria/edge/whitelist"
	"portaria/edge/wire"
	"portaria/mqtt/session"
)

// patience is how long nothing may move until the measurement is given up, and doubt how long until it is noted what everybody
// waits for.
const (
	patience = time.Minute
	doubt    = 20 * time.Second
)

// where records must have come.
type where int

const (
	inHub where = iota
	inCloud
)

func (w where) String() string {
	if w == inHub {
		return "in the hub"
	}
	return "in the cloud"
}

// gate is a played gate with a journal in memory, which sends as a real one does.
type gate struct {
	wire.GateTopics
	session *session.Session
	event   ticket.EventID
	run     wire.Run
	box     wire.Outbox
	began   time.Time

	journal []wire.Event // of this run, from seq 1
	payload int64        // bytes of all records' JSON
	number  uint64       // of the last message
	mark    wire.Watermark
	moved   time.Time // when the watermark last rose
	heard   time.Time // when the hub last said anything
	doubted time.Time // when it was last noted what everybody waits for
	note    func(context.Context, *gate) (where string, err error)
	term    uint64
	hub     string
}

func (v *venue) plug(ctx context.Context) (*gate, error) {
	event, err := ticket.ParseEventID(v.event)
	if err != nil {
		return nil, err
	}
	member, err := v.joinGate(ctx, v.Gates[0])
	if err != nil {
		return nil, err
	}
	g := &gate{GateTopics: wire.GateTopics{Venue: v.venue, Gate: "gate-1"}, event: event, run: wire.Run{Start: 1, Random: 7}, began: time.Now(), note: v.note}
	filters := map[string]byte{}
	for _, filter := range g.Rights().Subscribe {
		filters[filter] = 1
	}
	g.session, err = session.Open(session.Config{URL: "mqtts://" + v.Hub.MQTT, Dial: dialer(member), ClientID: "gate-1", Subscribe: filters})
	return g, err
}

func (g *gate) close() { _ = g.session.Close() }

// later records n more admissions, while nobody hears of it.
func (g *gate) later(n int) []wire.Event {
	from := len(g.journal)
	for range n {
		e := g.record(uint64(len(g.journal) + 1))
		raw, _ := json.Marshal(e)
		g.payload += int64(len(raw))
		g.journal = append(g.journal, e)
	}
	return g.journal[from:]
}

func (g *gate) record(seq uint64) wire.Event {
	var id [16]byte
	binary.BigEndian.PutUint64(id[:], seq*0x9e3779b97f4a7c15)
	now := time.Now().UnixMilli()
	return wire.Event{Gate: "gate-1", Run: g.run, Seq: seq, Type: wire.Admission, Scan: admit.ScanID(id), Ref: whitelist.Ref(id), Event: g.event,
		At: now, Mono: int64(seq), Clock: admit.Synced, Lane: 1, Checkpoint: "door", Reason: admit.OK, //nolint:gosec // small
		Terms:  &admit.Terms{Use: whitelist.UseSingle, Uses: 1, Group: 1},
		Record: &admit.Record{Scan: admit.ScanID(id), Kind: admit.Entry, At: now, Gate: "gate-1", Lane: 1, Checkpoint: "door", Offline: true}}
}

// send lets the hub have what is in the journal, and returns how long it took until all of it was where it should be.
func (g *gate) send(ctx context.Context, _ []wire.Event, until where) (time.Duration, error) {
	started, beat := time.Now(), time.NewTicker(time.Second)
	g.moved = started
	defer beat.Stop()
	turn := time.NewTicker(2 * time.Millisecond)
	defer turn.Stop()
	if err := g.beat(); err != nil && !errors.Is(err, session.ErrOffline) {
		return 0, err
	}
	for g.held(until) < uint64(len(g.journal)) {
		select {
		case <-ctx.Done():
			return 0, ctx.Err()
		case m := <-g.session.Messages():
			g.take(m)
		case <-turn.C:
		case <-beat.C:
			if err := g.beat(); err != nil && !errors.Is(err, session.ErrOffline) {
				return 0, err
			}
		}
		if err := g.doubt(ctx, until); err != nil {
			return 0, err
		}
		if err := g.pump(); err != nil {
			return 0, err
		}
	}
	return time.Since(started), nil
}

// doubt has it noted what everybody waits for when nothing moves, and gives up when that goes on.
func (g *gate) doubt(ctx context.Context, until where) error {
	still := time.Since(g.moved)
	if still < doubt || g.doubted.After(g.moved) && time.Since(g.doubted) < doubt {
		return nil
	}
	g.doubted = time.Now()
	where, err := g.note(ctx, g)
	if still < patience {
		return err
	}
	return errors.Join(err, fmt.Errorf("nothing has moved for %s: %d of %d records are %s%s",
		still.Round(time.Second), g.held(until), len(g.journal), until, where))
}

func (g *gate) held(at where) uint64 {
	if at == inCloud {
		return g.mark.Cloud
	}
	return g.mark.Hub
}

// pump sends what the outbox wants sent now.
func (g *gate) pump() error {
	if !g.session.Up() {
		return nil
	}
	now := time.Since(g.began).Milliseconds()
	events, from, ask := g.box.Next(now, g.mark.Hub, uint64(len(g.journal)))
	if ask > 0 {
		events = g.box.Read(now, g.journal[from-1:from-1+uint64(ask)]) //nolint:gosec // small
	}
	if len(events) == 0 {
		return nil
	}
	messages, err := wire.SplitEvents(events)
	if err != nil {
		return err
	}
	for _, m := range messages {
		g.number++
		m.Number = g.number
		if err := g.publish(g.Events(), 1, m); err != nil {
			return err
		}
	}
	return g.pump()
}

func (g *gate) take(m session.Message) {
	g.heard = time.Now()
	switch m.Topic {
	case g.Ack():
		ack, err := wire.Decode[wire.Ack](m.Payload)
		if err != nil {
			return
		}
		for _, w := range ack.Watermarks {
			if w.Run == g.run && w.Gate == g.Gate && (w.Hub > g.mark.Hub || w.Cloud > g.mark.Cloud) {
				g.box.Progress(time.Since(g.began).Milliseconds(), w.Hub, false)
				g.mark.Hub, g.mark.Cloud, g.moved = max(g.mark.Hub, w.Hub), max(g.mark.Cloud, w.Cloud), time.Now()
			}
		}
	case g.Pulse():
		if p, err := wire.Decode[wire.Pulse](m.Payload); err == nil {
			g.term, g.hub = p.Term, p.Hub
		}
	}
}

func (g *gate) beat() error {
	g.number++
	return g.publish(g.State(), 0, wire.State{Number: g.number, Gate: g.Gate, Run: g.run, OpenMin: 1, At: time.Now().UnixMilli(), Term: g.term, Hub: g.hub,
		Runs:  []wire.RunState{{Run: g.run, Last: uint64(len(g.journal))}},
		Lanes: []wire.LaneState{{Lane: 1, Checkpoint: "door", Scanner: "ready", Output: "ready", Mode: "open"}}})
}

func (g *gate) publish(topic string, qos byte, message any) error {
	raw, err := encode(message)
	if err != nil {
		return err
	}
	return g.session.Publish(topic, qos, raw)
}

func encode(message any) ([]byte, error) {
	switch m := message.(type) {
	case wire.Events:
		return wire.Encode(m)
	case wire.State:
		return wire.Encode(m)
	}
	return nil, fmt.Errorf("%T is not a gate's message", message)
}
