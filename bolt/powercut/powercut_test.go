package powercut_test

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"portaria/bolt/powercut"
)

// x writes text as strace -xx does.
func x(text string) string {
	var b strings.Builder
	for _, c := range []byte(text) {
		fmt.Fprintf(&b, `\x%02x`, c)
	}
	return b.String()
}

// traceOf is what strace says of a small file made, written, synced and written again.
func traceOf() string {
	file := "7<" + x("/d/journal.db") + ">"
	return strings.Join([]string{
		`11  pwrite64(6<` + x("/d/journal.db.new-1") + `>, "` + x(strings.Repeat("a", 1024)) + `", 1024, 0) = 1024`,
		`11  fdatasync(6<` + x("/d/journal.db.new-1") + `>) = 0`,
		`11  linkat(AT_FDCWD, "` + x("/d/journal.db.new-1") + `", AT_FDCWD, "` + x("/d/journal.db") + `", 0) = 0`,
		`11  fsync(5<` + x("/d") + `>) = 0`,
		`12  --- SIGURG {si_signo=SIGURG} ---`,
		`12  write(1<` + x("/dev/pts/0") + `>, "` + x("hello") + `", 5) = 5`,
		`12  pwrite64(` + file + `, "` + x(strings.Repeat("b", 1024)) + `", 1024, 0) = 1024`,
		`12  pwrite64(` + file + `, "` + x(strings.Repeat("c", 1024)) + `", 1024, 4096 <unfinished ...>`,
		`13  write(1<` + x("/dev/pts/0") + `>, "` + x("between") + `", 7) = 7`,
		`12  <... pwrite64 resumed>) = 1024`,
		`13  pwrite64(` + file + `, "` + x("no") + `", 2, 0) = -1 EIO (Input/output error) (INJECTED)`,
		`13  fdatasync(` + file + `) = 0 (INJECTED)`,
		`12  ftruncate(` + file + `, 9000) = 0`,
		`12  fdatasync(` + file + `) = 0`,
		`12  write(8<` + x("/d/marks") + `>, "` + x("acked\n") + `", 6) = 6`,
		`12  +++ exited with 0 +++`,
	}, "\n")
}

func parse(t *testing.T, text string) []powercut.Op {
	t.Helper()
	ops, err := powercut.Parse(strings.NewReader(text), "/d/journal.db", "/d/marks")
	require.NoError(t, err)
	return ops
}

func TestATraceIsReadAsWhatWasDoneToTheFile(t *testing.T) {
	var kinds []powercut.Kind
	ops := parse(t, traceOf())
	for _, op := range ops {
		kinds = append(kinds, op.Kind)
	}
	assert.Equal(t, []powercut.Kind{powercut.Write, powercut.Sync, powercut.Appear, powercut.EntrySync, powercut.Write, powercut.Write,
		powercut.Resize, powercut.Sync, powercut.Mark}, kinds, "what failed was not done, and a pretended sync is none")
	assert.Equal(t, int64(4096), ops[5].At)
	assert.Equal(t, int64(9000), ops[6].Size)
	assert.Equal(t, "acked\n", string(ops[8].Data))
}

func TestATraceThatCannotBeFollowedIsAnError(t *testing.T) {
	file := "7<" + x("/d/journal.db") + ">"
	for name, line := range map[string]string{
		"a string that strace cut short": `1  pwrite64(` + file + `, "` + x("ab") + `"..., 900, 0) = 900`,
		"a call that is not understood":  `1  write(` + file + `, "` + x("ab") + `", 2) = 2`,
		"no number":                      `1  ftruncate(` + file + `, many) = 0`,
		"a string that is not in hex":    `1  pwrite64(` + file + `, "ab", 2, 0) = 2`,
	} {
		_, err := powercut.Parse(strings.NewReader(line), "/d/journal.db", "/d/marks")
		assert.ErrorIs(t, err, powercut.ErrTrace, name)
	}
}

func TestCutsLeaveWhatADiskMay(t *testing.T) {
	left := map[string]map[string]bool{}
	var last powercut.Cut
	require.NoError(t, powercut.Cuts(parse(t, traceOf()), powercut.Plan{Seed: 1}, func(cut powercut.Cut) error {
		if left[cut.Kind] == nil {
			left[cut.Kind] = map[string]bool{}
		}
		left[cut.Kind][shape(t, cut)] = true
		last = cut
		return nil
	}))
	assert.Equal(t, map[string]map[string]bool{
		powercut.Absent:    {"": true},
		powercut.Prefix:    {"aa": true, "bb": true, "bb......cc": true, "bb......cc........": true},
		powercut.Omit:      {"aa......cc": true, "aa......cc........": true, "bb................": true},
		powercut.Torn:      {"ba": true, "bb......c": true},
		powercut.Reordered: {"aa................": true},
	}, left, "each once, under the first name that fits")
	assert.Equal(t, "bb......cc........", shape(t, last), "what was synced is there in the end")
}

// shape is a file as one letter for each sector.
func shape(t *testing.T, cut powercut.Cut) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "image")
	require.NoError(t, cut.Image.Save(path))
	raw, err := os.ReadFile(path)
	require.NoError(t, err)
	require.Equal(t, cut.Image.Size(), int64(len(raw)))
	var b strings.Builder
	for at := 0; at < len(raw); at += powercut.Sector {
		letter := raw[at]
		if letter == 0 {
			letter = '.'
		}
		b.WriteByte(letter)
	}
	return b.String()
}

func FuzzParse(f *testing.F) {
	f.Add(traceOf())
	f.Fuzz(func(t *testing.T, text string) {
		ops, err := powercut.Parse(strings.NewReader(text), "/d/journal.db", "/d/marks")
		if err != nil {
			return
		}
		for _, op := range ops {
			assert.GreaterOrEqual(t, op.At, int64(0))
			assert.GreaterOrEqual(t, op.Size, int64(0))
		}
	})
}
