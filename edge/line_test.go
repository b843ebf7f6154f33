package edge_test

import (
	"crypto"
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"net"
	"os"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"portaria/edge"
	"portaria/identity"
	"portaria/identity/join"
	"portaria/nearby"
)

const home = "01932f00-0000-7000-8000-0000000000a1"

// platform is a root with a venue's CA under it.
type platform struct{ root, venue *identity.CA }

func newPlatform(t *testing.T) platform {
	t.Helper()
	at := time.Now()
	root, err := identity.NewRoot("root-1", at)
	require.NoError(t, err)
	issuer, err := root.NewSub(identity.Subject{Role: identity.Issuer, Name: "cloud"}, at)
	require.NoError(t, err)
	venue, err := issuer.NewSub(identity.Subject{Role: identity.VenueCA, Venue: home, Name: "hub-1"}, at)
	require.NoError(t, err)
	return platform{root, venue}
}

func (p platform) certificate(t *testing.T, role identity.Role, name string) *tls.Certificate {
	t.Helper()
	key, err := identity.NewKey()
	require.NoError(t, err)
	chain, err := p.venue.Issue(identity.Subject{Role: role, Venue: home, Name: name}, key.Public(), time.Now())
	require.NoError(t, err)
	return identity.Certificate(chain, key)
}

// gate is a gate of this platform that met its hub at an address where nobody is any more.
func (p platform) gate(t *testing.T) *join.Member {
	t.Helper()
	c := p.certificate(t, identity.Gate, "gate-1")
	chain, err := identity.ParseChain(c.Certificate)
	require.NoError(t, err)
	return &join.Member{Role: identity.Gate, Chain: chain, Key: c.PrivateKey.(crypto.Signer), Roots: p.root.Chain, Settings: join.Settings{Name: "gate-1", Venue: home, Organizer: home, PlatformKey: make([]byte, 32),
		Hosts: []join.Spot{{Host: "127.0.0.1", HTTP: 1, MQTT: 1}}}}
}

// hub listens at an address and says so on the network.
func (p platform) hub(t *testing.T, name, ip string) string {
	t.Helper()
	door := p.certificate(t, identity.Door, name)
	listener, err := tls.Listen("tcp", ip+":0", identity.Listener{NoName: true, Roots: func() []*x509.Certificate { return p.root.Chain },
		Certificate: func() (*tls.Certificate, error) { return door, nil },
		Judge:       func(_ identity.Subject, _ *x509.Certificate, err error) error { return err }}.Config())
	require.NoError(t, err)
	t.Cleanup(func() { _ = listener.Close() })
	go func() {
		for {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			go func() { _ = conn.(*tls.Conn).Handshake() }()
		}
	}()
	at := listener.Addr().(*net.TCPAddr)
	closer, err := nearby.Announce(nearby.Thing{Service: nearby.Hub, Name: name, Port: at.Port, Listened: at.IP,
		Text: []string{"v=1", "hub=" + name, "venue=" + home, fmt.Sprintf("http=%d", at.Port), "ca=aa"}})
	require.NoError(t, err)
	t.Cleanup(func() { _ = closer.Close() })
	return at.String()
}

// Two hubs say that they are this venue's. A gate knows its own by its key, wherever it is now, and remembers where it met it.
func TestAGateFindsItsHubAgainByItsKeyWhereverItIs(t *testing.T) {
	t.Parallel()
	ours, theirs := newPlatform(t), newPlatform(t)
	theirs.hub(t, "rogue", "127.0.0.3")
	right := ours.hub(t, "hub-1", "127.0.0.4")
	m, dir := ours.gate(t), t.TempDir()
	var at string
	require.Eventually(t, func() (found bool) {
		var err error
		at, err = edge.DialHub(t.Context(), dir, m)
		return err == nil
	}, 30*time.Second, 10*time.Millisecond)
	assert.Equal(t, right, at)
	raw, err := os.ReadFile(dir + "/identity/hub-address.json")
	require.NoError(t, err)
	assert.Contains(t, string(raw), right, "where there is no mDNS, it goes there first")
}

func TestAHubUnderAnotherRootIsNamedForWhatItIs(t *testing.T) {
	t.Parallel()
	ours, theirs := newPlatform(t), newPlatform(t)
	host, port, err := net.SplitHostPort(theirs.hub(t, "hub-2", "127.0.0.5"))
	require.NoError(t, err)
	m := ours.gate(t)
	m.Settings.Hosts = []join.Spot{{Host: host}}
	_, err = fmt.Sscan(port, &m.Settings.Hosts[0].HTTP)
	require.NoError(t, err)
	_, err = edge.DialHub(t.Context(), t.TempDir(), m)
	require.ErrorIs(t, err, identity.ErrRoot)
}
