package identity

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"errors"
	"fmt"
)

// maxRequest is the size of a certificate request, in bytes; ours are about 200.
const maxRequest = 2 << 10

// Request makes a certificate request for a key. It asks for no name: whoever signs knows better.
func Request(key crypto.Signer) ([]byte, error) {
	raw, err := x509.CreateCertificateRequest(rand.Reader, &x509.CertificateRequest{}, key)
	if err != nil {
		return nil, fmt.Errorf("make a certificate request: %w", err)
	}
	return raw, nil
}

// CheckRequest gives the key of a certificate request, if its sender has that key and it is on P-256. Whatever else the
// request asks for is ignored.
func CheckRequest(raw []byte) (*ecdsa.PublicKey, error) {
	key, err := checkRequest(raw)
	if err != nil {
		return nil, fmt.Errorf("read a certificate request: %w", err)
	}
	return key, nil
}

func checkRequest(raw []byte) (*ecdsa.PublicKey, error) {
	if len(raw) > maxRequest {
		return nil, fmt.Errorf("%d bytes are over %d", len(raw), maxRequest)
	}
	request, err := x509.ParseCertificateRequest(raw)
	if err != nil {
		return nil, err
	}
	key, ok := request.PublicKey.(*ecdsa.PublicKey)
	if !ok || key.Curve != elliptic.P256() {
		return nil, errors.New("its key is not on the curve P-256")
	}
	return key, request.CheckSignature()
}

// PrintOfPublic is the fingerprint of a public key.
func PrintOfPublic(key crypto.PublicKey) (Print, error) {
	raw, err := x509.MarshalPKIXPublicKey(key)
	return PrintOfKey(raw), err
}
