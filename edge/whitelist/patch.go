package whitelist

import (
	"crypto/ed25519"
	"encoding/binary"
	"fmt"
	"slices"
	"time"
)

// MaxPatchEntries bounds one patch. A bigger change is a new list: manifest, index, buckets.
const MaxPatchEntries = 100_000

const (
	patchMagic   = "PMP1"
	patchContext = "portaria-patch-1"
	patchHeadLen = len(patchMagic) + ManifestLen + 8 + 4
)

// EncodePatch signs p with the list key that signed its manifest. Entries may come in any order; keys that stand
// twice are a *DuplicateError.
//
// The entries have a signature of their own, because a gate obeys them before it has folded them in and can compare
// the root: without it, whoever carries the patch could let a friend in for a minute.
func EncodePatch(p Patch, key ed25519.PrivateKey) ([]byte, error) {
	raw, err := encodePatch(p, key)
	if err != nil {
		return nil, fmt.Errorf("encode a patch of event %s to epoch %d: %w", p.Manifest.Event, p.Manifest.Epoch, err)
	}
	return raw, nil
}

func encodePatch(p Patch, key ed25519.PrivateKey) ([]byte, error) {
	if len(p.Manifest.raw) != ManifestLen {
		return nil, malformed("its manifest is not signed")
	}
	if err := p.Manifest.chain.checkOwn(key, p.Manifest.IssuedAt); err != nil {
		return nil, err
	}
	sorted := slices.SortedFunc(slices.Values(p.Entries), byKey)
	if err := checkPatch(p.Manifest.Manifest, p.From, sorted); err != nil {
		return nil, err
	}
	raw := append(make([]byte, 0, patchHeadLen+len(sorted)*EntryLen+ed25519.SignatureSize), patchMagic...)
	raw = append(raw, p.Manifest.raw...)
	raw = binary.BigEndian.AppendUint64(raw, p.From)
	raw = binary.BigEndian.AppendUint32(raw, uint32(len(sorted)))
	for _, entry := range sorted {
		raw = entry.Append(raw)
	}
	return sign(patchContext, raw, key), nil
}

// OpenPatch reads a patch, and checks the manifest in it as OpenManifest does, and the entries. The caller still has
// to ask the manifest's For, and CheckNewer.
func OpenPatch(raw []byte, platform ed25519.PublicKey, at time.Time) (Patch, error) {
	p, err := openPatch(raw, platform, at)
	if err != nil {
		return Patch{}, fmt.Errorf("open a patch: %w", err)
	}
	return p, nil
}

func openPatch(raw []byte, platform ed25519.PublicKey, at time.Time) (Patch, error) {
	count, err := countPatch(raw)
	if err != nil {
		return Patch{}, err
	}
	manifest, err := openManifest(raw[len(patchMagic):len(patchMagic)+ManifestLen], platform, at)
	if err != nil {
		return Patch{}, err
	}
	if err := verify(patchContext, raw, manifest.chain.List.Key); err != nil {
		return Patch{}, err
	}
	from := binary.BigEndian.Uint64(raw[len(patchMagic)+ManifestLen:])
	entries, err := decodeEntries(raw[patchHeadLen:], count)
	if err != nil {
		return Patch{}, err
	}
	return Patch{Manifest: manifest, From: from, Entries: entries}, checkPatch(manifest.Manifest, from, entries)
}

// countPatch is how many entries raw carries, once its length fits.
func countPatch(raw []byte) (int, error) {
	if len(raw) < patchHeadLen || string(raw[:len(patchMagic)]) != patchMagic {
		return 0, malformed("not a patch that begins with %s", patchMagic)
	}
	count := binary.BigEndian.Uint32(raw[patchHeadLen-4:])
	if count > MaxPatchEntries {
		return 0, malformed("%d entries are over %d", count, MaxPatchEntries)
	}
	if want := patchHeadLen + int(count)*EntryLen + ed25519.SignatureSize; len(raw) != want {
		return 0, malformed("%d entries are %d bytes, not %d", count, want, len(raw))
	}
	return int(count), nil
}

func decodeEntries(raw []byte, count int) ([]Entry, error) {
	entries := make([]Entry, count)
	for i := range entries {
		entry, err := DecodeEntry(raw[i*EntryLen : (i+1)*EntryLen])
		if err != nil {
			return nil, err
		}
		entries[i] = entry
	}
	return entries, nil
}

// checkPatch holds at both ends. The entries are sorted, or ought to be.
func checkPatch(m Manifest, from uint64, entries []Entry) error {
	if from >= m.Epoch {
		return malformed("a patch from epoch %d to %d", from, m.Epoch)
	}
	if len(entries) > MaxPatchEntries || uint64(len(entries)) > uint64(m.Count) {
		return malformed("%d entries, in a list of %d", len(entries), m.Count)
	}
	return checkOrder(entries)
}

func checkOrder(entries []Entry) error {
	var doubled []Key
	for i := 1; i < len(entries); i++ {
		switch order := byKey(entries[i-1], entries[i]); {
		case order > 0:
			return malformed("entry %s is out of order", entries[i].Key)
		case order == 0:
			doubled = append(doubled, entries[i].Key)
		}
	}
	for _, entry := range entries {
		if !entry.State.Known() {
			return malformed("entry %s has the unknown state %d", entry.Key, entry.State)
		}
	}
	if doubled != nil {
		return &DuplicateError{Keys: slices.Compact(doubled)}
	}
	return nil
}
