package sheet

import (
	"bytes"
	"regexp"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/transform"
)

// HeadSize is how much of a file Detect wants to see.
const HeadSize = 64 << 10

// Detect finds out how a file is written, by its first HeadSize bytes. It is a guess that a person can correct.
func Detect(head []byte) Format {
	if bytes.HasPrefix(head, []byte("PK\x03\x04")) {
		return Format{Kind: Workbook}
	}
	f := Format{Kind: Text, Encoding: encodingOf(head)}
	lines := sample(head, f.Encoding)
	f.Separator = separatorOf(lines)
	f.Header = len(lines) > 1 && Heads(Split(lines[0], separators[f.Separator]), Split(lines[1], separators[f.Separator]))
	return f
}

func encodingOf(head []byte) string {
	switch {
	case bytes.HasPrefix(head, []byte("\xEF\xBB\xBF")):
		return UTF8
	case bytes.HasPrefix(head, []byte("\xFF\xFE")):
		return UTF16LE
	case bytes.HasPrefix(head, []byte("\xFE\xFF")):
		return UTF16BE
	}
	if even, odd := zeros(head); max(even, odd) > len(head)/4 {
		if odd > even {
			return UTF16LE
		}
		return UTF16BE
	}
	if good, bad := runes(whole(head)); good > 0 && good*4 >= bad || bad == 0 {
		return UTF8
	}
	return codePage(head)
}

// runes counts letters of several bytes, and bytes that belong to none: in a code page's text hardly any are letters.
// Some broken bytes do not make a file of UTF-8 one of another encoding.
func runes(head []byte) (good, bad int) {
	for len(head) > 0 {
		r, size := utf8.DecodeRune(head)
		if r == utf8.RuneError && size <= 1 {
			bad++
		} else if size > 1 {
			good++
		}
		head = head[size:]
	}
	return good, bad
}

// zeros counts NUL bytes at even and odd places: Latin letters and digits in UTF-16 have one each.
func zeros(head []byte) (even, odd int) {
	for i, b := range head {
		if b == 0 && i%2 == 0 {
			even++
		} else if b == 0 {
			odd++
		}
	}
	return even, odd
}

// whole leaves off a letter that the end of the sample cut in two.
func whole(head []byte) []byte {
	if len(head) < HeadSize {
		return head
	}
	for back := 1; back < utf8.UTFMax && back < len(head); back++ {
		if b := head[len(head)-back]; utf8.RuneStart(b) {
			if b >= utf8.RuneSelf && !utf8.FullRune(head[len(head)-back:]) {
				return head[:len(head)-back]
			}
			break
		}
	}
	return head
}

// codePage tells Cyrillic from Western European text: letters above 0x7F stand beside each other in Russian words,
// and mostly alone in Portuguese or German ones.
func codePage(head []byte) string {
	beside, alone := 0, 0
	for i, b := range head {
		if b < 0xC0 && b != 0xA8 && b != 0xB8 { // Ё and ё stand apart
			continue
		}
		if i > 0 && head[i-1] >= 0xA8 || i+1 < len(head) && head[i+1] >= 0xA8 {
			beside++
		} else {
			alone++
		}
	}
	if beside > alone {
		return Windows1251
	}
	return Windows1252
}

// sample is the first lines of a file, as text.
func sample(head []byte, name string) (lines []string) {
	text := head
	if e := encodings[name]; e != nil {
		text, _, _ = transform.Bytes(e.NewDecoder(), head[:len(head)/2*2]) // a cut end is no matter
	}
	for line := range strings.Lines(strings.TrimPrefix(string(text), "\uFEFF")) {
		if line = strings.TrimRight(line, "\r\n"); strings.TrimSpace(line) != "" {
			lines = append(lines, line)
		}
		if len(lines) == 50 {
			break
		}
	}
	return lines
}

// rounded is a number as a spreadsheet spoils it.
var rounded = regexp.MustCompile(`^\s*"?\d,\d+E\+\d+"?\s*$`)

// separatorOf is the one that cuts most lines into the same number of columns, or None.
func separatorOf(lines []string) string {
	best, most := None, len(lines)/2
	for _, name := range []string{Tab, Semicolon, Comma} {
		counts := map[int]int{}
		for _, line := range lines {
			if name == Comma && rounded.MatchString(line) {
				continue // its comma is a decimal one
			}
			counts[len(Split(line, separators[name]))]++
		}
		for columns, n := range counts {
			if columns > 1 && n > most {
				best, most = name, n
			}
		}
	}
	return best
}

// Heads says whether a first row names the columns of the second: it has texts where the second has numbers.
func Heads(first, second []string) bool {
	numbers := false
	for i, cell := range first {
		if strings.ContainsFunc(cell, unicode.IsDigit) {
			return false
		}
		numbers = numbers || i < len(second) && strings.ContainsFunc(second[i], unicode.IsDigit)
	}
	return numbers
}
