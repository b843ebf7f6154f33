package crowd_test

import (
	"crypto/ed25519"
	"fmt"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"portaria/edge/admit"
	"portaria/edge/ticket"
	"portaria/scanner-sim/crowd"
)

var seller = ticket.Signer{Event: ticket.EventID{1}, KeyID: 3, Key: ed25519.NewKeyFromSeed(make([]byte, 32))}

func signed(t *testing.T, from, n int) (codes []string) {
	t.Helper()
	for i := range n {
		code, err := ticket.Mint(seller, ticket.Fields{ID: ticket.ID(from + i), Kind: uint16(i % 4)})
		require.NoError(t, err)
		codes = append(codes, code.Text())
	}
	return codes
}

func tickets(t *testing.T) crowd.Tickets {
	t.Helper()
	foreign := []string{}
	for i := range 20 {
		foreign = append(foreign, fmt.Sprintf("INGRESSO-%04d", i))
	}
	return crowd.Tickets{Valid: signed(t, 0, 200), Refunded: signed(t, 1000, 10), WrongDay: signed(t, 2000, 20), Foreign: foreign}
}

func evening() crowd.Plan {
	some := map[crowd.Label]int{crowd.Valid: 60, crowd.UsedAgain: 10, crowd.Refunded: 3, crowd.WrongDay: 5,
		crowd.Forged: 4, crowd.Unknown: 4, crowd.Foreign: 6, crowd.Garbage: 4}
	return crowd.Plan{Seed: 7, Lanes: 2, Pace: 100 * time.Millisecond, Waves: []crowd.Wave{
		{Count: some}, {Count: some, Cut: true}, {Count: some},
	}}
}

func gather(t *testing.T, seed uint64) []crowd.Person {
	t.Helper()
	plan := evening()
	plan.Seed = seed
	people, err := crowd.Gather(tickets(t), plan)
	require.NoError(t, err)
	return people
}

func TestASeedIsACrowd(t *testing.T) {
	assert.Equal(t, gather(t, 7), gather(t, 7))
	assert.NotEqual(t, gather(t, 7), gather(t, 8))
}

func TestEverybodyWhoWasPlannedComes(t *testing.T) {
	people := gather(t, 7)
	count := map[int]map[crowd.Label]int{0: {}, 1: {}, 2: {}}
	lanes := map[int]int{}
	last := time.Duration(0)
	for i, p := range people {
		count[p.Wave][p.Label]++
		lanes[p.Lane]++
		assert.Equal(t, i+1, p.Number)
		assert.GreaterOrEqual(t, p.At, last, "in order of arrival")
		assert.NotEmpty(t, p.Code)
		last = p.At
	}
	for wave, planned := range evening().Waves {
		assert.Equal(t, planned.Count, count[wave])
	}
	assert.Greater(t, lanes[0], len(people)/3)
	assert.Greater(t, lanes[1], len(people)/3)
	assert.InDelta(t, 0.1*float64(len(people)), last.Seconds(), 10, "at about the pace asked for")
}

func TestWhoComesAgainComesAfterTheFirst(t *testing.T) {
	for seed := range uint64(50) {
		people := gather(t, seed)
		elsewhere := 0
		for _, p := range people {
			if p.Label != crowd.UsedAgain {
				assert.Zero(t, p.After)
				continue
			}
			require.Positive(t, p.After)
			first := people[p.After-1]
			require.Equal(t, first.Code, p.Code)
			require.True(t, first.Label.Admitted())
			require.Less(t, first.Number+4, p.Number, "with others between, or a gate takes it for one scan")
			if first.Lane != p.Lane {
				elsewhere++
			}
			bothCut := evening().Waves[p.Wave].Cut && evening().Waves[first.Wave].Cut
			require.False(t, bothCut && first.Lane != p.Lane, "two gates that can't hear each other would both be right")
		}
		assert.Positive(t, elsewhere, "some come to another gate")
	}
}

