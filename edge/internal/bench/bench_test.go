package bench_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"portaria/edge/internal/bench"
)

// TestMain lets the test binary be the process that memory is measured in.
func TestMain(m *testing.M) {
	if len(os.Args) == 3 && os.Args[1] == bench.MemoryCommand {
		mib, err := bench.Memory(os.Args[2])
		if err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		fmt.Println(mib)
		os.Exit(0)
	}
	if len(os.Args) == 4 && os.Args[1] == bench.RestartCommand {
		if err := bench.Begin(context.Background(), os.Args[2], os.Args[3]); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		os.Exit(0)
	}
	os.Exit(m.Run())
}

func TestEveryFigureIsMeasuredAndPrintedInOneForm(t *testing.T) {
	for name, measure := range map[string]func(context.Context, bench.Config) error{
		"verdict": bench.Verdict, "grow": bench.Grow, "grant": bench.Grant,
		"lanes": bench.Lanes, "patch": bench.Patch, "restart": bench.Restart, "decode": bench.Decode} {
		t.Run(name, func(t *testing.T) {
			var out bytes.Buffer
			err := measure(t.Context(), bench.Config{Dir: t.TempDir(), Tickets: 3000, Small: 1000, People: 20, Window: 100 * time.Millisecond, Out: &out})
			if !errors.Is(err, bench.ErrMissed) { // a loaded machine may miss a goal; it must still measure
				require.NoError(t, err)
			}
			assert.Regexp(t, `^(`+name+`[a-z0-9-]* ratio=\S+ goal=\S+ (pass|fail) \(.+\)\n)+$`, out.String())
			assert.Equal(t, errors.Is(err, bench.ErrMissed), bytes.Contains(out.Bytes(), []byte(" fail (")))
		})
	}
}
