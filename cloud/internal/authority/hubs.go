package authority

import (
	"context"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"sync"
	"time"

	"portaria/cloud/internal/gatehouse"
	"portaria/edge/ticket"
	"portaria/edge/wire"
	"portaria/identity"
	"portaria/identity/join"
)

// Rules of an invitation.
const (
	Life  = 15 * time.Minute
	Tries = 5
)

// Invitation is how one hub may join.
type Invitation struct {
	Token   string // its open name
	Hub     string
	Key     [32]byte // of its proofs
	Expires time.Time
}

// Store keeps invitations and who has joined.
type Store interface {
	// Hub finds a hub in service. gatehouse.ErrNoHub.
	Hub(ctx context.Context, id string) (gatehouse.Hub, error)
	// InviteHub keeps an invitation; an older one of that hub ends.
	InviteHub(ctx context.Context, i Invitation) error
	// TryHub counts a try of an invitation and gives it; join.ErrRefused when there is none, or it is over, or was tried
	// too often.
	TryHub(ctx context.Context, token string, at time.Time) (Invitation, error)
	// JoinHub uses an invitation up for a key, and makes it the hub's; using it again with the same key is no news.
	// join.ErrRefused when it was used with another.
	JoinHub(ctx context.Context, token string, key identity.Print, at time.Time) error
	// KeepRoll keeps what a venue's hub tells of its members, and Roll gives it, empty when there is none.
	KeepRoll(ctx context.Context, venue ticket.EventID, roll []byte) error
	Roll(ctx context.Context, venue ticket.EventID) ([]byte, error)
}

// Alarm hears of a gate that was stolen, by the key that it had; every time that a hub tells of it.
type Alarm func(ctx context.Context, venue ticket.EventID, gate, key string) error

// Hubs lets hubs join and renew, and says which certificates are wanted.
type Hubs struct {
	Authority *Authority
	Store     Store
	Platform  ed25519.PublicKey
	Spots     func() []join.Spot // where hubs reach the cloud
	Stolen    Alarm              // nil = nobody wants to know
	Now       func() time.Time
	Log       *slog.Logger

	mu   sync.Mutex
	pace join.Pace
}

var _ join.Host = (*Hubs)(nil)

// Invite makes a code for a hub that is in service: the code itself, and the same to be typed. A hub that has joined
// already may join again with it, as a new computer in its place; the old one is out from then on.
func (h *Hubs) Invite(ctx context.Context, hub string) (code, typed string, expires time.Time, err error) {
	if _, err := h.Store.Hub(ctx, hub); err != nil {
		return "", "", expires, err
	}
	token := identity.NewToken()
	i := identity.Invitation{For: identity.Hub, Token: token, CA: identity.PrintOf(h.Authority.signer().Chain.Leaf()),
		Platform: identity.PrintOfPlatform(h.Platform)}
	for _, spot := range h.Spots() {
		i.Hosts, i.Port = append(i.Hosts, spot.Host), uint16(spot.HTTP) //nolint:gosec // a port
	}
	if code, err = i.Encode(); err != nil {
		return "", "", expires, err
	}
	expires = h.Now().Add(Life).UTC().Truncate(time.Second)
	err = h.Store.InviteHub(ctx, Invitation{Token: token.Name(), Hub: hub, Key: token.Key(), Expires: expires})
	return code, token.String(), expires, err
}

