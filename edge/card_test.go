package edge_test

import (
	"bytes"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"portaria/edge"
	"portaria/edge/internal/lane"
	"portaria/edge/ticket"
	"portaria/edge/whitelist"
	"portaria/identity/tpm/tpmtest"
)

// TestAStolenCardTellsNoCodeAndNoSecret searches everything that a gate has written in a working evening, as somebody
// would who took its card out: for the codes of tickets, used and unused, and for the secrets that would let the listed
// keys be guessed back into codes. The same search finds the secrets where a venue chose to keep them on the disk, so it
// can find what is there.
func TestAStolenCardTellsNoCodeAndNoSecret(t *testing.T) {
	t.Parallel()
	for atRest, found := range map[string]bool{"memory": false, "sealed": false, "disk": true} {
		t.Run(atRest, func(t *testing.T) {
			t.Parallel()
			s := newSite(t, func(c *edge.Config) { c.SecretAtRest, c.TPM = atRest, tpmtest.New(t) })
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

// A gate whose secrets the TPM has sealed starts with no hub and judges, as one does that keeps them in the clear. On
// another machine the same card is refused, and says so.
func TestASealedGateStartsAloneOnItsOwnMachineOnly(t *testing.T) {
	t.Parallel()
	memory := t.TempDir()
	s := newSite(t, func(c *edge.Config) { c.SecretAtRest, c.TPM = "sealed", tpmtest.On(t, memory) })
	s.start()
	e := s.hub.src.Event("gala")
	s.open(e, 10, whitelist.Checkpoint{})
	assert.True(t, s.scan(e.Code(ticket.Fields{ID: 7})).Admit)
	s.passes(1)
	s.stop()
	s.hub.unplug()
	s.hub.src.Down(true)
	s.start()
	s.until("the list is there, and can be read", func(st lane.Status) bool { return len(st.Lists) == 1 && st.Lists[0].Ready })
	assert.True(t, s.scan(e.Code(ticket.Fields{ID: 8})).Admit)
	assert.False(t, s.scan(e.Code(ticket.Fields{ID: 7})).Admit, "what was used stays used")
	assert.Contains(t, strings.Join(findings(t, s.cfg), "\n"), "are in the TPM")
	s.stop()

	for what, row := range map[string]struct{ tpm, says string }{
		"no TPM":          {filepath.Join(t.TempDir(), "none"), "there is no TPM 2.0 that this program may use"},
		"another machine": {tpmtest.New(t), "the disk is from another machine, or the TPM was cleared"},
	} {
		cfg := s.cfg
		cfg.TPM, cfg.Panel.Listen = row.tpm, ""
		err := edge.Run(t.Context(), cfg, slog.New(slog.DiscardHandler), nil)
		assert.ErrorContains(t, err, row.says, what)
		assert.ErrorContains(t, err, "edge enrol --forget", what)
	}
}

// A venue that goes from a mode to another leaves nothing in the clear that its gate would still read.
func TestWhatLayInTheClearIsNotReadOnceItIsToBeSealed(t *testing.T) {
	s := newSite(t, func(c *edge.Config) { c.SecretAtRest, c.TPM = "disk", tpmtest.New(t) })
	s.start()
	e := s.hub.src.Event("gala")
	s.open(e, 10, whitelist.Checkpoint{})
	s.stop()
	s.cfg.SecretAtRest = "sealed"
	s.hub.unplug()
	s.hub.src.Down(true)
	s.start()
	s.until("it waits for its hub", func(st lane.Status) bool { return len(st.Lists) == 1 && !st.Lists[0].Ready })
}

func findings(t *testing.T, cfg edge.Config) (lines []string) {
	t.Helper()
	for _, f := range edge.Doctor(t.Context(), cfg) {
		lines = append(lines, f.What+": "+f.Do)
	}
	return lines
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
