// Package person is people and how they prove who they are: registering, signing in, second factors, passkeys,
// sessions, and a lock-out that hurts guessers and not their victims.
//
// It knows no page and no table. What people may do is in package role; who works for whom is in package staff.
package person

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base32"
	"net/mail"
	"strings"
	"time"

	"github.com/go-webauthn/webauthn/webauthn"
	"github.com/google/uuid"

	"portaria/cloud/internal/account"
	"portaria/cloud/internal/account/audit"
	"portaria/cloud/internal/account/password"
	"portaria/cloud/internal/fault"
)

// Refusals of this package.
var (
	ErrNoPerson   = fault.New(fault.NotFound, "not_found", "There is no such person.")
	ErrNoSession  = fault.New(fault.Denied, "signed_out", "Sign in to go on.")
	ErrWrong      = fault.New(fault.Denied, "wrong_password", "The mail address or the password is wrong.")
	ErrWrongProof = fault.New(fault.Denied, "wrong_proof", "The password is wrong.")
	ErrWrongCode  = fault.New(fault.Denied, "wrong_code", "This code is not right. Take the newest one.")
	ErrWait       = fault.New(fault.Unavailable, "wait", "Too many attempts. Wait a while, or get a link to sign in by mail.")
	ErrOldLink    = fault.New(fault.NotFound, "old_link", "This link was used or is too old. Ask for a new one.")
	ErrNoPasskey  = fault.New(fault.Denied, "passkey_refused", "This passkey was not accepted. Try again, or use your password.")
	ErrTaken      = fault.New(fault.Conflict, "already_there", "There is an account with this mail address. Sign in.")
)

// Person is somebody with an account.
type Person struct {
	ID        uuid.UUID
	Email     string // as Address gives it
	Name      string
	Language  string // BCP 47
	Password  string // as package password keeps it; empty = none
	TOTP      []byte // sealed secret; nil = no second factor
	TOTPStep  int64  // the last one used: a code is good once
	CreatedAt time.Time
	Operator  bool // runs the platform
}

// By is how the audit log names a person.
func By(id uuid.UUID) string { return "person " + id.String() }

// People keeps people.
type People interface {
	CreatePerson(ctx context.Context, p Person) error                     // ErrTaken
	Person(ctx context.Context, id uuid.UUID) (Person, error)             // ErrNoPerson
	PersonBy(ctx context.Context, email string) (Person, error)           // ErrNoPerson
	UpdatePerson(ctx context.Context, p Person) error                     // all but id and mail address
	TakeTOTP(ctx context.Context, id uuid.UUID, step int64) (bool, error) // false when the step was used
}

// Tokens keeps what links in mails and half-done ceremonies stand for, by the hash of their text, until a time.
type Tokens interface {
	Keep(ctx context.Context, kind string, hash [32]byte, content []byte, until time.Time) error
	// Look reads one that is still good. ErrOldLink.
	Look(ctx context.Context, kind string, hash [32]byte, now time.Time) ([]byte, error)
	// Take reads one and ends it. ErrOldLink.
	Take(ctx context.Context, kind string, hash [32]byte, now time.Time) ([]byte, error)
}

// Recovery keeps recovery codes by hash.
type Recovery interface {
	ReplaceCodes(ctx context.Context, person uuid.UUID, hashes [][32]byte) error
	UseCode(ctx context.Context, person uuid.UUID, hash [32]byte, now time.Time) (bool, error)
	CodesLeft(ctx context.Context, person uuid.UUID) (int, error)
}

// Devices keeps which browsers have signed in as whom, by the hash of a cookie.
type Devices interface {
	KnowDevice(ctx context.Context, person uuid.UUID, hash [32]byte, now time.Time) error
	KnowsDevice(ctx context.Context, email string, hash [32]byte) (bool, error)
}

// Kinds of letters.
const (
	LetterConfirm  = "confirm"   // confirm a registration
	LetterKnown    = "known"     // somebody registers with a mail address that has an account
	LetterReset    = "reset"     // choose a new password
	LetterUnknown  = "unknown"   // somebody asks for a new password of an account that is not there
	LetterInvite   = "invite"    // work for an organizer
	LetterNewLogin = "new_login" // signed in on a device not seen before
	LetterChanged  = "changed"   // password or second factor changed
)

// Letter is a mail to send, in a language.
type Letter struct {
	Kind     string
	To       string
	Name     string // of who is written to; may be empty
	Language string
	Link     string
	About    string // organizer, device or what was changed
	// Organizer in whose name it is sent; zero = the platform's. Who is erased there gets no more of its mails.
	Organizer uuid.UUID
}

// Post takes letters, in the transaction of ctx, to be sent soon.
type Post interface {
	Post(ctx context.Context, l Letter) error
}

// Sealer encrypts what must be read again, bound to what it is for.
type Sealer interface {
	Seal(place string, plain []byte) []byte
	Open(place string, sealed []byte) ([]byte, error)
}

// Service is what pages call.
type Service struct {
	People    People
	Tokens    Tokens
	Recovery  Recovery
	Devices   Devices
	Sessions  Sessions
	Failures  Failures
	Passkeys  Passkeys
	Founder   Founder
	Post      Post
	Seal      Sealer
	Ceremony  *webauthn.WebAuthn // nil = no passkeys, as where the address is a bare IP
	Hasher    *password.Hasher
	Audit     *audit.Log
	Atomic    account.Atomic
	Now       func() time.Time
	PublicURL string // without a slash at the end
}

// Address reads a mail address as it is kept: one plain address with a domain, in small letters. Whether it exists,
// only a mail can tell.
func Address(text string) (string, error) {
	text = strings.ToLower(strings.TrimSpace(text))
	bad := fault.On("email", "Give your mail address, such as ana@example.com.")
	a, err := mail.ParseAddress(text)
	if err != nil || a.Address != text || len(text) > 254 || strings.ContainsAny(text, "\r\n\"") {
		return "", bad
	}
	if _, domain, _ := strings.Cut(text, "@"); !strings.Contains(strings.Trim(domain, "."), ".") {
		return "", bad
	}
	return text, nil
}

// secret is 160 random bits as text, and their hash, which is all that is kept.
func secret() (text string, hash [32]byte) {
	raw := make([]byte, 20)
	_, _ = rand.Read(raw) // ends the program rather than fail
	text = strings.ToLower(base32.StdEncoding.EncodeToString(raw))
	return text, sha256.Sum256([]byte(text))
}

// NewSecret is a secret for a link, and the hash by which it is found again.
func NewSecret() (text string, hash [32]byte) { return secret() }

// HashOf finds what a secret stands for. Long texts are cut: none of ours is.
func HashOf(text string) [32]byte {
	if len(text) > 200 {
		text = text[:200]
	}
	return sha256.Sum256([]byte(text))
}
