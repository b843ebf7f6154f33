package whitelist_test

import (
	"crypto/ed25519"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"portaria/edge/ticket"
	"portaria/edge/whitelist"
)

func TestRulesComeBackAsTheyWere(t *testing.T) {
	raw, err := whitelist.EncodeRules(someRules())
	require.NoError(t, err)
	back, err := whitelist.ParseRules(raw)
	require.NoError(t, err)
	assert.Equal(t, someRules(), *back)
}

func TestRulesAreNotEncodedWith(t *testing.T) {
	for _, row := range []struct {
		name   string
		change func(*whitelist.Rules)
	}{
		{"no event", func(r *whitelist.Rules) { r.Event = ticket.EventID{} }},
		{"more kinds than a code can name", func(r *whitelist.Rules) { r.Kinds = make([]whitelist.Kind, 4095) }},
		{"an unknown use", func(r *whitelist.Rules) { r.Kinds[0].Use = "twice" }},
		{"no use", func(r *whitelist.Rules) { r.Kinds[0].Use = "" }},
		{"a kind's name of 300 bytes", func(r *whitelist.Rules) { r.Kinds[0].Name = strings.Repeat("x", 300) }},
		{"re-entry before the exit", func(r *whitelist.Rules) { r.Kinds[0].ReentryAfter = -1 }},
		{"a kind that is never valid", func(r *whitelist.Rules) { r.Kinds[0].ValidFrom, r.Kinds[0].ValidUntil = 20, 10 }},
		{"a kind from before 1970", func(r *whitelist.Rules) { r.Kinds[0].ValidFrom = -1 }},
		{"a zone without a name", func(r *whitelist.Rules) { r.Kinds[0].Zones = []string{""} }},
		{"too many zones", func(r *whitelist.Rules) { r.Kinds[0].Zones = make([]string, 300) }},
		{"a seat without a label", func(r *whitelist.Rules) { r.Seats = []string{""} }},
		{"more seats than any house has", func(r *whitelist.Rules) { r.Seats = make([]string, 250_001) }},
		{"a key id of five bits", func(r *whitelist.Rules) { r.TicketKeys[0].ID = 16 }},
		{"a key id that is used twice", func(r *whitelist.Rules) { r.TicketKeys = append(r.TicketKeys, r.TicketKeys[0]) }},
		{"half a key", func(r *whitelist.Rules) { r.TicketKeys[0].Key = r.TicketKeys[0].Key[:16] }},
		{"an issuer without a name", func(r *whitelist.Rules) { r.Issuers[0].Name = "" }},
		{"an issuer twice", func(r *whitelist.Rules) { r.Issuers = append(r.Issuers, r.Issuers[0]) }},
		{"too many issuers", func(r *whitelist.Rules) { r.Issuers = make([]whitelist.Issuer, 257) }},
		{"half a key of an issuer", func(r *whitelist.Rules) { r.Issuers[0].Pretix = []ed25519.PublicKey{{1}} }},
		{"an issuer's signed codes of no kind", func(r *whitelist.Rules) {
			r.Issuers[0].Pretix, r.Issuers[0].Kind = []ed25519.PublicKey{public(rootKey)}, 2
		}},
		{"too many keys of an issuer", func(r *whitelist.Rules) { r.Issuers[0].Pretix = make([]ed25519.PublicKey, 17) }},
		{"more bytes than a gate takes", func(r *whitelist.Rules) {
			r.Seats = make([]string, 100_000)
			for i := range r.Seats {
				r.Seats[i] = strings.Repeat("x", 200)
			}
		}},
	} {
		t.Run(row.name, func(t *testing.T) {
			rules := someRules()
			row.change(&rules)
			_, err := whitelist.EncodeRules(rules)
			assert.ErrorIs(t, err, whitelist.ErrMalformed)
		})
	}
}

func TestLookupsInRules(t *testing.T) {
	rules := someRules()
	kind, ok := rules.Kind(1)
	assert.True(t, ok)
	assert.Equal(t, "Meia", kind.Name)
	_, ok = rules.Kind(2)
	assert.False(t, ok, "an entry may name a kind that the rules at hand do not have yet")
	assert.Equal(t, "", rules.Seat(0), "0 is no seat")
	assert.Equal(t, "Plateia B, fila 12, lugar 7", rules.Seat(1))
	assert.Equal(t, "", rules.Seat(2))
	assert.Equal(t, "", rules.Seat(0xffffffff))
	assert.Equal(t, "bilheteria", rules.Issuer("bilheteria").Name)
	assert.Nil(t, rules.Issuer("other"))
}
