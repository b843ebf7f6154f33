// Package vault keeps the keys that tickets and lists are signed with, and the secrets that hide what is on a list.
//
// The platform key and the sealing key are files of the cloud's state folder, made at the first start and readable
// by its user alone. Everything else (organizers' root and list keys, events' ticket keys and secrets) lies in the
// database, sealed: a stolen dump signs nothing and finds no ticket. The package does not know what is signed.
package vault

import (
	"crypto/ed25519"
	"errors"
	"time"

	"portaria/edge/ticket"
)

// Names of the files in the state folder.
const (
	PlatformFile = "platform.key"
	SealFile     = "sealing.key"
)

// Lives of delegations. A chain must outlive every list it signs, so it is renewed long before it ends.
const (
	rootLife  = 730 * 24 * time.Hour
	rootRenew = 180 * 24 * time.Hour
	listLife  = 90 * 24 * time.Hour
	listRenew = 45 * 24 * time.Hour
)

// ErrSealed means that a sealed value does not open: another sealing key, another row's value, or damage.
var ErrSealed = errors.New("sealed with another key, or damaged: put back the sealing.key that belongs to this database")

// ErrNone means that the store has no such row.
var ErrNone = errors.New("none kept")

// OrganizerKeys is an organizer's row: two key pairs, private halves sealed, and who vouches for them until when.
type OrganizerKeys struct {
	Organizer ticket.EventID
	Root      Delegated
	List      Delegated
}

// Delegated is a key pair with the signature of the key above it.
type Delegated struct {
	Public    ed25519.PublicKey
	Sealed    []byte
	NotAfter  time.Time
	Signature []byte
}

// SigningKey is a sealed key for printed codes of a scope: an event, or a venue for staff badges.
type SigningKey struct {
	Scope      ticket.EventID
	ID         uint8
	Organizer  ticket.EventID
	Public     ed25519.PublicKey
	Sealed     []byte
	ListedOnly bool
}
