package scanner_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"portaria/edge/internal/scanner"
)

// hostile are bodies that a scanner may send by accident or because somebody printed them. They hold no end of a code.
var hostile = map[string]string{
	"nothing": "", "a NUL": "A\x00B", "escape sequences": "\x1b[2J\x1b[6q", "all bytes above": "\x80\xff\xfe\xc3\x28", "a byte order mark": "\ufeffABC",
	"UTF-16": "A\x00B\x00", "overlong UTF-8": "\xc0\xaf", "a surrogate": "\xed\xa0\x80", "right to left": "AB\u202eCD", "zero width": "AB\u200bCD",
	"GS1 with separators": "]C10104006381333931\x1d10ABC", "an AIM identifier alone": "]Q1", "two AIM identifiers": "]Q1]Q1ABC", "half an AIM identifier": "]Q",
	"an ECI mark alone": `\000026`, "half an ECI mark": `\0000`, "backslashes": `\\\\\\`, "Datalogic's programming": "$P,HA35,P", "Honeywell's menu": "\x16M",
	"Honeywell's trigger": "\x16T", "the GM65's frame": "\x7e\x00\x08\x01\x00\xd9\x55\xab\xcd", "Newland's frame": "~\x010000@FACDEF;", "SQL": "'; DROP TABLE tickets;--",
	"a page": "<script>alert(1)</script>", "a path": "../../etc/passwd", "a shell": "$(reboot)", "a format": "%s%n%d", "JSON": `{"admit":true}`,
	"4095 letters": strings.Repeat("A", 4095), "4096 letters": strings.Repeat("A", 4096), "4097 letters": strings.Repeat("A", 4097), "10 kB": strings.Repeat("Z", 10<<10),
	"10 kB of NUL": strings.Repeat("\x00", 10<<10), "emoji": "🎟️🎟️", "spaces": "     ", "a doubled code": "7K3M9QXF2TBCW87K3M9QXF2TBCW8", "half a code": "7K3M9Q",
	"two codes interleaved": "7KA3BM9CQXFD2TEBCW8", "lower case": "7k3m9qxf2tbcw8", "Cyrillic look-alikes": "7К3М9ХF2ТВСW8",
}

// TestNoInputOutlivesItsEnd sends every body with every start, end and pace (over 200 inputs), then a good code.
func TestNoInputOutlivesItsEnd(t *testing.T) {
	framing := profile(t, "generic-serial").Framing
	sent := 0
	for name, body := range hostile {
		for _, start := range []string{"", "\x02", "]Q2", "\r\n"} {
			for _, end := range []string{"\r", "\r\n", "\t", "\x03"} {
				framer := scanner.NewFramer(framing)
				var got []scanner.Reading
				for chunk := range slices.Chunk([]byte(start+body+end), 7) { // in pieces, as lines deliver it
					got = append(got, framer.Feed(chunk)...)
				}
				require.LessOrEqual(t, len(got), 1, "%s is at most one reading", name)
				for _, r := range got {
					assert.False(t, strings.ContainsFunc(r.Text, func(c rune) bool { return c < ' ' }), "%s leaves control characters in %q", name, r.Text)
					assert.LessOrEqual(t, len(r.Text), scanner.MaxCode, name)
				}
				assert.Equal(t, []scanner.Reading{{Text: "GOOD"}}, framer.Feed([]byte("GOOD\r")), "after %s", name)
				sent++
			}
		}
	}
	assert.GreaterOrEqual(t, sent, 200)
}
