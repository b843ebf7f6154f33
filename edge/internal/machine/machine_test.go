package machine_test

import (
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"portaria/edge/internal/machine"
)

// pi is a folder that looks like the /sys of a Pi.
func pi(t *testing.T, files map[string]string) string {
	t.Helper()
	root := t.TempDir()
	for name, text := range files {
		path := filepath.Join(root, "sys/class", name)
		require.NoError(t, os.MkdirAll(filepath.Dir(path), 0o755))
		require.NoError(t, os.WriteFile(path, []byte(text), 0o600))
	}
	return root
}

func TestAPiTellsItsHeatItsPowerAndItsBattery(t *testing.T) {
	root := pi(t, map[string]string{"thermal/thermal_zone0/temp": "71234\n", "hwmon/hwmon1/in0_lcrit_alarm": "1\n", "power_supply/ups/capacity": "38\n"})
	now := time.Unix(1_795_320_000, 0)
	r := machine.OpenAt(root, t.TempDir(), func() time.Time { return now })
	m := r.Read()
	assert.Equal(t, 71, m.Celsius)
	assert.True(t, m.WeakPower)
	require.NotNil(t, m.Battery)
	assert.Equal(t, 38, *m.Battery)
	assert.Positive(t, m.DiskPercent)

	require.NoError(t, os.WriteFile(filepath.Join(root, "sys/class/thermal/thermal_zone0/temp"), []byte("50000"), 0o600))
	assert.Equal(t, 71, r.Read().Celsius, "not read every second")
	now = now.Add(11 * time.Second)
	assert.Equal(t, 50, r.Read().Celsius)
}

func TestWhatAMachineDoesNotHaveIsLeftOut(t *testing.T) {
	for name, files := range map[string]map[string]string{
		"nothing":      nil,
		"no numbers":   {"thermal/thermal_zone0/temp": "hot", "hwmon/hwmon0/in0_lcrit_alarm": "", "power_supply/usb/capacity": "Unknown"},
		"out of range": {"power_supply/usb/capacity": "900"},
	} {
		t.Run(name, func(t *testing.T) {
			m := machine.OpenAt(pi(t, files), "/nowhere", time.Now).Read()
			assert.Zero(t, m)
		})
	}
}