// Knock lets a hub join that proves to be invited: whoever made the code has said yes by that.
func (h *Hubs) Knock(ctx context.Context, k join.Knock) (join.Answer, error) {
	h.mu.Lock()
	if h.pace.All == 0 {
		h.pace = join.Pace{PerAddress: 10, All: 200}
	}
	heard := h.pace.Take(k.From, h.Now())
	h.mu.Unlock()
	if !heard {
		return join.Answer{}, join.ErrBusy
	}
	i, err := h.Store.TryHub(ctx, k.Invitation, h.Now())
	if err != nil {
		return join.Answer{}, err
	}
	if !k.Proves(i.Key) || k.CAKey == nil {
		h.Log.Warn("somebody tried a code that is wrong", "hub", i.Hub, "from", k.From)
		return join.Answer{}, join.ErrRefused
	}
	mark, err := identity.PrintOfPublic(k.Key)
	if err != nil {
		return join.Answer{}, err
	}
	if err := h.Store.JoinHub(ctx, k.Invitation, mark, h.Now()); err != nil {
		return join.Answer{}, err
	}
	grant, err := h.grant(ctx, i.Hub, k.Key, k.CAKey)
	if err != nil {
		return join.Answer{}, err
	}
	if grant.Roll, err = h.rollFor(ctx, i.Hub); err != nil {
		return join.Answer{}, err
	}
	h.Log.Info("a hub has joined", "hub", i.Hub, "from", k.From)
	return join.Answer{ID: i.Hub, Proof: k.Proof(i.Key), Grant: &grant}, nil
}

func (h *Hubs) rollFor(ctx context.Context, id string) ([]byte, error) {
	hub, err := h.Store.Hub(ctx, id)
	if err != nil {
		return nil, err
	}
	return h.Store.Roll(ctx, hub.Venue)
}

// maxRoll is the size of a roll, in bytes: thousands of gates.
const maxRoll = 512 << 10

// ServeRoll takes PUT /roll from a hub: its members, for the hub that may take its place.
func (h *Hubs) ServeRoll(w http.ResponseWriter, r *http.Request) {
	hub, err := h.Holder(r.Context(), r.TLS)
	if err != nil {
		http.Error(w, "This is for hubs in service.", http.StatusForbidden)
		return
	}
	raw, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxRoll))
	if err != nil || !json.Valid(raw) {
		http.Error(w, "This is no roll.", http.StatusBadRequest)
		return
	}
	if err := h.takeRoll(r.Context(), hub.Venue, raw); err != nil {
		h.Log.Error("a hub's roll was not kept; it will send it again", "hub", hub.ID, "error", err)
		http.Error(w, "Not now; try again.", http.StatusServiceUnavailable)
		return
	}
	w.WriteHeader(http.StatusNoContent)
}

// member is what the cloud reads of a roll's line; the rest is the hub's.
type member struct {
	Name   string   `json:"name"`
	Stolen []string `json:"stolen"`
}

// maxStolen bounds what one roll may report.
const maxStolen = 1000

// takeRoll keeps a roll, and raises the alarm for what it says was stolen. The alarm comes first: a roll that is kept is not
// told again.
func (h *Hubs) takeRoll(ctx context.Context, venue ticket.EventID, raw []byte) error {
	var members []member
	if err := json.Unmarshal(raw, &members); err != nil || h.Stolen == nil {
		members = nil // an older hub's, or none that can be read: it is kept all the same
	}
	told := 0
	for _, m := range members {
		for _, key := range m.Stolen {
			if told++; told > maxStolen || len(key) > 64 || wire.CheckName(m.Name) != nil {
				continue
			}
			if err := h.Stolen(ctx, venue, m.Name, key); err != nil {
				return fmt.Errorf("gate %s was stolen: %w", m.Name, err)
			}
		}
	}
	return h.Store.KeepRoll(ctx, venue, raw)
}

// Collect is not needed: Knock grants at once.
func (h *Hubs) Collect(context.Context, string) (*join.Grant, error) { return nil, join.ErrRefused }

// Renew gives a hub new certificates for the keys it has. One that has been away for so long that its own has expired may
// renew it all the same, as long as it is in service: it is on the books with that key.
func (h *Hubs) Renew(ctx context.Context, r join.Renewal) (join.Grant, error) {
	asked, err := identity.PrintOfPublic(r.Key)
	if err != nil || asked != identity.PrintOf(r.Leaf) || r.CAKey == nil {
		return join.Grant{}, fmt.Errorf("another key: %w", join.ErrRefused)
	}
	if _, err := h.wanted(ctx, r.Who, r.Leaf); err != nil {
		return join.Grant{}, errors.Join(join.ErrRefused, err)
	}
	return h.grant(ctx, r.Who.Name, r.Key, r.CAKey)
}

