package whitelist_test

import (
	"crypto/ed25519"
	"encoding/binary"
	"slices"
	"time"
)

// The signed formats once more, written from docs/list-format.md without the package's own code: it checks the
// package by a second hand, and makes messages that the package refuses to sign.

// delegation is the fields of one link: key, end, signature.
func delegation(signer ed25519.PrivateKey, role string, owner [16]byte, key ed25519.PublicKey, end time.Time) []byte {
	seconds := binary.BigEndian.AppendUint64(nil, uint64(end.Unix()))
	message := slices.Concat([]byte(role), owner[:], key, seconds)
	return slices.Concat(key, seconds, ed25519.Sign(signer, message))
}

// links is an encoded chain.
func links(owner [16]byte, root, list []byte) []byte { return slices.Concat(owner[:], root, list) }

func goodLinks() []byte {
	return links(organizer,
		delegation(platformKey, "portaria-root-1", organizer, public(rootKey), keysEnd),
		delegation(rootKey, "portaria-list-1", organizer, public(listKey), keysEnd))
}

func seal(context string, message []byte, key ed25519.PrivateKey) []byte {
	return slices.Concat(message, ed25519.Sign(key, slices.Concat([]byte(context), message)))
}

// manifestBody is the first 116 bytes of the sample manifest.
func manifestBody(count uint32, index, rules [32]byte) []byte {
	body := slices.Concat([]byte("PML1"), concert[:])
	body = binary.BigEndian.AppendUint64(body, epoch)
	body = binary.BigEndian.AppendUint64(body, uint64(issued.Unix()))
	body = binary.BigEndian.AppendUint64(body, uint64(goodUntil.Unix()))
	body = append(body, 0, 0, 0, 0)
	body = binary.BigEndian.AppendUint32(body, count)
	return slices.Concat(body, index[:], rules[:])
}

func sealManifest(body []byte) []byte {
	return seal("portaria-manifest-1", slices.Concat(body, goodLinks()), listKey)
}

func sealPatch(manifest []byte, from uint64, count uint32, entries []byte) []byte {
	message := slices.Concat([]byte("PMP1"), manifest)
	message = binary.BigEndian.AppendUint64(message, from)
	message = binary.BigEndian.AppendUint32(message, count)
	return seal("portaria-patch-1", slices.Concat(message, entries), listKey)
}

func sealVenue(body []byte) []byte {
	message := binary.BigEndian.AppendUint32([]byte("PMV1"), uint32(len(body)))
	return seal("portaria-venue-1", slices.Concat(message, body, goodLinks()), listKey)
}
