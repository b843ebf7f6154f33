package whitelist_test

import (
	"encoding/hex"
	"testing"

	"github.com/stretchr/testify/require"

	"portaria/edge/whitelist"
)

type given = map[string]any

func blob(of, name string, from any, raw []byte) vector {
	return vector{Name: name, Of: of, Given: from, Bytes: hex.EncodeToString(raw)}
}

// goodVectors are one of each thing that is encoded.
func goodVectors(t testing.TB) []vector {
	list := build(t, fourEntries())
	rules, err := whitelist.EncodeRules(someRules())
	require.NoError(t, err)
	vectors := append(keyVectors(), normaliseVectors()...)
	return append(vectors,
		blob("entry", "an entry with every field filled", fullEntry(), fullEntry().Marshal()),
		blob("bucket", "the bucket of a list of four", fourEntries(), list.Buckets[0]),
		blob("bucket", "an empty bucket", nil, nil),
		blob("bucket 1 of depth 1", "a bucket of the upper half", upperHalf(), whitelist.Merge(nil, upperHalf())),
		blob("index", "the index of a list of four", nil, list.IndexBytes()),
		blob("index under the manifest", "the index that the manifest names", nil, list.IndexBytes()),
		blob("bucket under the index", "the bucket that the index names", nil, list.Buckets[0]),
		blob("root", "the root of a list of four", nil, hash(list.Root())),
		blob("rules", "rules with every part", nil, rules),
		blob("rules under the manifest", "the rules that the manifest names", nil, rules),
		blob("manifest", "the manifest of a list of four", nil, signManifest(t, someManifest(t)).Raw()),
		blob("patch", "a refund and a sale", nil, encodePatch(t, somePatch(t))),
		blob("venue", "a venue with one door", nil, signVenue(t, someVenue())),
		blob("venue", "a venue whose rights are at home at gates", nil, signVenue(t, homelyVenue())),
	)
}

func hash(h whitelist.Hash) []byte { return h[:] }

func keyVectors() []vector {
	ours := given{"ticket": "3cc744dfaf1696ce"}
	foreign := given{"issuer": "bilheteria", "code": "7891234567895"}
	key, ref := whitelist.TicketKey(secrets.List, 0x3cc744dfaf1696ce), whitelist.TicketRef(secrets.Ref, 0x3cc744dfaf1696ce)
	fKey := whitelist.ForeignKey(secrets.List, "bilheteria", "7891234567895")
	fRef := whitelist.ForeignRef(secrets.Ref, "bilheteria", "7891234567895")
	accents := given{"issuer": "Ingresso Fácil", "code": "çÃo-1"}
	aKey := whitelist.ForeignKey(secrets.List, "Ingresso Fácil", "çÃo-1")
	return []vector{
		blob("key", "the key of a ticket", ours, key[:]),
		blob("ref", "the ref of a ticket", ours, ref[:]),
		blob("key", "the key of another seller's code", foreign, fKey[:]),
		blob("ref", "the ref of another seller's code", foreign, fRef[:]),
		blob("key", "the key of a code beyond ASCII, in UTF-8", accents, aKey[:]),
	}
}

// upperHalf are two entries whose keys begin with a 1 bit.
func upperHalf() []whitelist.Entry {
	low, high := ticketEntry(1), ticketEntry(2)
	low.Key[0], high.Key[0] = 0x80, 0xff
	return []whitelist.Entry{low, high}
}

var normaliseCases = []struct {
	name string
	rule whitelist.Normalise
	text string
	want string
}{
	{"digits stay", whitelist.Normalise{}, "7891234567895", "7891234567895"},
	{"an AIM prefix goes", whitelist.Normalise{}, "]C0ABC-123", "ABC123"},
	{"an AIM prefix of EAN goes", whitelist.Normalise{}, "]E07891234567895", "7891234567895"},
	{"a bracket that is no AIM prefix stays", whitelist.Normalise{}, "]-C", "]C"},
	{"a scanner's line end goes", whitelist.Normalise{}, " 12 34\r\n", "1234"},
	{"the separator of GS1 goes", whitelist.Normalise{}, "]C1010123\x1d10AB", "01012310AB"},
	{"a spreadsheet's byte-order mark and hard space go", whitelist.Normalise{}, "\ufeff12\u00a034", "1234"},
	{"inner spaces and dashes are kept", whitelist.Normalise{KeepSpaces: true}, " -AB 12-34- ", "AB 12-34"},
	{"case is kept", whitelist.Normalise{}, "aBc", "aBc"},
	{"case goes up", whitelist.Normalise{Upper: true}, "aBcç", "ABCç"},
	{"zeros are kept", whitelist.Normalise{}, "0012", "0012"},
	{"zeros go", whitelist.Normalise{DropZeros: true}, "]C00012", "12"},
	{"the last zero stays", whitelist.Normalise{DropZeros: true}, "000", "0"},
	{"zeros before a prefix go with it", whitelist.Normalise{DropZeros: true}, "0]C0012", "12"},
	{"nothing is no code", whitelist.Normalise{}, " - \t", ""},
	{"a prefix alone is no code", whitelist.Normalise{}, "]C0", ""},
	{"what is not UTF-8 is no code", whitelist.Normalise{}, "12\xff34", ""},
}

func normaliseVectors() []vector {
	var vectors []vector
	for _, row := range normaliseCases {
		from := given{"rule": row.rule, "text_hex": hex.EncodeToString([]byte(row.text))}
		vectors = append(vectors, blob("normalise", "normalise: "+row.name, from, []byte(row.want)))
	}
	return vectors
}
