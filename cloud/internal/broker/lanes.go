package broker

import (
	"sync"

	"portaria/mqtt/session"
)

// Bounds of what waits to be stored.
const (
	maxHubs  = 4096 // at work at once
	perHub   = 64   // messages of one hub
	together = 16   // stored at once: a catching-up house must leave connections to those who sell
)

// lanes works through messages in order of each hub, and lets no hub hold up another.
type lanes struct {
	work  func(hub string, m session.Message)
	slots chan struct{}
	done  sync.WaitGroup

	mu      sync.Mutex
	waiting map[string][]session.Message // a hub is in it while its messages are being worked on
}

func newLanes(work func(string, session.Message)) *lanes {
	return &lanes{work: work, slots: make(chan struct{}, together), waiting: map[string][]session.Message{}}
}

// put queues a message, and says whether there was room. It never waits.
func (l *lanes) put(hub string, m session.Message) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	queue, working := l.waiting[hub]
	if len(queue) >= perHub || !working && len(l.waiting) >= maxHubs {
		return false
	}
	l.waiting[hub] = append(queue, m)
	if !working {
		l.done.Go(func() { l.run(hub) })
	}
	return true
}

func (l *lanes) run(hub string) {
	for {
		m, ok := l.next(hub)
		if !ok {
			return
		}
		l.slots <- struct{}{}
		l.work(hub, m)
		<-l.slots
	}
}

func (l *lanes) next(hub string) (m session.Message, ok bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	queue := l.waiting[hub]
	if len(queue) == 0 {
		delete(l.waiting, hub)
		return m, false
	}
	l.waiting[hub] = queue[1:]
	return queue[0], true
}

// wait returns when all that was put is done. Nothing may be put any more.
func (l *lanes) wait() { l.done.Wait() }
