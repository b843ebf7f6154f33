package scanner_test

import (
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/stretchr/testify/assert"

	"portaria/edge/internal/scanner"
)

func TestACodeThatCameWholeIsReadLikeEveryOther(t *testing.T) {
	for text, want := range map[string]scanner.Reading{
		"7K3M9-QXF2T":             {Text: "7K3M9-QXF2T"},
		" 7K3M9 \r\n":             {Text: "7K3M9"},
		"]Q17K3M9":                {Text: "7K3M9"},
		"":                        {Unreadable: true},
		"a\nb":                    {Text: "a\ufffdb", Unreadable: true},
		strings.Repeat("A", 4096): {Text: strings.Repeat("A", 4096)},
		strings.Repeat("A", 4097): {Text: strings.Repeat("A", 64), Unreadable: true},
	} {
		assert.Equal(t, want, scanner.Clean(text), "%.20q", text)
	}
}

func FuzzClean(f *testing.F) {
	for _, seed := range []string{"7K3M9", "]Q1x\r\n", "a\rb", "\x00", "\xff\xfe", "]", strings.Repeat("é", 3000)} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		r := scanner.Clean(text)
		if !utf8.ValidString(r.Text) || len(r.Text) > scanner.MaxCode || strings.ContainsAny(r.Text, "\r\n\x00") {
			t.Fatalf("%q became %+v", text, r)
		}
		if !r.Unreadable && r.Text == "" {
			t.Fatalf("%q is a code of nothing", text)
		}
	})
}
