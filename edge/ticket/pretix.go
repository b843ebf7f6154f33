package ticket

import (
	"crypto/ed25519"
	"encoding/base64"
	"encoding/binary"
	"slices"
	"time"
	"unicode/utf8"
)

// Limits of a pretix code, in characters and bytes. Real ones have about 120 characters.
const (
	pretixText = 1024
	pretixSeed = 64
)

// Pretix is a ticket of the ticket shop pretix that carries its own signature (its scheme pretix_sig1).
type Pretix struct {
	Seed       string    // random, what makes the ticket unique; together with the rest it is its code
	Item       int64     // product
	Variation  int64     // of the product; 0 = none
	Subevent   int64     // date in a series; 0 = none
	ValidFrom  time.Time // UTC, whole seconds; zero = no bound
	ValidUntil time.Time // UTC, whole seconds; zero = no bound

	payload   []byte
	signature [SignatureLen]byte
}

// ParsePretix reads a pretix_sig1 code: base64 written backwards of 01 | u16 payload length | u16 signature length |
// payload | signature. It does not verify the signature. A failure is ErrNotOurs (some other text) or ErrMalformed
// (the envelope is right, its content is not).
func ParsePretix(text string) (Pretix, error) {
	payload, signature, err := openPretix(text)
	if err != nil {
		return Pretix{}, err
	}
	p := Pretix{payload: payload, signature: [SignatureLen]byte(signature)}
	if err := readProto(payload, p.take); err != nil {
		return Pretix{}, malformed("its pretix payload is broken")
	}
	return p, nil
}

func openPretix(text string) (payload, signature []byte, err error) {
	if len(text) > pretixText {
		return nil, nil, ErrNotOurs
	}
	backwards := []byte(text)
	slices.Reverse(backwards)
	if slices.Contains(backwards, '\n') || slices.Contains(backwards, '\r') {
		return nil, nil, ErrNotOurs // the decoder would skip them: two spellings of one ticket
	}
	raw, err := base64.StdEncoding.Strict().DecodeString(string(backwards))
	if err != nil || len(raw) < 5 || raw[0] != 1 {
		return nil, nil, ErrNotOurs
	}
	size, signed := int(binary.BigEndian.Uint16(raw[1:])), int(binary.BigEndian.Uint16(raw[3:]))
	if signed != SignatureLen || len(raw) != 5+size+signed {
		return nil, nil, malformed("its pretix envelope has the wrong length")
	}
	return raw[5 : 5+size], raw[5+size:], nil
}

func (p *Pretix) take(f protoField) error {
	switch f.number {
	case 1:
		if len(f.bytes) > pretixSeed || !utf8.Valid(f.bytes) {
			return errWire
		}
		p.Seed = string(f.bytes)
	case 2:
		p.Item = int64(f.varint)
	case 3:
		p.Variation = int64(f.varint)
	case 4:
		p.Subevent = int64(f.varint)
	case 5:
		p.ValidFrom = unixTime(f.varint)
	case 6:
		p.ValidUntil = unixTime(f.varint)
	}
	return nil
}

func unixTime(seconds uint64) time.Time {
	if seconds == 0 {
		return time.Time{}
	}
	return time.Unix(int64(seconds), 0).UTC()
}

// Verify says whether one of the event's pretix keys issued the ticket.
func (p Pretix) Verify(pub ed25519.PublicKey) bool {
	return len(pub) == ed25519.PublicKeySize && ed25519.Verify(pub, p.payload, p.signature[:])
}
