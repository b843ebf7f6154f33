package ingest_test

import (
	"math"
	"testing"

	"github.com/google/uuid"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"portaria/cloud/internal/ingest"
	"portaria/edge/admit"
	"portaria/edge/wire"
)

// beat is the word in the answer to a hub's heartbeat, with the watermarks beside it.
func (d dock) beat(t *testing.T, hub ingest.Hub, state wire.HubState) (wire.Word, []wire.Watermark) {
	t.Helper()
	state.Hub, state.Run = hub.ID, "now"
	raw, err := wire.Encode(state)
	require.NoError(t, err)
	acks, err := d.State(t.Context(), hub, raw)
	require.NoError(t, err)
	require.Len(t, acks, 1)
	require.NotNil(t, acks[0].Word)
	assert.Equal(t, [2]string{state.Disk, "now"}, [2]string{acks[0].Word.Disk, acks[0].Word.Run}, "it is for who asked")
	return *acks[0].Word, acks[0].Watermarks
}

// wanted is what a hub that asks for records from a seq on is handed back.
func (d dock) wanted(t *testing.T, gate string, from uint64) wire.Events {
	t.Helper()
	raw, err := wire.Encode(wire.Want{Gate: gate, Run: run, From: from})
	require.NoError(t, err)
	events, err := d.Want(t.Context(), d.hub, raw)
	require.NoError(t, err)
	return events
}

func TestEachStoreOfAHubHasATerm(t *testing.T) {
	d := newDock(t)
	second := d.hub
	second.ID = "hub-2"
	d.Hub(d.organizer, d.hub.Venue, "hub-2")
	first, _ := d.beat(t, d.hub, wire.HubState{Disk: "a", New: true, Whole: true})
	assert.Equal(t, [3]uint64{1, 1, 0}, [3]uint64{first.Term, first.Newest, first.Head})
	d.beat(t, d.hub, wire.HubState{Disk: "a", Term: 1, Head: 900})

	swapped, _ := d.beat(t, second, wire.HubState{Disk: "b", New: true, Whole: true})
	assert.Equal(t, [2]uint64{2, 2}, [2]uint64{swapped.Term, swapped.Newest}, "another hub")
	replaced, _ := d.beat(t, second, wire.HubState{Disk: "c", New: true})
	assert.EqualValues(t, 3, replaced.Term, "another disk under the same name")
	told, _ := d.beat(t, second, wire.HubState{Disk: "c", Term: 9})
	assert.EqualValues(t, 9, told.Term, "what a person gave it at the venue")

	old, _ := d.beat(t, d.hub, wire.HubState{Disk: "a", Term: 1, Head: 400})
	assert.Equal(t, [3]uint64{1, 9, 900}, [3]uint64{old.Term, old.Newest, old.Head}, "it learns that it has been replaced, and that its disk is old")
}

func TestAHubLeavesATermForTheOneThatTakesItsPlace(t *testing.T) {
	d := newDock(t)
	second := d.hub
	second.ID = "hub-2"
	d.Hub(d.organizer, d.hub.Venue, "hub-2")
	d.beat(t, d.hub, wire.HubState{Disk: "a", New: true})
	for _, lie := range []uint64{math.MaxUint64, math.MaxInt64, 1<<53 + 1} {
		word, _ := d.beat(t, d.hub, wire.HubState{Disk: "a", Term: lie})
		assert.EqualValues(t, 1, word.Newest, "nobody gives such a term")
	}
	most, _ := d.beat(t, d.hub, wire.HubState{Disk: "a", Term: 1 << 53})
	assert.EqualValues(t, 1<<53, most.Term)
	for n := range uint64(2) {
		next, _ := d.beat(t, second, wire.HubState{Disk: string('b' + rune(n)), New: true}) //nolint:gosec // small
		assert.Equal(t, [2]uint64{1<<53 + 1 + n, 1<<53 + 1 + n}, [2]uint64{next.Term, next.Newest})
		again, _ := d.beat(t, second, wire.HubState{Disk: string('b' + rune(n)), Term: next.Term}) //nolint:gosec // small
		assert.Equal(t, next.Term, again.Term, "which it keeps")
	}
}

func TestTermsOfOneVenueAreNotThoseOfAnother(t *testing.T) {
	d := newDock(t)
	d.beat(t, d.hub, wire.HubState{Disk: "a", Term: 40})
	organizer := d.World.Organizer("Circo")
	venue := d.Venue(organizer, "Tenda")
	d.Hub(organizer, venue, "hub-9")
	elsewhere, _ := d.beat(t, ingest.Hub{ID: "hub-9", Organizer: organizer, Venue: venue}, wire.HubState{Disk: "z", New: true})
	assert.EqualValues(t, 1, elsewhere.Term)
}

