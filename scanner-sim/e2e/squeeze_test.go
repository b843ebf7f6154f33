//go:build e2e

package e2e_test

import (
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"portaria/scanner-sim/e2e"
	"portaria/scanner-sim/e2e/reckon"
)

// A count that finds nothing proves something only if it would find it: here the gate program is built with a mistake.
func TestAGateThatDropsLatePassagesIsCaught(t *testing.T) {
	programs := spoilt(t, "edge/gate/passage.go", "s.outcome(l, late, admit.ForcedPass)", "")
	r, err := e2e.Run(t.Context(), e2e.Options{Bin: programs, Seed: number(t, "E2E_SEED", 7), Seconds: 20, Gates: 3, Say: t.Logf})
	require.NoError(t, err)
	t.Log(r.Line())
	t.Cleanup(func() { _ = os.RemoveAll(r.Dir) })
	assert.Positive(t, r.Count(reckon.Lost), "nobody was missed")
	assert.Equal(t, r.Count(reckon.Lost), len(r.Findings))
	for _, f := range r.Findings {
		assert.Contains(t, f.Text, "the cloud knows of no passage")
	}
}

// spoilt is a folder of the built programs whose edge has one line of its source replaced.
func spoilt(t *testing.T, file, line, by string) string {
	t.Helper()
	root, err := filepath.Abs("../..")
	require.NoError(t, err)
	raw, err := os.ReadFile(filepath.Join(root, file))
	require.NoError(t, err)
	require.Equal(t, 1, strings.Count(string(raw), line), "%s is not in %s as it was when the mistake was thought of", line, file)
	dir := t.TempDir()
	wrong, overlay := filepath.Join(dir, "wrong.go"), filepath.Join(dir, "overlay.json")
	require.NoError(t, os.WriteFile(wrong, []byte(strings.Replace(string(raw), line, by, 1)), 0o600))
	replace, err := json.Marshal(map[string]any{"Replace": map[string]string{filepath.Join(root, file): wrong}})
	require.NoError(t, err)
	require.NoError(t, os.WriteFile(overlay, replace, 0o600))
	cmd := exec.Command("go", "build", "-overlay", overlay, "-o", filepath.Join(dir, "edge"), "./edge/cmd/edge")
	cmd.Dir = root
	out, err := cmd.CombinedOutput()
	require.NoError(t, err, "%s", out)
	for _, program := range []string{"cloud", "hub"} {
		built, err := filepath.Abs(filepath.Join(bin, program))
		require.NoError(t, err)
		require.NoError(t, os.Symlink(built, filepath.Join(dir, program)))
	}
	return dir
}

func TestWhoComesAfterTheTurnstilesTimeIsOnRecordThroughAPowerCut(t *testing.T) {
	const rounds = 4
	v, err := e2e.Squeeze(t.Context(), bin, rounds, t.Logf)
	require.NoError(t, err)
	t.Logf("squeeze: passed=%d late=%d strays=%d unknowable=%d findings=%v", v.Entered, v.Late, v.Strays, v.Unknowable, v.Findings)
	assert.Empty(t, v.Findings)
	assert.GreaterOrEqual(t, v.Late, rounds, "past the process that let them in")
	assert.Equal(t, rounds, v.Strays, "past the next one")
	assert.Equal(t, 3*rounds, v.Late+v.Strays+v.Unknowable)
}
