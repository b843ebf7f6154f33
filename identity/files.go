package identity

import (
	"crypto"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"
	"os"
	"path/filepath"
)

// maxFile is the size of a file of ours, in bytes.
const maxFile = 256 << 10

const (
	certType = "CERTIFICATE"
	keyType  = "PRIVATE KEY"
	tpmType  = "PORTARIA TPM KEY"
)

// A Sealed key is one that its holder does not know: what it gives is of use to one machine only (package tpm).
type Sealed interface {
	crypto.Signer
	Sealed() []byte
}

// EncodeCerts is certificates as PEM.
func EncodeCerts(certs []*x509.Certificate) (out []byte) {
	for _, c := range certs {
		out = append(out, pem.EncodeToMemory(&pem.Block{Type: certType, Bytes: c.Raw})...)
	}
	return out
}

// EncodeKey is a private key as PEM (PKCS 8), or what a machine's TPM needs to use it.
func EncodeKey(key crypto.Signer) ([]byte, error) {
	if sealed, ok := key.(Sealed); ok {
		return pem.EncodeToMemory(&pem.Block{Type: tpmType, Bytes: sealed.Sealed()}), nil
	}
	raw, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		return nil, fmt.Errorf("encode a private key: %w", err)
	}
	return pem.EncodeToMemory(&pem.Block{Type: keyType, Bytes: raw}), nil
}

// DecodeCerts reads certificates from PEM; at least one, and nothing else.
func DecodeCerts(raw []byte) (Chain, error) {
	var certs Chain
	for block, rest := pem.Decode(raw); block != nil; block, rest = pem.Decode(rest) {
		if block.Type != certType {
			return nil, fmt.Errorf("read certificates: there is a %q among them", block.Type)
		}
		cert, err := x509.ParseCertificate(block.Bytes)
		if err != nil {
			return nil, fmt.Errorf("read certificates: %w", err)
		}
		if certs = append(certs, cert); len(certs) > 64 {
			return nil, errors.New("read certificates: there are too many")
		}
	}
	if len(certs) == 0 {
		return nil, errors.New("read certificates: there is none")
	}
	return certs, nil
}

// DecodeKey reads a private key from PEM, but not one that a TPM has.
func DecodeKey(raw []byte) (crypto.Signer, error) { return DecodeSealed(raw, nil) }

// DecodeSealed is DecodeKey, and gives what a TPM has made to open.
func DecodeSealed(raw []byte, open func(sealed []byte) (crypto.Signer, error)) (crypto.Signer, error) {
	block, _ := pem.Decode(raw)
	if block != nil && block.Type == tpmType && open != nil {
		key, err := open(block.Bytes)
		if err != nil {
			return nil, fmt.Errorf("read a private key: %w", err)
		}
		return key, nil
	}
	if block == nil || block.Type != keyType {
		return nil, errors.New("read a private key: there is none")
	}
	key, err := x509.ParsePKCS8PrivateKey(block.Bytes)
	if err != nil {
		return nil, errors.New("read a private key: it is damaged") // the cause could quote it
	}
	signer, ok := key.(crypto.Signer)
	if !ok {
		return nil, errors.New("read a private key: it can't sign")
	}
	return signer, nil
}

// ParseChain reads certificates that came over the network, DER each.
func ParseChain(raw [][]byte) (Chain, error) {
	if len(raw) > maxChain {
		return nil, fmt.Errorf("read certificates: %d are too many", len(raw))
	}
	var chain Chain
	for _, der := range raw {
		cert, err := x509.ParseCertificate(der)
		if err != nil {
			return nil, fmt.Errorf("read certificates: %w", err)
		}
		chain = append(chain, cert)
	}
	return chain, nil
}

// DER is a chain as it travels.
func (c Chain) DER() (out [][]byte) {
	for _, cert := range c {
		out = append(out, cert.Raw)
	}
	return out
}

// Write puts a file in place whole or not at all, readable by its owner only, and durable before it returns.
func Write(path string, raw []byte) (err error) {
	dir := filepath.Dir(path)
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return fmt.Errorf("keep %s: %w", path, err)
	}
	file, err := os.CreateTemp(dir, ".new-") // with mode 0600
	if err != nil {
		return fmt.Errorf("keep %s: %w", path, err)
	}
	_, err = file.Write(raw)
	if err = errors.Join(err, file.Sync(), file.Close()); err == nil {
		err = os.Rename(file.Name(), path)
	}
	if err != nil {
		return fmt.Errorf("keep %s: %w", path, errors.Join(err, os.Remove(file.Name())))
	}
	return syncDir(dir)
}

func syncDir(dir string) error {
	d, err := os.Open(dir)
	if err != nil {
		return fmt.Errorf("keep a file in %s: %w", dir, err)
	}
	defer d.Close()
	if err := d.Sync(); err != nil {
		return fmt.Errorf("keep a file in %s: %w", dir, err)
	}
	return nil
}

// Read reads a file of at most 256 KiB. One with a private key must be its owner's alone.
func Read(path string, private bool) ([]byte, error) {
	info, err := os.Stat(path)
	if err != nil {
		return nil, err
	}
	if info.Size() > maxFile {
		return nil, fmt.Errorf("read %s: it is larger than it may be", path)
	}
	if private && info.Mode().Perm()&0o077 != 0 {
		return nil, fmt.Errorf("read %s: others may read it; chmod 600 %s", path, path)
	}
	return os.ReadFile(path)
}

// SaveCA keeps a CA in two files, <path>.crt and <path>.key.
func SaveCA(path string, ca *CA) error {
	key, err := EncodeKey(ca.Key)
	if err != nil {
		return err
	}
	return errors.Join(Write(path+".key", key), Write(path+".crt", EncodeCerts(ca.Chain)))
}

// LoadCA reads what SaveCA kept; the error is fs.ErrNotExist when there is none.
func LoadCA(path string) (*CA, error) {
	raw, err := Read(path+".crt", false)
	if err != nil {
		return nil, err
	}
	chain, err := DecodeCerts(raw)
	if err != nil {
		return nil, fmt.Errorf("%s.crt: %w", path, err)
	}
	if raw, err = Read(path+".key", true); err != nil {
		return nil, err
	}
	key, err := DecodeKey(raw)
	if err != nil {
		return nil, fmt.Errorf("%s.key: %w", path, err)
	}
	if mark, err := PrintOfPublic(key.Public()); err != nil || mark != PrintOf(chain.Leaf()) {
		return nil, fmt.Errorf("%s.key is not the key of %s.crt", path, path)
	}
	return &CA{Chain: chain, Key: key}, nil
}
