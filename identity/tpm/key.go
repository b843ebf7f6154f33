package tpm

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"encoding/asn1"
	"errors"
	"fmt"
	"io"
	"math/big"

	"github.com/google/go-tpm/tpm2"
	"github.com/google/go-tpm/tpm2/transport"
)

// Key is a P-256 key whose private half is in a TPM.
type Key struct {
	chip   *Chip
	blob   blob
	public *ecdsa.PublicKey
}

var _ crypto.Signer = (*Key)(nil)

// signing is a P-256 key that signs with ECDSA over SHA-256 and does nothing else; it can't be taken out, and who has the
// machine needs no password for it.
func signing() tpm2.TPMTPublic {
	return tpm2.TPMTPublic{Type: tpm2.TPMAlgECC, NameAlg: tpm2.TPMAlgSHA256,
		ObjectAttributes: tpm2.TPMAObject{FixedTPM: true, FixedParent: true, SensitiveDataOrigin: true, UserWithAuth: true,
			NoDA: true, SignEncrypt: true},
		Parameters: tpm2.NewTPMUPublicParms(tpm2.TPMAlgECC, &tpm2.TPMSECCParms{CurveID: tpm2.TPMECCNistP256,
			Scheme: tpm2.TPMTECCScheme{Scheme: tpm2.TPMAlgECDSA,
				Details: tpm2.NewTPMUAsymScheme(tpm2.TPMAlgECDSA, &tpm2.TPMSSigSchemeECDSA{HashAlg: tpm2.TPMAlgSHA256})}})}
}

// NewKey has the TPM make a key.
func (c *Chip) NewKey() (key *Key, err error) {
	err = c.under(func(t transport.TPM, p parent) error {
		made, err := create(t, p, signing(), nil)
		if err == nil {
			key, err = c.key(made)
		}
		return err
	})
	return key, err
}

// Key is a key that Sealed has given. The TPM is not asked before it signs.
func (c *Chip) Key(sealed []byte) (*Key, error) {
	b, err := parseBlob(sealed)
	if err != nil {
		return nil, err
	}
	return c.key(b)
}

func (c *Chip) key(b blob) (*Key, error) {
	public, err := b.public.Contents()
	if err != nil || public.Type != tpm2.TPMAlgECC {
		return nil, errBlob
	}
	parms, err := public.Parameters.ECCDetail()
	if err != nil || parms.CurveID != tpm2.TPMECCNistP256 {
		return nil, errBlob
	}
	at, err := public.Unique.ECC()
	if err != nil || len(at.X.Buffer) > 32 || len(at.Y.Buffer) > 32 {
		return nil, errBlob
	}
	point := [65]byte{4}
	copy(point[33-len(at.X.Buffer):33], at.X.Buffer)
	copy(point[65-len(at.Y.Buffer):], at.Y.Buffer)
	key, err := ecdsa.ParseUncompressedPublicKey(elliptic.P256(), point[:])
	if err != nil {
		return nil, errBlob
	}
	return &Key{chip: c, blob: b, public: key}, nil
}

// Public is an *ecdsa.PublicKey.
func (k *Key) Public() crypto.PublicKey { return k.public }

// Sealed is the key as it is kept on a disk: only the TPM that made it can use it.
func (k *Key) Sealed() []byte { return k.blob.bytes() }

// Sign signs a SHA-256 digest. ErrNone, ErrOther.
func (k *Key) Sign(_ io.Reader, digest []byte, opts crypto.SignerOpts) (signature []byte, err error) {
	if opts.HashFunc() != crypto.SHA256 || len(digest) != 32 {
		return nil, errors.New("a key in the TPM signs SHA-256 digests only")
	}
	err = k.chip.under(func(t transport.TPM, p parent) error {
		return load(t, p, k.blob, func(h tpm2.AuthHandle) error {
			made, err := tpm2.Sign{KeyHandle: h, Digest: tpm2.TPM2BDigest{Buffer: digest}, InScheme: tpm2.TPMTSigScheme{Scheme: tpm2.TPMAlgNull},
				Validation: tpm2.TPMTTKHashCheck{Tag: tpm2.TPMSTHashCheck}}.Execute(t)
			if err != nil {
				return fmt.Errorf("have the TPM sign: %w", err)
			}
			ec, err := made.Signature.Signature.ECDSA()
			if err != nil {
				return fmt.Errorf("read the TPM's signature: %w", err)
			}
			signature, err = asn1.Marshal(struct{ R, S *big.Int }{
				new(big.Int).SetBytes(ec.SignatureR.Buffer), new(big.Int).SetBytes(ec.SignatureS.Buffer)})
			return err
		})
	})
	return signature, err
}
