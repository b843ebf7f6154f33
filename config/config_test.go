package config_test

import (
	"errors"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"portaria/config"
)

type gateConfig struct {
	Name  string `toml:"name"`
	Lanes int    `toml:"lanes"`
	Hub   struct {
		Address string `toml:"address"`
	} `toml:"hub"`
}

func (c *gateConfig) Validate() error {
	var faults []error
	if c.Name == "" {
		faults = append(faults, errors.New("name: give the gate a name"))
	}
	if c.Lanes < 1 {
		faults = append(faults, errors.New("lanes: at least 1"))
	}
	return errors.Join(faults...)
}

func TestEveryFaultIsToldAtOnce(t *testing.T) {
	err := config.Decode([]byte("lanes = 0\ncolour = 1\n[hub]\nadress = \"x\"\n"), &gateConfig{})
	for _, want := range []string{"colour: no such key", "hub.adress: no such key", "name: give", "lanes: at least 1"} {
		require.ErrorContains(t, err, want)
	}
}

func TestSyntaxFaultNamesTheLine(t *testing.T) {
	require.ErrorContains(t, config.Decode([]byte("lanes = 1\nname = \n"), &gateConfig{}), "line 2")
	require.ErrorContains(t, config.Decode([]byte(`lanes = "two"`), &gateConfig{}), "lanes")
}

type lane struct {
	Number int      `toml:"number"`
	Doors  []string `toml:"doors"`
}

type lanes struct {
	Lanes []lane `toml:"lane"`
}

func (c *lanes) Validate() error {
	return errors.New("lane[1].number: taken\nlane[1].doors[1]: no such door\nlane[0].doors: missing\nlane: too many\nwords: without a key")
}

func TestAFaultNamesTheLineOfItsKey(t *testing.T) {
	err := config.Decode([]byte("# two lanes\n[[lane]]\nnumber = 1\n\n[[lane]]\n  number = 1\n  doors = [\"a\", \"b\"]\n  colour = 2\n"), &lanes{})
	require.EqualError(t, err, "  line 8: lane.colour: no such key; check its spelling\n  line 6: lane[1].number: taken\n"+
		"  line 7: lane[1].doors[1]: no such door\n  lane[0].doors: missing\n  line 2: lane: too many\n  words: without a key")
}

func TestDefaultsStayWhereTheFileIsSilent(t *testing.T) {
	c := gateConfig{Lanes: 2}
	require.NoError(t, config.Decode([]byte(`name = "north"`), &c))
	require.Equal(t, gateConfig{Name: "north", Lanes: 2}, c)
}

func TestLoadNamesTheFile(t *testing.T) {
	path := filepath.Join(t.TempDir(), "edge.toml")
	require.ErrorContains(t, config.Load(path, &gateConfig{}), path)
	require.NoError(t, os.WriteFile(path, []byte("x = 1"), 0o600))
	require.ErrorContains(t, config.Load(path, &gateConfig{}), path)
	require.NoError(t, os.Truncate(path, 2<<20))
	require.ErrorContains(t, config.Load(path, &gateConfig{}), "is it the right file?")
}

func FuzzDecodeNeverPanics(f *testing.F) {
	f.Add([]byte("name = \"a\"\nlanes = 1\n[hub]\naddress = \"b\""))
	f.Add([]byte("[[hub]]"))
	f.Fuzz(func(_ *testing.T, raw []byte) { _ = config.Decode(raw, &gateConfig{}) })
}
