package hub_test

import (
	"errors"
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"portaria/edge/admit"
	"portaria/edge/whitelist"
	"portaria/edge/wire"
	"portaria/floor/wicket"
	"portaria/hub/internal/hubtest"
)

// phone is a ticket shown at a telephone, as the cloud passes it on.
func phone(name string, right, number byte) wicket.Ask {
	return wicket.Ask{Scan: scan(number), Gate: "phone-" + name, Checkpoint: "door", Auto: true, Code: admit.Code{Match: admit.Listed,
		Event: whitelist.VenueEvent{Event: evening}, Kind: whitelist.Kind{Use: whitelist.UseSingle},
		Entry: whitelist.Entry{Ref: ref(right), State: whitelist.Good}}}
}

var questions int

// asks passes a question on, again and again while the hub is not ready, as telephones do.
func (w *world) asks(do string, ask wicket.Ask) (said wicket.Said, passage wicket.Passage, err error) {
	w.t.Helper()
	w.eventually("the hub answers the telephone", func() bool {
		questions++
		id := fmt.Sprint("question-", questions)
		q, e := wicket.Question(id, do, ask, time.Now().Add(2*time.Second))
		require.NoError(w.t, e)
		w.cloud.Ask(q)
		var a wire.Answer
		for there, until := false, time.Now().Add(2500*time.Millisecond); !there; {
			if time.Now().After(until) {
				return false
			}
			if a, there = w.cloud.Answer(id); !there {
				<-time.After(5 * time.Millisecond)
			}
		}
		said, passage, err = wicket.Read(a)
		return !errors.Is(err, wicket.ErrNotReady)
	})
	return said, passage, err
}

func TestATelephoneIsAGateOfTheHub(t *testing.T) {
	w := newWorld(t)
	w.sendVenue(1, evening)
	g := w.gate("gate-1")
	hubtest.WaitReady(g)
	first := phone("ana", 1, 1)
	said, _, err := w.asks(wicket.DoScan, first)
	require.NoError(t, err)
	require.True(t, said.Verdict.Admit, said.Verdict.Reason)
	assert.Equal(t, wicket.Passed, said.Passage)

	g.Ask(1, evening, ref(1), scan(2))
	denied := g.Ruled(1)
	assert.Equal(t, admit.AlreadyUsed, denied.Reason)
	assert.Equal(t, "phone-ana", denied.Gate)
	other, _, err := w.asks(wicket.DoScan, phone("bia", 1, 3))
	require.NoError(t, err)
	assert.Equal(t, admit.AlreadyUsed, other.Verdict.Reason)
	w.eventually("its records are in the cloud", func() bool {
		return slices.ContainsFunc(w.cloud.Events(), func(e wire.Event) bool { return e.Gate == "phone-ana" && e.Type == wire.Outcome })
	})

	w.restart()
	w.eventually("the gate has come back", func() bool { g.Beat(); return w.hub.Status().Ready })
	again, _, err := w.asks(wicket.DoScan, first)
	require.NoError(t, err)
	assert.Equal(t, said, again, "the same scan has one answer, also after a restart")
}

func TestATelephonesPassageIsToldToTheHub(t *testing.T) {
	w := newWorld(t)
	w.sendVenue(1, evening)
	ask := phone("ana", 2, 5)
	ask.Auto = false
	said, _, err := w.asks(wicket.DoScan, ask)
	require.NoError(t, err)
	require.Equal(t, wicket.Waiting, said.Passage)
	_, passage, err := w.asks(wicket.DoAbort, ask)
	require.NoError(t, err)
	assert.Equal(t, wicket.Aborted, passage)
	_, _, err = w.asks(wicket.DoPass, phone("ana", 2, 6))
	require.ErrorIs(t, err, wicket.ErrNoScan)
	nowhere := phone("ana", 2, 7)
	nowhere.Checkpoint = "attic"
	_, _, err = w.asks(wicket.DoScan, nowhere)
	assert.ErrorIs(t, err, wicket.ErrNoDoor)
}

