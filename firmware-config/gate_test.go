package firmwareconfig_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	firmwareconfig "portaria/firmware-config"
)

func TestEveryGateProfileDecodesAndItsLinesHaveWires(t *testing.T) {
	all, err := firmwareconfig.Gates()
	require.NoError(t, err)
	require.Len(t, all, 6)
	for _, g := range all {
		got, err := firmwareconfig.GateNamed(g.Name)
		require.NoError(t, err)
		assert.Equal(t, g, got)
		if strings.HasPrefix(g.Name, "trial") {
			continue // nothing to wire
		}
		wired := map[string]bool{}
		for _, w := range g.Wiring {
			wired[w.Line] = true
		}
		for _, line := range g.Outputs() {
			assert.True(t, wired[line], "%s: %s", g.Name, line)
		}
		for line := range g.Inputs() {
			assert.True(t, wired[line], "%s: %s", g.Name, line)
		}
		assert.NotEmpty(t, g.Notes, g.Name)
	}
	_, err = firmwareconfig.GateNamed("acme")
	assert.ErrorContains(t, err, "perco-turnstile")
}

func TestThePERCoLikeProfileFollowsTheMakersFigures(t *testing.T) {
	g, err := firmwareconfig.GateNamed("perco-turnstile")
	require.NoError(t, err)
	assert.Equal(t, "pulse", g.Unlock.Mode)
	assert.GreaterOrEqual(t, g.Unlock.PulseMillis, 100, "a shorter pulse may be missed")
	assert.Equal(t, 5000, g.Unlock.WindowMillis)
	assert.True(t, g.Passage.ClosedWhenIdle)
	assert.Equal(t, []string{"unlock_a", "unlock_b", "passage_a", "passage_b"}, g.Needed())
}

const goodGate = `name = "x"
title = "X"
[unlock]
mode = "pulse"
pulse_millis = 100
window_millis = 5000
[passage]
fitted = true
debounce_millis = 20
[[sign]]
says = "admit"
line = "lamp_green"
millis = [400]
[[wire]]
line = "unlock_a"
`

func TestAGateProfileIsDecodedStrictly(t *testing.T) {
	_, err := firmwareconfig.DecodeGate("gates/x.toml", []byte(goodGate))
	require.NoError(t, err)
	rows := []struct{ name, old, new, says string }{
		{"a misspelt key", "pulse_millis", "pulse_ms", "unlock.pulse_ms"},
		{"an unknown mode", `"pulse"`, `"kick"`, "unlock.mode"},
		{"a pulse of no length", "pulse_millis = 100", "pulse_millis = 0", "unlock.pulse_millis"},
		{"a hold with a pulse", `"pulse"`, `"hold"`, "are for pulse"},
		{"a post that also pulses", `"pulse"`, `"none"`, "nothing else to say"},
		{"a hold that ends before it may", "mode = \"pulse\"\npulse_millis = 100\nwindow_millis = 5000", "mode = \"hold\"\nleast_millis = 900\nmost_millis = 800", "unlock.most_millis"},
		{"a contact and a presumption", "fitted = true", "fitted = true\npresumed_millis = 5", "passage: give either"},
		{"neither of them", "fitted = true", "", "passage: give either"},
		{"a debounce longer than a passage", "= 20", "= 2000", "passage.debounce_millis"},
		{"a sign nobody shows", `"admit"`, `"dance"`, "sign[0].says"},
		{"a lamp nobody has", `"lamp_green"`, `"lamp_blue"`, "sign[0].line"},
		{"a pattern without times", "[400]", "[]", "sign[0].millis"},
		{"a flicker no relay follows", "[400]", "[400, 1]", "sign[0].millis"},
		{"a wire to nowhere", `"unlock_a"`, `"unlock_b"`, "wire[0].line"},
		{"a name that is not the file's", `name = "x"`, `name = "y"`, `must be "x"`},
	}
	for _, row := range rows {
		t.Run(row.name, func(t *testing.T) {
			_, err := firmwareconfig.DecodeGate("gates/x.toml", []byte(strings.Replace(goodGate, row.old, row.new, 1)))
			require.Error(t, err)
			assert.Contains(t, err.Error(), row.says)
			assert.Contains(t, err.Error(), "gates/x.toml")
		})
	}
}

func TestAllFaultsOfAGateProfileShowAtOnce(t *testing.T) {
	bad := strings.NewReplacer(`"pulse"`, `"kick"`, "lamp_green", "lamp_blue", "title", "tilte").Replace(goodGate)
	_, err := firmwareconfig.DecodeGate("gates/x.toml", []byte(bad))
	for _, part := range []string{"unlock.mode", "sign[0].line", "tilte", "title"} {
		assert.ErrorContains(t, err, part)
	}
}
