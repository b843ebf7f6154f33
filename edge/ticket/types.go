// Package ticket knows the codes that are printed on tickets: how one is minted, spelt, read and verified. It covers
// the signed code of the QR, the short code that people type, staff badges, and the signed codes of one other seller
// (pretix). It does not know which tickets are still good: only the signed list says that.
//
// docs/ticket-format.md describes every bit, with worked examples that a test of this package checks.
package ticket

import "crypto/ed25519"

// EventID is the 16-byte id (a UUID) under whose name a code is signed: an event's for tickets, a venue's for
// staff badges. Its text form is the usual hyphenated lower-case one.
type EventID [16]byte

// ID is a ticket's number: 64 random bits. Every reprint, transfer and exchange mints a new one.
type ID uint64

// Sizes of a signed code.
const (
	BodyLen      = 12  // bytes
	SignatureLen = 64  // bytes, Ed25519
	TextLen      = 122 // characters of Crockford base32, upper case: exactly a version 5-M QR
	ShortLen     = 14  // characters of a short code without dashes
)

// Format is the only code format so far (4 bits).
const Format = 1

// Reserved kinds (12 bits).
const (
	KindStaff      = 4094 // a staff badge, signed under a venue's key
	KindListedOnly = 4095 // good only when listed
)

// Fields is what a signed code says.
type Fields struct {
	KeyID   uint8  // 4 bits: which of the event's ticket keys signed it; never reused
	ID      ID     // 64 bits
	Kind    uint16 // 12 bits: index of the offer in the event's rules; never reused
	Reissue uint8  // 6 bits: how often the right was reissued before; stops at 63
	Flags   uint8  // 6 bits: for the event's own use
}

// Code is a signed code in its one spelling. Only Parse and Mint make one.
type Code struct {
	body [BodyLen]byte
	sig  [SignatureLen]byte
}

// Signer mints codes of one event under one of its keys.
type Signer struct {
	Event EventID
	KeyID uint8
	Key   ed25519.PrivateKey
}
