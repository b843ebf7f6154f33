package scanner_test

import (
	"os"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"portaria/edge/internal/scanner"
)

// odd is a row of testdata/odd.tsv.
type odd struct {
	line            int
	how, sent, says string
	want            []scanner.Reading
}

func odds(t testing.TB) (rows []odd) {
	t.Helper()
	raw, err := os.ReadFile("testdata/odd.tsv")
	require.NoError(t, err)
	for i, line := range strings.Split(strings.TrimSpace(string(raw)), "\n") {
		if strings.HasPrefix(line, "#") {
			continue
		}
		columns := strings.Split(line, "\t")
		require.Len(t, columns, 4, "line %d", i+1)
		rows = append(rows, odd{i + 1, columns[0], unquote(t, columns[1]), columns[3], readings(t, columns[2])})
	}
	return rows
}

var (
	quoted   = regexp.MustCompile(`^"(?:[^"\\]|\\.)*"(?:\*\d+\*"(?:[^"\\]|\\.)*")?`)
	repeated = regexp.MustCompile(`^("(?:[^"\\]|\\.)*")\*(\d+)\*("(?:[^"\\]|\\.)*")$`)
)

// unquote gives what a quoted column means, with its repetition.
func unquote(t testing.TB, column string) string {
	t.Helper()
	if parts := repeated.FindStringSubmatch(column); parts != nil {
		n, err := strconv.Atoi(parts[2])
		require.NoError(t, err)
		return strings.Repeat(unquote(t, parts[1]), n) + unquote(t, parts[3])
	}
	text, err := strconv.Unquote(column)
	require.NoError(t, err, column)
	return text
}

func readings(t testing.TB, column string) (all []scanner.Reading) {
	t.Helper()
	for rest := column; rest != "" && rest != "-"; rest = strings.TrimPrefix(rest, " ") {
		after, unreadable := strings.CutPrefix(rest, "!")
		text := quoted.FindString(after)
		require.NotEmpty(t, text, column)
		all = append(all, scanner.Reading{Text: unquote(t, text), Unreadable: unreadable})
		rest = after[len(text):]
	}
	return all
}

// read is what the row's framer makes of it, in pieces of a size.
func (o odd) read(t testing.TB, piece int) (all []scanner.Reading) {
	t.Helper()
	kind, which, _ := strings.Cut(o.how, ":")
	switch kind {
	case "serial":
		framer := scanner.NewFramer(profile(t, which).Framing)
		for rest := o.sent; rest != ""; rest = rest[min(piece, len(rest)):] {
			all = append(all, framer.Feed([]byte(rest[:min(piece, len(rest))]))...)
		}
		all = append(all, framer.Idle()...)
		assert.Equal(t, []scanner.Reading{{Text: "AFTER"}}, framer.Feed([]byte("AFTER\r")), "the code after it is read")
		return all
	case "keys":
		as, by, _ := strings.Cut(which, ">")
		typist, err := scanner.NewTypist(wedge(by), func(uint16) bool { return false })
		require.NoError(t, err)
		all = append(typist.Feed(strokes(t, as, o.sent)), typist.Idle()...)
		assert.Equal(t, []scanner.Reading{{Text: "AFTER"}}, typist.Feed(strokes(t, by, "AFTER\r")), "the code after it is read")
		return all
	}
	require.Equal(t, "camera", kind)
	return scanner.Whole(o.sent)
}

func TestOddInputsAreReadAsTheTableSays(t *testing.T) {
	rows := odds(t)
	require.GreaterOrEqual(t, len(rows), 200)
	kinds := map[string]int{}
	for _, row := range rows {
		kind, _, _ := strings.Cut(row.how, ":")
		kinds[kind]++
		for _, piece := range []int{1, 7, len(row.sent) + 1} {
			assert.Equal(t, row.want, row.read(t, piece), "line %d: %s, in pieces of %d", row.line, row.says, piece)
		}
	}
	t.Logf("odd inputs: %d (%v)", len(rows), kinds)
	for _, kind := range []string{"serial", "keys", "camera"} {
		assert.Positive(t, kinds[kind], kind)
	}
}

// FuzzFramer feeds the profiles' framers, and looks whether the pieces in which bytes come make a difference.
func FuzzFramer(f *testing.F) {
	for _, row := range odds(f) {
		f.Add([]byte(row.sent), uint8(7))
	}
	generic, strict := profile(f, "generic-serial").Framing, profile(f, "strict-serial").Framing
	f.Fuzz(func(t *testing.T, sent []byte, piece uint8) {
		for _, framing := range []struct {
			name string
			make func() *scanner.Framer
		}{{"generic", func() *scanner.Framer { return scanner.NewFramer(generic) }}, {"strict", func() *scanner.Framer { return scanner.NewFramer(strict) }}} {
			whole, pieces := framing.make(), framing.make()
			want := append(whole.Feed(sent), whole.Idle()...)
			var got []scanner.Reading
			size := int(piece) + 1
			for rest := sent; len(rest) > 0; rest = rest[min(size, len(rest)):] {
				got = append(got, pieces.Feed(rest[:min(size, len(rest))])...)
			}
			require.Equal(t, want, append(got, pieces.Idle()...), framing.name)
			for _, r := range want {
				require.LessOrEqual(t, len(r.Text), scanner.MaxCode)
				require.False(t, strings.ContainsFunc(r.Text, func(c rune) bool { return c < ' ' || c == 0x7f }), "%q", r.Text)
			}
			require.Equal(t, []scanner.Reading{{Text: "AFTER"}}, pieces.Feed([]byte("AFTER\r")))
		}
	})
}

// FuzzWhole cleans what a camera read.
func FuzzWhole(f *testing.F) {
	f.Add("7K3M9Q")
	f.Add("\x00\xff")
	f.Fuzz(func(t *testing.T, text string) {
		got := scanner.Whole(text)
		require.LessOrEqual(t, len(got), 1)
		for _, r := range got {
			require.LessOrEqual(t, len(r.Text), scanner.MaxCode)
			require.False(t, strings.ContainsFunc(r.Text, func(c rune) bool { return c < ' ' }), "%q", r.Text)
		}
	})
}
