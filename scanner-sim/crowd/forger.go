package crowd

import (
	"crypto/ed25519"
	"encoding/binary"
	"errors"
	"fmt"
	"math/rand/v2"
	"strings"

	"portaria/edge/ticket"
)

// forger makes codes that nobody sold.
type forger struct {
	source *rand.Rand
	key    ed25519.PrivateKey
	models []ticket.Fields // of real tickets, to be imitated
	made   int
}

func newForger(source *rand.Rand) *forger {
	seed := make([]byte, ed25519.SeedSize)
	for i := 0; i < len(seed); i += 8 {
		binary.LittleEndian.PutUint64(seed[i:], source.Uint64())
	}
	return &forger{source: source, key: ed25519.NewKeyFromSeed(seed)}
}

// see learns what real tickets look like.
func (f *forger) see(codes []string) {
	for _, text := range codes {
		if code, err := ticket.Parse(text); err == nil {
			f.models = append(f.models, code.Fields())
		}
	}
}

// forge makes a ticket with a real one's kind and key id, its own number, and the forger's signature.
func (f *forger) forge() (string, error) {
	if len(f.models) == 0 {
		return "", errors.New("there is no signed ticket to forge after")
	}
	fields := f.models[f.source.IntN(len(f.models))]
	fields.ID, fields.Reissue = ticket.ID(f.source.Uint64()), 0
	code, err := ticket.Mint(ticket.Signer{KeyID: fields.KeyID, Key: f.key}, fields)
	return code.Text(), err
}

// invent makes a code that reads well: a short code, an EAN-13, half of a ticket, a web address.
func (f *forger) invent() string {
	f.made++
	number := f.source.Uint64()
	switch f.made % 4 {
	case 0:
		return ticket.ID(number).Short()
	case 1:
		return ean13(number)
	case 2:
		return "2" + strings.Repeat(ticket.ID(number).Short(), 4)
	}
	return fmt.Sprintf("https://tickets.example/%x", number)
}

// garbage makes what is no code: bytes that no text has, or ten kilobytes.
func (f *forger) garbage() string {
	if f.made++; f.made%2 == 0 {
		return strings.Repeat("0123456789", 1000)
	}
	noise := []byte{0x80, 0xff, 0x1b, 0x00}
	for range 8 + f.source.IntN(40) {
		noise = append(noise, byte(0x80+f.source.IntN(0x80)))
	}
	return string(noise)
}

func ean13(number uint64) string {
	digits := fmt.Sprintf("%012d", number%1e12)
	sum := 0
	for i, digit := range digits {
		sum += int(digit-'0') * (1 + 2*(i%2))
	}
	return fmt.Sprintf("%s%d", digits, (10-sum%10)%10)
}
