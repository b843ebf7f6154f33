package tpm_test

import (
	"crypto"
	"crypto/tls"
	"crypto/x509"
	"io/fs"
	"net"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"portaria/identity"
	"portaria/identity/join"
	"portaria/identity/tpm"
	"portaria/identity/tpm/tpmtest"
)

const venue = "01932f00-0000-7000-8000-0000000000a1"

// house is a venue's CA and its door.
type house struct {
	root, ca *identity.CA
	door     *tls.Certificate
}

func newHouse(t *testing.T) house {
	t.Helper()
	at := time.Now()
	root, err := identity.NewRoot("root-1", at)
	require.NoError(t, err)
	issuer, err := root.NewSub(identity.Subject{Role: identity.Issuer, Name: "cloud"}, at)
	require.NoError(t, err)
	ca, err := issuer.NewSub(identity.Subject{Role: identity.VenueCA, Venue: venue, Name: "hub-1"}, at)
	require.NoError(t, err)
	key, err := identity.NewKey()
	require.NoError(t, err)
	chain, err := ca.Issue(identity.Subject{Role: identity.Door, Venue: venue, Name: "hub-1"}, key.Public(), at)
	require.NoError(t, err)
	return house{root, ca, identity.Certificate(chain, key)}
}

func (h house) roots() []*x509.Certificate { return h.root.Chain }

// greet has a gate connect to the door over TLS 1.3, and says whom the door has met.
func (h house) greet(t *testing.T, m *join.Member) (who identity.Subject, err error) {
	t.Helper()
	met := make(chan identity.Subject, 1)
	listener, err := tls.Listen("tcp", "127.0.0.1:0", identity.Listener{Roots: h.roots,
		Certificate: func() (*tls.Certificate, error) { return h.door, nil },
		Judge:       func(who identity.Subject, _ *x509.Certificate, err error) error { met <- who; return err }}.Config())
	require.NoError(t, err)
	defer listener.Close()
	go func() {
		conn, err := listener.Accept()
		if err == nil {
			_ = conn.(*tls.Conn).Handshake()
			_ = conn.Close()
		}
	}()
	conn, err := net.Dial("tcp", listener.Addr().String())
	require.NoError(t, err)
	defer conn.Close()
	secure := tls.Client(conn, identity.Dialer{Certificate: m.Certificate, Verify: identity.Is(identity.Door, venue, m.Believed)}.Config())
	if err := secure.Handshake(); err != nil {
		return who, err
	}
	return <-met, nil
}

// A copy of a gate's disk holds no private key, and what it holds speaks for the gate on no other machine.
func TestACopyOfAGatesDiskSpeaksForNobody(t *testing.T) {
	h, dir := newHouse(t), t.TempDir()
	chip := tpm.At(tpmtest.New(t))
	key, err := chip.NewKey()
	require.NoError(t, err)
	request, err := identity.Request(key)
	require.NoError(t, err)
	public, err := identity.CheckRequest(request)
	require.NoError(t, err, "a certificate request is signed by the TPM")
	chain, err := h.ca.Issue(identity.Subject{Role: identity.Gate, Venue: venue, Name: "gate-1"}, public, time.Now())
	require.NoError(t, err)
	m := &join.Member{Role: identity.Gate, Chain: chain, Key: key, Roots: h.root.Chain,
		Settings: join.Settings{Name: "gate-1", Venue: venue, Organizer: venue, PlatformKey: make([]byte, 32)}}
	require.NoError(t, m.Save(dir))

	require.NoError(t, filepath.WalkDir(dir, func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		raw, err := os.ReadFile(path)
		assert.NotContains(t, string(raw), "BEGIN PRIVATE KEY", path)
		return err
	}))
	load := func(chip *tpm.Chip) (*join.Member, error) {
		return join.LoadSealed(dir, time.Now(), func(sealed []byte) (crypto.Signer, error) { return chip.Key(sealed) })
	}
	own, err := load(chip)
	require.NoError(t, err)
	who, err := h.greet(t, own)
	require.NoError(t, err)
	assert.Equal(t, "gate-1", who.Name)

	copied, err := load(tpm.At(tpmtest.New(t)))
	require.NoError(t, err)
	_, err = h.greet(t, copied)
	require.ErrorContains(t, err, tpm.ErrOther.Error())
	_, err = join.Load(dir, time.Now())
	require.ErrorContains(t, err, "read a private key", "who knows of no TPM finds no key")
}
