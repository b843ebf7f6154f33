package vault

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/rand"
	"fmt"
)

const sealKeyLen = 32

// Sealer encrypts what the database keeps for us, with AES-256-GCM.
type Sealer struct{ aead cipher.AEAD }

// NewSealer makes a sealer of a 32-byte key.
func NewSealer(key []byte) (*Sealer, error) {
	if len(key) != sealKeyLen {
		return nil, fmt.Errorf("a sealing key has %d bytes, this one %d", sealKeyLen, len(key))
	}
	block, err := aes.NewCipher(key)
	if err != nil {
		return nil, fmt.Errorf("make the sealing cipher: %w", err)
	}
	aead, err := cipher.NewGCMWithRandomNonce(block)
	if err != nil {
		return nil, fmt.Errorf("make the sealing cipher: %w", err)
	}
	return &Sealer{aead}, nil
}

// Seal encrypts a value for one place ("ticket/<event>/0"): moved to another row, it won't open.
func (s *Sealer) Seal(place string, plain []byte) []byte {
	return s.aead.Seal(nil, nil, plain, []byte(place))
}

// Open undoes Seal. A failure is ErrSealed.
func (s *Sealer) Open(place string, sealed []byte) ([]byte, error) {
	plain, err := s.aead.Open(nil, nil, sealed, []byte(place))
	if err != nil {
		return nil, fmt.Errorf("open %s: %w", place, ErrSealed)
	}
	return plain, nil
}

// random returns n bytes that nobody can foresee; crypto/rand ends the program rather than fail.
func random(n int) []byte {
	b := make([]byte, n)
	_, _ = rand.Read(b)
	return b
}
