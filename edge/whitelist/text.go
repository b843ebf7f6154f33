package whitelist

import "encoding/hex"

// String is 32 lower-case hex digits.
func (k Key) String() string { return hex.EncodeToString(k[:]) }

// MarshalText is String as bytes.
func (k Key) MarshalText() ([]byte, error) { return []byte(k.String()), nil }

// UnmarshalText takes 32 lower-case hex digits and nothing else.
func (k *Key) UnmarshalText(text []byte) error { return fromHex(k[:], text, "key") }

// String is 32 lower-case hex digits.
func (r Ref) String() string { return hex.EncodeToString(r[:]) }

// MarshalText is String as bytes.
func (r Ref) MarshalText() ([]byte, error) { return []byte(r.String()), nil }

// UnmarshalText takes 32 lower-case hex digits and nothing else.
func (r *Ref) UnmarshalText(text []byte) error { return fromHex(r[:], text, "ref") }

// String is 64 lower-case hex digits.
func (h Hash) String() string { return hex.EncodeToString(h[:]) }

// MarshalText is String as bytes.
func (h Hash) MarshalText() ([]byte, error) { return []byte(h.String()), nil }

// UnmarshalText takes 64 lower-case hex digits and nothing else.
func (h *Hash) UnmarshalText(text []byte) error { return fromHex(h[:], text, "hash") }

// ParseKey reads a key's text form.
func ParseKey(text string) (Key, error) {
	var k Key
	return k, k.UnmarshalText([]byte(text))
}

// ParseRef reads a ref's text form.
func ParseRef(text string) (Ref, error) {
	var r Ref
	return r, r.UnmarshalText([]byte(text))
}

// ParseHash reads a hash's text form, as it stands in a blob's address.
func ParseHash(text string) (Hash, error) {
	var h Hash
	return h, h.UnmarshalText([]byte(text))
}

// fromHex fills all of into, or leaves it as it was. Upper case is refused so that one value has one spelling: the
// text is compared and used as a name.
func fromHex(into []byte, text []byte, what string) error {
	if len(text) != hex.EncodedLen(len(into)) {
		return malformed("a %s is %d hex digits, not %d characters", what, hex.EncodedLen(len(into)), len(text))
	}
	var room [64]byte
	for i := range into {
		high, low := hexValue(text[2*i]), hexValue(text[2*i+1])
		if high > 15 || low > 15 {
			return malformed("a %s is lower-case hex digits only", what)
		}
		room[i] = high<<4 | low
	}
	copy(into, room[:])
	return nil
}

// hexValue is 255 for what is no lower-case hex digit.
func hexValue(c byte) byte {
	switch {
	case '0' <= c && c <= '9':
		return c - '0'
	case 'a' <= c && c <= 'f':
		return c - 'a' + 10
	}
	return 255
}
