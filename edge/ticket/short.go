package ticket

import (
	"strings"
	"unicode"
)

// The check of a short code is a CRC of 6 bits. Its polynomial is primitive, so it catches every single wrong
// character (5 bits side by side), any two characters that changed places, however far apart, and 63 of 64 of all
// other mistakes. The constant keeps fourteen zeros from being a code.
const (
	checkBits       = 6
	checkPolynomial = 0b1000011 // x^6 + x + 1
	checkConstant   = 0b110110
)

// shortTyped is how long a typed short code may be, dashes and spaces included.
const shortTyped = 64

// Short is the short code without dashes: 14 characters.
func (id ID) Short() string {
	var text [ShortLen]byte
	tail := uint64(id)<<checkBits | check(id) // the last 12 characters; the first 2 are the bits this shift loses
	head := uint64(id) >> 54
	for i := ShortLen - 1; i >= 2; i-- {
		text[i] = alphabet[tail&31]
		tail >>= 5
	}
	text[1], text[0] = alphabet[head&31], alphabet[head>>5]
	return string(text[:])
}

// ShortShown is the short code as it is printed for people: 7K3M9-QXF2T-BCW8.
func (id ID) ShortShown() string {
	text := id.Short()
	return text[:5] + "-" + text[5:10] + "-" + text[10:]
}

// ParseShort reads a short code as people type it: any case, with or without spaces and dashes, O for 0, I or L for 1.
// A failure is ErrNotOurs, or ErrMalformed when only the check is wrong (a typing mistake).
func ParseShort(text string) (ID, error) {
	if len(text) > shortTyped {
		return 0, ErrNotOurs
	}
	typed := strings.Map(typedShort, text)
	if len(typed) != ShortLen {
		return 0, ErrNotOurs
	}
	var high, low uint64 // of 70 bits: the first 6, the last 64
	for i := range ShortLen {
		digit := digits[typed[i]]
		if digit == notADigit {
			return 0, ErrNotOurs
		}
		high = high<<5 | low>>59
		low = low<<5 | uint64(digit)
	}
	id := ID(high<<(64-checkBits) | low>>checkBits)
	if check(id) != low&(1<<checkBits-1) {
		return 0, malformed("a character of the short code %s is wrong", cut(typed))
	}
	return id, nil
}

// typedShort drops what people put between characters, and turns the rest into what was printed.
func typedShort(char rune) rune {
	switch {
	case unicode.IsSpace(char), unicode.Is(unicode.Pd, char), char == '\u2212': // the minus sign
		return -1
	case char > unicode.MaxASCII:
		return unicode.ReplacementChar
	}
	return rune(forgiving(byte(char)))
}

// check is the remainder of the id, shifted left by the check's bits, divided by the polynomial.
func check(id ID) uint64 {
	rest := uint64(0)
	for bit := 63; bit >= 0; bit-- {
		rest = rest<<1 ^ (uint64(id)>>bit&1)<<checkBits
		if rest>>checkBits != 0 {
			rest ^= checkPolynomial
		}
	}
	return rest ^ checkConstant
}
