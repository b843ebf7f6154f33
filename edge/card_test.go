package edge_test

import (
	"bytes"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"io/fs"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"portaria/edge"
	"portaria/edge/internal/lane"
	"portaria/edge/ticket"
	"portaria/edge/whitelist"
)

// TestAStolenCardTellsNoCodeAndNoSecret searches everything that a gate has written in a working evening, as somebody
// would who took its card out: for the codes of tickets, used and unused, and for the secrets that would let the listed
// keys be guessed back into codes. The same search finds the secrets where a venue chose to keep them on the disk, so it
// can find what is there.
func TestAStolenCardTellsNoCodeAndNoSecret(t *testing.T) {
	for atRest, found := range map[string]bool{"memory": false, "disk": true} {
		t.Run(atRest, func(t *testing.T) {
			s := newSite(t, func(c *edge.Config) { c.SecretAtRest = atRest })
			s.start()
			e := s.hub.src.Event("gala")
			foreign := whitelist.Entry{Key: whitelist.ForeignKey(e.Secrets.List, "north", "4006381333931"),
				Ref: whitelist.ForeignRef(e.Secrets.Ref, "north", "4006381333931"), State: whitelist.Good}
			e.Rules.Issuers = []whitelist.Issuer{{Name: "north"}}
			e.Entries[foreign.Key] = foreign
			s.open(e, 100, whitelist.Checkpoint{})
			used := e.Code(ticket.Fields{ID: 7})
			assert.True(t, s.scan(used).Admit)
			s.passes(1)
			assert.True(t, s.scan("4006381333931").Admit)
			s.until("both are through", func(st lane.Status) bool { return st.Lanes[0].In == 2 })
			s.stop()

			image := read(t, s.cfg.StateDir)
			require.Contains(t, string(image), e.ID.String(), "it is the image of this evening")
			for what, planted := range map[string][]byte{
				"a used ticket's code": []byte(used), "its short code": []byte(ticket.ID(7).Short()), "as people see it": []byte(ticket.ID(7).ShortShown()),
				"an unused ticket's code": []byte(e.Code(ticket.Fields{ID: 9})), "its short one": []byte(ticket.ID(9).Short()),
				"another seller's code": []byte("4006381333931"),
			} {
				assert.NotContains(t, string(image), string(planted), what)
			}
			assert.Equal(t, found, contains(image, e.Secrets.List[:]), "the list's secret")
			assert.Equal(t, found, contains(image, e.Secrets.Ref[:]), "the refs' secret")
		})
	}
}

// read is every file below a folder, one after another.
func read(t *testing.T, dir string) (all []byte) {
	t.Helper()
	require.NoError(t, filepath.WalkDir(dir, func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		raw, err := os.ReadFile(path)
		all = append(all, raw...)
		return err
	}))
	return all
}

// contains looks for a secret in every spelling that a program might have written.
func contains(image, secret []byte) bool {
	numbers, _ := json.Marshal([32]byte(secret))
	for _, spelt := range [][]byte{secret, numbers, []byte(hex.EncodeToString(secret)), []byte(base64.StdEncoding.EncodeToString(secret)),
		[]byte(base64.RawURLEncoding.EncodeToString(secret))} {
		if bytes.Contains(image, spelt) {
			return true
		}
	}
	return false
}