func TestAHubIsHandedBackWhatItLacksToTheLetter(t *testing.T) {
	d := newDock(t)
	all := d.admissions(1, 60)
	all[6].Event = d.stranger // which the cloud sets aside
	require.EqualValues(t, 60, d.held(t, 1, all[:30]...)+30)
	require.EqualValues(t, 60, d.held(t, 2, all[30:]...))
	word, marks := d.beat(t, d.hub, wire.HubState{Disk: "b", New: true, Whole: true})
	assert.Equal(t, 1, word.Of)
	assert.Equal(t, []wire.Watermark{{Gate: "gate-1", Run: run, Cloud: 60}}, marks)
	var got []wire.Event
	for len(got) < 60 {
		part := d.wanted(t, "gate-1", uint64(len(got))+1)
		require.NotEmpty(t, part.Events)
		_, err := wire.Encode(part)
		require.NoError(t, err, "it fits a message")
		got = append(got, part.Events...)
	}
	assert.Equal(t, all, got, "what was set aside too")
	assert.Empty(t, d.wanted(t, "gate-1", 61).Events)
	assert.Empty(t, d.wanted(t, "gate-9", 1).Events, "another venue's")
}

func TestOldRunsAreNamedOnlyWhileTheirEventIsNotOver(t *testing.T) {
	d := newDock(t)
	d.held(t, 1, d.admissions(1, 3)...)
	_, err := d.Pool.Exec(t.Context(), "UPDATE watermarks SET moved_at = now() - interval '60 days'")
	require.NoError(t, err)
	_, recent := d.beat(t, d.hub, wire.HubState{Disk: "a"})
	assert.Empty(t, recent)
	_, whole := d.beat(t, d.hub, wire.HubState{Disk: "a", Whole: true})
	assert.Len(t, whole, 1, "a season pass of last winter still counts")
	_, err = d.Pool.Exec(t.Context(), "UPDATE events SET doors_at = now() - interval '3 days', starts_at = now() - interval '3 days', ends_at = now() - interval '2 days'")
	require.NoError(t, err)
	word, over := d.beat(t, d.hub, wire.HubState{Disk: "a", Whole: true})
	assert.Empty(t, over)
	assert.Zero(t, word.Of)
}

func TestWhatAHubHasFromHearsayIsItsOwnRecord(t *testing.T) {
	d := newDock(t)
	scan := admit.ScanID{77}
	heard := wire.Event{Gate: "hub-1", Run: run, Seq: 1, Type: wire.Heard, Scan: scan, Ref: d.admission(1).Ref, Event: d.event, At: 1,
		Clock: admit.Synced, Record: &admit.Record{Scan: scan, Kind: admit.Entry, At: 1, Gate: "gate-of-old"}}
	assert.EqualValues(t, 1, d.held(t, 1, heard))
	d.held(t, 2, d.admission(1))
	require.Len(t, d.records(t), 2, d.logged.String())
	histories, err := d.store.Histories(t.Context(), uuid.UUID(d.organizer), uuid.UUID(d.event), heard.Ref, 10)
	require.NoError(t, err)
	assert.Empty(t, histories, "none after it")
	histories, err = d.store.Histories(t.Context(), uuid.UUID(d.organizer), uuid.UUID(d.event), [16]byte{}, 10)
	require.NoError(t, err)
	require.Len(t, histories, 1)
	assert.Len(t, histories[0].Records, 2, "it counts like any other")
}

func TestQuestionsThatCannotBeReadAreRefused(t *testing.T) {
	d := newDock(t)
	for _, raw := range []string{"", "{", `{"v":1}`, `{"v":1,"gate":"gate-1","run":"7-9f3a61c2","from":0}`, `{"v":1,"gate":"../x","run":"7-9f3a61c2","from":1}`} {
		_, err := d.Want(t.Context(), d.hub, []byte(raw))
		assert.ErrorIs(t, err, ingest.ErrRefused, raw)
	}
	raw, err := wire.Encode(wire.Want{Gate: "gate-1", Run: run, From: 1 << 63})
	require.NoError(t, err)
	events, err := d.Want(t.Context(), d.hub, raw)
	require.NoError(t, err)
	assert.Empty(t, events.Events)
}
