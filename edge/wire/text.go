package wire

import "unicode/utf8"

// Cut makes a text fit for a record: its first MaxText characters, a dot for each that can't be printed.
func Cut(text string) string {
	out := make([]rune, 0, MaxText)
	for _, r := range text {
		if len(out) == MaxText {
			break
		}
		if r == utf8.RuneError || r < ' ' || r == 0x7f {
			r = '.'
		}
		out = append(out, r)
	}
	return string(out)
}
