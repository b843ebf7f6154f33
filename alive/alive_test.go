package alive_test

import (
	"context"
	"errors"
	"log/slog"
	"net"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"portaria/alive"
)

// manager is systemd's end of the notification socket.
type manager struct {
	mu   sync.Mutex
	said []string
}

func newManager(t *testing.T, watchdog string) *manager {
	dir, err := os.MkdirTemp("", "alive") // short: a socket's path has 108 bytes
	require.NoError(t, err)
	t.Cleanup(func() { os.RemoveAll(dir) })
	path := filepath.Join(dir, "notify")
	socket, err := net.ListenUnixgram("unixgram", &net.UnixAddr{Name: path, Net: "unixgram"})
	require.NoError(t, err)
	t.Cleanup(func() { socket.Close() })
	t.Setenv("NOTIFY_SOCKET", path)
	t.Setenv("WATCHDOG_USEC", watchdog)
	t.Setenv("WATCHDOG_PID", "")
	m := &manager{}
	go m.listen(socket)
	return m
}

func (m *manager) listen(socket *net.UnixConn) {
	buf := make([]byte, 512)
	for {
		n, err := socket.Read(buf)
		if err != nil {
			return
		}
		m.mu.Lock()
		m.said = append(m.said, string(buf[:n]))
		m.mu.Unlock()
	}
}

func (m *manager) heard(what string) (n int) {
	m.mu.Lock()
	defer m.mu.Unlock()
	for _, s := range m.said {
		if s == what {
			n++
		}
	}
	return n
}

func (m *manager) until(t *testing.T, what string, times int) {
	t.Helper()
	require.Eventually(t, func() bool { return m.heard(what) >= times }, 5*time.Second, time.Millisecond, what)
}

func guard(t *testing.T, prove func(context.Context) error, log *slog.Logger) (stop func()) {
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan struct{})
	go func() { defer close(ended); alive.Guard(ctx, prove, log) }()
	return func() { cancel(); <-ended }
}

func TestReadyIsSaidAtOnceAndLifeAsLongAsItIsProven(t *testing.T) {
	m := newManager(t, "30000")
	stop := guard(t, func(context.Context) error { return nil }, slog.New(slog.DiscardHandler))
	m.until(t, "READY=1", 1)
	m.until(t, "WATCHDOG=1", 3)
	stop()
	guard(t, func(context.Context) error { return nil }, slog.New(slog.DiscardHandler))()
	m.until(t, "READY=1", 2)
	assert.Zero(t, m.heard("STOPPING=1"), "systemd would end a program that only reads its disk anew")
}

func TestAProofThatFailsOrHangsIsNoSignOfLife(t *testing.T) {
	m := newManager(t, "30000")
	var tries atomic.Int32
	var log strings.Builder
	stop := guard(t, func(ctx context.Context) error {
		switch n := tries.Add(1); {
		case n%2 == 0:
			<-ctx.Done() // a disk that does not answer
			return ctx.Err()
		default:
			return errors.New("the store is stuck")
		}
	}, slog.New(slog.NewTextHandler(&log, nil)))
	require.Eventually(t, func() bool { return tries.Load() >= 4 }, 5*time.Second, time.Millisecond)
	stop()
	assert.Zero(t, m.heard("WATCHDOG=1"))
	assert.Contains(t, log.String(), "the store is stuck")
}

func TestAProgramThatRecoversIsAliveAgain(t *testing.T) {
	m := newManager(t, "30000")
	var tries atomic.Int32
	stop := guard(t, func(context.Context) error {
		if tries.Add(1) < 3 {
			return errors.New("not yet")
		}
		return nil
	}, slog.New(slog.DiscardHandler))
	defer stop()
	m.until(t, "WATCHDOG=1", 1)
	assert.GreaterOrEqual(t, tries.Load(), int32(3))
}

func TestWithoutAWatchdogNothingIsAsked(t *testing.T) {
	m := newManager(t, "")
	stop := guard(t, func(context.Context) error {
		assert.Fail(t, "nobody wants a proof")
		return nil
	}, slog.New(slog.DiscardHandler))
	m.until(t, "READY=1", 1)
	stop()
	guard(t, func(context.Context) error { return nil }, slog.New(slog.DiscardHandler))()
	m.until(t, "READY=1", 2)
	assert.Zero(t, m.heard("STOPPING=1"), "systemd would end a program that only reads its disk anew")
}

func TestWithoutSystemdNothingIsSaid(t *testing.T) {
	t.Setenv("NOTIFY_SOCKET", "")
	t.Setenv("WATCHDOG_USEC", "")
	var log strings.Builder
	guard(t, func(context.Context) error { return nil }, slog.New(slog.NewTextHandler(&log, nil)))()
	assert.Empty(t, log.String())
}
