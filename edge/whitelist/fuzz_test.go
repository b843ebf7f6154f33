package whitelist_test

import (
	"encoding/binary"
	"encoding/hex"
	"testing"

	"github.com/stretchr/testify/require"

	"portaria/edge/whitelist"
)

// seed adds every vector of these kinds.
func seed(f *testing.F, of ...string) {
	for _, v := range readVectors(f).Vectors {
		for _, kind := range of {
			if v.Of == kind {
				raw, _ := hex.DecodeString(v.Bytes)
				f.Add(raw)
			}
		}
	}
}

func FuzzEntry(f *testing.F) {
	seed(f, "entry")
	f.Fuzz(func(t *testing.T, raw []byte) {
		if entry, err := whitelist.DecodeEntry(raw); err == nil {
			require.Equal(t, raw, entry.Marshal())
		}
	})
}

func FuzzBucket(f *testing.F) {
	for _, v := range readVectors(f).Vectors {
		if raw, err := hex.DecodeString(v.Bytes); err == nil && v.Of == "bucket" {
			f.Add(raw, uint8(0), 0)
			f.Add(raw, uint8(1), 1)
		}
	}
	f.Fuzz(func(t *testing.T, raw []byte, depth uint8, index int) {
		var probe whitelist.Key
		copy(probe[:], raw)
		whitelist.Find(raw, probe) // whatever the bytes are, a lookup comes back
		if whitelist.CheckBucket(raw, depth, index) != nil {
			return
		}
		for i := 0; i < len(raw); i += whitelist.EntryLen {
			want, err := whitelist.DecodeEntry(raw[i : i+whitelist.EntryLen])
			require.NoError(t, err)
			got, found := whitelist.Find(raw, want.Key)
			require.True(t, found)
			require.Equal(t, want, got)
			require.Equal(t, index, whitelist.BucketOf(want.Key, depth))
		}
	})
}

func FuzzIndex(f *testing.F) {
	seed(f, "index")
	f.Fuzz(func(t *testing.T, raw []byte) {
		if names, err := whitelist.ParseIndex(raw); err == nil {
			require.Equal(t, raw, whitelist.EncodeIndex(names))
		}
	})
}

func FuzzRules(f *testing.F) {
	seed(f, "rules")
	f.Fuzz(func(t *testing.T, raw []byte) {
		rules, err := whitelist.ParseRules(raw)
		if err != nil {
			return
		}
		again, err := whitelist.EncodeRules(*rules)
		require.NoError(t, err)
		_, err = whitelist.ParseRules(again)
		require.NoError(t, err)
	})
}

func FuzzManifest(f *testing.F) {
	seed(f, "manifest")
	f.Fuzz(func(t *testing.T, raw []byte) {
		if m, err := whitelist.OpenManifest(raw, public(platformKey), issued); err == nil {
			require.Equal(t, raw, m.Raw())
		}
		// Behind a good signature: what a careless or hostile signer could send.
		if len(raw) < 116 {
			return
		}
		sealed := sealManifest(raw[:116])
		m, err := whitelist.OpenManifest(sealed, public(platformKey), issued)
		if err != nil {
			return
		}
		again, err := whitelist.SignManifest(m.Manifest, listKey, chain)
		require.NoError(t, err)
		require.Equal(t, sealed, again.Raw())
	})
}

func FuzzPatch(f *testing.F) {
	seed(f, "patch")
	manifest := signManifest(f, someManifest(f)).Raw()
	f.Fuzz(func(t *testing.T, raw []byte) {
		_, _ = whitelist.OpenPatch(raw, public(platformKey), issued)
		if len(raw) < 12 {
			return
		}
		sealed := sealPatch(manifest, binary.BigEndian.Uint64(raw), binary.BigEndian.Uint32(raw[8:]), raw[12:])
		patch, err := whitelist.OpenPatch(sealed, public(platformKey), issued)
		if err != nil {
			return
		}
		again, err := whitelist.EncodePatch(patch, listKey)
		require.NoError(t, err)
		require.Equal(t, sealed, again)
	})
}

func FuzzVenue(f *testing.F) {
	seed(f, "venue")
	body := signVenue(f, someVenue())
	f.Add(body[8 : len(body)-288])
	f.Fuzz(func(t *testing.T, raw []byte) {
		_, _ = whitelist.OpenVenue(raw, public(platformKey), issued)
		venue, err := whitelist.OpenVenue(sealVenue(raw), public(platformKey), issued)
		if err != nil {
			return
		}
		again, err := whitelist.SignVenue(venue.Venue, listKey, chain)
		require.NoError(t, err)
		_, err = whitelist.OpenVenue(again.Raw(), public(platformKey), issued)
		require.NoError(t, err)
	})
}

func FuzzNormalise(f *testing.F) {
	for _, row := range normaliseCases {
		f.Add(row.text, row.rule.Upper, row.rule.KeepSpaces, row.rule.DropZeros)
	}
	f.Fuzz(func(t *testing.T, text string, upper, keep, zeros bool) {
		rule := whitelist.Normalise{Upper: upper, KeepSpaces: keep, DropZeros: zeros}
		once := rule.Apply(text)
		require.LessOrEqual(t, len(once), whitelist.MaxForeignCode)
		require.Equal(t, once, rule.Apply(once))
	})
}
