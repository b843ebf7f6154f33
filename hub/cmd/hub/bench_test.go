package main

import (
	"errors"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"portaria/figure"
)

func TestAHubsFiguresAreMeasured(t *testing.T) {
	var out strings.Builder
	err := measure(t.Context(), []string{"claims", "-dir", t.TempDir(), "-gates", "3", "-each", "5"}, &out)
	if !errors.Is(err, figure.ErrMissed) { // a loaded machine may miss a goal; it must still measure
		require.NoError(t, err)
	}
	assert.Regexp(t, `^claims ratio=\S+ goal=1 (pass|fail) \(.+\)\nclaims-wait ratio=\S+ goal=1 (pass|fail) \(.+\)\n$`, out.String())
	assert.ErrorContains(t, measure(t.Context(), []string{"speed"}, &out), "no figure of a hub")
}
