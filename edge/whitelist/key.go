package whitelist

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/binary"

	"portaria/edge/ticket"
)

// The first byte under the HMAC says what the rest is, so that no ticket id can be taken for a foreign code, and no
// issuer's name can borrow letters from its code (the name's length stands before it).
const (
	ours    = 1 // ‖ ticket id, 8 bytes big endian
	pinTag  = 3 // ‖ length of the controller's id, u32 big endian ‖ id ‖ digits (see PIN)
	foreign = 2 // ‖ length of the issuer's name, u32 big endian ‖ name ‖ code
)

// TicketKey is the key of one of our tickets, found by its signed and by its short code alike. For a staff badge the
// secret is the venue's.
func TicketKey(list [32]byte, id ticket.ID) Key {
	return Key(tagged(list, ticketMessage(id)))
}

// ForeignKey is the key of another seller's code. The code has gone through the issuer's Normalise.
func ForeignKey(list [32]byte, issuer, code string) Key {
	return Key(tagged(list, foreignMessage(issuer, code)))
}

// TicketRef names the right that was first sold as the ticket first: reprints and exchanges keep it.
func TicketRef(ref [32]byte, first ticket.ID) Ref {
	return Ref(tagged(ref, ticketMessage(first)))
}

// ForeignRef names the right behind another seller's code. The code has gone through the issuer's Normalise.
func ForeignRef(ref [32]byte, issuer, code string) Ref {
	return Ref(tagged(ref, foreignMessage(issuer, code)))
}

// tagged is the first half of HMAC-SHA-256(secret, message).
func tagged(secret [32]byte, message []byte) [16]byte {
	mac := hmac.New(sha256.New, secret[:])
	mac.Write(message)
	var sum [32]byte
	return [16]byte(mac.Sum(sum[:0])[:16])
}

func ticketMessage(id ticket.ID) []byte {
	return binary.BigEndian.AppendUint64([]byte{ours}, uint64(id))
}

func foreignMessage(issuer, code string) []byte {
	message := make([]byte, 0, 5+len(issuer)+len(code))
	message = append(message, foreign)
	message = binary.BigEndian.AppendUint32(message, uint32(len(issuer)))
	message = append(message, issuer...)
	return append(message, code...)
}
