package whitelist

import (
	"bytes"
	"crypto/ed25519"
	"encoding/binary"
	"fmt"
	"time"

	"portaria/edge/ticket"
)

// Role is what a delegated key may do. Its text stands first under the delegation's signature, so a root can never be
// passed off as a list key or the other way round.
type Role string

// Roles.
const (
	RoleRoot Role = "portaria-root-1" // an organizer's root, signed by the platform: delegates list keys
	RoleList Role = "portaria-list-1" // a list key, signed by the organizer's root: signs lists and venue manifests
)

// chainLen is the size of an encoded chain in bytes: the organizer once, then both delegations.
const chainLen = 16 + 2*(ed25519.PublicKeySize+8+ed25519.SignatureSize)

// maxSeconds bounds every time in a signed message: the last second of the year 9999.
const maxSeconds = 253402300799

// Delegate lets key act in a role for an organizer until notAfter, which is cut to whole seconds. The signer is the
// platform for RoleRoot, the organizer's root for RoleList.
func Delegate(signer ed25519.PrivateKey, role Role, key ed25519.PublicKey, organizer [16]byte, notAfter time.Time) Delegation {
	d := Delegation{Key: bytes.Clone(key), Organizer: organizer, NotAfter: wholeSecond(notAfter)}
	d.Signature = ed25519.Sign(signer, d.message(role))
	return d
}

// message is what a delegation's signature covers.
func (d Delegation) message(role Role) []byte {
	message := append([]byte(role), d.Organizer[:]...)
	message = append(message, d.Key...)
	return binary.BigEndian.AppendUint64(message, uint64(d.NotAfter.Unix()))
}

// checkSigner says whether signer gave this delegation.
func (d Delegation) checkSigner(signer ed25519.PublicKey, role Role) error {
	if len(signer) != ed25519.PublicKeySize || len(d.Key) != ed25519.PublicKeySize {
		return fmt.Errorf("%w: %s: a public key is %d bytes", ErrWrongSigner, role, ed25519.PublicKeySize)
	}
	if !ed25519.Verify(signer, d.message(role), d.Signature) {
		return fmt.Errorf("%w: %s %x for organizer %s", ErrWrongSigner, role, d.Key, ticket.EventID(d.Organizer))
	}
	return nil
}

// checkEnd says whether the key could sign at that moment; the zero time is before every end.
func (d Delegation) checkEnd(moment time.Time) error {
	if moment.After(d.NotAfter) {
		return fmt.Errorf("%w: key %x ended on %s", ErrExpired, d.Key, d.NotAfter.UTC().Format(time.RFC3339))
	}
	return nil
}

// check follows the chain from the platform's key to the list key.
func (c Chain) check(platform ed25519.PublicKey) error {
	if err := c.Root.checkSigner(platform, RoleRoot); err != nil {
		return err
	}
	return c.List.checkSigner(c.Root.Key, RoleList)
}

// checkSigned says whether signed ends with a signature by the list key that the platform stands behind.
func (c Chain) checkSigned(context string, signed []byte, platform ed25519.PublicKey) error {
	if err := c.check(platform); err != nil {
		return err
	}
	return verify(context, signed, c.List.Key)
}

// checkEnds says whether both keys held at each of these moments.
func (c Chain) checkEnds(moments ...time.Time) error {
	for _, moment := range moments {
		if err := c.Root.checkEnd(moment); err != nil {
			return err
		}
		if err := c.List.checkEnd(moment); err != nil {
			return err
		}
	}
	return nil
}

// checkOwn finds at signing what a gate would refuse, short of the platform's signature: the signer does not hold the
// platform's key.
func (c Chain) checkOwn(key ed25519.PrivateKey, issued time.Time) error {
	if len(key) != ed25519.PrivateKeySize || !c.List.Key.Equal(key.Public()) {
		return fmt.Errorf("%w: the key is not the delegated list key %x", ErrWrongSigner, c.List.Key)
	}
	if c.Root.Organizer != c.List.Organizer {
		return fmt.Errorf("%w: root of organizer %s, list key of %s", ErrWrongSigner,
			ticket.EventID(c.Root.Organizer), ticket.EventID(c.List.Organizer))
	}
	if len(c.Root.Signature) != ed25519.SignatureSize || max(c.Root.NotAfter.Unix(), c.List.NotAfter.Unix()) > maxSeconds {
		return malformed("a chain whose root has no signature, or that ends after the year 9999")
	}
	if err := c.checkEnds(issued); err != nil {
		return err
	}
	return c.List.checkSigner(c.Root.Key, RoleList)
}

func (c Chain) append(b []byte) []byte {
	b = append(b, c.Root.Organizer[:]...)
	for _, d := range [...]Delegation{c.Root, c.List} {
		b = append(b, d.Key...)
		b = binary.BigEndian.AppendUint64(b, uint64(d.NotAfter.Unix()))
		b = append(b, d.Signature...)
	}
	return b
}

// decodeChain reads chainLen bytes.
func decodeChain(raw []byte) (Chain, error) {
	organizer := [16]byte(raw[:16])
	root, err := decodeDelegation(organizer, raw[16:16+delegationLen])
	if err != nil {
		return Chain{}, err
	}
	list, err := decodeDelegation(organizer, raw[16+delegationLen:chainLen])
	return Chain{Root: root, List: list}, err
}

const delegationLen = ed25519.PublicKeySize + 8 + ed25519.SignatureSize

func decodeDelegation(organizer [16]byte, raw []byte) (Delegation, error) {
	notAfter, err := decodeTime(raw[32:40], "end of a delegation")
	return Delegation{
		Key:       bytes.Clone(raw[:32]),
		Organizer: organizer,
		NotAfter:  notAfter,
		Signature: bytes.Clone(raw[40:delegationLen]),
	}, err
}

func decodeTime(raw []byte, what string) (time.Time, error) {
	seconds := binary.BigEndian.Uint64(raw)
	if seconds > maxSeconds {
		return time.Time{}, malformed("the %s is %d seconds after 1970", what, seconds)
	}
	return time.Unix(int64(seconds), 0).UTC(), nil
}

// wholeSecond is t as it is encoded.
func wholeSecond(t time.Time) time.Time { return time.Unix(t.Unix(), 0).UTC() }

// sign appends the signature of context ‖ message to message.
func sign(context string, message []byte, key ed25519.PrivateKey) []byte {
	return append(message, ed25519.Sign(key, append([]byte(context), message...))...)
}

// verify checks what sign made.
func verify(context string, signed []byte, key ed25519.PublicKey) error {
	message, signature := signed[:len(signed)-ed25519.SignatureSize], signed[len(signed)-ed25519.SignatureSize:]
	if !ed25519.Verify(key, append([]byte(context), message...), signature) {
		return fmt.Errorf("%w: %s: the signature is not of key %x", ErrWrongSigner, context, key)
	}
	return nil
}
