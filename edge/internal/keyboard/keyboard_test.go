package keyboard_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"portaria/edge/internal/keyboard"
	"portaria/edge/internal/keyboard/keyboardtest"
	firmwareconfig "portaria/firmware-config"
)

// typed is what a layout makes of keys in the notation of the profiles' samples.
func typed(t *testing.T, layout, keys string) string {
	t.Helper()
	strokes, err := firmwareconfig.Sample{Keys: keys}.Strokes()
	require.NoError(t, err)
	decoder, err := keyboard.New(layout)
	require.NoError(t, err)
	var text strings.Builder
	for _, key := range strokes {
		text.WriteString(decoder.Key(key.Code, key.Value))
	}
	return text.String() + decoder.Silence()
}

func TestTheSameKeysMeanWhatTheLayoutSays(t *testing.T) {
	rows := []struct{ name, layout, keys, want string }{
		{"the first letter", "us", "+16 -16", "q"}, {"the first letter in France", "fr", "+16 -16", "a"},
		{"y in America", "us", "+21 -21", "y"}, {"y's key in Germany", "de", "+21 -21", "z"},
		{"m in America", "us", "+50 -50", "m"}, {"m's key in France", "fr", "+50 -50", ","}, {"where France has m", "fr", "+39 -39", "m"},
		{"a digit", "abnt2", "+3 -3", "2"}, {"a digit's key in France", "fr", "+3 -3", "é"}, {"a digit in France", "fr", "+42 +3 -3 -42", "2"},
		{"at in America", "us", "+42 +3 -3 -42", "@"}, {"at in Britain", "uk", "+42 +40 -40 -42", "@"},
		{"at in Germany", "de", "+100 +16 -16 -100", "@"}, {"at in France", "fr", "+100 +11 -11 -100", "@"},
		{"AltGr as Ctrl with Alt", "de", "+29 +56 +16 -16 -56 -29", "@"},
		{"the pound", "uk", "+42 +4 -4 -42", "£"}, {"hash in Britain", "uk", "+43 -43", "#"}, {"backslash in Britain", "uk", "+86 -86", `\`},
		{"minus in Germany", "de", "+53 -53", "-"}, {"minus in France", "fr", "+7 -7", "-"}, {"slash in Germany", "de", "+42 +8 -8 -42", "/"},
		{"c with a cedilla", "abnt2", "+39 -39", "ç"}, {"the Brazilian slash", "abnt2", "+89 -89", "/"}, {"its question mark", "abnt2", "+42 +89 -89 -42", "?"},
		{"the Brazilian backslash", "abnt2", "+86 -86", `\`}, {"the Brazilian bracket", "abnt2", "+27 -27", "["},
		{"a closing bracket in America", "us", "+27 -27", "]"}, {"a closing bracket in Brazil", "abnt2", "+43 -43", "]"},
		{"a closing bracket in France", "fr", "+100 +12 -12 -100", "]"}, {"a closing bracket in Germany", "de", "+100 +10 -10 -100", "]"},
	}
	for _, row := range rows {
		t.Run(row.name, func(t *testing.T) { assert.Equal(t, row.want, typed(t, row.layout, row.keys)) })
	}
}

func TestKeysBecomeCharacters(t *testing.T) {
	rows := []struct{ name, layout, keys, want string }{
		{"right shift", "us", "+54 +30 -30 -54", "A"},
		{"shift held over two letters", "us", "+42 +30 -30 +48 -48 -42 +46 -46", "ABc"},
		{"a key that the host repeats is one key", "us", "+30 =30 =30 =30 -30", "a"},
		{"Enter and the keypad's", "us", "+30 -30 +28 -28 +30 -30 +96 -96", "a\ra\r"},
		{"Tab", "us", "+30 -30 +15 -15", "a\t"},
		{"digits of the keypad", "us", "+79 -79 +80 -80 +81 -81", "123"},
		{"caps lock as some scanners use it", "us", "+58 -58 +30 -30 +2 -2 +58 -58 +30 -30", "A1a"},
		{"caps lock with shift", "us", "+58 -58 +42 +30 -30 -42 +58 -58", "a"},
		{"num lock says nothing", "us", "+69 -69 +30 -30", "a"},
		{"a key with no character spoils", "us", "+30 -30 +59 -59", "a" + keyboard.Unknown},
		{"a group separator as Ctrl+]", "us", "+29 +27 -27 -29", "\x1d"},
		{"Ctrl+M is Enter", "us", "+29 +50 -50 -29", "\r"},
		{"Ctrl+1 means nothing", "us", "+29 +2 -2 -29", keyboard.Unknown},

		{"Alt and a number", "us", "+56 +77 -77 +76 -76 -56", "A"},
		{"Alt and a number of Windows' page", "us", "+56 +82 -82 +80 -80 +81 -81 +81 -81 -56", "é"},
		{"Alt and a number of the old page", "abnt2", "+56 +79 -79 +81 -81 +82 -82 -56", "é"},
		{"Alt and a Unicode number", "us", "+56 +72 -72 +81 -81 +77 -77 +75 -75 -56", string(rune(8364))},
		{"Alt and no number", "us", "+56 -56 +30 -30", "a"},
		{"Alt and a letter", "us", "+56 +30 -30 -56", keyboard.Unknown},
		{"Alt and a number without end", "us", "+56" + strings.Repeat(" +79 -79", 9) + " -56", keyboard.Unknown},
		{"Alt twice", "us", "+56 +77 -77 +76 -76 -56 +56 +77 -77 +77 -77 -56", "AB"},

		{"a dead key and its letter", "abnt2", "+26 -26 +30 -30", "á"},
		{"a dead key and a capital", "de", "+41 -41 +42 +18 -18 -42", "Ê"},
		{"a dead key and a space", "de", "+41 -41 +57 -57", "^"},
		{"a dead key and a letter it does not go with", "de", "+41 -41 +47 -47", "^v"},
		{"a dead key twice", "abnt2", "+40 -40 +40 -40 +30 -30", "~~a"},
		{"a dead key and nothing", "abnt2", "+40 -40", "~"},
		{"a dead key and Enter", "abnt2", "+40 -40 +28 -28", "~\r"},
	}
	for _, row := range rows {
		t.Run(row.name, func(t *testing.T) { assert.Equal(t, row.want, typed(t, row.layout, row.keys)) })
	}
}

func TestEveryLayoutHasEveryCharacterOfACode(t *testing.T) {
	for _, layout := range keyboard.Layouts() {
		for r := ' '; r <= '~'; r++ {
			_, err := keyboardtest.Type(layout, string(r))
			assert.NoError(t, err)
		}
	}
}

func TestTheProfilesKnowTheLayoutsThatThereAre(t *testing.T) {
	assert.ElementsMatch(t, firmwareconfig.Layouts, keyboard.Layouts())
	_, err := keyboard.New("klingon")
	assert.ErrorContains(t, err, "klingon")
}

func TestCapsLockLeftOnIsForgottenInSilence(t *testing.T) {
	decoder, err := keyboard.New("us")
	require.NoError(t, err)
	decoder.Key(58, keyboard.Down)
	assert.Equal(t, "A", decoder.Key(30, keyboard.Down))
	decoder.Silence()
	assert.Equal(t, "a", decoder.Key(30, keyboard.Down))
}

func TestAfterLostEventsOnlyWhatIsHeldCounts(t *testing.T) {
	decoder, err := keyboard.New("abnt2")
	require.NoError(t, err)
	decoder.Key(42, keyboard.Down)
	decoder.Key(40, keyboard.Down) // a dead key waits
	decoder.Resync(func(uint16) bool { return false })
	assert.Equal(t, "a", decoder.Key(30, keyboard.Down), "the Shift that came up meanwhile is not held")
	decoder.Resync(func(code uint16) bool { return code == 54 })
	assert.Equal(t, "A", decoder.Key(30, keyboard.Down))
}

func TestEventsOfBothSizesAreRead(t *testing.T) {
	want := []keyboard.Event{{Type: keyboard.Pressed, Code: 30, Value: 1}, {Type: keyboard.Sync}, {Type: 4, Code: 4, Value: -7}}
	for _, size := range []int{16, 24} {
		var raw []byte
		for _, e := range want {
			raw = append(raw, e.Record(size)...)
		}
		assert.Len(t, raw, size*len(want))
		assert.Equal(t, want, keyboard.Events(raw, size))
		assert.Equal(t, want[:2], keyboard.Events(raw[:len(raw)-1], size), "half a record is none")
	}
	assert.Contains(t, []int{16, 24}, keyboard.RecordSize)
}

func FuzzDecoder(f *testing.F) {
	f.Add(uint8(0), []byte{42, 1, 30, 1, 30, 0, 42, 0})
	f.Add(uint8(4), []byte{56, 1, 82, 1, 77, 1, 56, 0, 40, 1, 28, 1})
	f.Fuzz(func(t *testing.T, which uint8, keys []byte) {
		names := keyboard.Layouts()
		decoder, err := keyboard.New(names[int(which)%len(names)])
		require.NoError(t, err)
		for pair := range slices.Chunk(keys, 2) {
			said := decoder.Key(uint16(pair[0]), int32(pair[len(pair)-1]%3))
			if len([]rune(said)) > 2 {
				t.Fatalf("one key said %q", said)
			}
		}
		decoder.Silence()
		assert.Empty(t, decoder.Silence(), "nothing is left behind")
	})
}
