package gpio_test

import (
	"errors"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"golang.org/x/sys/unix"

	"portaria/edge/internal/gpio"
	"portaria/edge/internal/gpio/gpiotest"
)

func TestAChipIsFoundByItsLabel(t *testing.T) {
	k := gpiotest.Machine()
	path, lines, err := gpio.Chip(k, "pinctrl-bcm2711")
	require.NoError(t, err)
	assert.Equal(t, "/dev/gpiochip1", path)
	assert.Equal(t, 58, lines)
	assert.Empty(t, k.Descriptors, "nothing stays open")

	_, _, err = gpio.Chip(k, "pinctrl-rp1")
	assert.ErrorContains(t, err, "there are: raspberrypi-exp-gpio, pinctrl-bcm2711")
	k.Paths = nil
	_, _, err = gpio.Chip(k, "pinctrl-rp1")
	assert.ErrorContains(t, err, "this machine has none")
}

func TestAnOutputIsOffFromItsFirstMomentToItsLast(t *testing.T) {
	for _, low := range []bool{false, true} {
		k := gpiotest.Machine()
		k.Level[17] = !low // on, as a crash left it
		out, err := gpio.OpenOutput(k, "/dev/gpiochip1", 17, low)
		require.NoError(t, err)
		assert.Equal(t, low, k.At(17), "off at once")
		require.NoError(t, out.Set(true))
		assert.Equal(t, !low, k.At(17))
		require.NoError(t, out.Close())
		assert.Equal(t, low, k.At(17), "a closed line keeps its level, so it is driven off before")
		assert.Zero(t, k.Claimed())
	}
}

func TestALineIsClaimedOnce(t *testing.T) {
	k := gpiotest.Machine()
	_, err := gpio.OpenOutput(k, "/dev/gpiochip1", 17, false)
	require.NoError(t, err)
	_, err = gpio.OpenOutput(k, "/dev/gpiochip1", 17, false)
	assert.ErrorContains(t, err, "is the gate running?")
	_, err = gpio.OpenOutput(k, "/dev/gpiochip1", 99, false)
	assert.ErrorContains(t, err, "no such line")
	k.Fails[gpiotest.GetLine] = unix.EPERM
	_, err = gpio.OpenOutput(k, "/dev/gpiochip1", 18, false)
	assert.ErrorContains(t, err, "group gpio")
}

func TestAnInputTellsItsLevelAndEveryEdge(t *testing.T) {
	k := gpiotest.Machine()
	k.Level[22] = true // pulled up: the contact is open
	heard := make(chan bool, 8)
	in, err := gpio.OpenInput(k, "/dev/gpiochip1", 22, true, func(active bool) { heard <- active }, func(err error) { t.Error(err) })
	require.NoError(t, err)
	assert.EqualValues(t, 2|4|16|32|256, k.Held[22].Flags)
	k.Edge(22, false)
	k.Edge(22, true)
	for _, want := range []bool{false, true, false} {
		select {
		case got := <-heard:
			assert.Equal(t, want, got)
		case <-time.After(5 * time.Second):
			require.Fail(t, "an edge was lost")
		}
	}
	require.NoError(t, in.Close())
}

func TestAnInputSaysThatItsDeviceIsGone(t *testing.T) {
	k := gpiotest.Machine()
	failed := make(chan error, 1)
	_, err := gpio.OpenInput(k, "/dev/gpiochip1", 22, false, func(bool) {}, func(err error) { failed <- err })
	require.NoError(t, err)
	_ = k.Held[22].Events.CloseWithError(unix.ENODEV)
	assert.ErrorIs(t, <-failed, unix.ENODEV)

	k.Fails[gpiotest.GetValues] = errors.New("input/output error")
	_, err = gpio.OpenInput(k, "/dev/gpiochip1", 23, false, func(bool) {}, func(error) {})
	assert.ErrorContains(t, err, "read line 23")
	assert.Nil(t, k.Held[23], "and the line is given back")
}
