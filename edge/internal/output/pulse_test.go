package output_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"portaria/edge/internal/output"
	firmwareconfig "portaria/firmware-config"
)

func TestTwoPeopleWithinOnePulseGetTwoPulses(t *testing.T) {
	profile, err := firmwareconfig.GateNamed("trial")
	require.NoError(t, err)
	s := output.NewSequence(profile)
	s.Unlock(0, false)
	s.Unlock(20*time.Millisecond, false)
	s.Advance(time.Second)
	pulses := 0
	sets, _ := s.Take()
	for _, set := range sets {
		if set.Line == firmwareconfig.UnlockA && set.On {
			pulses++
		}
	}
	assert.Equal(t, 2, pulses)
}
