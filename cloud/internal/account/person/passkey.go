package person

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/url"
	"time"

	"github.com/go-webauthn/webauthn/protocol"
	"github.com/go-webauthn/webauthn/webauthn"
	"github.com/google/uuid"

	"portaria/cloud/internal/fault"
)

// Passkey is a credential that a device or a password keeper holds for a person.
type Passkey struct {
	ID        uuid.UUID
	Person    uuid.UUID
	Name      string
	Record    webauthn.Credential
	CreatedAt time.Time
	UsedAt    *time.Time
}

// Passkeys keeps them.
type Passkeys interface {
	AddPasskey(ctx context.Context, p Passkey) error
	PasskeysOf(ctx context.Context, person uuid.UUID) ([]Passkey, error)
	UsedPasskey(ctx context.Context, person uuid.UUID, record webauthn.Credential, now time.Time) error
	DropPasskey(ctx context.Context, person, id uuid.UUID) (bool, error)
}

// NewCeremony prepares passkeys for pages at an address; nil where browsers allow none: a bare IP address.
func NewCeremony(publicURL string) (*webauthn.WebAuthn, error) {
	at, err := url.Parse(publicURL)
	if err != nil {
		return nil, fmt.Errorf("passkeys for %s: %w", publicURL, err)
	}
	w, err := webauthn.New(&webauthn.Config{
		RPID: at.Hostname(), RPDisplayName: "Portaria", RPOrigins: []string{publicURL},
		AuthenticatorSelection: protocol.AuthenticatorSelection{
			ResidentKey: protocol.ResidentKeyRequirementRequired, UserVerification: protocol.VerificationRequired,
		},
	})
	if err != nil {
		return nil, fmt.Errorf("passkeys for %s: %w", publicURL, err)
	}
	return w, nil
}

// holder is a person as the library asks for one.
type holder struct {
	Person
	keys []Passkey
}

func (h holder) WebAuthnID() []byte          { return h.ID[:] }
func (h holder) WebAuthnName() string        { return h.Email }
func (h holder) WebAuthnDisplayName() string { return h.Name }

func (h holder) WebAuthnCredentials() []webauthn.Credential {
	out := make([]webauthn.Credential, len(h.keys))
	for i, k := range h.keys {
		out[i] = k.Record
	}
	return out
}

func (s *Service) holder(ctx context.Context, id uuid.UUID) (holder, error) {
	p, err := s.People.Person(ctx, id)
	if err != nil {
		return holder{}, err
	}
	keys, err := s.Passkeys.PasskeysOf(ctx, id)
	return holder{p, keys}, err
}

// ceremonyLife is how long a person may take to touch the key.
const ceremonyLife = 5 * time.Minute

// keepCeremony remembers a challenge under a handle that the page sends back with the answer.
func (s *Service) keepCeremony(ctx context.Context, kind string, data *webauthn.SessionData) (handle string, err error) {
	raw, err := json.Marshal(data)
	if err != nil {
		return "", fmt.Errorf("keep a passkey ceremony: %w", err)
	}
	handle, hash := secret()
	return handle, s.Tokens.Keep(ctx, kind, hash, raw, s.Now().Add(ceremonyLife))
}

func (s *Service) takeCeremony(ctx context.Context, kind, handle string) (data webauthn.SessionData, err error) {
	raw, err := s.Tokens.Take(ctx, kind, HashOf(handle), s.Now())
	if err != nil {
		return data, err
	}
	if err := json.Unmarshal(raw, &data); err != nil {
		return data, fmt.Errorf("read a kept passkey ceremony: %w", err)
	}
	return data, nil
}

// BeginPasskey asks a browser to make a passkey for the person; options go to navigator.credentials.create.
func (s *Service) BeginPasskey(ctx context.Context, session Session) (options any, handle string, err error) {
	if s.Ceremony == nil {
		return nil, "", ErrNoPasskey
	}
	h, err := s.holder(ctx, session.Person)
	if err != nil {
		return nil, "", err
	}
	options, data, err := s.Ceremony.BeginRegistration(h, webauthn.WithExclusions(webauthn.Credentials(h.WebAuthnCredentials()).CredentialDescriptors()))
	if err != nil {
		return nil, "", fmt.Errorf("begin a passkey: %w", err)
	}
	handle, err = s.keepCeremony(ctx, "passkey-new", data)
	return options, handle, err
}

