package keeper_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"portaria/edge/admit"
	"portaria/edge/internal/bolt"
	"portaria/edge/internal/keeper/keepertest"
	"portaria/edge/lookup"
	"portaria/edge/ticket"
	"portaria/edge/whitelist"
)

// looked is a gate's lists as its lanes look codes up in them.
type looked struct{ *bolt.Lists }

func (l looked) List(event ticket.EventID) lookup.List { return l.Lists.List(event) }

// judged is what a lane makes of a ticket's signed code.
func (h *house) judged(e *keepertest.Event, id ticket.ID) admit.Code {
	h.t.Helper()
	code, err := lookup.Resolver{Lists: looked{h.lists}}.Resolve(e.Code(ticket.Fields{ID: id}), "")
	require.NoError(h.t, err)
	return code
}

// reads says that a gate finds these tickets listed, each as its own right, in its state.
func (h *house) reads(e *keepertest.Event, states map[ticket.ID]whitelist.State) {
	h.t.Helper()
	for id, state := range states {
		code := h.judged(e, id)
		require.Equal(h.t, admit.Listed, code.Match, "ticket %d", id)
		require.Equal(h.t, state, code.Entry.State, "ticket %d", id)
		require.Equal(h.t, whitelist.TicketRef(e.Secrets.Ref, id), code.Entry.Ref, "the right is the same, whatever the key")
	}
}

func numbers(n int) (ids []ticket.ID) {
	for id := range n {
		ids = append(ids, ticket.ID(id+1))
	}
	return ids
}

var sample = map[ticket.ID]whitelist.State{1: whitelist.Good, 7: whitelist.Revoked, 1500: whitelist.Good, 3000: whitelist.Good}

// rotating is a gate with 3000 tickets, number 7 refunded, and the notice of the list under another secret.
func rotating(t *testing.T) (*house, *keepertest.Event) {
	h, e := loaded(t, 3000)
	_, patch := e.Publish(e.Ticket(7, whitelist.Revoked))
	h.k.PatchNotice(e.ID, patch)
	h.holds(e, e.Epoch)
	return h, e
}

func TestASecretThatIsChangedIsFollowedAndNoTicketIsUnknownMeanwhile(t *testing.T) {
	h, e := rotating(t)
	old := e.Secrets.List
	notice := e.Rotate(numbers(3000), sample)
	h.k.ListNotice(e.ID, notice)
	deadline := time.Now().Add(20 * time.Second)
	for {
		h.reads(e, sample) // at every moment: before, during, after
		if held, _ := h.lists.List(e.ID).Held(); held.Epoch == e.Epoch {
			break
		}
		require.True(t, time.Now().Before(deadline), "the list under the new secret was not taken")
	}
	h.reads(e, sample)
	h.reported("have changed")
	_, found, err := h.lists.List(e.ID).Find(whitelist.TicketKey(old, 1))
	require.NoError(t, err)
	assert.False(t, found, "who has the old secret finds nothing in the new list")
	require.Eventually(t, func() bool {
		secrets, _ := h.lists.Secrets(e.ID)
		return secrets.Before == [32]byte{}
	}, 5*time.Second, 5*time.Millisecond, "the old secret is forgotten once it opens nothing any more")
}

func TestAListUnderAnUnknownSecretWaitsForIt(t *testing.T) {
	h, e := rotating(t)
	before := e.Epoch
	h.src.Mute(true)
	notice := e.Rotate(numbers(3000), sample)
	h.k.ListNotice(e.ID, notice)
	require.Eventually(t, func() bool { // its index is here, so that the gate knows that all of it is new
		target, _ := h.lists.List(e.ID).Target()
		return target.Epoch == e.Epoch && h.src.Asked() > 0
	}, 5*time.Second, 5*time.Millisecond)
	h.reads(e, sample)
	held, _ := h.lists.List(e.ID).Held()
	assert.Equal(t, before, held.Epoch, "a list that it could not read is not put in force")
	h.src.Mute(false)
	h.k.Wake()
	h.holds(e, e.Epoch)
	h.reads(e, sample)
}

func TestAPatchUnderTheNewSecretCountsOverTheOldList(t *testing.T) {
	h, e := rotating(t)
	e.Rotate(numbers(3000), sample) // the notice is lost, and the blobs are not to be had
	h.src.Spoil(func(whitelist.Hash, []byte) []byte { return nil })
	_, patch := e.Publish(e.Ticket(1500, whitelist.Revoked))
	h.k.PatchNotice(e.ID, patch)
	require.Eventually(t, func() bool { return h.judged(e, 1500).Entry.State == whitelist.Revoked }, 5*time.Second, 5*time.Millisecond)
	h.reads(e, map[ticket.ID]whitelist.State{1: whitelist.Good, 7: whitelist.Revoked, 1500: whitelist.Revoked})
	h.src.Spoil(nil)
	h.k.Wake()
	h.holds(e, e.Epoch)
	h.reads(e, map[ticket.ID]whitelist.State{1: whitelist.Good, 7: whitelist.Revoked, 1500: whitelist.Revoked})
}

// A gate that slept through two changes has a list that neither of the cloud's secrets opens: what opened it stays.
func TestAGateThatWasOfflineThroughTwoChangesReadsItsListUntilTheNewOneIsHere(t *testing.T) {
	h, e := rotating(t)
	h.src.Down(true)
	e.Rotate(numbers(3000), sample)
	notice := e.Rotate(numbers(3000), sample)
	h.reads(e, sample)
	h.src.Down(false)
	h.src.Spoil(func(whitelist.Hash, []byte) []byte { return nil }) // secrets come before blobs do
	h.k.Wake()
	require.Eventually(t, func() bool {
		secrets, _ := h.lists.Secrets(e.ID)
		return secrets.List == e.Secrets.List
	}, 5*time.Second, 5*time.Millisecond)
	h.reads(e, sample)
	h.src.Spoil(nil)
	h.k.ListNotice(e.ID, notice)
	h.holds(e, e.Epoch)
	h.reads(e, sample)
}

// A gate that keeps secrets in memory only, and starts again between the change and its new list, is told both.
func TestAGateThatStartsAgainDuringTheOverlapReadsTheListOnItsDisk(t *testing.T) {
	h, e := rotating(t)
	h.stop()
	notice := e.Rotate(numbers(3000), sample)
	lists, err := bolt.OpenLists(h.dir, h.src.Platform, nil) // memory: what was on the disk is gone
	require.NoError(t, err)
	require.NoError(t, lists.Close())
	h.src.Spoil(func(whitelist.Hash, []byte) []byte { return nil })
	h.start()
	require.Eventually(t, func() bool { _, ok := h.lists.Secrets(e.ID); return ok }, 5*time.Second, 5*time.Millisecond)
	h.reads(e, sample)
	h.src.Spoil(nil)
	h.k.ListNotice(e.ID, notice)
	h.holds(e, e.Epoch)
	h.reads(e, sample)
}
