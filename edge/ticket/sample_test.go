package ticket_test

import (
	"crypto/ed25519"
	"testing"

	"github.com/stretchr/testify/require"

	"portaria/edge/ticket"
)

var (
	concert  = ticket.EventID{0x01, 0x92, 0xf0, 0xc4, 0x5e, 0x1a, 0x7b, 0x3c, 0x8d, 0x2e, 0x4f, 0x60, 0x71, 0x82, 0x93, 0xa4}
	otherDay = ticket.EventID{0x01, 0x92, 0xf0, 0xc4, 0x5e, 0x1a, 0x7b, 0x3c, 0x8d, 0x2e, 0x4f, 0x60, 0x71, 0x82, 0x93, 0xa5}
)

func signer(seed byte) ticket.Signer {
	bytes := make([]byte, ed25519.SeedSize)
	for i := range bytes {
		bytes[i] = seed
	}
	return ticket.Signer{Event: concert, KeyID: 3, Key: ed25519.NewKeyFromSeed(bytes)}
}

func public(s ticket.Signer) ed25519.PublicKey { return s.Key.Public().(ed25519.PublicKey) }

func mint(t testing.TB, s ticket.Signer, f ticket.Fields) ticket.Code {
	code, err := ticket.Mint(s, f)
	require.NoError(t, err)
	return code
}

var sample = ticket.Fields{ID: 0x3cc744dfaf1696ce, Kind: 7, Reissue: 1, Flags: 2}
