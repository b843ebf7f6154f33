package keyboard

import (
	"slices"
	"unicode"

	"golang.org/x/text/encoding/charmap"
)

// level is which of a key's characters is meant.
type level int

const (
	plain level = iota
	shifted
	withAltGr
)

// layout is what the keys of a country's keyboard mean.
type layout struct {
	keys map[uint16][3]rune // by level; 0 = nothing
	pad  map[uint16]rune    // of the keypad
	oem  *charmap.Charmap   // what Alt with a number below 256 means
}

func (l *layout) at(code uint16, which level) rune { return l.keys[code][which] }

// letter says whether Caps Lock works on a key.
func (l *layout) letter(code uint16) bool {
	return unicode.IsLetter(l.at(code, plain)) && unicode.IsUpper(l.at(code, shifted))
}

// rows are the keys of a keyboard from the top left, row by row, as the tables below spell them.
var rows = [4][]uint16{
	{41, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13},
	{16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27},
	{30, 31, 32, 33, 34, 35, 36, 37, 38, 39, 40, 43},
	{86, 44, 45, 46, 47, 48, 49, 50, 51, 52, 53, 89},
}

const keySpace = 57

// table is a level of a layout: a blank is a key that means nothing, a combining mark is a dead key.
type table [4]string

var blank = table{"             ", "            ", "            ", "            "}

func newLayout(oem *charmap.Charmap, decimal rune, levels ...table) *layout {
	l := &layout{keys: map[uint16][3]rune{keySpace: {' ', ' ', ' '}}, oem: oem, pad: map[uint16]rune{
		71: '7', 72: '8', 73: '9', 75: '4', 76: '5', 77: '6', 79: '1', 80: '2', 81: '3', 82: '0', 83: decimal,
		55: '*', 74: '-', 78: '+', 98: '/', 117: '=', 121: '.'}}
	for which, table := range levels {
		for row, spelt := range table {
			for i, r := range []rune(spelt) {
				if r != ' ' {
					means := l.keys[rows[row][i]]
					means[which] = r
					l.keys[rows[row][i]] = means
				}
			}
		}
	}
	return l
}

// layouts by name. Each was written down from the layout that its country's Windows calls standard, because that is
// what scanners are set to type for.
var layouts = map[string]*layout{
	"us": newLayout(charmap.CodePage437, '.',
		table{"`1234567890-=", "qwertyuiop[]", `asdfghjkl;'\`, `\zxcvbnm,./ `},
		table{"~!@#$%^&*()_+", "QWERTYUIOP{}", `ASDFGHJKL:"|`, "|ZXCVBNM<>? "}, blank),
	"uk": newLayout(charmap.CodePage850, '.',
		table{"`1234567890-=", "qwertyuiop[]", "asdfghjkl;'#", `\zxcvbnm,./ `},
		table{`¬!"£$%^&*()_+`, "QWERTYUIOP{}", "ASDFGHJKL:@~", "|ZXCVBNM<>? "},
		table{"¦   €        ", "  é   úíó   ", "á           ", blank[3]}),
	"de": newLayout(charmap.CodePage850, ',',
		table{"\u03021234567890ß\u0301", "qwertzuiopü+", "asdfghjklöä#", "<yxcvbnm,.- "},
		table{"°!\"§$%&/()=?\u0300", "QWERTZUIOPÜ*", "ASDFGHJKLÖÄ'", ">YXCVBNM;:_ "},
		table{`  ²³   {[]}\ `, "@ €        ~", blank[2], "|      µ    "}),
	"fr": newLayout(charmap.CodePage850, '.',
		table{`²&é"'(-è_çà)=`, "azertyuiop\u0302$", "qsdfghjklmù*", "<wxcvbn,;:! "},
		table{" 1234567890°+", "AZERTYUIOP\u0308£", "QSDFGHJKLM%µ", ">WXCVBN?./§ "},
		table{"  \u0303#{[|\u0300\\^@]}", "  €        ¤", blank[2], blank[3]}),
	"abnt2": newLayout(charmap.CodePage850, ',',
		table{"'1234567890-=", "qwertyuiop\u0301[", "asdfghjklç\u0303]", `\zxcvbnm,.;/`},
		table{"\"!@#$%\u0308&*()_+", "QWERTYUIOP\u0300{", "ASDFGHJKLÇ\u0302}", "|ZXCVBNM<>:?"},
		table{" ¹²³£¢¬     §", "/?€        ª", "           º", blank[3]}),
}

// Layouts are the names that New knows, sorted.
func Layouts() []string {
	var names []string
	for name := range layouts {
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}
