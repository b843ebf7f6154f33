package join

import (
	"crypto"
	"crypto/ed25519"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"errors"
	"fmt"
	"path/filepath"
	"time"

	"portaria/identity"
)

// Member is who a machine is, and whom it believes.
type Member struct {
	Role     identity.Role
	Chain    identity.Chain
	Key      crypto.Signer
	Roots    identity.Chain // not a chain: roots side by side
	CA       *identity.CA   // of a hub: its venue CA
	Settings Settings
	Roll     json.RawMessage // of a hub that has just joined: of the hub before it; not kept here
}

// check says whether the parts fit together.
func (m *Member) check(at time.Time) error {
	who, err := identity.Verify(m.Chain, m.Roots, at)
	if err != nil && !errors.Is(err, identity.ErrExpired) {
		return err
	}
	want := identity.Subject{Role: m.Role, Venue: m.Settings.Venue, Name: m.Settings.Name}
	if who != want {
		return fmt.Errorf("the certificate is of %s, not of %s", who, want)
	}
	if err := fits(m.Chain, m.Key); err != nil {
		return err
	}
	if m.CA == nil {
		return nil
	}
	if who, err = identity.SubjectOf(m.CA.Chain.Leaf()); err != nil || who.Role != identity.VenueCA || who.Venue != want.Venue {
		return errors.New("the venue CA is none of this venue")
	}
	return fits(m.CA.Chain, m.CA.Key)
}

func fits(chain identity.Chain, key crypto.Signer) error {
	mark, err := identity.PrintOfPublic(key.Public())
	if err == nil && mark != identity.PrintOf(chain.Leaf()) {
		err = errors.New("the certificate is for another key")
	}
	return err
}

// Certificate is what the member shows.
func (m *Member) Certificate() (*tls.Certificate, error) {
	return identity.Certificate(m.Chain, m.Key), nil
}

// Platform is the platform's public key.
func (m *Member) Platform() ed25519.PublicKey { return m.Settings.PlatformKey }

// Believed are the roots.
func (m *Member) Believed() []*x509.Certificate { return m.Roots }

// Due says whether it is time to renew: when a third of the certificate's life is over, two thirds are left to find
// the host.
func (m *Member) Due(at time.Time) bool {
	leaf := m.Chain.Leaf()
	return at.After(leaf.NotBefore.Add(leaf.NotAfter.Sub(leaf.NotBefore) / 3))
}

// Files of a member's folder. The settings come last: without them there is no member.
const (
	certFile     = "member.crt"
	keyFile      = "member.key"
	rootsFile    = "roots.crt"
	caFile       = "venue-ca" // .crt, .key
	settingsFile = "settings.json"
)

type kept struct {
	Role identity.Role `json:"role"`
	Settings
}

// Save keeps a member in a folder, its files readable by their owner only.
func (m *Member) Save(dir string) error {
	key, err := identity.EncodeKey(m.Key)
	if err != nil {
		return err
	}
	settings, err := json.MarshalIndent(kept{m.Role, m.Settings}, "", "  ")
	if err != nil {
		return err
	}
	if m.CA != nil {
		if err := identity.SaveCA(filepath.Join(dir, caFile), m.CA); err != nil {
			return err
		}
	}
	for _, f := range []struct {
		name string
		raw  []byte
	}{{keyFile, key}, {certFile, identity.EncodeCerts(m.Chain)}, {rootsFile, identity.EncodeCerts(m.Roots)}, {settingsFile, settings}} {
		if err := identity.Write(filepath.Join(dir, f.name), f.raw); err != nil {
			return err
		}
	}
	return nil
}

// Load reads a member from its folder; the error is fs.ErrNotExist when the machine has not joined yet. A certificate that
// has expired is loaded: its holder may still be let renew it.
func Load(dir string, at time.Time) (*Member, error) { return LoadSealed(dir, at, nil) }

// LoadSealed is Load for a machine whose key may be in its TPM: open is given what lies on the disk.
func LoadSealed(dir string, at time.Time, open func(sealed []byte) (crypto.Signer, error)) (*Member, error) {
	raw, err := identity.Read(filepath.Join(dir, settingsFile), false)
	if err != nil {
		return nil, err
	}
	m, err := load(dir, raw, at, open)
	if err != nil {
		return nil, fmt.Errorf("read the identity in %s (if it is damaged, delete the folder and join again): %w", dir, err)
	}
	return m, nil
}

func load(dir string, raw []byte, at time.Time, open func([]byte) (crypto.Signer, error)) (*Member, error) {
	var k kept
	if err := json.Unmarshal(raw, &k); err != nil {
		return nil, err
	}
	m := &Member{Role: k.Role, Settings: k.Settings}
	if err := m.Settings.check(); err != nil {
		return nil, err
	}
	var err error
	if m.Chain, err = certs(dir, certFile); err != nil {
		return nil, err
	}
	if m.Roots, err = certs(dir, rootsFile); err != nil {
		return nil, err
	}
	if raw, err = identity.Read(filepath.Join(dir, keyFile), true); err != nil {
		return nil, err
	}
	if m.Key, err = identity.DecodeSealed(raw, open); err != nil {
		return nil, err
	}
	if m.Role == identity.Hub {
		if m.CA, err = identity.LoadCA(filepath.Join(dir, caFile)); err != nil {
			return nil, err
		}
	}
	return m, m.check(at)
}

func certs(dir, name string) (identity.Chain, error) {
	raw, err := identity.Read(filepath.Join(dir, name), false)
	if err != nil {
		return nil, err
	}
	return identity.DecodeCerts(raw)
}
