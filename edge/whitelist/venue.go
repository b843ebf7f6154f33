package whitelist

import (
	"bytes"
	"crypto/ed25519"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"time"

	"portaria/edge/ticket"
)

// MaxVenue is the largest signed venue manifest, in bytes.
const MaxVenue = 4 << 20

const (
	venueMagic   = "PMV1"
	venueContext = "portaria-venue-1"
	venueHeadLen = len(venueMagic) + 4
)

// SignVenue signs v with the list key of the organizer that owns the venue. It refuses what a gate would refuse.
func SignVenue(v Venue, key ed25519.PrivateKey, chain Chain) (SignedVenue, error) {
	raw, err := signVenue(v, key, chain)
	if err != nil {
		return SignedVenue{}, fmt.Errorf("sign the manifest of venue %s: %w", v.Venue, err)
	}
	return SignedVenue{Venue: v, chain: chain, raw: raw}, nil
}

func signVenue(v Venue, key ed25519.PrivateKey, chain Chain) ([]byte, error) {
	if err := v.validate(); err != nil {
		return nil, err
	}
	if err := chain.checkOwn(key, time.Unix(v.IssuedAt, 0)); err != nil {
		return nil, err
	}
	body, err := json.Marshal(v)
	if err != nil {
		return nil, err
	}
	if size := venueHeadLen + len(body) + chainLen + ed25519.SignatureSize; size > MaxVenue {
		return nil, malformed("%d bytes are over %d", size, MaxVenue)
	}
	raw := binary.BigEndian.AppendUint32([]byte(venueMagic), uint32(len(body)))
	return sign(venueContext, chain.append(append(raw, body...)), key), nil
}

// OpenVenue reads a signed venue manifest and checks it from the platform's key down; at is as in OpenManifest. The
// caller still has to ask For and CheckNewer.
func OpenVenue(raw []byte, platform ed25519.PublicKey, at time.Time) (SignedVenue, error) {
	v, err := openVenue(raw, platform, at)
	if err != nil {
		return SignedVenue{}, fmt.Errorf("open a venue manifest: %w", err)
	}
	return v, nil
}

// openVenue checks every signature before it lets the JSON decoder near the body: nobody but a signer can feed it.
func openVenue(raw []byte, platform ed25519.PublicKey, at time.Time) (SignedVenue, error) {
	body, chain, err := cutVenue(raw)
	if err != nil {
		return SignedVenue{}, err
	}
	if err := chain.checkSigned(venueContext, raw, platform); err != nil {
		return SignedVenue{}, err
	}
	v := SignedVenue{chain: chain, raw: bytes.Clone(raw)}
	if err := decodeStrict(body, MaxVenue, &v.Venue); err != nil {
		return SignedVenue{}, err
	}
	if err := chain.checkEnds(time.Unix(v.IssuedAt, 0), at); err != nil {
		return SignedVenue{}, err
	}
	return v, v.validate()
}

// cutVenue finds the parts of a venue manifest.
func cutVenue(raw []byte) (body []byte, chain Chain, err error) {
	if len(raw) < venueHeadLen || len(raw) > MaxVenue || string(raw[:len(venueMagic)]) != venueMagic {
		return nil, Chain{}, malformed("not at most %d bytes that begin with %s", MaxVenue, venueMagic)
	}
	size := uint64(binary.BigEndian.Uint32(raw[len(venueMagic):]))
	if want := uint64(venueHeadLen+chainLen+ed25519.SignatureSize) + size; uint64(len(raw)) != want {
		return nil, Chain{}, malformed("%d bytes, not %d", len(raw), want)
	}
	body = raw[venueHeadLen : venueHeadLen+int(size)]
	chain, err = decodeChain(raw[venueHeadLen+int(size):])
	return body, chain, err
}

// Raw is the signed manifest's bytes, as they travel and are stored. Not to be written to.
func (v SignedVenue) Raw() []byte { return v.raw }

// Organizer is for whom the list key signed.
func (v SignedVenue) Organizer() [16]byte { return v.chain.List.Organizer }

// For says whether this is the manifest of that venue, signed for that organizer; ErrWrongSigner otherwise. A gate
// learns its venue and its venue's owner when it is set up.
func (v SignedVenue) For(venue ticket.EventID, organizer [16]byte) error {
	if v.Venue.Venue != venue || v.Organizer() != organizer {
		return fmt.Errorf("%w: a manifest of venue %s by organizer %s, wanted venue %s of %s", ErrWrongSigner,
			v.Venue.Venue, ticket.EventID(v.Organizer()), venue, ticket.EventID(organizer))
	}
	return nil
}

// Checkpoint is the door of that id, nil when there is none.
func (v *Venue) Checkpoint(id string) *Checkpoint {
	for i := range v.Checkpoints {
		if v.Checkpoints[i].ID == id {
			return &v.Checkpoints[i]
		}
	}
	return nil
}

// Zone is the part of the venue of that id, nil when there is none.
func (v *Venue) Zone(id string) *Zone {
	for i := range v.Zones {
		if v.Zones[i].ID == id {
			return &v.Zones[i]
		}
	}
	return nil
}

// Event is the event of that id, nil when the venue's gates do not keep its list.
func (v *Venue) Event(id ticket.EventID) *VenueEvent {
	for i := range v.Events {
		if v.Events[i].Event == id {
			return &v.Events[i]
		}
	}
	return nil
}

// Controller is the person whose badge has that key, nil when there is none.
func (v *Venue) Controller(badge Key) *Controller {
	for i := range v.Controllers {
		if v.Controllers[i].Badge == badge {
			return &v.Controllers[i]
		}
	}
	return nil
}
