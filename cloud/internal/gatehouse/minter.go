package gatehouse

import (
	"context"
	"crypto/rand"
	"encoding/binary"
	"fmt"
	"math/big"

	"portaria/cloud/internal/gatehouse/vault"
	"portaria/cloud/internal/sale"
	"portaria/edge/ticket"
	"portaria/edge/whitelist"
)

// Owners says whose an event is. ErrNoEvent.
type Owners interface {
	OwnerOf(ctx context.Context, event ticket.EventID) (ticket.EventID, error)
}

// Minter makes ticket codes for the sale.
type Minter struct {
	Owners Owners
	Keys   *vault.Keyring
}

var _ sale.Minter = Minter{}

// Mint makes a code for each request: a fresh random ticket id, signed under the event's newest key. The ref is that
// of a first issue; who reissues keeps the ref that the right already has.
func (m Minter) Mint(ctx context.Context, event ticket.EventID, want []sale.MintRequest) ([]sale.Minted, error) {
	owner, err := m.Owners.OwnerOf(ctx, event)
	if err != nil {
		return nil, fmt.Errorf("mint %d codes: %w", len(want), err)
	}
	ref, err := m.Keys.Ref(ctx, event, owner)
	if err != nil {
		return nil, fmt.Errorf("mint %d codes: %w", len(want), err)
	}
	signer, err := m.Keys.CodeSigner(ctx, event, owner)
	if err != nil {
		return nil, fmt.Errorf("mint %d codes: %w", len(want), err)
	}
	out := make([]sale.Minted, len(want))
	for i, request := range want {
		if out[i], err = mint(signer, ref, request); err != nil {
			return nil, fmt.Errorf("mint code %d of %d of event %s: %w", i+1, len(want), event, err)
		}
	}
	return out, nil
}

func mint(signer ticket.Signer, ref [32]byte, want sale.MintRequest) (sale.Minted, error) {
	id := randomID()
	code, err := ticket.Mint(signer, ticket.Fields{ID: id, Kind: want.Kind, Reissue: want.Reissue, Flags: want.Flags})
	return sale.Minted{Code: code, ID: id, Ref: whitelist.TicketRef(ref, id)}, err
}

// randomID is a ticket's number: 64 bits that nobody can foresee or guess.
func randomID() ticket.ID {
	var b [8]byte
	_, _ = rand.Read(b[:]) // ends the program rather than fail
	return ticket.ID(binary.BigEndian.Uint64(b[:]))
}

// MintBadge makes a staff badge of a venue.
func (m Minter) MintBadge(ctx context.Context, organizer, venue ticket.EventID) (ticket.Code, error) {
	signer, err := m.Keys.CodeSigner(ctx, venue, organizer)
	if err != nil {
		return ticket.Code{}, fmt.Errorf("mint a badge: %w", err)
	}
	return ticket.Mint(signer, ticket.Fields{ID: randomID(), Kind: ticket.KindStaff})
}

// BadgeOf is the code of a badge that was made before: the same one, while the key that signed it is the newest. What the
// gates know is its number, so one that a newer key signs works as well.
func (m Minter) BadgeOf(ctx context.Context, organizer, venue ticket.EventID, badge ticket.ID) (ticket.Code, error) {
	signer, err := m.Keys.CodeSigner(ctx, venue, organizer)
	if err != nil {
		return ticket.Code{}, fmt.Errorf("make a badge's code: %w", err)
	}
	return ticket.Mint(signer, ticket.Fields{ID: badge, Kind: ticket.KindStaff})
}

// pinDigits is the length of a PIN: a gate lets nobody try a million.
const pinDigits = 6

// MakePIN makes a controller's PIN, which nobody can foresee, and what gates may know of it.
func (m Minter) MakePIN(ctx context.Context, organizer, venue ticket.EventID, controller string, number int) (string, whitelist.PIN, error) {
	secrets, err := m.Keys.Secrets(ctx, venue, organizer)
	if err != nil {
		return "", whitelist.PIN{}, err
	}
	digits := make([]byte, pinDigits)
	for i := range digits {
		n, err := rand.Int(rand.Reader, big.NewInt(10))
		if err != nil {
			return "", whitelist.PIN{}, err
		}
		digits[i] = '0' + byte(n.Int64())
	}
	var salt [16]byte
	_, _ = rand.Read(salt[:]) // ends the program rather than fail
	pin, err := whitelist.MakePIN(secrets.List, controller, string(digits), number, salt)
	return string(digits), pin, err
}
