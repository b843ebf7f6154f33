package admit_test

import (
	"math/rand/v2"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"portaria/edge/admit"
	"portaria/edge/admit/admittest"
)

const decideCases = "testdata/decide.json"

func TestEveryCaseOfTheFileGetsItsVerdict(t *testing.T) {
	for _, c := range admittest.Load(t, decideCases) {
		t.Run(c.Name, func(t *testing.T) {
			assert.Equal(t, c.Want.Verdict(), admit.Decide(&c.Facts))
		})
	}
}

func TestTheOrderOfAHistoryNeverChangesAVerdict(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	for _, c := range admittest.Load(t, decideCases) {
		for range 5 {
			random.Shuffle(len(c.History), func(i, j int) { c.History[i], c.History[j] = c.History[j], c.History[i] })
			c.Facts.Standing = admit.Fold(c.Facts.Terms, c.History, c.Facts.Location)
			assert.Equal(t, c.Want.Verdict(), admit.Decide(&c.Facts), c.Name)
		}
	}
}

func TestCaseNamesAreUnique(t *testing.T) {
	seen := map[string]bool{}
	for _, c := range admittest.Load(t, decideCases) {
		assert.False(t, seen[c.Name], c.Name)
		seen[c.Name] = true
	}
}

// The words of the reasons are stored, sent and shown: this list is the contract, and only ever grows.
var reasons = []admit.Reason{
	"ok", "ok_offline", "ok_override", "unknown", "ambiguous", "bad_signature", "wrong_event", "wrong_day", "too_early",
	"too_late", "wrong_zone", "wrong_kind", "already_used", "already_inside", "not_inside", "pending_elsewhere", "replaced",
	"revoked", "blocked", "checkpoint_closed", "outside_hours", "no_controller", "zone_full", "group_full", "list_expired",
	"clock_unknown", "arbiter_required", "other_gate", "debounced", "unreadable",
}

func TestEveryReasonHasACase(t *testing.T) {
	reached := map[admit.Reason]bool{}
	for _, c := range admittest.Load(t, decideCases) {
		reached[admit.Decide(&c.Facts).Reason] = true
	}
	for _, r := range reasons {
		assert.True(t, reached[r], "no case gets %q", r)
		delete(reached, r)
	}
	assert.Empty(t, reached, "a case gets a reason that is not in the contract")
}

func TestEveryReasonIsInTheDesignDocument(t *testing.T) {
	raw, err := os.ReadFile("DESIGN.md")
	require.NoError(t, err)
	for _, r := range reasons {
		assert.Contains(t, string(raw), "`"+string(r)+"`")
	}
}

// The table of DESIGN.md lists the checks in order; where two of them fail, the earlier speaks.
func TestTheDocumentedOrderIsTheRealOne(t *testing.T) {
	raw, err := os.ReadFile("DESIGN.md")
	require.NoError(t, err)
	at := func(word string) int {
		_, table, found := strings.Cut(string(raw), "| # |")
		require.True(t, found)
		i := strings.Index(table, "`"+word+"`")
		require.GreaterOrEqual(t, i, 0, word)
		return i
	}
	order := []string{"unreadable", "debounced", "checkpoint_closed", "outside_hours", "no_controller", "ambiguous",
		"bad_signature", "revoked", "list_expired", "wrong_day", "too_late", "wrong_zone", "wrong_kind", "not_inside",
		"already_used", "pending_elsewhere", "zone_full", "arbiter_required"}
	assert.True(t, slices.IsSortedFunc(order, func(a, b string) int { return at(a) - at(b) }))
}

func TestDecidingAllocatesNothing(t *testing.T) {
	for _, c := range admittest.Load(t, decideCases) {
		assert.Zero(t, testing.AllocsPerRun(100, func() { admit.Decide(&c.Facts) }), c.Name)
	}
}

func BenchmarkDecide(b *testing.B) {
	cases := admittest.Load(b, decideCases)
	b.ReportAllocs()
	for i := range b.N {
		admit.Decide(&cases[i%len(cases)].Facts)
	}
}
