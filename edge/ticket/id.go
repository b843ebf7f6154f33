package ticket

import (
	"encoding/hex"
	"fmt"
	"strconv"
)

// ParseEventID reads the hyphenated lower-case form of a UUID, and no other.
func ParseEventID(s string) (EventID, error) {
	var id EventID
	if len(s) != 36 || s[8] != '-' || s[13] != '-' || s[18] != '-' || s[23] != '-' {
		return EventID{}, fmt.Errorf("parse an id: %s is not 8-4-4-4-12 hex digits", cut(s))
	}
	plain := s[:8] + s[9:13] + s[14:18] + s[19:23] + s[24:]
	if _, err := hex.Decode(id[:], []byte(plain)); err != nil || id.String() != s {
		return EventID{}, fmt.Errorf("parse an id: %s has other characters than lower-case hex digits", cut(s))
	}
	return id, nil
}

// String is the hyphenated lower-case form.
func (id EventID) String() string {
	text, _ := id.MarshalText()
	return string(text)
}

// MarshalText makes an id a string in JSON and a fit key of a map.
func (id EventID) MarshalText() ([]byte, error) {
	text := make([]byte, 36)
	hex.Encode(text, id[:4])
	hex.Encode(text[9:], id[4:6])
	hex.Encode(text[14:], id[6:8])
	hex.Encode(text[19:], id[8:10])
	hex.Encode(text[24:], id[10:])
	text[8], text[13], text[18], text[23] = '-', '-', '-', '-'
	return text, nil
}

// UnmarshalText is ParseEventID.
func (id *EventID) UnmarshalText(text []byte) (err error) {
	*id, err = ParseEventID(string(text))
	return err
}

// ParseID reads the 16 lower-case hex digits of a ticket's number.
func ParseID(s string) (ID, error) {
	n, err := strconv.ParseUint(s, 16, 64)
	if err != nil || ID(n).String() != s {
		return 0, fmt.Errorf("parse a ticket id: %s is not 16 lower-case hex digits", cut(s))
	}
	return ID(n), nil
}

// String is 16 lower-case hex digits: the form that is stored.
func (id ID) String() string { return fmt.Sprintf("%016x", uint64(id)) }

// cut keeps a stranger's text short in an error.
func cut(s string) string {
	const most = 40
	if len(s) > most {
		return strconv.Quote(s[:most]) + "…"
	}
	return strconv.Quote(s)
}
