package main

import (
	"context"
	"runtime/debug"
	"testing"

	"github.com/stretchr/testify/assert"
)

func TestALargeVenueIsGivenMoreMemoryAndASmallOneNoLess(t *testing.T) {
	assert.EqualValues(t, 208<<20, limitFor(1<<20))
	assert.EqualValues(t, 208<<20, limitFor(160<<20))
	assert.EqualValues(t, 1040<<20, limitFor(800<<20))
}

func TestTheHubBoundsItsMemoryUnlessSomebodyElseHas(t *testing.T) {
	before := debug.SetMemoryLimit(-1)
	percent := debug.SetGCPercent(100)
	t.Cleanup(func() { debug.SetMemoryLimit(before); debug.SetGCPercent(percent) })
	ended, end := context.WithCancel(t.Context())
	end()
	t.Setenv("GOMEMLIMIT", "1GiB")
	keepSmall(ended)
	assert.Equal(t, before, debug.SetMemoryLimit(-1))
	t.Setenv("GOMEMLIMIT", "")
	t.Setenv("GOGC", "")
	keepSmall(ended)
	assert.EqualValues(t, 208<<20, debug.SetMemoryLimit(-1))
}
