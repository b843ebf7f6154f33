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

func TestTheFigureIsMeasuredAndPrintedInOneForm(t *testing.T) {
	var out bytes.Buffer
	err := bench.Import(t.Context(), bench.Config{Dir: t.TempDir(), Lines: 2000, Blocks: 1, Out: &out})
	if !errors.Is(err, figure.ErrMissed) { // so few lines say nothing; it must still measure
		require.NoError(t, err)
	}
	assert.Regexp(t, `^(import[a-z-]* ratio=\S+ goal=\S+ (pass|fail) \(.+\)\n){3}$`, out.String())
}
