package enrol

import (
	"context"
	"crypto"
	"crypto/ed25519"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"net"
	"net/http"
	"slices"
	"strings"
	"sync"
	"time"

	"portaria/identity"
	"portaria/identity/join"
)

// Self is the hub's own identity: its certificate for the cloud, its venue CA, and the certificate of its listeners,
// which it signs itself whenever its addresses change.
type Self struct {
	dir string
	log *slog.Logger

	mu     sync.Mutex
	member *join.Member
	ports  join.Spot // of the listeners; Host is empty when they listen on every address
	door   *tls.Certificate
	names  []string  // in door
	looked time.Time // at the addresses of this machine
}

// ErrNotJoined says that this hub has no identity yet.
var ErrNotJoined = errors.New("this hub has not joined its cloud yet: make a code there, and then run hub join CODE")

// OpenSelf reads the hub's identity. ErrNotJoined.
func OpenSelf(dir string, log *slog.Logger) (*Self, error) {
	m, err := join.Load(dir, time.Now())
	if errors.Is(err, fs.ErrNotExist) {
		return nil, ErrNotJoined
	}
	if err == nil && m.CA == nil {
		err = fmt.Errorf("the identity in %s is not a hub's", dir)
	}
	if err != nil {
		return nil, err
	}
	return &Self{dir: dir, member: m, log: log}, nil
}

// Alone makes an identity for a hub that has no cloud: it is its own root.
func Alone(dir string, settings join.Settings, at time.Time) error {
	m, err := alone(settings, at)
	if err != nil {
		return fmt.Errorf("make an identity for a hub without a cloud: %w", err)
	}
	return m.Save(dir)
}

func alone(settings join.Settings, at time.Time) (*join.Member, error) {
	root, err := identity.NewRoot(settings.Name, at)
	if err != nil {
		return nil, err
	}
	issuer, err := root.NewSub(identity.Subject{Role: identity.Issuer, Name: settings.Name}, at)
	if err != nil {
		return nil, err
	}
	m := &join.Member{Role: identity.Hub, Roots: root.Chain, Settings: settings}
	who := identity.Subject{Role: identity.VenueCA, Venue: settings.Venue, Name: settings.Name}
	if m.CA, err = issuer.NewSub(who, at); err != nil {
		return nil, err
	}
	key, err := identity.NewKey()
	if err != nil {
		return nil, err
	}
	m.Key = key
	who.Role = identity.Hub
	m.Chain, err = issuer.Issue(who, key.Public(), at)
	return m, err
}

// Serve says where the hub listens, once it does.
func (s *Self) Serve(http, mqtt *net.TCPAddr) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.ports = join.Spot{HTTP: http.Port, MQTT: mqtt.Port}
	if !http.IP.IsUnspecified() {
		s.ports.Host = http.IP.String()
	}
}

// Member is the identity at this moment. It is replaced when it is renewed, never changed.
func (s *Self) Member() *join.Member {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.member
}

// Roots are whom this hub believes.
func (s *Self) Roots() []*x509.Certificate { return s.Member().Roots }

// Certificate is what the hub shows to the cloud.
func (s *Self) Certificate() (*tls.Certificate, error) { return s.Member().Certificate() }

const (
	lookEvery = 30 * time.Second // at the addresses of this machine
	doorKeep  = 15 * day         // before its end the listeners' certificate is made anew
	day       = 24 * time.Hour
)

// Door is the certificate of the listeners.
func (s *Self) Door() (*tls.Certificate, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	now := time.Now()
	if s.door != nil && now.Sub(s.looked) < lookEvery {
		return s.door, nil
	}
	names := s.hostNames()
	s.looked = now
	if s.door != nil && slices.Equal(names, s.names) && s.door.Leaf.NotAfter.Sub(now) > doorKeep {
		return s.door, nil
	}
	key, err := identity.NewKey()
	if err != nil {
		return nil, err
	}
	me := s.member.Settings
	chain, err := s.member.CA.Issue(identity.Subject{Role: identity.Door, Venue: me.Venue, Name: me.Name}, key.Public(), now, names...)
	if err != nil {
		return nil, err
	}
	s.door, s.names = identity.Certificate(chain, key), names
	return s.door, nil
}

