package device_test

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"github.com/tarm/serial"
	"go.uber.org/goleak"

	"portaria/scanner-sim/device"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func plug(t *testing.T, o device.Options) *device.Scanner {
	t.Helper()
	s, err := device.Open(o)
	require.NoError(t, err)
	t.Cleanup(s.Close)
	return s
}

// gate reads a port with the library that real gates use, and gathers what comes.
type gate struct {
	mu   sync.Mutex
	got  strings.Builder
	ends chan struct{}
	port *serial.Port
}

func openGate(t *testing.T, path string) *gate {
	t.Helper()
	port, err := serial.OpenPort(&serial.Config{Name: path, Baud: 9600, ReadTimeout: 100 * time.Millisecond})
	require.NoError(t, err)
	g := &gate{ends: make(chan struct{}), port: port}
	stop := make(chan struct{})
	go g.read(stop)
	t.Cleanup(func() {
		close(stop)
		<-g.ends
		_ = port.Close()
	})
	return g
}

func (g *gate) read(stop chan struct{}) {
	defer close(g.ends)
	buffer := make([]byte, 4096)
	for {
		select {
		case <-stop:
			return
		default:
		}
		n, _ := g.port.Read(buffer)
		g.mu.Lock()
		g.got.Write(buffer[:n])
		g.mu.Unlock()
	}
}

func (g *gate) read1() string {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.got.String()
}

func (g *gate) hears(t *testing.T, want string) {
	t.Helper()
	require.Eventually(t, func() bool { return g.read1() == want }, 5*time.Second, 2*time.Millisecond, "%q", g.read1())
}

func TestAGateReadsExactlyTheBytes(t *testing.T) {
	everyByte := make([]byte, 256)
	for i := range everyByte {
		everyByte[i] = byte(i)
	}
	for _, c := range []struct {
		name    string
		options device.Options
		code    string
		want    string
	}{
		{"a code ends with CR", device.Options{}, "7K3M9QXF2TBCW8", "7K3M9QXF2TBCW8\r"},
		{"an AIM prefix and CR LF", device.Options{Prefix: "]Q1", Suffix: "\r\n"}, "HELLO", "]Q1HELLO\r\n"},
		{"paced by a fast wire", device.Options{Baud: 115200}, strings.Repeat("A", 122), strings.Repeat("A", 122) + "\r"},
		{"every byte there is, untranslated", device.Options{}, string(everyByte), string(everyByte) + "\r"},
		{"ten kilobytes, more than the line holds", device.Options{}, strings.Repeat("X", 10<<10), strings.Repeat("X", 10<<10) + "\r"},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := plug(t, c.options)
			g := openGate(t, s.Path())
			require.NoError(t, s.Scan(t.Context(), c.code))
			g.hears(t, c.want)
		})
	}
}

func TestCodesOfSeveralHandsNeverMix(t *testing.T) {
	s := plug(t, device.Options{Suffix: "\n"})
	g := openGate(t, s.Path())
	var hands sync.WaitGroup
	for _, char := range "ABCDEFGH" {
		hands.Go(func() {
			for range 10 {
				assert.NoError(t, s.Scan(t.Context(), strings.Repeat(string(char), 50)))
			}
		})
	}
	hands.Wait()
	require.NoError(t, s.Taken(t.Context()))
	require.Eventually(t, func() bool { return strings.Count(g.read1(), "\n") == 80 }, 5*time.Second, 2*time.Millisecond)
	for line := range strings.Lines(g.read1()) {
		require.Equal(t, strings.Repeat(line[:1], 50)+"\n", line)
	}
}

func TestTheWireTakesItsTime(t *testing.T) {
	s := plug(t, device.Options{Baud: 9600})
	openGate(t, s.Path())
	started := time.Now()
	require.NoError(t, s.Scan(t.Context(), strings.Repeat("A", 96)))
	assert.GreaterOrEqual(t, time.Since(started), 99*time.Millisecond, "97 characters of 10 bits at 9,600 bits a second")
}

func TestTheLinkFollowsTheScanner(t *testing.T) {
	path := filepath.Join(t.TempDir(), "lane-1")
	first := plug(t, device.Options{Link: path})
	assert.Equal(t, path, first.Path())
	second := plug(t, device.Options{Link: path})
	g := openGate(t, path)
	require.NoError(t, second.Scan(t.Context(), "SECOND"))
	g.hears(t, "SECOND\r")
	first.Close()
	_, err := os.Stat(path)
	require.NoError(t, err, "the first scanner leaves the second one's link alone")
	second.Close()
	_, err = os.Lstat(path)
	assert.ErrorIs(t, err, os.ErrNotExist)
}

func TestAFileInTheLinksPlaceIsNotTouched(t *testing.T) {
	path := filepath.Join(t.TempDir(), "precious")
	require.NoError(t, os.WriteFile(path, []byte("data"), 0o600))
	_, err := device.Open(device.Options{Link: path})
	require.ErrorContains(t, err, "is there already and is no link")
	bytes, err := os.ReadFile(path)
	require.NoError(t, err)
	assert.Equal(t, "data", string(bytes))
}

func TestUnpluggingHangsUpTheGate(t *testing.T) {
	s := plug(t, device.Options{})
	port, err := serial.OpenPort(&serial.Config{Name: s.Path(), Baud: 9600, ReadTimeout: 5 * time.Second})
	require.NoError(t, err)
	defer port.Close()
	s.Close()
	n, err := port.Read(make([]byte, 10))
	assert.Zero(t, n)
	assert.Error(t, err)
	assert.Error(t, s.Scan(t.Context(), "TOO LATE"))
}

func TestACodeStaysUntilAGateReadsIt(t *testing.T) {
	s := plug(t, device.Options{})
	require.NoError(t, s.Scan(t.Context(), "EARLY"))
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Millisecond)
	defer cancel()
	require.ErrorContains(t, s.Taken(ctx), "6 characters are left")
	openGate(t, s.Path()).hears(t, "EARLY\r")
	require.NoError(t, s.Taken(t.Context()))
}

func TestTypingEndsWithItsContext(t *testing.T) {
	s := plug(t, device.Options{})
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	err := s.Scan(ctx, strings.Repeat("A", 100<<10)) // nobody reads: the line fills up
	assert.ErrorIs(t, err, context.DeadlineExceeded)
}

func TestTheScannerHearsItsSettings(t *testing.T) {
	heard := make(chan string, 10)
	s := plug(t, device.Options{Heard: func(b []byte) { heard <- string(b) }})
	port, err := serial.OpenPort(&serial.Config{Name: s.Path(), Baud: 9600, ReadTimeout: time.Second})
	require.NoError(t, err)
	defer port.Close()
	_, err = port.Write([]byte("\x16T\r"))
	require.NoError(t, err)
	assert.Equal(t, "\x16T\r", <-heard)
}
