package whitelist_test

import (
	"encoding/hex"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"portaria/edge/whitelist"
)

func TestAPINIsOnePersonsUnderOneVenuesSecret(t *testing.T) {
	secret, other := [32]byte{1}, [32]byte{2}
	p, err := whitelist.MakePIN(secret, "ana", "482913", 7, [16]byte{9})
	require.NoError(t, err)
	assert.True(t, p.Matches(secret, "ana", "482913"))
	assert.False(t, p.Matches(secret, "ana", "482914"))
	assert.False(t, p.Matches(secret, "ana", ""))
	assert.False(t, p.Matches(secret, "ana4", "82913"), "no digit can move into the name")
	assert.False(t, p.Matches(secret, "rui", "482913"))
	assert.False(t, p.Matches(other, "ana", "482913"), "the manifest alone lets nobody try PINs")
	assert.Equal(t, "838f847f7d56e320d5365e79d84b0798aedb3c2a03db63dfef1b4f4f42ccf175", hex.EncodeToString(p.Hash), "as Python has it, and gates in the field")
}

func TestWhatIsNoPIN(t *testing.T) {
	for _, digits := range []string{"", "123", "12a4", "1234567890123", "１２３４", " 1234"} {
		_, err := whitelist.MakePIN([32]byte{1}, "ana", digits, 1, [16]byte{})
		assert.Error(t, err, digits)
	}
	_, err := whitelist.MakePIN([32]byte{1}, "ana", "1234", 0, [16]byte{})
	assert.ErrorIs(t, err, whitelist.ErrMalformed)
}
