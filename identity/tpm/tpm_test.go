package tpm_test

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/sha256"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"portaria/identity/tpm"
	"portaria/identity/tpm/tpmtest"
)

var digest = sha256.Sum256([]byte("to be signed"))

func TestAKeyIsUsedByItsTPMOnly(t *testing.T) {
	memory := t.TempDir()
	chip := tpm.At(tpmtest.On(t, memory))
	maker, err := chip.Describe()
	require.NoError(t, err)
	assert.Equal(t, "IBM", maker, "who wrote the TPM in swtpm")
	key, err := chip.NewKey()
	require.NoError(t, err)
	for range 5 { // more than a TPM has places: each is freed
		signature, err := key.Sign(nil, digest[:], crypto.SHA256)
		require.NoError(t, err)
		assert.True(t, ecdsa.VerifyASN1(key.Public().(*ecdsa.PublicKey), digest[:], signature))
	}
	again, err := chip.Key(key.Sealed())
	require.NoError(t, err)
	assert.True(t, again.Public().(*ecdsa.PublicKey).Equal(key.Public()))
	signature, err := again.Sign(nil, digest[:], crypto.SHA256)
	require.NoError(t, err)
	assert.True(t, ecdsa.VerifyASN1(key.Public().(*ecdsa.PublicKey), digest[:], signature))

	other, err := tpm.At(tpmtest.New(t)).Key(key.Sealed())
	require.NoError(t, err, "what it is can be read anywhere")
	_, err = other.Sign(nil, digest[:], crypto.SHA256)
	require.ErrorIs(t, err, tpm.ErrOther, "but not used")
	_, err = key.Sign(nil, digest[:20], crypto.SHA1)
	require.Error(t, err)
}

func TestABoxOpensWithItsTPMOnly(t *testing.T) {
	chip := tpm.At(tpmtest.New(t))
	box, err := chip.NewBox()
	require.NoError(t, err)
	shut := box.Seal("event 1", []byte("a secret"))
	assert.NotContains(t, string(shut), "secret")

	again, err := chip.OpenBox(box.Sealed())
	require.NoError(t, err)
	plain, err := again.Open("event 1", shut)
	require.NoError(t, err)
	assert.Equal(t, "a secret", string(plain))
	_, err = again.Open("event 2", shut)
	require.Error(t, err, "moved elsewhere")

	_, err = tpm.At(tpmtest.New(t)).OpenBox(box.Sealed())
	require.ErrorIs(t, err, tpm.ErrOther)
	fresh, err := chip.NewBox()
	require.NoError(t, err)
	_, err = fresh.Open("event 1", shut)
	require.Error(t, err, "each box has a key of its own")
}

func TestATPMThatIsTheSameAfterAPowerCutOpensWhatItSealed(t *testing.T) {
	memory := t.TempDir()
	var sealed []byte
	t.Run("before", func(t *testing.T) {
		key, err := tpm.At(tpmtest.On(t, memory)).NewKey()
		require.NoError(t, err)
		sealed = key.Sealed()
	})
	key, err := tpm.At(tpmtest.On(t, memory)).Key(sealed)
	require.NoError(t, err)
	_, err = key.Sign(nil, digest[:], crypto.SHA256)
	require.NoError(t, err)
}

func TestWhereThereIsNoTPMOneSentenceSaysSo(t *testing.T) {
	dir := t.TempDir()
	file := filepath.Join(dir, "file")
	require.NoError(t, os.WriteFile(file, nil, 0o600))
	for path, says := range map[string]string{
		filepath.Join(dir, "none"): "is not there; switch the TPM on",
		file:                       "not a device",
		"/dev/null":                "does not answer as one",
	} {
		_, err := tpm.At(path).Describe()
		require.ErrorIs(t, err, tpm.ErrNone, path)
		assert.ErrorContains(t, err, says)
	}
}

func FuzzSealed(f *testing.F) {
	chip := tpm.At("/nowhere")
	f.Add([]byte{})
	f.Add([]byte{0, 1, 2, 0, 1, 2})
	if raw, err := os.ReadFile("testdata/key.sealed"); err == nil {
		f.Add(raw)
	}
	f.Fuzz(func(t *testing.T, raw []byte) {
		if key, err := chip.Key(raw); err == nil {
			require.Equal(t, raw, key.Sealed())
			require.NotNil(t, key.Public())
		}
		_, err := chip.OpenBox(raw)
		require.Error(t, err)
	})
}
