package document

import (
	_ "embed"
	"fmt"
	"strings"
	"sync"

	"golang.org/x/image/font"
	"golang.org/x/image/font/opentype"
	"golang.org/x/image/font/sfnt"
	"golang.org/x/image/math/fixed"
)

// DejaVu Sans, cut to Latin and Cyrillic; fonts/README.md says how and under which licence.
var (
	//go:embed fonts/DejaVuSans.ttf
	regularTTF []byte
	//go:embed fonts/DejaVuSans-Bold.ttf
	boldTTF []byte

	regular = sync.OnceValue(func() *sfnt.Font { return mustParse(regularTTF) })
	strong  = sync.OnceValue(func() *sfnt.Font { return mustParse(boldTTF) })
)

// mustParse panics: the fonts are part of the program.
func mustParse(ttf []byte) *sfnt.Font {
	f, err := opentype.Parse(ttf)
	if err != nil {
		panic(fmt.Sprintf("embedded font: %v", err))
	}
	return f
}

func typeface(bold bool) *sfnt.Font {
	if bold {
		return strong()
	}
	return regular()
}

// drawable says whether the font has a glyph for r.
func drawable(r rune) bool {
	glyph, err := regular().GlyphIndex(&sfnt.Buffer{}, r)
	return err == nil && glyph != 0
}

// face is the typeface at size millimetres, at 10 pixels a millimetre.
func face(size float64, bold bool) font.Face {
	f, err := opentype.NewFace(typeface(bold), &opentype.FaceOptions{Size: size * pixelsPerMM, DPI: 72, Hinting: font.HintingNone})
	if err != nil {
		panic(fmt.Sprintf("embedded font at %g mm: %v", size, err)) // only a size of zero fails
	}
	return f
}

// widthOf is the length of a line in millimetres. Every way of drawing is measured by the same font, so that
// paper, screen and picture break lines alike.
func widthOf(s string, size float64, bold bool) float64 {
	f, buf := typeface(bold), sfnt.Buffer{}
	units := fixed.I(int(f.UnitsPerEm()))
	var sum fixed.Int26_6
	for _, r := range s {
		glyph, err := f.GlyphIndex(&buf, r)
		if err != nil {
			continue
		}
		if advance, err := f.GlyphAdvance(&buf, glyph, units, font.HintingNone); err == nil {
			sum += advance
		}
	}
	return float64(sum) / float64(units) * size
}

// fit makes a line as small as three quarters of its size to fit its room, then cuts it.
func fit(t text, room float64) text {
	smallest := t.size * 0.75
	for t.size > smallest && widthOf(t.content, t.size, t.bold) > room {
		t.size -= 0.1
	}
	t.content = cut(t.content, t.size, t.bold, room)
	return t
}

// cut ends a line that is too long with an ellipsis.
func cut(s string, size float64, bold bool, room float64) string {
	if widthOf(s, size, bold) <= room {
		return s
	}
	runes := []rune(s)
	for len(runes) > 0 && widthOf(string(runes)+"…", size, bold) > room {
		runes = runes[:len(runes)-1]
	}
	return strings.TrimSpace(string(runes)) + "…"
}

// wrap breaks a sentence into at most n lines between words; the last one is cut.
func wrap(s string, size float64, bold bool, room float64, n int) []string {
	words := strings.Fields(s)
	var lines []string
	for len(words) > 0 && len(lines) < n-1 {
		take := 1
		for take < len(words) && widthOf(strings.Join(words[:take+1], " "), size, bold) <= room {
			take++
		}
		lines = append(lines, cut(strings.Join(words[:take], " "), size, bold, room))
		words = words[take:]
	}
	if len(words) > 0 {
		lines = append(lines, cut(strings.Join(words, " "), size, bold, room))
	}
	return lines
}