func TestWhatATelephoneRefusedAloneIsGivenBackByTheHub(t *testing.T) {
	w := newWorld(t)
	w.sendVenue(1, evening)
	g := w.gate("gate-1")
	hubtest.WaitReady(g)
	asked := phone("ana", 3, 30)
	asked.Auto = false
	said, _, err := w.asks(wicket.DoScan, asked)
	require.NoError(t, err)
	require.True(t, said.Verdict.Admit, "and nobody heard it")
	given := asked
	given.GivenUp = true
	for range 2 {
		_, passage, err := w.asks(wicket.DoAbort, given)
		require.NoError(t, err)
		assert.Equal(t, wicket.Aborted, passage)
	}
	w.restart()
	w.eventually("the gate has come back", func() bool { g.Beat(); return w.hub.Status().Ready })
	_, _, err = w.asks(wicket.DoScan, asked)
	require.ErrorIs(t, err, wicket.ErrGivenUp)
	other, _, err := w.asks(wicket.DoScan, phone("bia", 3, 31))
	require.NoError(t, err)
	assert.True(t, other.Verdict.Admit, "the guest comes in at another door")

	_, _, err = w.asks(wicket.DoAbort, func() wicket.Ask { a := phone("bia", 3, 31); a.GivenUp = true; return a }())
	require.ErrorIs(t, err, wicket.ErrOver, "who has passed has passed")
	late := phone("bia", 4, 32)
	late.GivenUp = true
	_, _, err = w.asks(wicket.DoAbort, late)
	require.NoError(t, err)
	late.GivenUp = false
	_, _, err = w.asks(wicket.DoScan, late)
	require.ErrorIs(t, err, wicket.ErrGivenUp, "the question came late")
	fresh, _, err := w.asks(wicket.DoScan, phone("bia", 4, 33))
	require.NoError(t, err)
	assert.True(t, fresh.Verdict.Admit)
}

func TestWhoIsScannedAtATelephoneInAnEvacuationIsOut(t *testing.T) {
	w := newWorld(t)
	w.sendVenue(1, evening)
	_, _, err := w.asks(wicket.DoScan, phone("ana", 2, 12))
	require.NoError(t, err)
	require.Equal(t, 1, w.hub.Status().Zones[0].Count)
	w.cloud.Signer.Mode = whitelist.Evacuation
	w.sendVenue(2, evening)
	leaving := phone("ana", 2, 13)
	leaving.Auto = false
	said, _, err := w.asks(wicket.DoScan, leaving)
	require.NoError(t, err)
	assert.True(t, said.Exit)
	assert.Equal(t, wicket.Passed, said.Passage, "nobody stays to say how it ended")
	assert.Zero(t, w.hub.Status().Zones[0].Count, "and is not looked for")
}

func TestHomesComeIntoForceThoughATelephoneHasScanned(t *testing.T) {
	w := newWorld(t)
	w.sendVenue(1, evening)
	first, second := w.gate("gate-1"), w.gate("gate-2")
	hubtest.WaitReady(first, second)
	_, _, err := w.asks(wicket.DoScan, phone("ana", 1, 20))
	require.NoError(t, err)

	w.cloud.Signer.Homes = &whitelist.Homes{Epoch: 2, Rules: []whitelist.HomeRule{{Gates: []string{"gate-1", "gate-2"}}}}
	w.sendVenue(2, evening)
	first.Homes, second.Homes = 2, 2
	w.eventually("gates may let in alone who is at home there", func() bool {
		first.Beat()
		second.Beat()
		return first.AtHome() == 2 && second.AtHome() == 2
	})
	w.restart()
	w.eventually("and after a restart too", func() bool {
		first.Beat()
		second.Beat()
		return w.hub.Status().Ready && first.AtHome() == 2 && second.AtHome() == 2
	})
}

func TestAQuestionThatComesLateLetsNobodyIn(t *testing.T) {
	w := newWorld(t)
	w.sendVenue(1, evening)
	_, _, err := w.asks(wicket.DoScan, phone("ana", 3, 8))
	require.NoError(t, err)
	late, err := wicket.Question("late", wicket.DoScan, phone("ana", 4, 9), time.Now().Add(-time.Second))
	require.NoError(t, err)
	w.cloud.Ask(late)
	stranger, err := wicket.Question("stranger", wicket.DoScan, wicket.Ask{Scan: scan(10), Gate: "gate-1", Checkpoint: "door"}, time.Now().Add(time.Minute))
	require.NoError(t, err)
	w.cloud.Ask(stranger)
	said, _, err := w.asks(wicket.DoScan, phone("bia", 4, 11)) // the hub has read the others by now
	require.NoError(t, err)
	assert.True(t, said.Verdict.Admit)
	for _, id := range []string{"late", "stranger"} {
		_, answered := w.cloud.Answer(id)
		assert.False(t, answered, id)
	}
}
