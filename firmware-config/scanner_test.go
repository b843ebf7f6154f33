package firmwareconfig_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	firmwareconfig "portaria/firmware-config"
)

func TestEveryProfileDecodes(t *testing.T) {
	all, err := firmwareconfig.Scanners()
	require.NoError(t, err)
	require.NotEmpty(t, all)
	for _, s := range all {
		got, err := firmwareconfig.ScannerNamed(s.Name)
		require.NoError(t, err)
		assert.Equal(t, s, got)
	}
}

func TestAnUnknownProfileListsTheKnownOnes(t *testing.T) {
	_, err := firmwareconfig.ScannerNamed("acme")
	assert.ErrorContains(t, err, "generic-serial")
}

const good = `name = "x"
title = "X"
[serial]
baud = 9600
[framing]
suffixes = ["cr"]
idle_millis = 100
[[sample]]
bytes = "410d"
code = "A"
`

func TestAProfileIsDecodedStrictly(t *testing.T) {
	_, err := firmwareconfig.DecodeScanner("scanners/x.toml", []byte(good))
	require.NoError(t, err)
	rows := []struct{ name, old, new, says string }{
		{"a misspelt key", "suffixes", "sufixes", "framing.sufixes"},
		{"an odd baud rate", "9600", "9601", "serial.baud"},
		{"an unknown suffix", `["cr"]`, `["crlf"]`, "framing.suffixes"},
		{"no end of a code", `["cr"]`, `[]`, "idle_ends"},
		{"no silence", "idle_millis = 100", "idle_millis = 0", "framing.idle_millis"},
		{"a sample that is not hex", "410d", "4g", "sample[0]"},
		{"a sample without an answer", `code = "A"`, ``, "sample[0]"},
		{"an init command that is not hex", "baud = 9600", "baud = 9600\ninit = [\"zz\"]", "serial.init[0]"},
		{"a vendor that is not an id", "[serial]", "[match]\nvendor = \"0C2\"\n[serial]", "match.vendor"},
		{"a name that is not the file's", `name = "x"`, `name = "y"`, `must be "x"`},
		{"broken TOML", "[serial]", "[serial", "line 4"},
	}
	for _, row := range rows {
		t.Run(row.name, func(t *testing.T) {
			_, err := firmwareconfig.DecodeScanner("scanners/x.toml", []byte(strings.Replace(good, row.old, row.new, 1)))
			require.Error(t, err)
			assert.Contains(t, err.Error(), row.says)
			assert.Contains(t, err.Error(), "scanners/x.toml")
		})
	}
}

func TestAllFaultsShowAtOnce(t *testing.T) {
	bad := strings.NewReplacer("9600", "1", "suffixes", "sufixes", "410d", "4g").Replace(good)
	_, err := firmwareconfig.DecodeScanner("scanners/x.toml", []byte(bad))
	for _, part := range []string{"serial.baud", "framing.sufixes", "sample[0]"} {
		assert.ErrorContains(t, err, part)
	}
}
