package bench_test

import (
	"bytes"
	"errors"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"portaria/cloud/internal/postgres/bench"
	"portaria/figure"
)

func TestTheReportIsMeasured(t *testing.T) {
	var out bytes.Buffer
	err := bench.Report(t.Context(), bench.ReportConfig{Dir: t.TempDir(), Scans: 6400, Stored: 800, Blocks: 1, Out: &out})
	if !errors.Is(err, figure.ErrMissed) { // so few records say nothing; it must still measure
		require.NoError(t, err)
	}
	assert.Regexp(t, `^# 6400 records loaded and counted in \S+\n(report[a-z-]* ratio=\S+ goal=\S+ (pass|fail) \(.+\)\n){2}$`, out.String())
}
