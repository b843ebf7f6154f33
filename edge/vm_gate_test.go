//go:build vm

package edge_test

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/BurntSushi/toml"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"golang.org/x/sys/unix"

	"portaria/edge"
)

// The tests with the build tag vm run inside the virtual machines of deploy/vm. They play everything around a gate and
// run the real program, /edge, as a process of its own. What they tell the outside stands after "@@ ".

func init() {
	if os.Getenv("RUN") != "" {
		patience = 3 * time.Minute // an emulated processor
	}
}

// tell prints a line for the program outside, and waits until it is there.
func tell(format string, args ...any) {
	fmt.Printf("\n@@ "+format+"\n", args...)
	_ = unix.IoctlSetInt(1, unix.TCSBRK, 1) // tcdrain
}

// writeConfig writes the gate's configuration as an operator would have it.
func writeConfig(t *testing.T, cfg edge.Config, path string) {
	t.Helper()
	file, err := os.Create(path)
	require.NoError(t, err)
	require.NoError(t, toml.NewEncoder(file).Encode(cfg))
	require.NoError(t, file.Close())
}

// program runs /edge with a configuration until stop, and keeps its log.
func (s *site) program(config string) (stop func()) {
	s.t.Helper()
	s.panel = s.cfg.Panel.Listen
	cmd := exec.Command("/edge", "run", "--config", config)
	if os.Getenv("MUTANT") != "" {
		cmd = s.faulty()
	}
	log, err := cmd.StderrPipe()
	require.NoError(s.t, err)
	require.NoError(s.t, cmd.Start())
	heard := make(chan struct{})
	go func() {
		defer close(heard)
		s.follow(log)
	}()
	stop = func() {
		_ = cmd.Process.Signal(unix.SIGTERM)
		<-heard
		assert.NoError(s.t, cmd.Wait())
	}
	require.Eventually(s.t, s.answers, patience, 20*time.Millisecond)
	return stop
}

// faulty is this test as a gate with the mistake that MUTANT names: the real program has none.
func (s *site) faulty() *exec.Cmd {
	path := filepath.Join(s.t.TempDir(), "gate.json")
	raw, err := json.Marshal(s.cfg)
	require.NoError(s.t, err)
	require.NoError(s.t, os.WriteFile(path, raw, 0o600))
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), gateEnv+"="+path)
	return cmd
}

// follow prints the gate's log and keeps it for logged.
func (s *site) follow(log io.Reader) {
	for lines := bufio.NewScanner(log); lines.Scan(); {
		_, _ = io.WriteString(s, lines.Text()+"\n")
		fmt.Println("edge:", lines.Text())
	}
}

// logged says whether a line with all of the parts is in the gate's log.
func (s *site) logged(parts ...string) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	for line := range strings.Lines(s.log.String()) {
		all := true
		for _, part := range parts {
			all = all && strings.Contains(line, part)
		}
		if all {
			return true
		}
	}
	return false
}
