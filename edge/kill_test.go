package edge_test

import (
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"log/slog"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"portaria/edge"
	"portaria/edge/admit"
	"portaria/edge/internal/lane"
	"portaria/edge/ticket"
	"portaria/edge/whitelist"
	"portaria/edge/wire"
)

// gateEnv makes the test binary a gate of the configuration in the named file, until somebody kills it.
const gateEnv = "PORTARIA_EDGE_GATE"

func TestMain(m *testing.M) {
	if path := os.Getenv(gateEnv); path != "" {
		fmt.Println(runGate(path))
		os.Exit(1)
	}
	flag.Parse()
	_ = flag.Set("test.parallel", "8") // they wait more than they compute; the flag is the testing package's
	os.Exit(m.Run())
}

func runGate(path string) error {
	var cfg edge.Config
	raw, err := os.ReadFile(path)
	if err == nil {
		err = json.Unmarshal(raw, &cfg)
	}
	if err != nil {
		return err
	}
	return edge.Run(context.Background(), cfg, slog.New(slog.DiscardHandler), nil)
}

// spawn starts the gate as a process of its own, and returns what kills it.
func (s *site) spawn() (kill func()) {
	s.t.Helper()
	path := filepath.Join(s.t.TempDir(), "gate.json")
	raw, err := json.Marshal(s.cfg)
	require.NoError(s.t, err)
	require.NoError(s.t, os.WriteFile(path, raw, 0o600))
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), gateEnv+"="+path)
	require.NoError(s.t, cmd.Start())
	s.panel = s.cfg.Panel.Listen
	kill = func() {
		_ = cmd.Process.Kill() // kill -9: nothing of it runs any more
		_ = cmd.Wait()
	}
	s.t.Cleanup(kill)
	require.Eventually(s.t, func() bool { return s.answers() }, 10*time.Second, 20*time.Millisecond)
	return kill
}

func (s *site) answers() bool {
	answer, err := http.Get("http://" + s.panel + "/status")
	if err != nil {
		return false
	}
	answer.Body.Close()
	return true
}

func TestWhoeverWasLetInStaysUsedWhenTheGateIsKilled(t *testing.T) {
	t.Parallel()
	s := newSite(t, func(c *edge.Config) { c.SecretAtRest, c.Panel.Listen = "disk", freePort(t) })
	kill := s.spawn()
	e := s.hub.src.Event("gala")
	s.open(e, 100, whitelist.Checkpoint{})
	s.hub.unplug()
	s.until("the gate knows that it is alone", func(st lane.Status) bool { return !st.Hub.Up })

	next := ticket.ID(1)
	for range 4 {
		require.Equal(t, admit.OKOffline, s.scan(next.Short()).Reason)
		kill()
		kill = s.spawn()
		s.until("ready", func(st lane.Status) bool {
			return len(st.Lists) == 1 && st.Lists[0].Ready && st.Lanes[0].Scanner == "ready"
		})
		assert.Equal(t, admit.AlreadyUsed, s.scan(next.Short()).Reason, "ticket %d", next)
		next++
	}
	s.hub.plug()
	require.Eventually(t, func() bool { return s.hub.count(wire.Admission) == 4 && s.hub.count(wire.Outcome) == 4 }, 20*time.Second, 20*time.Millisecond)
	entered := map[whitelist.Ref]int{}
	for _, event := range s.hub.events() {
		if event.Type == wire.Admission {
			entered[event.Ref]++
		}
	}
	assert.Len(t, entered, 4, "each once, whatever run wrote it")
}
