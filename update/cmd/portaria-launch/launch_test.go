package main_test

import (
	"context"
	"encoding/json"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

const repo = "../../.."

// node is a machine with a gate, as its package and its unit leave it: here the unit is this test.
type node struct {
	t                  *testing.T
	dir, config, panel string
}

func build(t *testing.T, out, pkg string, flags ...string) string {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), "go", append(append([]string{"build", "-o", out}, flags...), pkg)...)
	cmd.Dir = repo
	said, err := cmd.CombinedOutput()
	require.NoError(t, err, "%s", said)
	return out
}

// instead builds the real gate, but for some words of one of its files.
func instead(t *testing.T, out, file, old, fresh string) string {
	t.Helper()
	path, err := filepath.Abs(filepath.Join(repo, file))
	require.NoError(t, err)
	raw, err := os.ReadFile(path)
	require.NoError(t, err)
	require.Contains(t, string(raw), old)
	changed := filepath.Join(t.TempDir(), "changed.go")
	require.NoError(t, os.WriteFile(changed, []byte(strings.Replace(string(raw), old, fresh, 1)), 0o600))
	overlay, err := json.Marshal(map[string]any{"Replace": map[string]string{path: changed}})
	require.NoError(t, err)
	list := filepath.Join(t.TempDir(), "overlay.json")
	require.NoError(t, os.WriteFile(list, overlay, 0o600))
	return build(t, out, "./edge/cmd/edge", "-overlay="+list)
}

func newNode(t *testing.T) *node {
	t.Helper()
	socket, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	n := &node{t: t, dir: t.TempDir(), panel: socket.Addr().String()}
	require.NoError(t, socket.Close())
	require.NoError(t, os.MkdirAll(filepath.Join(n.dir, "lib/edge"), 0o755))
	require.NoError(t, os.MkdirAll(filepath.Join(n.dir, "state/edge"), 0o700))
	n.config = filepath.Join(n.dir, "edge.toml")
	require.NoError(t, os.WriteFile(n.config, fmt.Appendf(nil, `gate = "gate-1"
venue = "01890000-0000-7000-8000-000000000001"
organizer = "01890000-0000-7000-8000-000000000002"
platform_key = "%064x"
state_dir = %q
[panel]
listen = %q
[[lane]]
number = 1
checkpoint = "door"
scanner = %q
`, 1, filepath.Join(n.dir, "state/edge"), n.panel, filepath.Join(n.dir, "no-scanner")), 0o600))
	build(n.t, filepath.Join(n.dir, "portaria-launch"), "./update/cmd/portaria-launch")
	require.NoError(t, os.Symlink("portaria-launch", filepath.Join(n.dir, "portaria-edge")))
	return n
}

func (n *node) command(ctx context.Context, name string, args ...string) *exec.Cmd {
	cmd := exec.CommandContext(ctx, filepath.Join(n.dir, name), args...)
	cmd.Env = append(os.Environ(), "PORTARIA_LIB="+filepath.Join(n.dir, "lib"), "PORTARIA_STATE="+filepath.Join(n.dir, "state"), "PORTARIA_PROVEN_AFTER=300ms")
	return cmd
}

// install does what the package's script does once dpkg has put the new program in its place.
func (n *node) install(program, version string) {
	n.t.Helper()
	packaged := filepath.Join(n.dir, "lib/edge/packaged")
	_ = os.Remove(packaged)
	require.NoError(n.t, os.Link(program, packaged))
	said, err := n.command(n.t.Context(), "portaria-launch", "install", "edge", version).CombinedOutput()
	require.NoError(n.t, err, "%s", said)
}

// serve starts the gate again whenever it ends, as its unit does, until stop.
func (n *node) serve() (stop func()) {
	ctx, cancel := context.WithCancel(n.t.Context())
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		for ctx.Err() == nil {
			gate := n.command(ctx, "portaria-launch", "start", "edge", "run", "--config", n.config)
			gate.Cancel = func() error { return gate.Process.Signal(syscall.SIGTERM) }
			_ = gate.Run() // how it ended is what the launcher reckons with
		}
	}()
	return func() { cancel(); <-ended }
}

func (n *node) answers() bool {
	response, err := http.Get("http://" + n.panel + "/status")
	if err != nil {
		return false
	}
	return response.Body.Close() == nil
}

func (n *node) status() string {
	n.t.Helper()
	said, err := n.command(n.t.Context(), "portaria-edge", "update", "status", "--state", filepath.Join(n.dir, "state/edge"),
		"--slots", filepath.Join(n.dir, "lib/edge/slots")).CombinedOutput()
	require.NoError(n.t, err, "%s", said)
	return string(said)
}

// until serves until the gate answers and its status says so; both at once, and for as long as somebody looks.
func (n *node) until(says ...string) {
	n.t.Helper()
	stop := n.serve()
	defer stop()
	require.EventuallyWithT(n.t, func(c *assert.CollectT) {
		require.True(c, n.answers())
		for _, text := range says {
			require.Contains(c, n.status(), text)
		}
	}, 60*time.Second, 50*time.Millisecond)
}

func TestAGateGoesBackToTheVersionThatWorked(t *testing.T) {
	n, built := newNode(t), t.TempDir()
	whole := build(t, filepath.Join(built, "good"), "./edge/cmd/edge")
	refuses := instead(t, filepath.Join(built, "refuses"), "edge/edge.go", `n.log.Info("self-test passed"`,
		`return errors.New("self-test: made to fail"); n.log.Info("self-test passed"`)
	crashes := instead(t, filepath.Join(built, "crashes"), "edge/edge.go", `n.log.Info("gate ready"`, `panic("made to crash"); n.log.Info("gate ready"`)

	n.install(whole, "0.1.0")
	n.until("in force: 0.1.0", "to go back to: none")
	n.install(refuses, "0.2.0")
	assert.Contains(t, n.status(), "waiting: 0.2.0 goes on trial at the next start")
	n.until("in force: 0.1.0", "given up: 0.2.0: its self-test failed", "self-test: made to fail")
	n.install(crashes, "0.3.0")
	n.until("in force: 0.1.0", "given up: 0.3.0: it was started 3 times and never proved itself")
	require.NoError(t, os.WriteFile(filepath.Join(built, "half"), []byte("\x7fELF"), 0o755))
	n.install(filepath.Join(built, "half"), "0.4.0")
	n.until("in force: 0.1.0", "given up: 0.4.0: its self-test failed: fork/exec")
	n.install(whole, "0.5.0")
	n.until("in force: 0.5.0", "not on trial", "to go back to: 0.1.0")
}
