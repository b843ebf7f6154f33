package whitelist

import (
	"crypto/hmac"
	"crypto/pbkdf2"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
)

// Bounds of a PIN and of what is kept of it.
const (
	MinPIN       = 4 // digits
	MaxPIN       = 12
	MaxNumber    = 99_999
	PINRounds    = 60_000 // what new ones are made with: a tenth of a second on a Pi Zero 2
	minPINRounds = 10_000
	maxPINRounds = 2_000_000
	pinSaltLen   = 16
)

// PIN is what a gate needs to know a controller by a number and a PIN that they type. The hash is
// PBKDF2-HMAC-SHA-256(HMAC-SHA-256(venue's list secret, 03 ‖ length of id, u32 ‖ id ‖ digits), salt, rounds), 32 bytes: whoever
// has only the manifest can't try PINs, for the secret is not in it.
type PIN struct {
	Number int    `json:"number"` // what the person types first; one person's in a venue
	Salt   []byte `json:"salt"`   // 16 random bytes
	Rounds int    `json:"rounds"`
	Hash   []byte `json:"hash"`
}

// MakePIN hashes the digits of a controller's PIN under the venue's list secret.
func MakePIN(secret [32]byte, controller, digits string, number int, salt [16]byte) (PIN, error) {
	if len(digits) < MinPIN || len(digits) > MaxPIN || !allDigits(digits) {
		return PIN{}, fmt.Errorf("a PIN has %d to %d digits", MinPIN, MaxPIN)
	}
	p := PIN{Number: number, Salt: salt[:], Rounds: PINRounds}
	var err error
	if p.Hash, err = p.hash(secret, controller, digits); err != nil {
		return PIN{}, fmt.Errorf("hash a PIN: %w", err)
	}
	return p, p.validate()
}

// Matches says whether these digits are the controller's PIN. It takes as long for a wrong one.
func (p PIN) Matches(secret [32]byte, controller, digits string) bool {
	if len(digits) > MaxPIN {
		return false
	}
	sum, err := p.hash(secret, controller, digits)
	return err == nil && hmac.Equal(sum, p.Hash)
}

func (p PIN) hash(secret [32]byte, controller, digits string) ([]byte, error) {
	message := binary.BigEndian.AppendUint32([]byte{pinTag}, uint32(len(controller)))
	mac := hmac.New(sha256.New, secret[:])
	mac.Write(append(append(message, controller...), digits...))
	return pbkdf2.Key(sha256.New, string(mac.Sum(nil)), p.Salt, p.Rounds, sha256.Size)
}

func (p PIN) validate() error {
	switch {
	case p.Number < 1 || p.Number > MaxNumber:
		return malformed("a controller's number is %d", p.Number)
	case len(p.Salt) != pinSaltLen || len(p.Hash) != sha256.Size:
		return malformed("a PIN with %d bytes of salt and %d of hash", len(p.Salt), len(p.Hash))
	case p.Rounds < minPINRounds || p.Rounds > maxPINRounds:
		return malformed("a PIN of %d rounds", p.Rounds)
	}
	return nil
}

func allDigits(text string) bool {
	for _, c := range []byte(text) {
		if c < '0' || c > '9' {
			return false
		}
	}
	return true
}

// checkPINs: a number is one person's, or who typed it would not be known.
func checkPINs(people []Controller) error {
	seen := map[int]bool{}
	for _, person := range people {
		if person.PIN == nil {
			continue
		}
		if err := person.PIN.validate(); err != nil {
			return errors.Join(fmt.Errorf("controller %q", person.ID), err)
		}
		if seen[person.PIN.Number] {
			return malformed("two controllers have the number %d", person.PIN.Number)
		}
		seen[person.PIN.Number] = true
	}
	return nil
}
