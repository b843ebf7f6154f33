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

func TestScansAreMeasured(t *testing.T) {
	var out bytes.Buffer
	err := bench.Scan(t.Context(), bench.ScanConfig{Scans: 80, Phones: 8, Blocks: 1, Out: &out})
	if !errors.Is(err, figure.ErrMissed) { // so few scans say nothing; it must still measure
		require.NoError(t, err)
	}
	assert.Regexp(t, `^scan-alone ratio=\S+ goal=20 (pass|fail) \(.+\)\nscan-crowd ratio=\S+ goal=0.5 (pass|fail) \(.+\)\n$`, out.String())
}
