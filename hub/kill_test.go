package hub_test

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"net"
	"os"
	"os/exec"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"portaria/hub"
	"portaria/hub/internal/hubtest"
)

// childEnv makes the test binary a hub with this configuration, until somebody kills it.
const childEnv = "PORTARIA_HUB_CHILD"

func beAHub(text string) {
	cfg := &hub.Config{}
	if err := json.Unmarshal([]byte(text), cfg); err != nil {
		fmt.Println(err)
		os.Exit(1)
	}
	h, err := hub.Start(context.Background(), cfg, slog.New(slog.DiscardHandler))
	if err != nil {
		fmt.Println(err)
		os.Exit(1)
	}
	fmt.Println(h.MQTTAddr())
	select {}
}

// child starts a hub as a process of its own, and says where it listens.
func child(t *testing.T, cfg *hub.Config) (net.Addr, func()) {
	t.Helper()
	text, err := json.Marshal(cfg)
	require.NoError(t, err)
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), childEnv+"="+string(text))
	out, err := cmd.StdoutPipe()
	require.NoError(t, err)
	require.NoError(t, cmd.Start())
	kill := func() { _ = cmd.Process.Kill(); _ = cmd.Wait() }
	t.Cleanup(kill)
	line, err := bufio.NewReader(out).ReadString('\n')
	require.NoError(t, err)
	addr, err := net.ResolveTCPAddr("tcp", line[:len(line)-1])
	require.NoError(t, err, line)
	return addr, kill
}

func TestAKilledHubHasWhatItAcknowledged(t *testing.T) {
	w := newWorld(t)
	w.cloud.Unplug()
	require.NoError(t, w.hub.Close())
	w.hub = nil
	addr, kill := child(t, w.cfg)
	g := hubtest.NewGate(t, addr, w.cloud.Venue, "gate-1", run7)
	sent := byte(0)
	w.eventually("some records are acknowledged", func() bool {
		for i := 0; i < 5 && sent < 240; i++ {
			sent++
			g.Send(g.Entry(evening, ref(sent), scan(sent)))
		}
		g.Beat()
		held, _ := g.Held()
		return held >= 60
	})
	kill() // in the middle of whatever it does
	acknowledged, _ := g.Held()
	require.GreaterOrEqual(t, acknowledged, uint64(60))

	w.cloud.Plug()
	w.start()
	w.eventually("the cloud gets all of it", func() bool { return uint64(len(w.cloud.Events())) >= acknowledged })
	seqs := map[uint64]int{}
	for _, e := range w.cloud.Events() {
		seqs[e.Seq]++
	}
	for seq := uint64(1); seq <= acknowledged; seq++ {
		assert.Equal(t, 1, seqs[seq], "record %d", seq)
	}
}
