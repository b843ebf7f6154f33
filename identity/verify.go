package identity

import (
	"crypto/sha256"
	"crypto/x509"
	"errors"
	"fmt"
	"slices"
	"time"
)

// ErrExpired is the reason for refusing a certificate whose time is over. Everything else about it is right.
var ErrExpired = errors.New("the certificate has expired")

// maxChain is how many certificates somebody may bring; ours are four.
const maxChain = 8

// signs says whether one may sign for the other: the right role, and of the same venue where the signer has one.
func signs(signer, who Subject) error {
	p, known := profiles[who.Role]
	if !known || p.signer != signer.Role || signer.Venue != "" && signer.Venue != who.Venue {
		return fmt.Errorf("%w: %s may not sign for %s", ErrNotOurs, signer, who)
	}
	return nil
}

// Verify says who holds a certificate, its issuers following it as TLS brings them, if one of the roots vouches for it
// at that time. A certificate that begins only later passes: a gate has no battery for its clock, and nobody issues for
// the future. ErrExpired is told only of one that was good in its time; the Subject is given then too.
func Verify(chain Chain, roots []*x509.Certificate, at time.Time) (Subject, error) {
	who, err := verify(chain, roots, at)
	if !errors.Is(err, ErrExpired) {
		return who, err
	}
	leaf := *chain.Leaf()
	leaf.NotAfter = leaf.NotAfter.AddDate(100, 0, 0) // its signature is checked over the bytes it came in
	if who, was := verify(append(Chain{&leaf}, chain[1:]...), roots, leaf.NotBefore); was != nil {
		return who, was
	}
	return who, err
}

func verify(chain Chain, roots []*x509.Certificate, at time.Time) (Subject, error) {
	if len(chain) == 0 || len(chain) > maxChain {
		return Subject{}, fmt.Errorf("%w: a chain of %d certificates", ErrNotOurs, len(chain))
	}
	leaf := chain.Leaf()
	who, err := SubjectOf(leaf)
	if err != nil {
		return Subject{}, err
	}
	for _, cert := range chain {
		if at.Before(cert.NotBefore) {
			at = cert.NotBefore
		}
	}
	if at.After(leaf.NotAfter) {
		return who, fmt.Errorf("%w: %s, at %s", ErrExpired, who, leaf.NotAfter.Format(time.DateTime))
	}
	paths, err := leaf.Verify(x509.VerifyOptions{Roots: pool(roots), Intermediates: pool(chain[1:]), CurrentTime: at,
		KeyUsages: []x509.ExtKeyUsage{x509.ExtKeyUsageAny}})
	if unknown := (x509.UnknownAuthorityError{}); errors.As(err, &unknown) {
		return Subject{}, fmt.Errorf("%w: %w", ErrRoot, err)
	}
	if err != nil {
		return Subject{}, fmt.Errorf("%w: %w", ErrNotOurs, err)
	}
	if !slices.ContainsFunc(paths, inOrder) || !slices.Equal(leaf.ExtKeyUsage, profiles[who.Role].usage) {
		return Subject{}, fmt.Errorf("%w: it was not signed by whom it should be", ErrNotOurs)
	}
	return who, nil
}

// inOrder says whether each certificate of a path was signed by one that may. A path that ends below the root is good
// where the caller trusts that end (a pin).
func inOrder(path []*x509.Certificate) bool {
	for i := 0; i+1 < len(path); i++ {
		who, err := SubjectOf(path[i])
		if err != nil {
			return false
		}
		signer, err := SubjectOf(path[i+1])
		if err != nil || signs(signer, who) != nil {
			return false
		}
	}
	return len(path) > 1
}

func pool(certs []*x509.Certificate) *x509.CertPool {
	p := x509.NewCertPool()
	for _, c := range certs {
		p.AddCert(c)
	}
	return p
}

// Print is a fingerprint: the first 16 bytes of the SHA-256 of a public key as certificates have it. A CA that gets a new
// certificate for its key keeps it.
type Print [16]byte

// PrintOf is the fingerprint of a certificate's key.
func PrintOf(cert *x509.Certificate) Print { return PrintOfKey(cert.RawSubjectPublicKeyInfo) }

// PrintOfKey is the fingerprint of the bytes of a public key.
func PrintOfKey(raw []byte) (p Print) {
	sum := sha256.Sum256(raw)
	copy(p[:], sum[:])
	return p
}

// VerifyPinned is Verify for who knows nothing but the fingerprint of a CA in the chain, which is trusted as a root is.
func VerifyPinned(chain Chain, pin Print, at time.Time) (Subject, error) {
	for _, cert := range chain[min(1, len(chain)):] {
		if cert.IsCA && PrintOf(cert) == pin {
			return Verify(chain, []*x509.Certificate{cert}, at)
		}
	}
	return Subject{}, fmt.Errorf("%w: its CA is not the one in the code", ErrNotOurs)
}
