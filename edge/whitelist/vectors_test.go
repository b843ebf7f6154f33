package whitelist_test

import (
	"encoding/hex"
	"encoding/json"
	"errors"
	"flag"
	"os"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"portaria/edge/whitelist"
)

// appendVectors adds the cases that the file has not got. It never changes one that is there: gates in the field
// were built on it.
var appendVectors = flag.Bool("append-vectors", false, "append new cases to testdata/vectors.json")

const vectorsPath = "testdata/vectors.json"

// vector is one fixed case. Error is empty, or the word for the error that a gate must give.
type vector struct {
	Name  string `json:"name"`
	Of    string `json:"of"`
	Given any    `json:"given,omitempty"` // what Bytes is made of, where a reader has to make it
	Bytes string `json:"bytes"`           // hex
	Error string `json:"error,omitempty"`
}

type vectorFile struct {
	About   string   `json:"about"`
	Keys    any      `json:"keys"`
	Vectors []vector `json:"vectors"`
}

var errorWords = map[string]error{
	"malformed":    whitelist.ErrMalformed,
	"wrong_signer": whitelist.ErrWrongSigner,
	"expired":      whitelist.ErrExpired,
	"lower_epoch":  whitelist.ErrLowerEpoch,
	"mixed":        whitelist.ErrMixed,
}

// openers take bytes in as a gate would that holds the sample list at its epoch minus one.
var openers = map[string]func([]byte) error{
	"entry":  func(raw []byte) error { _, err := whitelist.DecodeEntry(raw); return err },
	"bucket": func(raw []byte) error { return whitelist.CheckBucket(raw, 0, 0) },
	"bucket 1 of depth 1": func(raw []byte) error {
		return whitelist.CheckBucket(raw, 1, 1)
	},
	"index":    func(raw []byte) error { _, err := whitelist.ParseIndex(raw); return err },
	"rules":    func(raw []byte) error { _, err := whitelist.ParseRules(raw); return err },
	"manifest": acceptManifest,
	"patch": func(raw []byte) error {
		patch, err := whitelist.OpenPatch(raw, public(platformKey), issued)
		if err != nil {
			return err
		}
		return errors.Join(patch.Manifest.For(concert, organizer), whitelist.CheckNewer(epoch-1, patch.Manifest.Epoch))
	},
	"venue": func(raw []byte) error {
		venue, err := whitelist.OpenVenue(raw, public(platformKey), issued)
		if err != nil {
			return err
		}
		return errors.Join(venue.For(theatre, organizer), whitelist.CheckNewer(epoch-1, venue.Epoch))
	},
	"index under the manifest": func(raw []byte) error {
		_, err := sampleManifest().OpenIndex(raw)
		return err
	},
	"bucket under the index": func(raw []byte) error {
		list, err := whitelist.Build(fourEntries())
		return errors.Join(err, list.Index()[0].Check(raw))
	},
	"rules under the manifest": func(raw []byte) error {
		_, err := sampleManifest().OpenRules(raw)
		return err
	},
}

func acceptManifest(raw []byte) error {
	m, err := whitelist.OpenManifest(raw, public(platformKey), issued)
	if err != nil {
		return err
	}
	return errors.Join(m.For(concert, organizer), whitelist.CheckNewer(epoch-1, m.Epoch))
}

func sampleManifest() whitelist.Manifest {
	list, err := whitelist.Build(fourEntries())
	if err != nil {
		panic(err)
	}
	rules, err := whitelist.EncodeRules(someRules())
	if err != nil {
		panic(err)
	}
	return manifestOf(list, whitelist.HashOf(rules))
}

func readVectors(t testing.TB) vectorFile {
	raw, err := os.ReadFile(vectorsPath)
	require.NoError(t, err)
	var file vectorFile
	require.NoError(t, json.Unmarshal(raw, &file))
	return file
}

// TestVectorsAreWhatTheCodeMakes keeps file and code together: no case of either is missing in the other, and none
// has changed.
func TestVectorsAreWhatTheCodeMakes(t *testing.T) {
	made := append(goodVectors(t), badVectors(t)...)
	if *appendVectors {
		appendMissing(t, made)
	}
	kept := map[string]vector{}
	for _, v := range readVectors(t).Vectors {
		require.NotContains(t, kept, v.Name, "two vectors of one name")
		kept[v.Name] = v
	}
	for _, v := range made {
		assert.Equal(t, kept[v.Name].Bytes, v.Bytes, "%s: a vector never changes; a new case is added with -append-vectors", v.Name)
		assert.Equal(t, kept[v.Name].Error, v.Error, v.Name)
		delete(kept, v.Name)
	}
	assert.Empty(t, kept, "cases of the file that no code makes")
}

// TestVectorsAreReadAsTheyShould takes every byte string of the file in.
func TestVectorsAreReadAsTheyShould(t *testing.T) {
	for _, v := range readVectors(t).Vectors {
		open, isBlob := openers[v.Of]
		if !isBlob {
			require.Empty(t, v.Error, v.Name)
			continue
		}
		t.Run(v.Name, func(t *testing.T) {
			raw, err := hex.DecodeString(v.Bytes)
			require.NoError(t, err)
			if v.Error == "" {
				assert.NoError(t, open(raw))
				return
			}
			require.Contains(t, errorWords, v.Error)
			assert.ErrorIs(t, open(raw), errorWords[v.Error])
		})
	}
}

func appendMissing(t *testing.T, made []vector) {
	file := vectorFile{}
	if _, err := os.Stat(vectorsPath); err == nil {
		file = readVectors(t)
	}
	file.About = "Fixed test vectors of docs/list-format.md. Append only: a case that was here once stays as it is."
	file.Keys = map[string]string{
		"platform": hex.EncodeToString(public(platformKey)), "root": hex.EncodeToString(public(rootKey)),
		"list": hex.EncodeToString(public(listKey)), "list secret": hex.EncodeToString(secrets.List[:]),
		"ref secret": hex.EncodeToString(secrets.Ref[:]), "organizer": hex.EncodeToString(organizer[:]),
		"event": concert.String(), "venue": theatre.String(),
	}
	have := map[string]bool{}
	for _, v := range file.Vectors {
		have[v.Name] = true
	}
	for _, v := range made {
		if !have[v.Name] {
			file.Vectors = append(file.Vectors, v)
		}
	}
	raw, err := json.MarshalIndent(file, "", "  ")
	require.NoError(t, err)
	require.NoError(t, os.MkdirAll("testdata", 0o755))
	require.NoError(t, os.WriteFile(vectorsPath, append(raw, '\n'), 0o644))
}
