package whitelist_test

import (
	"encoding/hex"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"portaria/edge/whitelist"
)

func bad(of, name, word string, raw []byte) vector {
	return vector{Name: of + ": " + name, Of: of, Bytes: hex.EncodeToString(raw), Error: word}
}

// changed is raw with one byte set.
func changed(raw []byte, at int, to byte) []byte {
	raw = slices.Clone(raw)
	raw[at] = to
	return raw
}

// flipped is raw with one bit of its last byte, a signature's, turned over.
func flipped(raw []byte) []byte { return changed(raw, len(raw)-1, raw[len(raw)-1]^1) }

// badVectors are one per way to fail.
func badVectors(t testing.TB) []vector {
	return slices.Concat(badEntries(), badBuckets(t), badBlobs(t), badManifests(t), badPatches(t), badVenues(t))
}

func badEntries() []vector {
	entry := fullEntry().Marshal()
	return []vector{
		bad("entry", "cut", "malformed", entry[:55]),
		bad("entry", "trailing byte", "malformed", append(slices.Clone(entry), 0)),
		bad("entry", "no state", "malformed", changed(entry, 34, 0)),
		bad("entry", "unknown state", "malformed", changed(entry, 34, 5)),
		bad("entry", "first reserved byte", "malformed", changed(entry, 37, 1)),
		bad("entry", "last reserved byte", "malformed", changed(entry, 55, 1)),
	}
}

func badBuckets(t testing.TB) []vector {
	bucket := build(t, fourEntries()).Buckets[0]
	first, second := bucket[:56], bucket[56:112]
	upper := whitelist.Merge(nil, upperHalf())
	other := build(t, append(fourEntries(), ticketEntry(9)))
	return []vector{
		bad("bucket", "cut", "malformed", bucket[:len(bucket)-1]),
		bad("bucket", "trailing byte", "malformed", append(slices.Clone(bucket), 0)),
		bad("bucket", "unsorted", "malformed", slices.Concat(second, first)),
		bad("bucket", "doubled entry", "malformed", slices.Concat(first, first)),
		bad("bucket", "unknown state", "malformed", changed(bucket, 56+34, 9)),
		bad("bucket 1 of depth 1", "wrong prefix", "malformed", changed(upper, 0, 0x7f)),
		bad("bucket under the index", "bucket of another list", "mixed", other.Buckets[0]),
		bad("bucket under the index", "changed bucket", "mixed", changed(bucket, 35, 200)),
		bad("index under the manifest", "index of another list", "mixed", other.IndexBytes()),
	}
}

func badBlobs(t testing.TB) []vector {
	index := build(t, fourEntries()).IndexBytes()
	raw, err := whitelist.EncodeRules(someRules())
	require.NoError(t, err)
	rules := string(raw)
	swap := func(from, to string) []byte {
		require.Contains(t, rules, from)
		return []byte(strings.Replace(rules, from, to, 1))
	}
	return []vector{
		bad("index", "empty", "malformed", nil),
		bad("index", "cut", "malformed", index[:31]),
		bad("index", "trailing byte", "malformed", append(slices.Clone(index), 0)),
		bad("index", "three buckets", "malformed", slices.Concat(index, index, index)),
		bad("rules", "not JSON", "malformed", []byte("{")),
		bad("rules", "trailing text", "malformed", append(slices.Clone(raw), '{')),
		bad("rules", "unknown field", "malformed", swap(`"name":"Concerto de Natal"`, `"nome":"Concerto de Natal"`)),
		bad("rules", "no event", "malformed", []byte(`{}`)),
		bad("rules", "unknown use", "malformed", swap(`"single"`, `"twice"`)),
		bad("rules", "key id of five bits", "malformed", swap(`"ticket_keys":[{"id":3`, `"ticket_keys":[{"id":16`)),
		bad("rules", "short key", "malformed", swap(`"key":"`, `"key":"AAAA`)),
		bad("rules under the manifest", "changed rules", "mixed", swap("Natal", "Pascoa")),
	}
}

