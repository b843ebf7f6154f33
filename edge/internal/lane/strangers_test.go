package lane_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"portaria/edge/admit"
	"portaria/edge/gate"
	"portaria/edge/internal/lane"
	"portaria/edge/internal/scanner"
	"portaria/edge/ticket"
	"portaria/edge/whitelist"
	"portaria/edge/wire"
)

func TestALaneAtWhichCodesAreTriedIsSlowedDownAndTellsIt(t *testing.T) {
	h := newHouse(t)
	refused := func() int { return len(h.driver.Status().Lanes[0].Last) }
	try := func(i int) {
		h.driver.Scanned(t.Context(), place, scanner.Reading{Text: fmt.Sprintf("GUESS %d", i)})
	}
	for i := range 10 {
		try(i)
		h.until("refused", func(lane.Status) bool { return refused() == i+1 })
	}
	started := time.Now()
	try(10)
	assert.Equal(t, "slow", h.driver.Status().Lanes[0].Notice)
	assert.Greater(t, time.Since(started), time.Second, "the eleventh waits")
	h.until("and is refused", func(lane.Status) bool { return refused() == 11 })
	h.until("somebody is told", func(lane.Status) bool { return h.noted("this lane is slowed down") })
}

// noted says whether the journal has a note with these words.
func (h *house) noted(words string) bool {
	return slices.ContainsFunc(h.kept(), func(e wire.Event) bool { return e.Type == wire.Note && strings.Contains(e.Text, words) })
}

func TestAskingAboutACodeChangesNothing(t *testing.T) {
	h := newHouse(t)
	for range 3 {
		found, err := h.driver.Look(t.Context(), 1, "o0o00-")
		require.NoError(t, err)
		assert.False(t, found.Known)
		found, err = h.driver.Look(t.Context(), 1, ticket.ID(7).ShortShown())
		require.NoError(t, err)
		assert.Equal(t, lane.Found{Known: true, Reason: admit.OK, Admit: true, Kind: "Inteira", Event: "hoje", Start: found.Start, State: "good"}, found)
	}
	assert.Empty(t, h.driver.Status().Lanes[0].Last)
	require.True(t, h.scan(7).Admit)
	h.driver.Passed(t.Context(), 1, nil)
	found, err := h.driver.Look(t.Context(), 1, ticket.ID(7).Short())
	require.NoError(t, err)
	assert.Equal(t, admit.AlreadyUsed, found.Reason)
	assert.Equal(t, 1, found.Used)
	assert.Equal(t, "g1", found.UsedGate)
	_, err = h.driver.Look(t.Context(), 4, "x")
	require.ErrorIs(t, err, lane.ErrNoLane)
}

func TestATestCardOpensNothingAndIsNoted(t *testing.T) {
	h := newHouse(t)
	h.driver.Tested(t.Context(), 1)
	h.driver.Tested(t.Context(), 1) // held before the scanner
	assert.Equal(t, "tested", h.driver.Status().Lanes[0].Notice)
	h.until("it is noted", func(lane.Status) bool { return h.noted("tried with a test card") })
	require.NoError(t, h.driver.Answers(t.Context()))
	assert.Zero(t, h.moved())
	notes := slices.DeleteFunc(h.kept(), func(e wire.Event) bool { return !strings.Contains(e.Text, "test card") })
	assert.Len(t, notes, 1)
}

func TestHowManyAreInsideIsTheHubsToSay(t *testing.T) {
	h := newHouse(t, func(c *whitelist.Checkpoint) { c.To = "hall" })
	pulse := wire.Pulse{V: 1, Hub: "h", At: time.Now().UnixMilli(), Inside: []wire.ZoneCount{{Zone: "foyer", Count: 9}, {Zone: "hall", Count: 1284, Capacity: 1800}}}
	h.driver.Give(t.Context(), gate.PulseCame{Pulse: pulse})
	h.until("it is shown", func(st lane.Status) bool {
		in := st.Lanes[0].Inside
		return in != nil && *in == lane.Inside{Zone: "hall", Count: 1284, Capacity: 1800}
	})
	pulse.Inside = nil
	h.driver.Give(t.Context(), gate.PulseCame{Pulse: pulse})
	h.until("or not known", func(st lane.Status) bool { return st.Lanes[0].Inside == nil })
}
