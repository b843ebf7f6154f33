package e2e_test

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"portaria/scanner-sim/e2e"
)

// bin is the folder of the built programs.
var bin = os.Getenv("E2E_BIN")

func TestMain(m *testing.M) { os.Exit(withPrograms(m)) }

// withPrograms builds the programs once, as `make build` does, unless E2E_BIN names a folder with them.
func withPrograms(m *testing.M) int {
	if bin != "" {
		return m.Run()
	}
	dir, err := os.MkdirTemp("", "portaria-bin-")
	if err == nil {
		defer os.RemoveAll(dir)
		bin = dir
		err = build(dir)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	return m.Run()
}

func build(dir string) error {
	root, err := filepath.Abs("../..")
	if err != nil {
		return err
	}
	cmd := exec.Command("go", "build", "-o", dir, "./cloud/cmd/cloud", "./hub/cmd/hub", "./edge/cmd/edge")
	cmd.Dir = root
	if out, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("build the programs: %w\n%s", err, out)
	}
	return nil
}

// number reads a number from the environment.
func number(t *testing.T, name string, usual uint64) uint64 {
	t.Helper()
	text := os.Getenv(name)
	if text == "" {
		return usual
	}
	n, err := strconv.ParseUint(text, 10, 64)
	require.NoError(t, err, name)
	return n
}

// live has an evening lived, and fails when anything of it does not add up.
func live(t *testing.T, opt e2e.Options) *e2e.Result {
	t.Helper()
	started := time.Now()
	opt.Bin = bin
	opt.Say = func(format string, args ...any) {
		t.Logf("%6.1fs  "+format, append([]any{time.Since(started).Seconds()}, args...)...)
	}
	t.Logf("E2E_SEED=%d", opt.Seed)
	r, err := e2e.Run(t.Context(), opt)
	require.NoError(t, err)
	fmt.Println(r.Line())
	for i, f := range r.Findings {
		if i == 30 {
			t.Errorf("and %d more", len(r.Findings)-i)
			break
		}
		t.Errorf("%s: %s", f.Kind, f.Text)
	}
	if len(r.Findings) > 0 {
		t.Errorf("E2E_SEED=%d; journals, database and logs are in %s", r.Seed, r.Dir)
	}
	require.Positive(t, r.Entered, "somebody went in")
	require.Positive(t, r.Granted, "the arbiter was asked")
	return r
}

func TestAShortBadEveningLosesNothing(t *testing.T) {
	if testing.Short() {
		t.Skip("starts PostgreSQL and five programs for twenty seconds")
	}
	live(t, e2e.Options{Seed: number(t, "E2E_SEED", uint64(time.Now().UnixNano()%1e6)), Seconds: 6, Gates: 3})
}
