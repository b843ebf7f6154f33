package catchup

import (
	"io"
	"net"
	"sync"
	"sync/atomic"
)

// cable passes connections on, and counts what goes up.
type cable struct {
	socket net.Listener
	sent   atomic.Int64
	wait   sync.WaitGroup

	mu   sync.Mutex
	open map[net.Conn]bool
	cut  bool
}

func layCable(at, to string) (*cable, error) {
	socket, err := net.Listen("tcp", at)
	if err != nil {
		return nil, err
	}
	c := &cable{socket: socket, open: map[net.Conn]bool{}}
	c.wait.Go(func() {
		for {
			from, err := socket.Accept()
			if err != nil {
				return
			}
			c.wait.Go(func() { c.pass(from, to) })
		}
	})
	return c, nil
}

func (c *cable) pass(from net.Conn, to string) {
	defer from.Close()
	up, err := net.Dial("tcp", to)
	if err != nil || !c.keep(from, up) {
		return
	}
	defer up.Close()
	down := make(chan struct{})
	go func() {
		defer close(down)
		_, _ = io.Copy(from, up)
		_ = from.Close()
	}()
	_, _ = io.Copy(counting{up, &c.sent}, from)
	_ = up.Close()
	<-down
}

// keep notes connections, so that close can end them.
func (c *cable) keep(both ...net.Conn) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, one := range both {
		c.open[one] = true
	}
	return !c.cut
}

func (c *cable) close() {
	c.mu.Lock()
	c.cut = true
	for one := range c.open {
		_ = one.Close()
	}
	c.mu.Unlock()
	_ = c.socket.Close()
	c.wait.Wait()
}

type counting struct {
	to io.Writer
	n  *atomic.Int64
}

func (c counting) Write(b []byte) (int, error) {
	n, err := c.to.Write(b)
	c.n.Add(int64(n))
	return n, err
}