// AddPasskey keeps the passkey that the browser made. ErrNoPasskey, ErrOldLink.
func (s *Service) AddPasskey(ctx context.Context, session Session, handle, name string, answer []byte) error {
	if err := fault.Text("name", name, true, 60); err != nil {
		return err
	}
	if s.Ceremony == nil {
		return ErrNoPasskey
	}
	data, err := s.takeCeremony(ctx, "passkey-new", handle)
	if err != nil {
		return err
	}
	h, err := s.holder(ctx, session.Person)
	if err != nil {
		return err
	}
	parsed, err := protocol.ParseCredentialCreationResponseBytes(answer)
	if err != nil {
		return ErrNoPasskey
	}
	record, err := s.Ceremony.CreateCredential(h, data, parsed)
	if err != nil {
		return ErrNoPasskey
	}
	return s.Atomic.InTx(ctx, func(ctx context.Context) error {
		key := Passkey{ID: uuid.Must(uuid.NewV7()), Person: h.ID, Name: name, Record: *record, CreatedAt: s.Now()}
		if err := s.Passkeys.AddPasskey(ctx, key); err != nil {
			return err
		}
		if err := s.strong(ctx, session); err != nil { // the ceremony asked for the device's own check
			return err
		}
		if err := s.tell(ctx, h.Person, "passkey_on"); err != nil {
			return err
		}
		return s.note(ctx, h.ID, "passkey.added", key.ID.String(), session.Address)
	})
}

// DropPasskey forgets one of the person's passkeys.
func (s *Service) DropPasskey(ctx context.Context, session Session, id uuid.UUID) error {
	return s.Atomic.InTx(ctx, func(ctx context.Context) error {
		there, err := s.Passkeys.DropPasskey(ctx, session.Person, id)
		if err != nil || !there {
			return err
		}
		p, err := s.People.Person(ctx, session.Person)
		if err != nil {
			return err
		}
		if err := s.tell(ctx, p, "passkey_off"); err != nil {
			return err
		}
		return s.note(ctx, p.ID, "passkey.dropped", id.String(), session.Address)
	})
}

// BeginPasskeyLogin asks a browser for any passkey it has for us; options go to navigator.credentials.get.
func (s *Service) BeginPasskeyLogin(ctx context.Context, c Client) (options any, handle string, err error) {
	if s.Ceremony == nil {
		return nil, "", ErrNoPasskey
	}
	if err := s.strike(ctx, addressKeys("passkeys from ", c.Address, 100)); err != nil {
		return nil, "", err
	}
	options, data, err := s.Ceremony.BeginDiscoverableLogin(webauthn.WithUserVerification(protocol.VerificationRequired))
	if err != nil {
		return nil, "", fmt.Errorf("begin to sign in by passkey: %w", err)
	}
	handle, err = s.keepCeremony(ctx, "passkey-login", data)
	return options, handle, err
}

// checkPasskey says whose passkey answered. A counter that went back means that the key was copied. ErrNoPasskey.
func (s *Service) checkPasskey(ctx context.Context, handle string, answer []byte) (holder, error) {
	if s.Ceremony == nil {
		return holder{}, ErrNoPasskey
	}
	data, err := s.takeCeremony(ctx, "passkey-login", handle)
	if err != nil {
		return holder{}, err
	}
	parsed, err := protocol.ParseCredentialRequestResponseBytes(answer)
	if err != nil {
		return holder{}, ErrNoPasskey
	}
	var found holder
	var failure error // of ours, which the library would make a refusal
	_, record, err := s.Ceremony.ValidatePasskeyLogin(func(_, user []byte) (webauthn.User, error) {
		id, err := uuid.FromBytes(user)
		if err == nil {
			found, err = s.holder(ctx, id)
		}
		if err != nil && !errors.Is(err, ErrNoPerson) {
			failure = err
		}
		return found, err
	}, data, parsed)
	if failure != nil {
		return holder{}, failure
	}
	if err != nil || record.Authenticator.CloneWarning {
		return holder{}, ErrNoPasskey
	}
	return found, s.Passkeys.UsedPasskey(ctx, found.ID, *record, s.Now())
}

// SignInByPasskey opens a session: possession and the device's own check are two factors. ErrNoPasskey, ErrWait.
func (s *Service) SignInByPasskey(ctx context.Context, handle string, answer []byte, c Client) (opened Opened, err error) {
	if err := s.strike(ctx, addressKeys("address ", c.Address, 60)); err != nil {
		return Opened{}, err
	}
	err = s.Atomic.InTx(ctx, func(ctx context.Context) error {
		h, err := s.checkPasskey(ctx, handle, answer)
		if err != nil {
			return err
		}
		opened, err = s.open(ctx, h.Person, c, false, true)
		return err
	})
	return opened, err
}

// ProveByPasskey is Prove with a passkey. ErrNoPasskey.
func (s *Service) ProveByPasskey(ctx context.Context, session Session, handle string, answer []byte) error {
	h, err := s.checkPasskey(ctx, handle, answer)
	if err != nil {
		return err
	}
	if h.ID != session.Person {
		return ErrNoPasskey
	}
	session.Strong = true
	return s.proved(ctx, session)
}
