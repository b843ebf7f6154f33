package firmwareconfig_test

import (
	"encoding/binary"
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
		{"a product without a vendor", "[serial]", "[match]\nproducts = [\"1701\"]\n[serial]", "line 4: match.products"},
		{"a baud rate's line", "9600", "9601", "line 4: serial.baud"},
		{"a kind that is none", "title = \"X\"", "title = \"X\"\nkind = \"radio\"", "line 3: kind"},
		{"a keyboard with a baud rate", "title = \"X\"", "title = \"X\"\nkind = \"keyboard\"", "serial: this scanner is a keyboard"},
		{"a keyboard without a layout", "title = \"X\"", "title = \"X\"\nkind = \"keyboard\"", "keyboard.layout"},
		{"a camera on a serial line", "title = \"X\"", "title = \"X\"\nkind = \"camera\"", "camera: it has neither"},
		{"a camera that sees nothing", "title = \"X\"", "title = \"X\"\nkind = \"camera\"", "camera.width: 0"},
		{"a size of what is no camera", "[framing]", "[camera]\nwidth = 640\n[framing]", "camera: this scanner is none"},
		{"keys on a serial line", "bytes = \"410d\"", "keys = \"+30 -30\"", "sample[0]: give bytes"},
		{"a key that is no key", "bytes = \"410d\"", "keys = \"30\"", "sample[0]"},
		{"a step that says nothing", "[[sample]]", "[[setup]]\ncode = \"A\"\n[[sample]]", "setup[0].says"},
		{"a step Code 128 cannot hold", "[[sample]]", "[[setup]]\nsays = \"x\"\ncode = \"é\"\n[[sample]]", "setup[0].code"},
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

// xmodem is the CRC that Grow's modules expect: polynomial 1021, from 0, over all after 7E 00.
func xmodem(data []byte) (crc uint16) {
	for _, b := range data {
		crc ^= uint16(b) << 8
		for range 8 {
			carry := crc&0x8000 != 0
			crc <<= 1
			if carry {
				crc ^= 0x1021
			}
		}
	}
	return crc
}

func TestTheModulesCommandsAreWhole(t *testing.T) {
	assert.EqualValues(t, 0xdec8, xmodem([]byte{9, 1, 0, 0, 0}), "the manual's own frame")
	assert.EqualValues(t, 0x31c3, xmodem([]byte("123456789")), "the CRC's check value")
	gm65, err := firmwareconfig.ScannerNamed("gm65")
	require.NoError(t, err)
	require.Len(t, gm65.Serial.Commands(), 3)
	for _, command := range gm65.Serial.Commands() {
		require.Len(t, command, 9)
		assert.Equal(t, []byte{0x7e, 0, 8, 1}, command[:4])
		assert.Equal(t, xmodem(command[2:7]), binary.BigEndian.Uint16(command[7:]), "%x", command)
	}
	newland, err := firmwareconfig.ScannerNamed("newland")
	require.NoError(t, err)
	for _, command := range newland.Serial.Commands() {
		assert.Regexp(t, "^~\x010000#[A-Z0-9]+;\x03$", string(command), "for now only: the flash is spared")
	}
}

func TestTheMakersOfAGateHaveProfiles(t *testing.T) {
	for _, name := range []string{"honeywell", "zebra", "datalogic", "newland", "gm65", "gm67", "generic-serial", "generic-keyboard"} {
		_, err := firmwareconfig.ScannerNamed(name)
		assert.NoError(t, err)
	}
}
