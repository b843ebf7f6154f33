package ticket

// Crockford's alphabet leaves out I, L, O and U, which people misread. Its characters mean the same on every keyboard
// layout that scanners imitate.
const alphabet = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"

const notADigit = 0xff

// digits maps a character to its value; only the upper-case alphabet has one.
var digits = func() (table [256]byte) {
	for i := range table {
		table[i] = notADigit
	}
	for value, char := range []byte(alphabet) {
		table[char] = byte(value)
	}
	return table
}()

// forgiving maps what a person may type to what was printed: any case, O for 0, I and L for 1. Others stay.
func forgiving(char byte) byte {
	if 'a' <= char && char <= 'z' {
		char -= 'a' - 'A'
	}
	switch char {
	case 'O':
		return '0'
	case 'I', 'L':
		return '1'
	}
	return char
}

// encode writes bytes as base32, most significant bit first, the last character filled up with zero bits.
func encode(dst []byte, src []byte) []byte {
	var bits uint
	var held uint32
	for _, b := range src {
		held = held<<8 | uint32(b)
		for bits += 8; bits >= 5; {
			bits -= 5
			dst = append(dst, alphabet[held>>bits&31])
		}
	}
	if bits > 0 {
		dst = append(dst, alphabet[held<<(5-bits)&31])
	}
	return dst
}

// decode reads text into dst, which it must fill. It returns the position of the first character that is not a digit
// (or -1), and the bits left over at the end, which in the one right spelling are zero.
func decode(dst []byte, text string) (bad int, stray uint32) {
	var bits uint
	var held uint32
	n := 0
	for i := range len(text) {
		digit := digits[text[i]]
		if digit == notADigit {
			return i, 0
		}
		held = held<<5 | uint32(digit)
		if bits += 5; bits >= 8 {
			bits -= 8
			dst[n] = byte(held >> bits)
			n++
		}
	}
	return -1, held & (1<<bits - 1)
}
