package whitelist_test

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"portaria/edge/whitelist"
)

// mac16 is the document's rule, once more.
func mac16(secret [32]byte, message string) string {
	mac := hmac.New(sha256.New, secret[:])
	mac.Write([]byte(message))
	return hex.EncodeToString(mac.Sum(nil)[:16])
}

func TestKeysAndRefsAreTheMacsOfTheDocument(t *testing.T) {
	ticketMessage := "\x01\x3c\xc7\x44\xdf\xaf\x16\x96\xce"
	foreignMessage := "\x02\x00\x00\x00\x0abilheteria7891234567895"
	assert.Equal(t, mac16(secrets.List, ticketMessage), whitelist.TicketKey(secrets.List, 0x3cc744dfaf1696ce).String())
	assert.Equal(t, mac16(secrets.Ref, ticketMessage), whitelist.TicketRef(secrets.Ref, 0x3cc744dfaf1696ce).String())
	assert.Equal(t, mac16(secrets.List, foreignMessage), whitelist.ForeignKey(secrets.List, "bilheteria", "7891234567895").String())
	assert.Equal(t, mac16(secrets.Ref, foreignMessage), whitelist.ForeignRef(secrets.Ref, "bilheteria", "7891234567895").String())
}

func TestNoCodeCanBeTakenForAnother(t *testing.T) {
	id := strings.Repeat("\x00", 7) + "\x31"
	keys := map[whitelist.Key]string{}
	for name, key := range map[string]whitelist.Key{
		"ticket 0x31":                            whitelist.TicketKey(secrets.List, 0x31),
		"a foreign code of the same eight bytes": whitelist.ForeignKey(secrets.List, "", id),
		"issuer ab, code c":                      whitelist.ForeignKey(secrets.List, "ab", "c"),
		"issuer a, code bc":                      whitelist.ForeignKey(secrets.List, "a", "bc"),
		"no issuer, code abc":                    whitelist.ForeignKey(secrets.List, "", "abc"),
		"under another secret":                   whitelist.TicketKey(secrets.Ref, 0x31),
	} {
		other, taken := keys[key]
		assert.False(t, taken, "%s and %s have one key", name, other)
		keys[key] = name
	}
}

func TestTextFormsHaveOneSpelling(t *testing.T) {
	key := whitelist.TicketKey(secrets.List, 1)
	back, err := whitelist.ParseKey(key.String())
	require.NoError(t, err)
	assert.Equal(t, key, back)
	ref, err := whitelist.ParseRef("000102030405060708090a0b0c0d0e0f")
	require.NoError(t, err)
	assert.Equal(t, whitelist.Ref{0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15}, ref)

	long := strings.Repeat("ab", 32)
	name, err := whitelist.ParseHash(long)
	require.NoError(t, err)
	assert.Equal(t, long, name.String())
	for what, text := range map[string]string{
		"empty": "", "short": long[2:], "long": long + "ab", "upper case": strings.ToUpper(long),
		"no hex digit": "g" + long[1:], "a path": "../" + long[3:], "beyond ASCII": "é" + long[2:],
	} {
		name = whitelist.Hash{1}
		assert.ErrorIs(t, name.UnmarshalText([]byte(text)), whitelist.ErrMalformed, what)
		assert.Equal(t, whitelist.Hash{1}, name, "%s: what is refused changes nothing", what)
	}
}

func TestTextFormsInJSON(t *testing.T) {
	type message struct {
		Key  whitelist.Key            `json:"key"`
		Ref  whitelist.Ref            `json:"ref,omitzero"`
		Hash whitelist.Hash           `json:"hash,omitzero"`
		ByID map[whitelist.Ref]string `json:"by_id,omitempty"`
	}
	sent := message{Key: whitelist.Key{0xab}, Hash: whitelist.Hash{0xcd}, ByID: map[whitelist.Ref]string{{1}: "x"}}
	raw, err := json.Marshal(sent)
	require.NoError(t, err)
	assert.NotContains(t, string(raw), `"ref"`, "no ref, no field")
	assert.Contains(t, string(raw), `"key":"ab000000000000000000000000000000"`)
	var got message
	require.NoError(t, json.Unmarshal(raw, &got))
	assert.Equal(t, sent, got)
}

func TestNormalise(t *testing.T) {
	for _, row := range normaliseCases {
		t.Run(row.name, func(t *testing.T) { assert.Equal(t, row.want, row.rule.Apply(row.text)) })
	}
}

func TestNormaliseHasLimits(t *testing.T) {
	rule := whitelist.Normalise{DropZeros: true}
	longest := strings.Repeat("7", whitelist.MaxForeignCode)
	assert.Equal(t, longest, rule.Apply("]C0"+longest))
	assert.Equal(t, longest, rule.Apply(strings.Repeat("0", whitelist.MaxForeignText-len(longest))+longest))
	assert.Empty(t, rule.Apply(longest+"7"))
	assert.Empty(t, rule.Apply(strings.Repeat("0", whitelist.MaxForeignText)+"7"))
	assert.Empty(t, rule.Apply(strings.Repeat("7", 10<<10)))
}

// An importer may normalise what a seller has normalised, and a gate what its scanner layer has.
func TestNormaliseTwiceIsNormaliseOnce(t *testing.T) {
	pieces := rapid.SliceOf(rapid.SampledFrom([]string{"]", "]C0", "]c", "0", "00", "-", " ", "\t", "\ufeff", "\u00a0", "7", "aB", "é", "\x1d"}))
	rapid.Check(t, func(t *rapid.T) {
		rule := whitelist.Normalise{
			Upper: rapid.Bool().Draw(t, "upper"), KeepSpaces: rapid.Bool().Draw(t, "keep"), DropZeros: rapid.Bool().Draw(t, "zeros"),
		}
		once := rule.Apply(strings.Join(pieces.Draw(t, "pieces"), ""))
		require.Equal(t, once, rule.Apply(once))
	})
}
