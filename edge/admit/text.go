package admit

import (
	"encoding/hex"
	"fmt"
)

// String is the id as 32 hex digits.
func (id ScanID) String() string { return hex.EncodeToString(id[:]) }

// MarshalText writes 32 hex digits.
func (id ScanID) MarshalText() ([]byte, error) { return hex.AppendEncode(nil, id[:]), nil }

// UnmarshalText reads 32 hex digits, lower case only, so that one scan has one spelling.
func (id *ScanID) UnmarshalText(text []byte) error {
	got, err := ParseScanID(string(text))
	if err != nil {
		return err
	}
	*id = got
	return nil
}

// ParseScanID reads 32 lower-case hex digits.
func ParseScanID(text string) (ScanID, error) {
	var id ScanID
	if len(text) != 2*len(id) {
		return ScanID{}, fmt.Errorf("scan id of %d characters: want 32 hex digits", len(text))
	}
	for i := range len(text) {
		if c := text[i]; c >= 'A' && c <= 'F' {
			return ScanID{}, fmt.Errorf("scan id %q: want lower-case hex digits", text)
		}
	}
	if _, err := hex.Decode(id[:], []byte(text)); err != nil {
		return ScanID{}, fmt.Errorf("scan id %q: %w", text, err)
	}
	return id, nil
}