func badManifests(t testing.TB) []vector {
	m := someManifest(t)
	good := signManifest(t, m).Raw()
	body := manifestBody(4, m.Index, m.Rules)
	root := delegation(platformKey, "portaria-root-1", organizer, public(rootKey), keysEnd)
	list := delegation(rootKey, "portaria-list-1", organizer, public(listKey), keysEnd)
	under := func(chain []byte) []byte { return seal("portaria-manifest-1", slices.Concat(body, chain), listKey) }
	past := issued.Add(-time.Second)
	lower := m
	lower.Epoch = epoch - 2
	rivals, err := whitelist.SignManifest(m, listKey, chainTo(rival, keysEnd, keysEnd))
	require.NoError(t, err)
	const of = "manifest"
	return []vector{
		bad(of, "empty", "malformed", nil),
		bad(of, "cut", "malformed", good[:len(good)-1]),
		bad(of, "trailing byte", "malformed", append(slices.Clone(good), 0)),
		bad(of, "unknown version", "malformed", sealManifest(changed(body, 3, '2'))),
		bad(of, "reserved byte", "malformed", sealManifest(changed(body, 47, 1))),
		bad(of, "depth of 21", "malformed", sealManifest(changed(body, 44, 21))),
		bad(of, "epoch beyond 53 bits", "malformed", sealManifest(changed(body, 20, 1))),
		bad(of, "issued after the year 9999", "malformed", sealManifest(changed(body, 28, 1))),
		bad(of, "good until its issue", "malformed", sealManifest(slices.Concat(body[:36], body[28:36], body[44:]))),
		bad(of, "wrong signature", "wrong_signer", flipped(good)),
		bad(of, "changed count", "wrong_signer", changed(good, 51, 5)),
		bad(of, "signed by a stranger", "wrong_signer", seal("portaria-manifest-1", slices.Concat(body, goodLinks()), strangerKey)),
		bad(of, "signed as a patch", "wrong_signer", seal("portaria-patch-1", slices.Concat(body, goodLinks()), listKey)),
		bad(of, "wrong platform", "wrong_signer", under(links(organizer,
			delegation(strangerKey, "portaria-root-1", organizer, public(rootKey), keysEnd), list))),
		bad(of, "list key delegated by a stranger", "wrong_signer", under(links(organizer, root,
			delegation(strangerKey, "portaria-list-1", organizer, public(listKey), keysEnd)))),
		bad(of, "list key delegated as a root", "wrong_signer", under(links(organizer, root,
			delegation(rootKey, "portaria-root-1", organizer, public(listKey), keysEnd)))),
		bad(of, "root delegated for another organizer", "wrong_signer", under(links(organizer,
			delegation(platformKey, "portaria-root-1", rival, public(rootKey), keysEnd), list))),
		bad(of, "wrong organizer", "wrong_signer", rivals.Raw()),
		bad(of, "expired root", "expired", under(links(organizer,
			delegation(platformKey, "portaria-root-1", organizer, public(rootKey), past), list))),
		bad(of, "expired list key", "expired", under(links(organizer, root,
			delegation(rootKey, "portaria-list-1", organizer, public(listKey), past)))),
		bad(of, "lower epoch", "lower_epoch", signManifest(t, lower).Raw()),
	}
}

