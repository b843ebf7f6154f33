package broker

import (
	"context"
	"crypto/tls"
	"errors"
	"net"
	"sync"
	"time"
)

// Patience with a reader.
const (
	writeTimeout = 20 * time.Second // for one piece to leave
	lastTimeout  = time.Second      // for what waits when the connection ends
)

// How large a buffer may be to be used again, in bytes: a connection keeps one of the smaller, and all share the larger, which
// the collector may have when nobody needs them.
const (
	spareBuffer = 64 << 10
	largeBuffer = 1 << 20
)

var large = sync.Pool{New: func() any { b := make([]byte, 0, largeBuffer); return &b }}

var errSlow = errors.New("reads too slowly")

// conn is a connection whose writes never block: they wait in a bounded buffer for a goroutine of its own. The engine
// writes while it holds a lock that every publisher to this client needs, so one stalled reader would stall the
// whole broker.
type conn struct {
	net.Conn
	most int

	mu      sync.Mutex
	filled  *sync.Cond
	waiting []byte
	spare   []byte // has left, and is used again
	closing bool
	failed  error
	done    sync.WaitGroup

	turn func() // gives a turn back; of the connection's own goroutine
}

func newConn(raw net.Conn, most int) *conn {
	c := &conn{Conn: raw, most: most}
	c.filled = sync.NewCond(&c.mu)
	c.done.Go(c.drain)
	return c
}

// shake does the TLS handshake, if there is one to be done, before the deadline.
func (c *conn) shake(until time.Time) error {
	secure, ok := c.Conn.(*tls.Conn)
	if !ok {
		return nil
	}
	_ = secure.SetDeadline(until) // a closed connection fails in the handshake
	if err := secure.HandshakeContext(context.Background()); err != nil {
		return err
	}
	return secure.SetWriteDeadline(time.Time{})
}

func (c *conn) tlsState() (tls.ConnectionState, bool) {
	secure, ok := c.Conn.(*tls.Conn)
	if !ok {
		return tls.ConnectionState{}, false
	}
	return secure.ConnectionState(), true
}

// Write queues the bytes. A reader that leaves more than the buffer holds is cut off.
func (c *conn) Write(p []byte) (int, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.failed != nil || c.closing {
		return 0, errors.Join(net.ErrClosed, c.failed)
	}
	if len(c.waiting)+len(p) > c.most {
		c.fail(errSlow)
		return 0, errSlow
	}
	if need := len(c.waiting) + len(p); need > spareBuffer && need > cap(c.waiting) && need <= largeBuffer {
		c.waiting = append((*large.Get().(*[]byte))[:0], c.waiting...)
	}
	c.waiting = append(c.waiting, p...)
	c.filled.Signal()
	return len(p), nil
}

// SetDeadline sets the read deadline only: the engine means the client's silence, and the writer has its own.
func (c *conn) SetDeadline(t time.Time) error { return c.Conn.SetReadDeadline(t) }

// Close lets what was written leave, within a second, and ends a blocked Read at once.
func (c *conn) Close() error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if !c.closing {
		c.closing = true
		_ = c.Conn.SetWriteDeadline(time.Now().Add(lastTimeout))
		c.filled.Signal()
	}
	return c.Conn.SetReadDeadline(time.Unix(1, 0))
}

// abort closes without waiting for what was written.
func (c *conn) abort() {
	c.mu.Lock()
	c.fail(net.ErrClosed)
	c.mu.Unlock()
	c.done.Wait()
}

// fail ends the connection; the caller holds mu.
func (c *conn) fail(err error) {
	if c.failed == nil {
		c.failed = err
	}
	c.waiting = nil
	c.cut()
	c.filled.Signal()
}

// cut closes the socket without a word: TLS would say goodbye first, and wait seconds for a reader that reads nothing, while
// everybody waits for the caller.
func (c *conn) cut() {
	if secure, ok := c.Conn.(*tls.Conn); ok {
		_ = secure.NetConn().Close()
		return
	}
	_ = c.Conn.Close()
}

func (c *conn) drain() {
	defer c.Conn.Close()
	for {
		piece, more := c.next()
		if len(piece) > 0 {
			if _, err := c.Conn.Write(piece); err != nil {
				c.mu.Lock()
				c.fail(err)
				c.mu.Unlock()
				return
			}
			c.reuse(piece)
		}
		if !more {
			return
		}
	}
}

// reuse keeps a buffer that has left for what is written next.
func (c *conn) reuse(piece []byte) {
	if cap(piece) == largeBuffer {
		large.Put(&piece)
		return
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if cap(piece) <= spareBuffer && c.failed == nil {
		c.spare = piece[:0]
	}
}

// next waits for bytes to write and gives them their time; more is false when none will follow them.
func (c *conn) next() (piece []byte, more bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for len(c.waiting) == 0 && !c.closing && c.failed == nil {
		c.filled.Wait()
	}
	if !c.closing {
		_ = c.Conn.SetWriteDeadline(time.Now().Add(writeTimeout))
	}
	piece, c.waiting, c.spare = c.waiting, c.spare[:0], nil
	return piece, !c.closing && c.failed == nil
}
