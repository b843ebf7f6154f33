package whitelist

import (
	"bytes"
	"crypto/ed25519"
	"encoding/binary"
	"fmt"
	"time"

	"portaria/edge/ticket"
)

// ManifestLen is the size of a signed manifest in bytes.
const ManifestLen = manifestBodyLen + chainLen + ed25519.SignatureSize

const (
	manifestMagic   = "PML1" // what it is and its version, in its first bytes
	manifestContext = "portaria-manifest-1"
	manifestBodyLen = 116
)

// SignManifest signs m with the chain's list key. Times are cut to whole seconds. It refuses what a gate would
// refuse.
func SignManifest(m Manifest, key ed25519.PrivateKey, chain Chain) (SignedManifest, error) {
	m.IssuedAt, m.GoodUntil = wholeSecond(m.IssuedAt), wholeSecond(m.GoodUntil)
	if err := m.validate(); err != nil {
		return SignedManifest{}, fmt.Errorf("sign the list of event %s: %w", m.Event, err)
	}
	if err := chain.checkOwn(key, m.IssuedAt); err != nil {
		return SignedManifest{}, fmt.Errorf("sign the list of event %s: %w", m.Event, err)
	}
	raw := sign(manifestContext, chain.append(m.append(nil)), key)
	return SignedManifest{Manifest: m, chain: chain, raw: raw}, nil
}

// OpenManifest reads a signed manifest and checks it from the platform's key down. At is the receiver's time: a
// manifest that comes in after its key's end is refused, however early it claims to be. At is the zero time where
// the clock is unknown, and for a manifest read back from one's own store: it was judged when it came, and an end
// that passes later must not brick a gate.
//
// The caller still has to ask For (is this the organizer that the venue names?) and CheckNewer.
func OpenManifest(raw []byte, platform ed25519.PublicKey, at time.Time) (SignedManifest, error) {
	m, err := openManifest(raw, platform, at)
	if err != nil {
		return SignedManifest{}, fmt.Errorf("open a list's manifest: %w", err)
	}
	return m, nil
}

func openManifest(raw []byte, platform ed25519.PublicKey, at time.Time) (SignedManifest, error) {
	if len(raw) != ManifestLen || string(raw[:len(manifestMagic)]) != manifestMagic {
		return SignedManifest{}, malformed("not %d bytes that begin with %s", ManifestLen, manifestMagic)
	}
	m, err := decodeManifest(raw[:manifestBodyLen])
	if err != nil {
		return SignedManifest{}, err
	}
	chain, err := decodeChain(raw[manifestBodyLen : manifestBodyLen+chainLen])
	if err != nil {
		return SignedManifest{}, err
	}
	if err := chain.checkSigned(manifestContext, raw, platform); err != nil {
		return SignedManifest{}, err
	}
	if err := chain.checkEnds(m.IssuedAt, at); err != nil {
		return SignedManifest{}, err
	}
	return SignedManifest{Manifest: m, chain: chain, raw: bytes.Clone(raw)}, m.validate()
}

// Raw is the signed manifest's bytes, as they travel and are stored. Not to be written to.
func (m SignedManifest) Raw() []byte { return m.raw }

// Organizer is for whom the list key signed.
func (m SignedManifest) Organizer() [16]byte { return m.chain.List.Organizer }

// For says whether this is the list of that event, signed for that organizer; ErrWrongSigner otherwise. A key that
// one organizer delegated must not speak for another's event.
func (m SignedManifest) For(event ticket.EventID, organizer [16]byte) error {
	if m.Event != event || m.Organizer() != organizer {
		return fmt.Errorf("%w: a list of event %s by organizer %s, wanted event %s of %s", ErrWrongSigner,
			m.Event, ticket.EventID(m.Organizer()), event, ticket.EventID(organizer))
	}
	return nil
}

// OpenIndex reads the index that the manifest names; ErrMixed when it is another.
func (m Manifest) OpenIndex(raw []byte) ([]Hash, error) {
	if err := m.Index.Check(raw); err != nil {
		return nil, fmt.Errorf("open the index: %w", err)
	}
	names, err := ParseIndex(raw)
	if err != nil {
		return nil, fmt.Errorf("open the index: %w", err)
	}
	if len(names) != 1<<m.Depth {
		return nil, fmt.Errorf("open the index: %w: %d buckets at depth %d", ErrMixed, len(names), m.Depth)
	}
	return names, nil
}

// OpenRules reads the rules that the manifest names; ErrMixed when they are another's.
func (m Manifest) OpenRules(raw []byte) (*Rules, error) {
	if err := m.Rules.Check(raw); err != nil {
		return nil, fmt.Errorf("open the rules: %w", err)
	}
	rules, err := ParseRules(raw)
	if err != nil {
		return nil, err
	}
	if rules.Event != m.Event {
		return nil, fmt.Errorf("open the rules: %w: they are of event %s, the list of %s", ErrMixed, rules.Event, m.Event)
	}
	return rules, nil
}

func (m Manifest) validate() error {
	if m.Depth > MaxDepth {
		return malformed("depth %d is over %d", m.Depth, MaxDepth)
	}
	return checkTerm(m.Epoch, m.IssuedAt, m.GoodUntil)
}

func (m Manifest) append(b []byte) []byte {
	b = append(b, manifestMagic...)
	b = append(b, m.Event[:]...)
	b = binary.BigEndian.AppendUint64(b, m.Epoch)
	b = binary.BigEndian.AppendUint64(b, uint64(m.IssuedAt.Unix()))
	b = binary.BigEndian.AppendUint64(b, uint64(m.GoodUntil.Unix()))
	b = append(b, m.Depth, 0, 0, 0)
	b = binary.BigEndian.AppendUint32(b, m.Count)
	b = append(b, m.Index[:]...)
	return append(b, m.Rules[:]...)
}

// decodeManifest reads manifestBodyLen bytes.
func decodeManifest(raw []byte) (Manifest, error) {
	issued, err := decodeTime(raw[28:36], "issue of the list")
	if err != nil {
		return Manifest{}, err
	}
	goodUntil, err := decodeTime(raw[36:44], "end of the list")
	if err != nil {
		return Manifest{}, err
	}
	if raw[45]|raw[46]|raw[47] != 0 {
		return Manifest{}, malformed("the manifest fills reserved bytes")
	}
	return Manifest{
		Event:     ticket.EventID(raw[4:20]),
		Epoch:     binary.BigEndian.Uint64(raw[20:]),
		IssuedAt:  issued,
		GoodUntil: goodUntil,
		Depth:     raw[44],
		Count:     binary.BigEndian.Uint32(raw[48:]),
		Index:     Hash(raw[52:84]),
		Rules:     Hash(raw[84:116]),
	}, nil
}
