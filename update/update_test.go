package update_test

import (
	"errors"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"portaria/update"
)

var now = time.Date(2026, 11, 22, 5, 0, 0, 0, time.UTC)

func good(string) error { return nil }

func bad(string) error { return errors.New("cannot read the journal") }

// place has the versions named installed, in that order.
func place(t *testing.T, versions ...string) update.Place {
	t.Helper()
	dir := t.TempDir()
	p := update.Place{Slots: filepath.Join(dir, "slots"), State: filepath.Join(dir, "update.json")}
	for _, version := range versions {
		install(t, p, version)
	}
	return p
}

func install(t *testing.T, p update.Place, version string) {
	t.Helper()
	program := filepath.Join(t.TempDir(), "program")
	require.NoError(t, os.WriteFile(program, []byte(version), 0o700))
	require.NoError(t, p.Install(program, version))
}

func choose(t *testing.T, p update.Place, test func(string) error) string {
	t.Helper()
	version, _, err := p.Choose(now, test)
	require.NoError(t, err)
	assert.FileExists(t, p.Program(version))
	return version
}

func TestTheFirstVersionIsNotOnTrial(t *testing.T) {
	p := place(t, "0.1.0")
	assert.Equal(t, "0.1.0", choose(t, p, bad), "there is nothing to go back to, so nothing is asked")
	assert.False(t, p.Read().Trial)
}

func TestANewVersionThatProvesItselfStays(t *testing.T) {
	p := place(t, "0.1.0")
	choose(t, p, good)
	install(t, p, "0.2.0")
	tested := ""
	assert.Equal(t, "0.2.0", choose(t, p, func(program string) error { tested = program; return nil }))
	assert.Equal(t, p.Program("0.2.0"), tested)
	assert.Equal(t, "0.1.0", p.Read().Previous)
	require.NoError(t, p.Confirm())
	for range 2 * update.MaxTries {
		assert.Equal(t, "0.2.0", choose(t, p, bad), "it has proved itself; a power cut a day is not its fault")
	}
}

func TestAVersionThatFailsItsSelfTestIsGivenUp(t *testing.T) {
	p := place(t, "0.1.0")
	choose(t, p, good)
	install(t, p, "0.2.0")
	version, said, err := p.Choose(now, bad)
	require.NoError(t, err)
	assert.Equal(t, "0.1.0", version)
	assert.Contains(t, said, "version 0.2.0 is given up, 0.1.0 runs again: its self-test failed: cannot read the journal")
	assert.Equal(t, "0.1.0", choose(t, p, good), "and is not tried again")
	assert.Contains(t, p.Lines(), "given up: 0.2.0: its self-test failed: cannot read the journal")
	install(t, p, "0.2.0")
	assert.Equal(t, "0.2.0", choose(t, p, good), "unless somebody installs it again")
}

func TestAVersionThatNeverProvesItselfIsGivenUp(t *testing.T) {
	p := place(t, "0.1.0")
	choose(t, p, good)
	install(t, p, "0.2.0")
	for range update.MaxTries {
		assert.Equal(t, "0.2.0", choose(t, p, good))
	}
	assert.Equal(t, "0.1.0", choose(t, p, good))
	require.NoError(t, p.Confirm())
	assert.Equal(t, "0.1.0", choose(t, p, good))
	install(t, p, "0.3.0")
	assert.Equal(t, "0.3.0", choose(t, p, good), "the next one gets its chance")
	assert.NoFileExists(t, p.Program("0.2.0"), "what was given up is taken away by the next installation")
	assert.FileExists(t, p.Program("0.1.0"))
}

func TestWhateverHappenedToTheStateAVersionStarts(t *testing.T) {
	rows := []struct {
		name string
		harm func(t *testing.T, p update.Place)
		want string
	}{
		{"lost", func(t *testing.T, p update.Place) { require.NoError(t, os.Remove(p.State)) }, "0.2.0"},
		{"half written", func(t *testing.T, p update.Place) { require.NoError(t, os.WriteFile(p.State, []byte(`{"cur`), 0o600)) }, "0.2.0"},
		{"naming a version that is gone", func(t *testing.T, p update.Place) { require.NoError(t, os.Remove(p.Program("0.2.0"))) }, "0.1.0"},
		{"nothing said of what is newest", func(t *testing.T, p update.Place) { require.NoError(t, os.Remove(filepath.Join(p.Slots, "newest"))) }, "0.2.0"},
		{"not to be written", func(t *testing.T, p update.Place) {
			require.NoError(t, os.Remove(p.State))
			require.NoError(t, os.MkdirAll(filepath.Join(p.State, "x"), 0o700))
		}, "0.2.0"},
	}
	for _, row := range rows {
		t.Run(row.name, func(t *testing.T) {
			p := place(t, "0.1.0")
			choose(t, p, good)
			install(t, p, "0.2.0")
			choose(t, p, good)
			row.harm(t, p)
			assert.Equal(t, row.want, choose(t, p, good))
		})
	}
	empty := place(t)
	_, _, err := empty.Choose(now, good)
	assert.ErrorContains(t, err, "install the package again")
}

func TestAVersionNamesNothingOutsideItsSlots(t *testing.T) {
	p := place(t)
	for _, version := range []string{"", ".", "..", "../x", "a/b", "newest", ".hidden", "a\nb", "é"} {
		assert.Error(t, p.Install(os.Args[0], version), "%q", version)
	}
	install(t, p, "0.1.0~git20261122.abc1234")
	require.NoError(t, p.Remove())
	assert.NoDirExists(t, p.Slots)
}
