package edge_test

import (
	"bytes"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"portaria/config"
	"portaria/edge"
	"portaria/edge/internal/gpio/gpiotest"
)

func wired(t *testing.T) edge.Config {
	cfg := edge.DefaultConfig()
	require.NoError(t, config.Decode([]byte(gateFile+`board = "gpio"
profile = "drop-arm"
chip = "pinctrl-bcm2711"
lines = { unlock_a = 17, passage_a = 22, lamp_green = 5 }
active_low = ["unlock_a"]`), &cfg))
	return cfg
}

func TestAfterACrashEveryOutputIsDrivenOff(t *testing.T) {
	k, said := gpiotest.Machine(), &bytes.Buffer{}
	k.Level[5] = true // as the crash left them: 17 is on when low
	require.NoError(t, edge.OutputsOffAt(wired(t), k, said))
	assert.True(t, k.At(17))
	assert.False(t, k.At(5))
	assert.Contains(t, said.String(), "lane 1: unlock_a (line 17) is off")
	assert.Zero(t, k.Claimed())

	k.Paths = nil
	assert.ErrorContains(t, edge.OutputsOffAt(wired(t), k, said), "this machine has none")
}

func TestATechnicianIsLedThroughTheLines(t *testing.T) {
	k, said := gpiotest.Machine(), &bytes.Buffer{}
	require.NoError(t, edge.OutputsTestAt(t.Context(), wired(t), k, said, 0, 0))
	for _, part := range []string{"unlock_a (line 17) for 100ms: look whether way A unlocks", "lamp_green (line 5)", "buzzer: not wired"} {
		assert.Contains(t, said.String(), part)
	}
	assert.True(t, k.At(17), "off again, on an active-low relay")
	assert.False(t, k.At(5))
	assert.Zero(t, k.Claimed())
}
