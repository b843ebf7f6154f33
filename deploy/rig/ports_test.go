package rig_test

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"portaria/deploy/rig"
)

// Of 12,000 ports 2,000 are taken, so that nearly every later call meets a taken one.
func TestNoPortIsGivenTwice(t *testing.T) {
	t.Setenv("TMPDIR", t.TempDir())
	seen := map[string]bool{}
	for range 20 {
		ports, err := rig.FreePorts(100)
		require.NoError(t, err)
		for _, p := range ports {
			assert.False(t, seen[p], "%s is another's already", p)
			seen[p] = true
		}
	}
	assert.Len(t, seen, 2000)
}
