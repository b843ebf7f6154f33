package venue_test

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"portaria/edge/admit"
	"portaria/edge/venue"
	"portaria/edge/whitelist"
	"portaria/edge/wire"
)

// forTwo is what a list says of a ticket for two; who knows it by its signature alone says single.
var forTwo = admit.Terms{Use: whitelist.UseSingle, Uses: 1, Group: 2}

func by(terms admit.Terms, e wire.Event) wire.Event {
	e.Terms = &terms
	return e
}

func claimBy(terms admit.Terms, c wire.Claim) wire.Claim {
	c.Terms = terms
	return c
}

func TestTwoOnATicketForTwoAreNoConflictWhoeverSpeaksLast(t *testing.T) {
	for _, c := range []struct {
		name          string
		first, second admit.Terms
	}{
		{"the one who knows it by its signature was first", single, forTwo},
		{"the one who has it on its list was first", forTwo, single},
	} {
		t.Run(c.name, func(t *testing.T) {
			b := newBench(t)
			b.bring("gate-3", 1, by(c.first, entry(1, 1)))
			b.bring("gate-4", 1, by(c.second, entry(2, 1)))
			b.claim("gate-3", claimBy(single, claimOf(2, 3, 1)))
			b.bring("gate-4", 1, outcome(2, 1, admit.Passed))
			assert.Empty(t, b.incidents(venue.Conflict))
			b.bring("gate-1", 1, by(single, entry(4, 1)))
			assert.Len(t, b.incidents(venue.Conflict), 1, "the third is one too many")
		})
	}
}

func TestAClaimIsRuledByItsOwnTerms(t *testing.T) {
	b := newBench(t)
	b.bring("gate-4", 1, by(forTwo, entry(1, 1)))
	assert.Equal(t, admit.AlreadyUsed, b.claim("gate-3", claimBy(single, claimOf(1, 2, 1))).Reason, "it knows of one person")
	assert.True(t, b.claim("gate-1", claimBy(forTwo, claimOf(1, 3, 1))).Grant)
}

func TestAGateThatLiesAboutATicketLetsNobodyInElsewhere(t *testing.T) {
	b := newBench(t)
	crowd := admit.Terms{Use: whitelist.UseReentr, Uses: 1 << 40, Group: 1 << 40}
	b.bring("gate-1", 1, entry(1, 1))
	b.claim("a-thief", claimBy(crowd, claimOf(1, 9, 1)))
	b.bring("a-thief", 1, by(crowd, entry(8, 1)))
	assert.Equal(t, admit.AlreadyUsed, b.claim("gate-2", claimOf(1, 2, 1)).Reason)
}

func TestWhatAClaimSaidHidesNoDoubleAdmission(t *testing.T) {
	crowd := admit.Terms{Use: whitelist.UseSingle, Uses: 1, Group: 200}
	for _, c := range []struct {
		name   string
		claims func(*bench)
	}{
		{"before anybody came in", func(b *bench) { b.claim("gate-4", claimBy(crowd, claimOf(1, 9, 1))) }},
		{"between the two", func(b *bench) {
			b.bring("gate-1", 1, entry(1, 1))
			b.claim("gate-4", claimBy(crowd, claimOf(1, 9, 1)))
		}},
	} {
		t.Run(c.name, func(t *testing.T) {
			b := newBench(t)
			c.claims(b)
			b.bring("gate-2", 1, entry(2, 1))
			b.bring("gate-3", 1, entry(3, 1))
			assert.NotEmpty(t, b.incidents(venue.Conflict))
		})
	}
}

func TestWhatIsToldOfARightIsTheMostThatRecordsSaid(t *testing.T) {
	b := newBench(t)
	b.bring("gate-4", 1, by(forTwo, entry(1, 1)))
	b.bring("gate-3", 1, by(single, entry(2, 1)))
	told, ok := last[venue.SendUsed](b.all)
	require.True(t, ok)
	require.NotNil(t, told.Used.Right)
	assert.Equal(t, forTwo, told.Used.Right.Terms)
}
