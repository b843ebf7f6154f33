package tpm

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/rand"
	"errors"
	"fmt"

	"github.com/google/go-tpm/tpm2"
	"github.com/google/go-tpm/tpm2/transport"
)

// Box encrypts what a program keeps on a disk, under a key that only one TPM gives back. While the program runs the key is
// in its memory.
type Box struct {
	aead   cipher.AEAD
	sealed []byte
}

// NewBox makes a key and has the TPM seal it; Sealed is to be kept for OpenBox.
func (c *Chip) NewBox() (box *Box, err error) {
	var key [32]byte
	_, _ = rand.Read(key[:]) // ends the program rather than fail
	err = c.under(func(t transport.TPM, p parent) error {
		made, err := create(t, p, tpm2.TPMTPublic{Type: tpm2.TPMAlgKeyedHash, NameAlg: tpm2.TPMAlgSHA256,
			ObjectAttributes: tpm2.TPMAObject{FixedTPM: true, FixedParent: true, UserWithAuth: true, NoDA: true}}, key[:])
		if err == nil {
			box, err = newBox(key[:], made.bytes())
		}
		return err
	})
	return box, err
}

// OpenBox has the TPM give the key back. ErrNone, ErrOther.
func (c *Chip) OpenBox(sealed []byte) (box *Box, err error) {
	b, err := parseBlob(sealed)
	if err != nil {
		return nil, err
	}
	err = c.under(func(t transport.TPM, p parent) error {
		return load(t, p, b, func(h tpm2.AuthHandle) error {
			h.Auth = tpm2.HMAC(tpm2.TPMAlgSHA256, 16, tpm2.AESEncryption(128, tpm2.EncryptOut), tpm2.Salted(p.handle, p.public))
			given, err := tpm2.Unseal{ItemHandle: h}.Execute(t)
			if err != nil {
				return fmt.Errorf("have the TPM unseal a key: %w", err)
			}
			box, err = newBox(given.OutData.Buffer, sealed)
			return err
		})
	})
	return box, err
}

func newBox(key, sealed []byte) (*Box, error) {
	if len(key) != 32 {
		return nil, errBlob
	}
	block, err := aes.NewCipher(key)
	if err != nil {
		return nil, err
	}
	aead, err := cipher.NewGCMWithRandomNonce(block)
	return &Box{aead: aead, sealed: sealed}, err
}

// Sealed is the box's key as it is kept on a disk.
func (b *Box) Sealed() []byte { return b.sealed }

// Seal encrypts something for one place: moved elsewhere, it does not open.
func (b *Box) Seal(place string, plain []byte) []byte {
	return b.aead.Seal(nil, nil, plain, []byte(place))
}

// Open undoes Seal.
func (b *Box) Open(place string, sealed []byte) ([]byte, error) {
	plain, err := b.aead.Open(nil, nil, sealed, []byte(place))
	if err != nil {
		return nil, errors.New("it was not sealed here, or is damaged")
	}
	return plain, nil
}