func badPatches(t testing.TB) []vector {
	patch := somePatch(t)
	good, manifest := encodePatch(t, patch), patch.Manifest.Raw()
	entries := whitelist.Merge(nil, patch.Entries)
	first, second := entries[:56], entries[56:]
	lower := patch
	older := patch.Manifest.Manifest
	older.Epoch = epoch - 2
	lower.Manifest, lower.From = signManifest(t, older), epoch-3
	const of = "patch"
	return []vector{
		bad(of, "empty", "malformed", nil),
		bad(of, "cut", "malformed", good[:len(good)-1]),
		bad(of, "trailing byte", "malformed", append(slices.Clone(good), 0)),
		bad(of, "unsorted", "malformed", sealPatch(manifest, epoch, 2, slices.Concat(second, first))),
		bad(of, "doubled entry", "malformed", sealPatch(manifest, epoch, 2, slices.Concat(first, first))),
		bad(of, "unknown state", "malformed", sealPatch(manifest, epoch, 2, changed(entries, 34, 7))),
		bad(of, "from its own epoch", "malformed", sealPatch(manifest, epoch+1, 2, entries)),
		bad(of, "four thousand million entries", "malformed", sealPatch(manifest, epoch, 0xffffffff, entries)),
		bad(of, "more entries than it says", "malformed", sealPatch(manifest, epoch, 1, entries)),
		bad(of, "wrong signature", "wrong_signer", flipped(good)),
		bad(of, "an entry dropped on the way", "wrong_signer", slices.Concat(
			withoutSignature(sealPatch(manifest, epoch, 1, first)), signatureOf(good))),
		bad(of, "an entry put in on the way", "wrong_signer", slices.Concat(withoutSignature(
			sealPatch(manifest, epoch, 3, whitelist.Merge(entries, []whitelist.Entry{ticketEntry(99)}))), signatureOf(good))),
		bad(of, "a state changed on the way", "wrong_signer", changed(good, 4+404+12+34, 1+good[4+404+12+34]%2)),
		bad(of, "manifest with a wrong signature", "wrong_signer", sealPatch(flipped(manifest), epoch, 2, entries)),
		bad(of, "lower epoch", "lower_epoch", encodePatch(t, lower)),
	}
}

func badVenues(t testing.TB) []vector {
	signed := signVenue(t, someVenue())
	body := string(signed[8 : len(signed)-224-64])
	swap := func(from, to string) []byte {
		require.Contains(t, body, from)
		return sealVenue([]byte(strings.Replace(body, from, to, 1)))
	}
	older := someVenue()
	older.Epoch = epoch - 2
	rivals, err := whitelist.SignVenue(someVenue(), listKey, chainTo(rival, keysEnd, keysEnd))
	require.NoError(t, err)
	const of = "venue"
	return []vector{
		bad(of, "empty", "malformed", nil),
		bad(of, "cut", "malformed", signed[:len(signed)-1]),
		bad(of, "trailing byte", "malformed", append(slices.Clone(signed), 0)),
		bad(of, "wrong signature", "wrong_signer", flipped(signed)),
		bad(of, "wrong organizer", "wrong_signer", rivals.Raw()),
		bad(of, "lower epoch", "lower_epoch", signVenue(t, older)),
		bad(of, "issued after the end of its key", "expired", swap(`"issued_at":1795348800,"good_until":1796558400`, `"issued_at":1895348800,"good_until":1896558400`)),
		bad(of, "not JSON", "malformed", sealVenue([]byte("{"))),
		bad(of, "unknown field", "malformed", swap(`"mode":"open"`, `"mode":"open","fast_lane":true`)),
		bad(of, "unknown mode", "malformed", swap(`"mode":"open"`, `"mode":"ajar"`)),
		bad(of, "unknown policy", "malformed", swap(`"policy":"free"`, `"policy":"kind"`)),
		bad(of, "zone inside itself", "malformed", swap(`"name":"Casa"`, `"name":"Casa","parent":"plateia"`)),
		bad(of, "door to a zone that is not there", "malformed", swap(`"to":"casa"`, `"to":"adega"`)),
		bad(of, "good for a day", "malformed", swap(`"good_until":1796558400`, `"good_until":1795435200`)),
	}
}

func withoutSignature(signed []byte) []byte { return signed[:len(signed)-64] }
func signatureOf(signed []byte) []byte      { return signed[len(signed)-64:] }