// hostNames are the names and addresses of this machine, as far as they are known. The caller holds mu.
func (s *Self) hostNames() []string {
	names := []string{s.member.Settings.Name + ".local", "localhost"}
	addresses, err := net.InterfaceAddrs()
	if err != nil {
		s.log.Warn("the addresses of this machine can't be read", "why", err)
	}
	for _, a := range addresses {
		if n, ok := a.(*net.IPNet); ok && !n.IP.IsLinkLocalUnicast() && len(names) < 32 {
			names = append(names, n.IP.String())
		}
	}
	return names
}

// spots are where gates reach the hub: the addresses of the network first, then its mDNS name.
func (s *Self) spots() (out []join.Spot) {
	if s.ports.Host != "" {
		return []join.Spot{s.ports}
	}
	names := s.hostNames()
	slices.SortStableFunc(names, func(a, b string) int { return rank(a) - rank(b) })
	for _, name := range names {
		if name != "localhost" && len(out) < 8 {
			out = append(out, join.Spot{Host: name, HTTP: s.ports.HTTP, MQTT: s.ports.MQTT})
		}
	}
	return out
}

// rank puts addresses that a gate can use first.
func rank(name string) int {
	ip := net.ParseIP(name)
	switch {
	case ip == nil:
		return 1
	case ip.IsLoopback():
		return 3
	case ip.To4() == nil:
		return 2
	}
	return 0
}

// invitation is a code's other fields. Its host names are few, so that the QR code stays small.
func (s *Self) invitation(token identity.Token) identity.Invitation {
	s.mu.Lock()
	defer s.mu.Unlock()
	i := identity.Invitation{For: identity.Gate, Port: uint16(s.ports.HTTP), Token: token, //nolint:gosec // a port
		CA:       identity.PrintOf(s.member.CA.Chain.Leaf()),
		Platform: identity.PrintOfPlatform(ed25519.PublicKey(s.member.Settings.PlatformKey))}
	for _, spot := range s.spots() {
		if len(i.Hosts) < 3 {
			i.Hosts = append(i.Hosts, spot.Host)
		}
	}
	return i
}

// grant signs for a member.
func (s *Self) grant(who identity.Subject, key crypto.PublicKey, at time.Time, lanes []join.Lane) (*join.Grant, *x509.Certificate, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	me := s.member.Settings
	who.Venue = me.Venue
	chain, err := s.member.CA.Issue(who, key, at)
	if err != nil {
		return nil, nil, err
	}
	return &join.Grant{Certificate: chain.DER(), Roots: s.member.Roots.DER(), Settings: join.Settings{Name: who.Name, Venue: me.Venue,
		Organizer: me.Organizer, PlatformKey: me.PlatformKey, Host: me.Name, Hosts: s.spots(), Lanes: lanes}}, chain.Leaf(), nil
}

// Renew gets the hub a new certificate and venue CA from the cloud when they are due, and whenever the cloud's roots have
// changed: gates learn of the new ones from this hub. Client shows the certificate it has; base is https://host:port.
func (s *Self) Renew(ctx context.Context, client *http.Client, base string, at time.Time) error {
	m := s.Member()
	changed, err := m.RootsChanged(ctx, client, base)
	if err != nil || !changed && !m.Due(at) {
		return err
	}
	fresh, err := m.Renew(ctx, client, base)
	if err != nil {
		return err
	}
	if err := fresh.Save(s.dir); err != nil {
		return err
	}
	s.mu.Lock()
	s.member, s.door = fresh, nil
	s.mu.Unlock()
	s.log.Info("the hub's certificate was renewed", "expires", fresh.Chain.Leaf().NotAfter)
	return nil
}

// Describe is the identity in words, for people who look at it.
func (s *Self) Describe() string {
	m := s.Member()
	return fmt.Sprintf("%s, until %s, believes %s", strings.TrimPrefix(m.Chain.Leaf().URIs[0].String(), "portaria://"),
		m.Chain.Leaf().NotAfter.Format(time.DateOnly), names(m.Roots))
}

func names(certs []*x509.Certificate) string {
	var out []string
	for _, c := range certs {
		out = append(out, fmt.Sprintf("%s (%x)", c.Subject.CommonName, identity.PrintOf(c)))
	}
	return strings.Join(out, ", ")
}
