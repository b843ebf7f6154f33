package scan_test

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"portaria/edge/ticket"
	"portaria/edge/whitelist"
)

// The page's own logic (what is read twice, what may be asked, what is kept and sent) is tested where it runs: in
// JavaScript. What phones and gates must agree about comes from here: how a code is read and spelt.
func TestThePagesScripts(t *testing.T) {
	vectors := filepath.Join(t.TempDir(), "vectors.json")
	ours := tickets(t)
	raw, err := json.Marshal(map[string]any{"tickets": ours, "foreign": foreign()})
	require.NoError(t, err)
	require.NoError(t, os.WriteFile(vectors, raw, 0o600))
	node := exec.CommandContext(t.Context(), "node", "--test", "testdata/js/")
	node.Env = append(os.Environ(), "VECTORS="+vectors)
	out, err := node.CombinedOutput()
	require.NoError(t, err, "node --test (deploy/install node): %s", out)
	require.Contains(t, string(out), fmt.Sprintf("(%d spellings)", len(ours)))
}

type ticketVector struct{ Text, ID string }

// tickets are our codes in every spelling that a gate takes, and some that it does not (no id).
func tickets(t *testing.T) (all []ticketVector) {
	t.Helper()
	random := rand.New(rand.NewPCG(1, 2))
	for range 200 {
		id := ticket.ID(random.Uint64())
		short := id.Short()
		wrong := []byte(short)
		wrong[random.IntN(len(wrong))] ^= 1
		for _, text := range []string{short, id.ShortShown(), " " + id.ShortShown() + " ", string(wrong), short + "0", short[1:]} {
			v := ticketVector{Text: text}
			if read, err := ticket.ParseShort(text); err == nil {
				v.ID = fmt.Sprintf("%016x", uint64(read))
			}
			all = append(all, v)
		}
	}
	return append(all, signed(t)...)
}

func signed(t *testing.T) (all []ticketVector) {
	t.Helper()
	raw, err := os.ReadFile("../../../../../edge/ticket/testdata/vectors.json")
	require.NoError(t, err)
	var file struct {
		Signed []struct{ Text, ID string }
	}
	require.NoError(t, json.Unmarshal(raw, &file))
	for _, c := range file.Signed {
		all = append(all, ticketVector(c))
	}
	require.NotEmpty(t, all)
	return all
}

type foreignVector struct {
	Text, Want        string
	Upper, Keep, Drop bool
}

func foreign() (all []foreignVector) {
	for _, text := range []string{
		"7891234567895", " 7891234567895\t", "]E07891234567895", "007891", "000", "0", "ab-12 c", "]C1 00ab", "-]Q1-00-x-", "é\u00a0ß", "\ufeffABC", "a\u0085b", "", "   ", "00]E012",
	} {
		for mask := range 8 {
			n := whitelist.Normalise{Upper: mask&1 != 0, KeepSpaces: mask&2 != 0, DropZeros: mask&4 != 0}
			all = append(all, foreignVector{Text: text, Want: n.Apply(text), Upper: n.Upper, Keep: n.KeepSpaces, Drop: n.DropZeros})
		}
	}
	return all
}
