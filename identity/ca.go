package identity

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"fmt"
	"math/big"
	"net"
	"net/url"
	"time"
)

const day = 24 * time.Hour

// profile is what a role's certificates look like.
type profile struct {
	life   time.Duration
	signer Role // who signs it
	usage  []x509.ExtKeyUsage
	depth  int // how many CAs may stand below this one; -1 = it is none
}

var (
	client = []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth}
	server = []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth}
)

// profiles: a machine that is switched off for two weeks must still be let in, a stolen one not for long. A venue CA
// outlives what it signs, and hubs renew theirs together with their own certificate.
var profiles = map[Role]profile{
	Root:     {life: 20 * 365 * day, signer: Root, depth: 2},
	Issuer:   {life: 5 * 365 * day, signer: Root, depth: 1},
	VenueCA:  {life: 400 * day, signer: Issuer, depth: 0},
	Cloud:    {life: 90 * day, signer: Issuer, usage: server, depth: -1},
	Hub:      {life: 90 * day, signer: Issuer, usage: client, depth: -1},
	Door:     {life: 90 * day, signer: VenueCA, usage: server, depth: -1},
	Gate:     {life: 30 * day, signer: VenueCA, usage: client, depth: -1},
	Observer: {life: 90 * day, signer: VenueCA, usage: client, depth: -1},
}

// back is how far a certificate's begin is set back, for clocks that are late.
const back = time.Hour

// CA can sign. The zero value cannot.
type CA struct {
	Chain Chain // its own certificate first, its root last
	Key   crypto.Signer
}

// Chain is a certificate, who signed it, who signed that, and so on up to the root.
type Chain []*x509.Certificate

// Leaf is the first certificate of a chain that has one.
func (c Chain) Leaf() *x509.Certificate { return c[0] }

// Root is the last certificate of a chain that has one.
func (c Chain) Root() *x509.Certificate { return c[len(c)-1] }

// NewKey makes a P-256 key.
func NewKey() (*ecdsa.PrivateKey, error) { return ecdsa.GenerateKey(elliptic.P256(), rand.Reader) }

// NewRoot makes a root with a key of its own. Its name tells two roots of one platform apart.
func NewRoot(name string, at time.Time) (*CA, error) {
	key, err := NewKey()
	if err != nil {
		return nil, fmt.Errorf("make a root: %w", err)
	}
	who := Subject{Role: Root, Name: name}
	template, err := describe(who, at, nil)
	if err != nil {
		return nil, fmt.Errorf("make a root: %w", err)
	}
	cert, err := sign(template, template, key.Public(), key)
	if err != nil {
		return nil, fmt.Errorf("make a root: %w", err)
	}
	return &CA{Chain: Chain{cert}, Key: key}, nil
}

// NewSub makes a CA with a key of its own under this one: an issuer under a root, a venue CA under an issuer.
func (ca *CA) NewSub(who Subject, at time.Time) (*CA, error) {
	key, err := NewKey()
	if err != nil {
		return nil, fmt.Errorf("make a CA for %s: %w", who, err)
	}
	chain, err := ca.Issue(who, key.Public(), at)
	if err != nil {
		return nil, err
	}
	return &CA{Chain: chain, Key: key}, nil
}

// Issue signs a certificate for a public key. The names are the host names and addresses of a listener; nobody else's
// certificate carries any. It ends with its signer's at the latest.
func (ca *CA) Issue(who Subject, key crypto.PublicKey, at time.Time, names ...string) (Chain, error) {
	chain, err := ca.issue(who, key, at, names)
	if err != nil {
		return nil, fmt.Errorf("issue a certificate for %s: %w", who, err)
	}
	return chain, nil
}

func (ca *CA) issue(who Subject, key crypto.PublicKey, at time.Time, names []string) (Chain, error) {
	if ca == nil || len(ca.Chain) == 0 || ca.Key == nil {
		return nil, fmt.Errorf("there is no CA to sign it")
	}
	signer, err := SubjectOf(ca.Chain.Leaf())
	if err != nil {
		return nil, err
	}
	if err := signs(signer, who); err != nil {
		return nil, err
	}
	if at.Before(ca.Chain.Leaf().NotBefore) || at.After(ca.Chain.Leaf().NotAfter) {
		return nil, fmt.Errorf("the signer's own certificate is not valid at %s: is this machine's clock right?",
			at.UTC().Format(time.DateTime))
	}
	template, err := describe(who, at, names)
	if err != nil {
		return nil, err
	}
	if template.NotAfter.After(ca.Chain.Leaf().NotAfter) {
		template.NotAfter = ca.Chain.Leaf().NotAfter
	}
	cert, err := sign(template, ca.Chain.Leaf(), key, ca.Key)
	if err != nil {
		return nil, err
	}
	return append(Chain{cert}, ca.Chain...), nil
}

func describe(who Subject, at time.Time, names []string) (*x509.Certificate, error) {
	if err := who.check(); err != nil {
		return nil, err
	}
	p := profiles[who.Role]
	serial, err := rand.Int(rand.Reader, new(big.Int).Lsh(big.NewInt(1), 127))
	if err != nil {
		return nil, err
	}
	cert := &x509.Certificate{SerialNumber: serial, URIs: []*url.URL{who.uri()},
		Subject:   pkix.Name{CommonName: who.Name, OrganizationalUnit: []string{string(who.Role)}, Organization: []string{"Portaria"}},
		NotBefore: at.Add(-back).UTC().Truncate(time.Second), NotAfter: at.Add(p.life).UTC().Truncate(time.Second),
		BasicConstraintsValid: true, ExtKeyUsage: p.usage, KeyUsage: x509.KeyUsageDigitalSignature}
	if p.depth >= 0 {
		cert.IsCA, cert.MaxPathLen, cert.MaxPathLenZero = true, p.depth, p.depth == 0
		cert.KeyUsage = x509.KeyUsageCertSign | x509.KeyUsageCRLSign
	}
	if who.Role == VenueCA {
		cert.PermittedURIDomains, cert.PermittedDNSDomainsCritical = []string{who.Venue}, true
	}
	if who.Role == Door || who.Role == Cloud {
		addNames(cert, names)
	}
	return cert, nil
}

func addNames(cert *x509.Certificate, names []string) {
	for _, name := range names {
		if ip := net.ParseIP(name); ip != nil {
			cert.IPAddresses = append(cert.IPAddresses, ip)
		} else if name != "" {
			cert.DNSNames = append(cert.DNSNames, name)
		}
	}
}

func sign(template, parent *x509.Certificate, key crypto.PublicKey, by crypto.Signer) (*x509.Certificate, error) {
	raw, err := x509.CreateCertificate(rand.Reader, template, parent, key, by)
	if err != nil {
		return nil, err
	}
	return x509.ParseCertificate(raw)
}
