package edge_test

import (
	"context"
	"io"
	"log/slog"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"golang.org/x/sys/unix"

	"portaria/edge"
	"portaria/edge/admit"
	"portaria/edge/internal/lane"
	"portaria/edge/internal/scanner/scannertest"
	"portaria/edge/ticket"
	"portaria/edge/whitelist"
)

// said waits for a line with all of the parts in the gate's log.
func (s *site) said(parts ...string) {
	s.t.Helper()
	require.Eventually(s.t, func() bool {
		s.mu.Lock()
		defer s.mu.Unlock()
		for line := range strings.Lines(s.log.String()) {
			missing := 0
			for _, part := range parts {
				if !strings.Contains(line, part) {
					missing++
				}
			}
			if missing == 0 {
				return true
			}
		}
		return false
	}, patience, 10*time.Millisecond, "%v in the log", parts)
}

// screen is what a lane's screen shows.
func (s *site) screen(number string) string {
	s.t.Helper()
	answer, err := http.Get("http://" + s.panel + "/lane/" + number)
	require.NoError(s.t, err)
	defer answer.Body.Close()
	page, err := io.ReadAll(answer.Body)
	require.NoError(s.t, err)
	return string(page)
}

// TestALaneInTroubleStopsNoOther: every fault is a sentence in the log and on its lane's screen, and people at the other
// lanes do not notice.
func TestALaneInTroubleStopsNoOther(t *testing.T) {
	taken, flooding := scannertest.New(t), scannertest.New(t)
	other, err := os.OpenFile(taken.Device, os.O_RDWR|unix.O_NOCTTY, 0) // another program on the port
	require.NoError(t, err)
	require.NoError(t, unix.Flock(int(other.Fd()), unix.LOCK_EX))
	s := newSite(t, func(c *edge.Config) {
		for i, device := range []string{"/dev/serial/by-id/usb-Missing", taken.Device, flooding.Device, t.TempDir()} {
			c.Lanes = append(c.Lanes, edge.Lane{Number: i + 2, Checkpoint: "door", Scanner: device})
		}
	})
	s.start()
	e := s.hub.src.Event("gala")
	s.open(e, 1000, whitelist.Checkpoint{Language: "en"})
	s.said("lane=2", "is not plugged in")
	s.said("lane=3", "another program reads it")
	s.said("lane=5", "is a directory")
	for number, state := range map[int]string{1: "ready", 2: "gone", 3: "gone", 4: "ready", 5: "gone"} {
		s.until("lane's state", func(st lane.Status) bool { return st.Lanes[number-1].Scanner == state })
	}
	for number, says := range map[string]string{"2": "Check the scanner", "3": "Another program reads the scanner", "5": "Check the scanner"} {
		assert.Contains(t, s.screen(number), says, "lane %s", number)
	}
	assert.NotContains(t, s.screen("1"), "Check the scanner")

	flood := make(chan struct{})
	stop := time.Now().Add(3 * time.Second)
	go func() {
		defer close(flood)
		flooding.Flood(strings.Repeat("\x00\xffgarbage", 300)+"\r", stop)
	}()
	for id := ticket.ID(1); id <= 5; id++ {
		began := time.Now()
		assert.True(t, s.scan(id.Short()).Admit, "ticket %d", id)
		assert.Less(t, time.Since(began), 2*time.Second, "nobody waits for the lane that is flooded")
		s.passes(int(id))
	}
	<-flood
	s.said("lane=4", "codes within a minute were none")
	assert.Equal(t, admit.Unreadable, s.status().Lanes[3].Last[0].Reason)
	require.NoError(t, other.Close())
	s.until("the port is free again", func(st lane.Status) bool { return st.Lanes[2].Scanner == "ready" })
}

// onSmallDisk gives a directory on a disk of its own, of so many bytes.
func onSmallDisk(t *testing.T, size string) string {
	t.Helper()
	if os.Getuid() != 0 {
		t.Skip("only root may mount a small disk")
	}
	dir := filepath.Join(t.TempDir(), "disk")
	require.NoError(t, os.Mkdir(dir, 0o755))
	if err := unix.Mount("tmpfs", dir, "tmpfs", 0, "size="+size); err != nil {
		t.Skipf("this machine lets nobody mount a disk (%v); make test-power has one of its own", err)
	}
	t.Cleanup(func() { _ = unix.Unmount(dir, unix.MNT_DETACH) })
	return dir
}

func TestAGateThatCannotWriteSaysSoAndDoesNotStart(t *testing.T) {
	full, locked := onSmallDisk(t, "64k"), onSmallDisk(t, "64M")
	_ = os.WriteFile(filepath.Join(full, "films"), make([]byte, 1<<20), 0o600) // takes what there is
	require.NoError(t, unix.Mount("", locked, "", unix.MS_REMOUNT|unix.MS_RDONLY, ""))
	for _, row := range []struct {
		name, dir, says string
		is              error
	}{
		{"a full disk", full, "the journal", unix.ENOSPC},
		{"a disk that is read-only", locked, "make the state directory", unix.EROFS},
	} {
		t.Run(row.name, func(t *testing.T) {
			s := newSite(t, func(c *edge.Config) { c.StateDir = filepath.Join(row.dir, "state") })
			s.cfg.Panel.FaultTime = time.Minute
			s.cfg.Panel.Listen = freeAddress(t)
			ctx, stop := context.WithTimeout(t.Context(), 10*time.Second)
			defer stop()
			ended := make(chan error, 1)
			go func() { ended <- edge.Run(ctx, s.cfg, slog.New(slog.DiscardHandler), nil) }()
			require.Eventually(t, func() bool {
				answer, err := http.Get("http://" + s.cfg.Panel.Listen + "/lane/1?lang=en")
				if err != nil {
					return false
				}
				defer answer.Body.Close()
				page, err := io.ReadAll(answer.Body)
				return err == nil && strings.Contains(string(page), "its disk is full, read-only or broken")
			}, patience, 20*time.Millisecond, "the screen says what is wrong")
			stop()
			err := <-ended
			require.ErrorContains(t, err, row.says)
			assert.ErrorIs(t, err, row.is)
		})
	}
}

// freeAddress is one that nobody listens at.
func freeAddress(t *testing.T) string {
	t.Helper()
	socket, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	require.NoError(t, socket.Close())
	return socket.Addr().String()
}
