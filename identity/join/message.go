package join

import (
	"crypto"
	"crypto/ed25519"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"portaria/edge/ticket"
	"portaria/identity"
)

// version of the messages.
const version = 1

// maxBody is the size of a message, in bytes.
const maxBody = 1 << 20

// Ask is what a guest sends, to join or to renew; to renew it needs neither invitation nor proof.
type Ask struct {
	V          int    `json:"v"`
	Invitation string `json:"invitation,omitempty"` // the token's name
	Request    []byte `json:"request"`              // certificate request, DER
	CA         []byte `json:"ca,omitempty"`         // of a hub: the request for its venue CA
	Proof      []byte `json:"proof,omitempty"`
}

// covered is what the proofs and the words are about.
func (a Ask) covered() []byte {
	raw := binary.BigEndian.AppendUint32(nil, uint32(len(a.Request))) //nolint:gosec // bounded by maxBody
	return append(append(raw, a.Request...), a.CA...)
}

// Answer is what the host says to one who joins.
type Answer struct {
	V     int    `json:"v"`
	ID    string `json:"id"` // to ask on with, while Grant is empty
	Proof []byte `json:"proof,omitempty"`
	Grant *Grant `json:"grant,omitempty"`
}

// Grant is what makes a guest a member.
type Grant struct {
	Certificate [][]byte `json:"certificate"`  // DER, with those above it
	CA          [][]byte `json:"ca,omitempty"` // of a hub: its venue CA, likewise
	Roots       [][]byte `json:"roots"`        // whom to believe; several while one replaces another
	Settings    Settings `json:"settings"`
	// Roll is, for a hub, what the venue's hub before it has told of its own members; the host does not look into it.
	Roll json.RawMessage `json:"roll,omitempty"`
}

// Settings are what a member must know of its place.
type Settings struct {
	Name        string `json:"name"`
	Venue       string `json:"venue"`     // UUID
	Organizer   string `json:"organizer"` // UUID
	PlatformKey []byte `json:"platform_key"`
	Host        string `json:"host"`            // name of the hub, of a gate
	Hosts       []Spot `json:"hosts"`           // where the host can be reached, best first
	Lanes       []Lane `json:"lanes,omitempty"` // of a gate
}

// Spot is an address of a host's listeners.
type Spot struct {
	Host string `json:"host"` // name or IP
	HTTP int    `json:"http"` // port
	MQTT int    `json:"mqtt"` // port
}

// Lane puts a lane of a gate at a checkpoint.
type Lane struct {
	Number     int    `json:"lane"`
	Checkpoint string `json:"checkpoint"`
	Exit       bool   `json:"exit,omitempty"`
}

func (s Settings) check() error {
	var faults []error
	for _, id := range []string{s.Venue, s.Organizer} {
		if _, err := ticket.ParseEventID(id); err != nil {
			faults = append(faults, err)
		}
	}
	if len(s.PlatformKey) != ed25519.PublicKeySize {
		faults = append(faults, errors.New("the platform key is none"))
	}
	if len(s.Hosts) > 16 || len(s.Lanes) > 99 {
		faults = append(faults, errors.New("too many hosts or lanes"))
	}
	return errors.Join(faults...)
}

// member turns a grant into a member, if everything in it fits: the keys are the guest's, and the certificates are what
// the roots vouch for.
func (g Grant) member(role identity.Role, key, ca crypto.Signer, at time.Time) (*Member, error) {
	m, err := g.read(role, key, ca, at)
	if err != nil {
		return nil, fmt.Errorf("take what the host grants: %w", err)
	}
	return m, nil
}

func (g Grant) read(role identity.Role, key, ca crypto.Signer, at time.Time) (*Member, error) {
	if err := g.Settings.check(); err != nil {
		return nil, err
	}
	chain, err := identity.ParseChain(g.Certificate)
	if err != nil {
		return nil, err
	}
	m := &Member{Role: role, Chain: chain, Key: key, Settings: g.Settings, Roll: g.Roll}
	if m.Roots, err = identity.ParseChain(g.Roots); err != nil {
		return nil, err
	}
	if role == identity.Hub {
		m.CA = &identity.CA{Key: ca}
		if m.CA.Chain, err = identity.ParseChain(g.CA); err != nil {
			return nil, err
		}
	}
	return m, m.check(at)
}
