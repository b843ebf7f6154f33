package edge_test

import (
	"fmt"
	"net"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"portaria/doctor"
	"portaria/edge"
	"portaria/edge/internal/lane"
	"portaria/edge/ticket"
	"portaria/edge/whitelist"
)

// examine returns a gate's findings by what they are about.
func (s *site) examine() map[string]doctor.Finding {
	s.t.Helper()
	cfg := s.cfg
	if s.panel != "" {
		cfg.Panel.Listen = s.panel
	}
	found := map[string]doctor.Finding{}
	for _, f := range edge.Doctor(s.t.Context(), cfg) {
		assert.NotContains(s.t, found, f.What, "each thing once")
		found[f.What] = f
	}
	return found
}

func TestADoctorFindsARunningGateWell(t *testing.T) {
	s := newSite(t)
	s.start()
	e := s.hub.src.Event("Ópera")
	s.open(e, 3, whitelist.Checkpoint{})
	found := s.examine()
	for _, what := range []string{"gate program", "state directory", "disk sync speed", "clock", "scanner of lane 1", "hub", "list of Ópera"} {
		require.Contains(t, found, what)
		assert.NotEqual(t, doctor.Fail, found[what].Grade, "%s: %s", what, found[what].Do)
	}
	assert.Contains(t, found["gate program"].Do, "runs as g1")
	assert.Contains(t, found["clock"].Do, "told by hub hub-1")
	assert.Regexp(t, `3 tickets, signed \d s ago`, found["list of Ópera"].Do)
	assert.Equal(t, doctor.Warn, found["turnstile output"].Grade, "a simulated board moves nothing")
	assert.True(t, s.scan(e.Code(ticket.Fields{ID: 1})).Admit, "the gate was not disturbed")
}

func TestADoctorLooksAtAGateThatDoesNotRun(t *testing.T) {
	s := newSite(t)
	s.start()
	e := s.hub.src.Event("Ópera")
	s.open(e, 3, whitelist.Checkpoint{})
	s.stop()
	before, err := os.ReadFile(filepath.Join(s.cfg.StateDir, "lists.db"))
	require.NoError(t, err)
	found := s.examine()
	assert.Equal(t, doctor.Warn, found["gate program"].Grade)
	assert.Contains(t, found["gate program"].Do, "systemctl start portaria-edge")
	assert.Contains(t, found["list of Ópera"].Do, "3 tickets", "read from the disk")
	assert.Equal(t, doctor.OK, found["hub, messages"].Grade, found["hub, messages"].Do)
	after, err := os.ReadFile(filepath.Join(s.cfg.StateDir, "lists.db"))
	require.NoError(t, err)
	assert.Equal(t, before, after, "nothing was changed")
}

func TestADoctorSaysWhatIsWrong(t *testing.T) {
	s := newSite(t)
	socket, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	nobody := socket.Addr().String()
	require.NoError(t, socket.Close())
	s.cfg.Hub = edge.Hub{MQTT: "tcp://" + nobody, HTTP: "http://" + nobody}
	s.cfg.Panel.Listen = nobody
	s.cfg.Lanes[0].Scanner = "/dev/serial/by-id/usb-None_00-if00"
	s.cfg.Lanes = append(s.cfg.Lanes, edge.Lane{Number: 2, Checkpoint: "door", Scanner: s.cfg.StateDir},
		edge.Lane{Number: 3, Checkpoint: "door", Scanner: "/dev/null"})
	found := s.examine()
	for what, says := range map[string]string{"hub, messages": "switch the hub on", "hub, lists": "nothing listens there",
		"scanner of lane 1": "plug it in", "scanner of lane 2": "is no device", "lists": "every ticket is refused"} {
		assert.Equal(t, doctor.Fail, found[what].Grade, what)
		assert.Contains(t, found[what].Do, says, what)
	}
	assert.Equal(t, doctor.Warn, found["scanner of lane 3"].Grade, "a name that another device may have tomorrow")
}

func TestAnotherGateOnThePanelsPortIsFound(t *testing.T) {
	s := newSite(t)
	s.start()
	s.cfg.Gate = "g2"
	found := s.examine()
	assert.Equal(t, doctor.Fail, found["gate program"].Grade)
	assert.Contains(t, found["gate program"].Do, `served by gate "g1"`)
	assert.Contains(t, found["lists"].Do, "cannot be asked", "its files are held, and that takes no lock")
}

func TestAReaderThatNoLongerTurnsIsNoLife(t *testing.T) {
	require.NoError(t, edge.SilentReader(time.Second))
	require.ErrorContains(t, edge.SilentReader(6*time.Second), "the scanner of lane 4 has not been read")
}

func TestAConsoleOnTheScannersLineIsFound(t *testing.T) {
	assert.True(t, edge.ConsoleIn("root=/dev/sda1 console=ttyAMA0,115200 quiet\n", "ttyAMA0"))
	assert.False(t, edge.ConsoleIn("console=tty1 console=ttyAMA01 consoleblank=0\n", "ttyAMA0"))
}

func TestAGateThatWorksIsAliveWithItsScannerOrWithout(t *testing.T) {
	dir, err := os.MkdirTemp("", "gate")
	require.NoError(t, err)
	t.Cleanup(func() { os.RemoveAll(dir) })
	path := filepath.Join(dir, "notify")
	socket, err := net.ListenUnixgram("unixgram", &net.UnixAddr{Name: path, Net: "unixgram"})
	require.NoError(t, err)
	defer socket.Close()
	t.Setenv("NOTIFY_SOCKET", path)
	t.Setenv("WATCHDOG_USEC", "150000")
	s := newSite(t)
	s.start()
	hear(t, socket, "READY=1")
	hear(t, socket, "WATCHDOG=1")
	s.line.Unplug()
	s.until("the scanner is gone", func(st lane.Status) bool { return st.Lanes[0].Scanner == "gone" })
	hear(t, socket, "WATCHDOG=1") // a new start would not plug it in
}

func hear(t *testing.T, socket *net.UnixConn, want string) {
	t.Helper()
	require.NoError(t, socket.SetReadDeadline(time.Now().Add(10*time.Second)))
	buf := make([]byte, 256)
	for {
		n, err := socket.Read(buf)
		require.NoError(t, err, "systemd waits for %s", want)
		if string(buf[:n]) == want {
			return
		}
	}
}

func TestAPageOfAnotherProgramIsNoGate(t *testing.T) {
	s := newSite(t)
	server := httptest.NewServer(nil)
	defer server.Close()
	s.cfg.Panel.Listen = strings.TrimPrefix(server.URL, "http://")
	found := s.examine()["gate program"]
	assert.Equal(t, doctor.Fail, found.Grade, fmt.Sprint(found))
}