// Roots are whom members believe.
func (h *Hubs) Roots() []*x509.Certificate { return h.Authority.Roots() }

// Believed are the same.
func (h *Hubs) Believed() []*x509.Certificate { return h.Authority.Roots() }

func (h *Hubs) grant(ctx context.Context, id string, key, ca *ecdsa.PublicKey) (g join.Grant, err error) {
	hub, err := h.Store.Hub(ctx, id)
	if err != nil {
		return g, err
	}
	issuer, at := h.Authority.signer(), h.Now()
	who := identity.Subject{Role: identity.Hub, Venue: hub.Venue.String(), Name: hub.ID}
	chain, err := issuer.Issue(who, key, at)
	if err != nil {
		return g, err
	}
	who.Role = identity.VenueCA
	below, err := issuer.Issue(who, ca, at)
	if err != nil {
		return g, err
	}
	return join.Grant{Certificate: chain.DER(), CA: below.DER(), Roots: identity.Chain(h.Roots()).DER(), Settings: join.Settings{
		Name: hub.ID, Venue: hub.Venue.String(), Organizer: hub.Organizer.String(), PlatformKey: h.Platform, Host: "cloud",
		Hosts: h.Spots()}}, nil
}

// wanted says whose a verified certificate is, if it is the one that this hub has now.
func (h *Hubs) wanted(ctx context.Context, who identity.Subject, leaf *x509.Certificate) (gatehouse.Hub, error) {
	if who.Role != identity.Hub {
		return gatehouse.Hub{}, fmt.Errorf("%s is no hub", who)
	}
	hub, err := h.Store.Hub(ctx, who.Name)
	if err != nil {
		return gatehouse.Hub{}, err
	}
	venue, err := ticket.ParseEventID(who.Venue)
	if err != nil || venue != hub.Venue || hub.Key != identity.PrintOf(leaf) {
		return gatehouse.Hub{}, fmt.Errorf("%w: another computer has taken its place", gatehouse.ErrNoHub)
	}
	return hub, nil
}

// Holder says whose a connection is, at this moment. gatehouse.ErrNoHub, or why the certificate is none.
func (h *Hubs) Holder(ctx context.Context, state *tls.ConnectionState) (gatehouse.Hub, error) {
	if state == nil || len(state.PeerCertificates) == 0 {
		return gatehouse.Hub{}, gatehouse.ErrNoHub
	}
	who, err := identity.Verify(state.PeerCertificates, h.Roots(), time.Now())
	if err != nil {
		return gatehouse.Hub{}, fmt.Errorf("%w: %w", gatehouse.ErrNoHub, err)
	}
	return h.wanted(ctx, who, state.PeerCertificates[0])
}

// ForMQTT is the TLS of the broker; who may stay, Holder says.
func (h *Hubs) ForMQTT() *tls.Config {
	return identity.Listener{Certificate: h.Authority.Certificate, Roots: h.Roots, Judge: hubsOnly}.Config()
}

// ForHTTP is the TLS of what hubs fetch: one that joins has no certificate yet, and an expired one is there to be renewed.
func (h *Hubs) ForHTTP() *tls.Config {
	return identity.Listener{Certificate: h.Authority.Certificate, Roots: h.Roots, NoName: true,
		Judge: func(who identity.Subject, leaf *x509.Certificate, err error) error {
			if errors.Is(err, identity.ErrExpired) {
				err = nil
			}
			return hubsOnly(who, leaf, err)
		}}.Config()
}

func hubsOnly(who identity.Subject, _ *x509.Certificate, err error) error {
	if err == nil && who.Role != identity.Hub {
		err = fmt.Errorf("%s is no hub", who)
	}
	return err
}
