package broker

import (
	"crypto/tls"
	"errors"
	"log/slog"
	"net"
	"runtime/debug"
	"sync"
	"time"

	"github.com/mochi-mqtt/server/v2/listeners"
)

// listener is the engine's listener with what its own lack: a limit and a deadline before CONNECT, patience with
// passing accept errors, a recover around each client, writes that never block, and a wait for the end.
type listener struct {
	socket net.Listener
	cfg    Config
	slots  chan struct{}
	wg     sync.WaitGroup
	rates  rates
	said   limiter // of log lines about handshakes that failed
	mu     sync.Mutex
	conns  map[*conn]bool
	closed bool
}

func newListener(socket net.Listener, cfg Config) *listener {
	return &listener{socket: socket, cfg: cfg, slots: make(chan struct{}, cfg.MaxClients+16), conns: map[*conn]bool{},
		rates: rates{rate: cfg.ConnectRate, burst: 5 * cfg.ConnectRate}, said: limiter{rate: 0.2, burst: 20}}
}

func (l *listener) Init(*slog.Logger) error { return nil }
func (l *listener) ID() string              { return "tcp" }
func (l *listener) Address() string         { return l.socket.Addr().String() }
func (l *listener) Protocol() string        { return "tcp" }

// Serve accepts until Close.
func (l *listener) Serve(establish listeners.EstablishFn) {
	l.wg.Add(1)
	defer l.wg.Done()
	for {
		raw, err := l.socket.Accept()
		switch {
		case errors.Is(err, net.ErrClosed):
			return
		case err != nil: // out of file descriptors, most likely: it passes
			l.cfg.Log.Warn("MQTT cannot accept a connection; trying again", "why", err)
			time.Sleep(100 * time.Millisecond)
			continue
		}
		l.admit(raw, establish)
	}
}

func (l *listener) admit(raw net.Conn, establish listeners.EstablishFn) {
	if !l.rates.take(raw.RemoteAddr(), time.Now()) {
		_ = raw.Close()
		return
	}
	select {
	case l.slots <- struct{}{}:
	default:
		_ = raw.Close() // full: a refusal costs us nothing
		return
	}
	if l.cfg.TLS != nil {
		raw = tls.Server(raw, l.cfg.TLS)
	}
	c := newConn(raw, l.cfg.WriteBuffer)
	if !l.keep(c) {
		c.abort()
		<-l.slots
		return
	}
	l.wg.Go(func() { l.attend(c, establish) })
}

func (l *listener) attend(c *conn, establish listeners.EstablishFn) {
	defer func() {
		if p := recover(); p != nil {
			l.cfg.Log.Error("MQTT client ended by a fault in the broker", "from", c.RemoteAddr(), "panic", p,
				"stack", string(debug.Stack()))
		}
		c.leave()
		_ = c.Close()
		c.done.Wait()
		l.drop(c)
		<-l.slots
	}()
	until := time.Now().Add(l.cfg.HelloTimeout)
	if err := c.shake(until); err != nil {
		if l.said.take(time.Now()) {
			l.cfg.Log.Warn("MQTT connection refused before it said who it is", "from", c.RemoteAddr(), "why", err)
		}
		return
	}
	_ = c.SetReadDeadline(until)
	_ = establish(l.ID(), c) // the guard has logged why
}

func (l *listener) keep(c *conn) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.conns[c] = true
	return !l.closed
}

func (l *listener) drop(c *conn) {
	l.mu.Lock()
	defer l.mu.Unlock()
	delete(l.conns, c)
}

// Close stops accepting and ends every connection, also those that have not said CONNECT. The engine is asked to close its
// clients only when none is left: it takes a lock twice there, and stands still for ever when a client leaves between.
func (l *listener) Close(closeClients listeners.CloseFn) {
	_ = l.socket.Close()
	l.mu.Lock()
	l.closed = true
	for c := range l.conns {
		_ = c.Close()
	}
	l.mu.Unlock()
	l.wg.Wait()
	closeClients(l.ID())
}

func (l *listener) wait() { l.wg.Wait() }