// A gate takes the same code twice in a row at a lane for one scan, and bytes that are no code tell it nothing.
func TestALaneReadsSomebodyElseBeforeOneWhoComesAgain(t *testing.T) {
	for seed := range uint64(200) {
		last := map[int]string{}
		for _, p := range gather(t, seed) {
			require.NotEqual(t, last[p.Lane], p.Code, "person %d of seed %d", p.Number, seed)
			if p.Label != crowd.Garbage {
				last[p.Lane] = p.Code
			}
		}
	}
}

func TestNobodySharesATicketUnlessTheyComeAgain(t *testing.T) {
	seen := map[string]crowd.Label{}
	for _, p := range gather(t, 7) {
		if p.Label == crowd.UsedAgain || p.Label == crowd.Garbage {
			continue
		}
		assert.NotContains(t, seen, p.Code)
		seen[p.Code] = p.Label
	}
}

func TestCodesAreWhatTheirLabelsSay(t *testing.T) {
	pub := seller.Key.Public().(ed25519.PublicKey)
	for _, p := range gather(t, 7) {
		code, err := ticket.Parse(p.Code)
		switch p.Label {
		case crowd.Valid, crowd.Refunded, crowd.WrongDay:
			require.NoError(t, err)
			assert.True(t, code.Verify(seller.Event, pub))
		case crowd.Forged:
			require.NoError(t, err)
			assert.Equal(t, seller.KeyID, code.Fields().KeyID, "a key id that the gate knows")
			assert.False(t, code.Verify(seller.Event, pub))
		case crowd.Unknown, crowd.Foreign:
			assert.Error(t, err)
			assert.True(t, utf8.ValidString(p.Code))
			assert.LessOrEqual(t, len(p.Code), 122)
		case crowd.Garbage:
			assert.True(t, !utf8.ValidString(p.Code) || len(p.Code) == 10_000)
			assert.False(t, strings.ContainsAny(p.Code, "\r\n"), "one scan, not two")
		}
	}
}

func TestLabelsKnowTheRightAnswer(t *testing.T) {
	for _, c := range []struct {
		label    crowd.Label
		admitted bool
		reason   admit.Reason
		right    bool
	}{
		{crowd.Valid, true, admit.OK, true},
		{crowd.Valid, true, admit.OKOffline, true},
		{crowd.Valid, false, admit.AlreadyUsed, false},
		{crowd.Valid, true, admit.OKOverride, false},
		{crowd.Foreign, true, admit.OK, true},
		{crowd.UsedAgain, false, admit.AlreadyUsed, true},
		{crowd.UsedAgain, true, admit.OKOffline, false},
		{crowd.Refunded, false, admit.Revoked, true},
		{crowd.WrongDay, false, admit.WrongDay, true},
		{crowd.Forged, false, admit.BadSignature, true},
		{crowd.Forged, false, admit.Unknown, false},
		{crowd.Unknown, false, admit.Unknown, true},
		{crowd.Garbage, false, admit.Unreadable, true},
	} {
		assert.Equal(t, c.right, c.label.Right(c.admitted, c.reason), "%s told %s", c.label, c.reason)
	}
	for _, label := range crowd.Labels() {
		assert.NotEmpty(t, label.Reasons(), label)
	}
}

func TestACrowdThatCannotComeIsRefused(t *testing.T) {
	few := tickets(t)
	few.Refunded = few.Refunded[:8]
	twice := tickets(t)
	twice.Valid[1] = twice.Valid[0]
	none := evening()
	none.Lanes = 0
	lonely := evening()
	lonely.Waves = []crowd.Wave{{Count: map[crowd.Label]int{crowd.UsedAgain: 1}}}
	for _, c := range []struct {
		name    string
		tickets crowd.Tickets
		plan    crowd.Plan
		want    string
	}{
		{"too few refunded tickets", few, evening(), "wave 3 of a crowd: there are too few refunded tickets"},
		{"one ticket given twice", twice, evening(), "given twice"},
		{"no lane", tickets(t), none, "for 0 lanes"},
		{"nobody to come again after", tickets(t), lonely, "nobody left to come again after"},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, err := crowd.Gather(c.tickets, c.plan)
			assert.ErrorContains(t, err, c.want)
		})
	}
}
