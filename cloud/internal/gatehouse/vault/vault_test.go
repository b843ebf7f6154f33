package vault_test

import (
	"crypto/ed25519"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"portaria/cloud/internal/gatehouse/vault"
)

func TestKeyFilesAreMadeOnceAndForTheirUserAlone(t *testing.T) {
	dir := t.TempDir()
	first, made, err := vault.OpenPlatformKey(dir)
	require.NoError(t, err)
	assert.True(t, made)
	again, made, err := vault.OpenPlatformKey(dir)
	require.NoError(t, err)
	assert.False(t, made)
	assert.Equal(t, first, again)
	info, err := os.Stat(filepath.Join(dir, vault.PlatformFile))
	require.NoError(t, err)
	assert.Equal(t, os.FileMode(0o600), info.Mode().Perm())
	left, err := os.ReadDir(dir)
	require.NoError(t, err)
	assert.Len(t, left, 1, "no half-made file stays")
}

func TestTwoFirstStartsAtOnceShareOneKey(t *testing.T) {
	dir := t.TempDir()
	keys := make(chan ed25519.PrivateKey, 8)
	for range 8 {
		go func() {
			key, _, err := vault.OpenPlatformKey(dir)
			assert.NoError(t, err)
			keys <- key
		}()
	}
	first := <-keys
	for range 7 {
		assert.Equal(t, first, <-keys)
	}
}

func TestAKeyFileThatIsNotSafeIsNotUsed(t *testing.T) {
	for _, row := range []struct {
		what  string
		spoil func(t *testing.T, path string)
		says  string
	}{
		{"readable by the group", func(t *testing.T, path string) { require.NoError(t, os.Chmod(path, 0o640)) }, "chmod 600"},
		{"cut", func(t *testing.T, path string) { require.NoError(t, os.Truncate(path, 10)) }, "damaged"},
		{"empty", func(t *testing.T, path string) { require.NoError(t, os.Truncate(path, 0)) }, "damaged"},
		{"not hex", func(t *testing.T, path string) {
			require.NoError(t, os.WriteFile(path, []byte(strings.Repeat("z", 65)), 0o600))
		}, "damaged"},
		{"a folder", func(t *testing.T, path string) {
			require.NoError(t, os.Remove(path))
			require.NoError(t, os.Mkdir(path, 0o700))
		}, "key file"},
	} {
		dir := t.TempDir()
		_, _, err := vault.OpenSealer(dir)
		require.NoError(t, err)
		path := filepath.Join(dir, vault.SealFile)
		row.spoil(t, path)
		_, _, err = vault.OpenSealer(dir)
		require.Error(t, err, row.what)
		assert.Contains(t, err.Error(), row.says, row.what)
		assert.Contains(t, err.Error(), path, row.what)
	}
}

func TestASealedValueOpensOnlyWhereItBelongs(t *testing.T) {
	seal, err := vault.NewSealer(make([]byte, 32))
	require.NoError(t, err)
	other, _, err := vault.OpenSealer(t.TempDir())
	require.NoError(t, err)
	sealed := seal.Seal("code/a/0", []byte("secret"))
	assert.NotContains(t, string(sealed), "secret")
	assert.NotEqual(t, sealed, seal.Seal("code/a/0", []byte("secret")), "a fresh nonce each time")
	plain, err := seal.Open("code/a/0", sealed)
	require.NoError(t, err)
	assert.Equal(t, "secret", string(plain))

	_, err = seal.Open("code/b/0", sealed)
	assert.ErrorIs(t, err, vault.ErrSealed, "moved to another row")
	_, err = other.Open("code/a/0", sealed)
	assert.ErrorIs(t, err, vault.ErrSealed, "another key")
	for i := range sealed {
		spoilt := append([]byte{}, sealed...)
		spoilt[i] ^= 1
		_, err = seal.Open("code/a/0", spoilt)
		assert.ErrorIs(t, err, vault.ErrSealed)
	}
	for n := range sealed {
		_, err = seal.Open("code/a/0", sealed[:n])
		assert.ErrorIs(t, err, vault.ErrSealed, "cut")
	}
	_, err = vault.NewSealer(make([]byte, 16))
	assert.Error(t, err)
}
