package broker

import (
	"strings"
	"sync"

	"portaria/mqtt/session"
)

// Bounds of what waits to be stored.
const (
	maxHubs  = 4096  // at work at once
	perHub   = 512   // messages of one hub: 8 MiB
	inAll    = 16384 // messages of all: 256 MiB
	joined   = 64    // messages with records that are stored together
	together = 16    // hubs that are stored for at once: a catching-up house must leave connections to those who sell
)

// lanes works through messages in order of each hub, and lets no hub hold up another. What waits of a hub's records is
// worked on together: of a hub whose work failed half as much the next time, since what took too long once takes too long
// again, and would never be done.
type lanes struct {
	work  func(hub string, topic string, payloads [][]byte) (done bool)
	slots chan struct{}
	done  sync.WaitGroup

	mu      sync.Mutex
	room    *sync.Cond
	stopped bool
	inAll   int
	waiting map[string][]session.Message // a hub is in it while its messages are being worked on
	less    map[string]int               // of hubs whose work failed: messages worked on together, while fewer than joined
}

func newLanes(work func(hub, topic string, payloads [][]byte) bool) *lanes {
	l := &lanes{work: work, slots: make(chan struct{}, together), waiting: map[string][]session.Message{}, less: map[string]int{}}
	l.room = sync.NewCond(&l.mu)
	return l
}

// put queues a message, and says whether there was room. It never waits.
func (l *lanes) put(hub string, m session.Message) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.queue(hub, m)
}

// push queues a message as soon as there is room, and says whether it did: not after stop.
func (l *lanes) push(hub string, m session.Message) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	for !l.queue(hub, m) {
		if l.stopped {
			return false
		}
		l.room.Wait()
	}
	return true
}

func (l *lanes) queue(hub string, m session.Message) bool {
	queue, working := l.waiting[hub]
	if l.stopped || l.inAll >= inAll || len(queue) >= perHub || !working && len(l.waiting) >= maxHubs {
		return false
	}
	l.waiting[hub] = append(queue, m)
	l.inAll++
	if !working {
		l.done.Go(func() { l.run(hub) })
	}
	return true
}

func (l *lanes) run(hub string) {
	for l.busy(hub) {
		l.slots <- struct{}{}
		topic, payloads := l.next(hub)
		l.learn(hub, len(payloads), l.work(hub, topic, payloads))
		<-l.slots
	}
}

// learn notes how many messages of a hub may be worked on together after these.
func (l *lanes) learn(hub string, n int, done bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	less, slow := l.less[hub]
	switch {
	case !done && (slow || len(l.less) < maxHubs):
		l.less[hub] = max(n/2, 1)
	case slow && 2*less < joined:
		l.less[hub] = 2 * less
	default:
		delete(l.less, hub)
	}
}

// busy says whether anything of a hub waits; when nothing does, its lane ends.
func (l *lanes) busy(hub string) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	if len(l.waiting[hub]) > 0 && !l.stopped {
		return true
	}
	l.inAll -= len(l.waiting[hub])
	delete(l.waiting, hub)
	l.room.Broadcast()
	return false
}

// next takes the hub's oldest message, and what follows it if all of it is records.
func (l *lanes) next(hub string) (topic string, payloads [][]byte) {
	l.mu.Lock()
	defer l.mu.Unlock()
	queue := l.waiting[hub]
	topic = queue[0].Topic
	n, most := 1, joined
	if less := l.less[hub]; less > 0 {
		most = less
	}
	for strings.HasSuffix(topic, "/events") && n < min(len(queue), most) && queue[n].Topic == topic {
		n++
	}
	for _, m := range queue[:n] {
		payloads = append(payloads, m.Payload)
	}
	clear(queue[:n])
	l.waiting[hub] = queue[n:]
	l.inAll -= n
	l.room.Broadcast()
	return topic, payloads
}

// stop throws away what waits, and takes nothing more: it was not answered, so it comes again.
func (l *lanes) stop() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.stopped = true
	l.room.Broadcast()
}

// wait returns when nothing is worked on any more.
func (l *lanes) wait() { l.done.Wait() }
