package broker

import (
	"crypto/sha256"
	"slices"
	"sync"
	"time"
)

const (
	settle    = 2 * time.Second // between what was sent and its echo
	maxTopics = 200_000         // heard of; a broker that tells of more is not believed
)

// mirror compares what was sent to be retained with what the broker tells readers. Nothing a broker acknowledges says
// that it will still retain a message tomorrow: a restart without a disk, a lost connection, two clouds that publish
// at once. So each cloud reads its own topics back.
type mirror struct {
	mu     sync.Mutex
	up     bool
	since  time.Time // of the connection
	topics map[string]*reflection
}

// reflection is one topic. The zero sum stands for nothing retained.
type reflection struct {
	sent, heard [32]byte
	changed     time.Time
	repeated    bool // since it was sent first
}

func newMirror() *mirror { return &mirror{topics: map[string]*reflection{}} }

func sum(payload []byte) [32]byte {
	if len(payload) == 0 {
		return [32]byte{}
	}
	return sha256.Sum256(payload)
}

// link forgets what was heard when a connection ends: the next one tells all of it again, in part before it is said to
// be up.
func (m *mirror) link(up bool) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.up, m.since = up, time.Now()
	if up {
		return
	}
	for _, r := range m.topics {
		r.heard = [32]byte{}
	}
}

func (m *mirror) send(topic string, payload []byte) {
	m.note(topic, func(r *reflection) {
		r.repeated = r.repeated && r.sent == sum(payload)
		r.sent = sum(payload)
	})
}

func (m *mirror) hear(topic string, payload []byte) {
	m.note(topic, func(r *reflection) { r.heard = sum(payload) })
}

func (m *mirror) note(topic string, change func(*reflection)) {
	m.mu.Lock()
	defer m.mu.Unlock()
	r := m.topics[topic]
	if r == nil {
		if len(m.topics) >= maxTopics {
			return
		}
		r = &reflection{}
		m.topics[topic] = r
	}
	change(r)
	r.changed = time.Now()
}

// stale names the topics that have differed for a while, and once each that is new: in a cluster, a hub that subscribes
// in the moment of a change is told the old one and misses the new one, while everyone else hears it. Each is named at most once in that while: two
// clouds of different minds must not drive each other on.
func (m *mirror) stale(now time.Time) (out []string) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if !m.up || now.Sub(m.since) < settle {
		return nil
	}
	for topic, r := range m.topics {
		switch {
		case now.Sub(r.changed) < settle:
		case r.sent != r.heard:
			out = append(out, topic)
			r.changed = now
		case r.sent == [32]byte{}:
			delete(m.topics, topic)
		case !r.repeated:
			out = append(out, topic)
			r.repeated, r.changed = true, now
		}
	}
	slices.Sort(out)
	return out
}
