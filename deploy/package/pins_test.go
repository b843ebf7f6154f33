package packaging_test

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	firmwareconfig "portaria/firmware-config"
)

func text(t *testing.T, file string) string {
	t.Helper()
	raw, err := os.ReadFile(filepath.Join(repo, file))
	require.NoError(t, err)
	return string(raw)
}

// pinsIn finds a configuration's lines: name -> pin.
func pinsIn(t *testing.T, file string) map[string]string {
	t.Helper()
	table := regexp.MustCompile(`(?m)^(?:# )?lines = \{(.*)\}`).FindStringSubmatch(text(t, file))
	require.NotNil(t, table, file)
	pins := map[string]string{}
	for _, one := range regexp.MustCompile(`(\w+) = (\d+)`).FindAllStringSubmatch(table[1], -1) {
		pins[one[1]] = one[2]
	}
	return pins
}

func TestThePinsAreTheSameEverywhere(t *testing.T) {
	pins := pinsIn(t, "edge/cmd/edge/example.toml")
	require.Len(t, pins, 10)
	for line, pin := range pinsIn(t, "docs/wiring.md") {
		assert.Equal(t, pins[line], pin, "docs/wiring.md: %s", line)
	}
	guide := map[string]string{}
	for _, one := range regexp.MustCompile("`(\\w+)`, GPIO (\\d+)").FindAllStringSubmatch(text(t, "docs/gate-guide.md"), -1) {
		guide[one[1]] = one[2]
	}
	assert.Equal(t, pins, guide, "docs/gate-guide.md")

	boot := map[string]string{} // pin -> op,dl or ip,pu
	for _, one := range regexp.MustCompile(`(?m)^gpio=([\d,]+)=(\S+)$`).FindAllStringSubmatch(text(t, "firmware-config/pi/config.txt"), -1) {
		for _, pin := range strings.Split(one[1], ",") {
			boot[pin] = one[2]
		}
	}
	assert.Len(t, boot, len(pins), "config.txt sets no pin that is not a line")
	for line, pin := range pins {
		want := "op,dl"
		if line == "tamper" || line == "fire" || strings.HasPrefix(line, "passage") {
			want = "ip,pu"
		}
		assert.Equal(t, want, boot[pin], "config.txt: %s is GPIO %s", line, pin)
	}
	profiles, err := firmwareconfig.Gates()
	require.NoError(t, err)
	for _, profile := range profiles {
		for _, wire := range profile.Wiring {
			assert.Contains(t, pins, wire.Line, "%s", profile.Name)
		}
	}
}
