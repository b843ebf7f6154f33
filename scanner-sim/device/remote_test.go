package device_test

import (
	"context"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"portaria/scanner-sim/device"
)

// serve holds a virtual scanner open for other programs until the test ends.
func serve(t *testing.T) (link string, s *device.Scanner) {
	t.Helper()
	link = filepath.Join(t.TempDir(), "lane-1")
	s = plug(t, device.Options{Link: link})
	listener, err := device.Listen(link)
	require.NoError(t, err)
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error)
	go func() { ended <- s.Serve(ctx, listener) }()
	t.Cleanup(func() {
		cancel()
		assert.NoError(t, <-ended)
	})
	return link, s
}

func TestAnotherProgramTypesThroughTheSocket(t *testing.T) {
	link, _ := serve(t)
	g := openGate(t, link)
	require.NoError(t, device.Send(t.Context(), link, "FIRST"))
	require.NoError(t, device.Send(t.Context(), link, "SECOND"))
	g.hears(t, "FIRST\rSECOND\r")
}

func TestACodeOfTwoLinesIsNotSent(t *testing.T) {
	link, _ := serve(t)
	assert.ErrorContains(t, device.Send(t.Context(), link, "A\nB"), "more than one line")
}

func TestWithNoScannerSendingSaysSo(t *testing.T) {
	err := device.Send(t.Context(), filepath.Join(t.TempDir(), "nothing"), "CODE")
	assert.ErrorIs(t, err, device.ErrNoScanner)
}

func TestAnUnpluggedScannerIsReportedToTheSender(t *testing.T) {
	link, s := serve(t)
	s.Close()
	assert.ErrorContains(t, device.Send(t.Context(), link, "CODE"), "type a code")
}

func TestALiveScannersPlaceIsNotTaken(t *testing.T) {
	link, _ := serve(t)
	_, err := device.Listen(link)
	assert.ErrorContains(t, err, "another virtual scanner holds")
}

func TestADeadScannersSocketIsReplaced(t *testing.T) {
	link := filepath.Join(t.TempDir(), "lane-1")
	dead, err := net.ListenUnix("unix", &net.UnixAddr{Name: device.SocketOf(link), Net: "unix"})
	require.NoError(t, err)
	dead.SetUnlinkOnClose(false) // as when it is killed
	require.NoError(t, dead.Close())
	_, err = os.Lstat(device.SocketOf(link))
	require.NoError(t, err)
	listener, err := device.Listen(link)
	require.NoError(t, err)
	require.NoError(t, listener.Close())
}

func TestLinesAreTypedOneByOne(t *testing.T) {
	s := plug(t, device.Options{})
	g := openGate(t, s.Path())
	var went []error
	require.NoError(t, s.Lines(t.Context(), strings.NewReader("ONE\n\nTWO\r\nTHREE"), func(err error) { went = append(went, err) }))
	assert.Equal(t, []error{nil, nil, nil}, went)
	g.hears(t, "ONE\rTWO\rTHREE\r")
}

func TestALineWithoutEndIsRefused(t *testing.T) {
	s := plug(t, device.Options{})
	err := s.Lines(t.Context(), strings.NewReader(strings.Repeat("A", 1<<20)), func(error) {})
	assert.ErrorContains(t, err, "too long")
}
