package machine_test

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"portaria/deploy/vm/machine"
)

// module is a kernel module as far as its needs go.
func module(t *testing.T, dir, name, needs string) {
	t.Helper()
	file := filepath.Join(dir, "modules", name+".ko")
	require.NoError(t, os.MkdirAll(filepath.Dir(file), 0o755))
	content := "license=GPL\x00depends=" + needs + "\x00name=" + name + "\x00"
	require.NoError(t, os.WriteFile(file, elfWith(".modinfo", []byte(content)), 0o600))
}

func image(t *testing.T, dir string, modules ...string) (machine.Image, string) {
	program := filepath.Join(dir, "program")
	require.NoError(t, os.WriteFile(program, []byte("#!"), 0o600))
	return machine.Image{Kernel: dir, Modules: modules, Settings: map[string]string{"cam": "n=1"}, Files: map[string]string{"init": program}},
		filepath.Join(dir, "initial")
}

func TestModulesComeAfterWhatTheyNeed(t *testing.T) {
	dir := t.TempDir()
	module(t, dir, "cam", "video-core,codec")
	module(t, dir, "codec", "")
	module(t, dir, "video_core", "codec")
	module(t, dir, "unwanted", "")
	made, path := image(t, dir, "cam", "built-in")
	require.NoError(t, made.Write(path))
	raw, err := os.ReadFile(path)
	require.NoError(t, err)
	assert.Contains(t, string(raw), "/lib/codec.ko \n/lib/video_core.ko \n/lib/cam.ko n=1\n")
	assert.NotContains(t, string(raw), "unwanted")
}

func TestAKernelWithNoModulesIsNoKernel(t *testing.T) {
	dir := t.TempDir()
	require.NoError(t, os.MkdirAll(filepath.Join(dir, "modules"), 0o755))
	made, path := image(t, dir, "cam")
	assert.ErrorContains(t, made.Write(path), "no kernel modules")
	module(t, dir, "cam", "")
	require.NoError(t, os.WriteFile(filepath.Join(dir, "modules", "cam.ko"), []byte("not ELF"), 0o600))
	assert.ErrorContains(t, made.Write(path), "cam.ko")
}
