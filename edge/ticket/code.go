package ticket

import (
	"crypto/ed25519"
	"encoding/binary"
	"fmt"
	"strings"
)

// context keeps a ticket signature from meaning anything elsewhere; a new format gets a new one.
const context = "portaria-ticket-1"

const rawLen = BodyLen + SignatureLen

// Mint signs a code. The key id is the signer's; f may leave it zero. It fails when a field does not fit its bits or
// the signer has no usable key.
func Mint(s Signer, f Fields) (Code, error) {
	if len(s.Key) != ed25519.PrivateKeySize {
		return Code{}, fmt.Errorf("mint a code: the signing key has %d bytes, not %d", len(s.Key), ed25519.PrivateKeySize)
	}
	if f.KeyID != 0 && f.KeyID != s.KeyID {
		return Code{}, fmt.Errorf("mint a code: key id %d asked of a signer with key id %d", f.KeyID, s.KeyID)
	}
	f.KeyID = s.KeyID
	if err := f.fit(); err != nil {
		return Code{}, fmt.Errorf("mint a code: %w", err)
	}
	c := Code{body: f.pack()}
	message := c.message(s.Event)
	copy(c.sig[:], ed25519.Sign(s.Key, message[:]))
	return c, nil
}

// Parse reads a signed code in its one spelling: 122 upper-case characters, nothing before or after, no stray bits. It
// does not verify the signature. A failure is ErrNotOurs or ErrMalformed.
func Parse(text string) (Code, error) {
	if len(text) != TextLen {
		return Code{}, whyNot(text)
	}
	var raw [rawLen]byte
	bad, stray := decode(raw[:], text)
	switch {
	case bad >= 0:
		return Code{}, whyNot(text)
	case stray != 0:
		return Code{}, malformed("its last bits are not zero")
	case raw[0]>>4 != Format:
		return Code{}, malformed("format %d is not known", raw[0]>>4)
	}
	var c Code
	copy(c.body[:], raw[:])
	copy(c.sig[:], raw[BodyLen:])
	return c, nil
}

// whyNot tells a damaged code of ours from anything else: ours starts with 2 or 3 and is otherwise letters and digits
// of the alphabet.
func whyNot(text string) error {
	const shortest, longest = TextLen / 2, TextLen * 2
	if len(text) > longest {
		return ErrNotOurs
	}
	trimmed := strings.TrimSpace(text)
	if len(trimmed) < shortest || trimmed[0] != '2' && trimmed[0] != '3' {
		return ErrNotOurs
	}
	for i := range len(trimmed) {
		if digits[forgiving(trimmed[i])] == notADigit {
			return ErrNotOurs
		}
	}
	if len(trimmed) != TextLen {
		return malformed("%d characters instead of %d", len(trimmed), TextLen)
	}
	return malformed("lower case, look-alike letters or white space")
}

// Text is the code's one spelling.
func (c Code) Text() string {
	var raw [rawLen]byte
	copy(raw[:], c.body[:])
	copy(raw[BodyLen:], c.sig[:])
	return string(encode(make([]byte, 0, TextLen), raw[:]))
}

// Verify says whether the code was issued for this event under this key. It says nothing of whether it is still good.
func (c Code) Verify(event EventID, pub ed25519.PublicKey) bool {
	if len(pub) != ed25519.PublicKeySize {
		return false
	}
	message := c.message(event)
	return ed25519.Verify(pub, message[:], c.sig[:])
}

// ID is the ticket's number, also found in its short code.
func (c Code) ID() ID { return ID(binary.BigEndian.Uint64(c.body[1:])) }

// Fields is what the code says of itself. Believe it only once Verify has said yes.
func (c Code) Fields() Fields {
	tail := uint32(c.body[9])<<16 | uint32(c.body[10])<<8 | uint32(c.body[11])
	return Fields{
		KeyID:   c.body[0] & 15,
		ID:      c.ID(),
		Kind:    uint16(tail >> 12),
		Reissue: uint8(tail >> 6 & 63),
		Flags:   uint8(tail & 63),
	}
}

func (f Fields) fit() error {
	for _, field := range []struct {
		name       string
		value, max uint64
	}{
		{"key id", uint64(f.KeyID), 15},
		{"kind", uint64(f.Kind), 4095},
		{"reissue count", uint64(f.Reissue), 63},
		{"flags", uint64(f.Flags), 63},
	} {
		if field.value > field.max {
			return fmt.Errorf("%s %d is over %d", field.name, field.value, field.max)
		}
	}
	return nil
}

func (f Fields) pack() (body [BodyLen]byte) {
	tail := uint32(f.Kind)<<12 | uint32(f.Reissue)<<6 | uint32(f.Flags)
	body[0] = Format<<4 | f.KeyID
	binary.BigEndian.PutUint64(body[1:], uint64(f.ID))
	body[9], body[10], body[11] = byte(tail>>16), byte(tail>>8), byte(tail)
	return body
}

// message is what is signed: context, event, body. The event is not in the code, so a code of one event can't be
// passed off as another's, and costs no characters.
func (c Code) message(event EventID) (message [len(context) + len(EventID{}) + BodyLen]byte) {
	n := copy(message[:], context)
	n += copy(message[n:], event[:])
	copy(message[n:], c.body[:])
	return message
}
