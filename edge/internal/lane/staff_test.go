package lane_test

import (
	"context"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"portaria/edge/admit"
	"portaria/edge/gate"
	"portaria/edge/internal/bolt"
	"portaria/edge/internal/keeper/keepertest"
	"portaria/edge/internal/lane"
	"portaria/edge/internal/scanner"
	"portaria/edge/lookup"
	"portaria/edge/ticket"
	"portaria/edge/whitelist"
	"portaria/edge/wire"
)

// house is one lane over a journal on a disk, whose power can be cut. Its hub answers what a test lets it.
type house struct {
	t    *testing.T
	dir  string
	list *shelf
	sold *keepertest.Event

	driver  *lane.Driver
	journal *bolt.Journal
	cut     func() // the power: nothing more is done, and what was on its way is lost

	mu     sync.Mutex
	pulses []admit.ScanID
	sent   []wire.Event
	beats  []wire.State
}

// place is the house's one lane.
var place = lane.Place{Number: 1, Checkpoint: "door"}

func newHouse(t *testing.T, change ...func(*whitelist.Checkpoint)) *house {
	h := &house{t: t, dir: t.TempDir()}
	h.list, h.sold, _ = newShelf(t)
	door := h.list.venue.Venue.Checkpoints[0]
	for _, c := range change {
		c(&door)
	}
	h.list.venue = h.list.src.Sign(whitelist.Venue{Events: h.list.venue.Venue.Events, Zones: []whitelist.Zone{{ID: "hall", Name: "Sala"}}, Checkpoints: []whitelist.Checkpoint{door}})
	for _, entry := range h.sold.Tickets(10) {
		h.sold.Entries[entry.Key] = entry
	}
	h.power()
	t.Cleanup(func() { h.cut() })
	return h
}

// power starts the lane on what its disk holds.
func (h *house) power() {
	journal, err := bolt.OpenJournal(h.dir)
	require.NoError(h.t, err)
	found, err := journal.Recall()
	require.NoError(h.t, err)
	h.journal = journal
	h.driver = lane.New(lane.Config{Gate: "g1", Lanes: []lane.Place{place}, Journal: journal, Link: h, Board: h, Clock: lane.NewClock(),
		Boot: gate.Boot{Memory: found.Memory, History: found.History, Rights: found.Rights, Intents: found.Intents}, Resolver: lookup.Resolver{Lists: h.list}})
	ctx, stop := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- h.driver.Run(ctx) }()
	h.driver.VenueChanged(ctx)
	h.cut = sync.OnceFunc(func() {
		stop()
		assert.NoError(h.t, <-ended)
		assert.NoError(h.t, journal.Close())
	})
}

// again cuts the power and brings it back.
func (h *house) again() {
	h.cut()
	h.power()
}

func (h *house) Claim(c wire.Claim) error { return nil }

func (h *house) Events(m wire.Events) error {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.sent = append(h.sent, m.Events...)
	return nil
}

func (h *house) State(m wire.State) error {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.beats = append(h.beats, m)
	return nil
}

func (h *house) Pulse(_ int, scan admit.ScanID, _ bool) error {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.pulses = append(h.pulses, scan)
	return nil
}

func (*house) Release(int) error { return nil }

// kept is what the journal has of this life.
func (h *house) kept() []wire.Event {
	events, err := h.journal.Read(h.driver.Status().Run, 1, 1000)
	require.NoError(h.t, err)
	return events
}

func (h *house) moved() int {
	h.mu.Lock()
	defer h.mu.Unlock()
	return len(h.pulses)
}

func (h *house) until(what string, ok func(lane.Status) bool) {
	h.t.Helper()
	require.Eventually(h.t, func() bool { return ok(h.driver.Status()) }, 5*time.Second, time.Millisecond, what)
}

// scan shows a ticket and returns what the lane says.
func (h *house) scan(id ticket.ID) lane.Shown {
	h.t.Helper()
	last := h.driver.Status().Lanes[0].Last
	h.driver.Scanned(h.t.Context(), place, scanner.Reading{Text: id.Short()})
	var shown lane.Shown
	h.until("a verdict", func(st lane.Status) bool {
		if len(st.Lanes[0].Last) == len(last) {
			return false
		}
		shown = st.Lanes[0].Last[0]
		return true
	})
	return shown
}

// interrupted is a house whose power went between the relay and the passage of ticket 7's person.
func interrupted(t *testing.T, change ...func(*whitelist.Checkpoint)) (*house, admit.ScanID) {
	h := newHouse(t, change...)
	h.driver.CounterRead(t.Context(), 1, 41)
	require.True(t, h.scan(7).Admit)
	h.again()
	h.until("the start finds an admission without an end", func(st lane.Status) bool { return len(st.Unknown) == 1 })
	return h, h.pulses[0]
}

func TestAnUnknownEndCanBeSettledAtAnyLaterStart(t *testing.T) {
	for _, entered := range []bool{true, false} {
		h, scan := interrupted(t)
		h.again()
		h.again() // UNKNOWN is written once, and is no end
		h.until("it still waits", func(st lane.Status) bool { return len(st.Unknown) == 1 && st.Unknown[0].Scan == scan })
		assert.Equal(t, "Inteira", h.driver.Status().Unknown[0].Kind)
		assert.Equal(t, admit.AlreadyUsed, h.scan(7).Reason, "until then it counts as used")

		require.NoError(t, h.driver.Settle(t.Context(), scan, "rosa", entered))
		assert.Empty(t, h.driver.Status().Unknown)
		require.ErrorIs(t, h.driver.Settle(t.Context(), scan, "rosa", !entered), lane.ErrNotUnknown, "once")
		h.again()
		assert.Empty(t, h.driver.Status().Unknown)
		shown := h.scan(7)
		assert.Equal(t, !entered, shown.Admit, "entered %t, then %s", entered, shown.Reason)
	}
}

func TestTheHubsWordSettlesToo(t *testing.T) {
	h, scan := interrupted(t)
	now := time.Now().UnixMilli()
	late := wire.Command{V: 1, ID: "1", Type: wire.Settle, Scan: scan, Text: "hub hub-1", DropAfter: now - 1}
	h.tellTime(now)
	h.driver.Ordered(t.Context(), late)
	assert.Len(t, h.driver.Status().Unknown, 1, "an order that comes late is worse than none")
	late.DropAfter = now + 60_000
	h.driver.Ordered(t.Context(), late)
	assert.Empty(t, h.driver.Status().Unknown)
	assert.True(t, h.scan(7).Admit, "nobody entered, so the right is free")
}

func TestAnAnswerToTheLastLifeOfAGateTellsNoTime(t *testing.T) {
	h := newHouse(t)
	var old wire.State
	h.until("a heartbeat", func(lane.Status) (sent bool) { old, sent = h.lastBeat(); return sent })
	h.again()
	h.until("this life's with the same number", func(lane.Status) bool {
		last, _ := h.lastBeat()
		return last.Run != old.Run && last.Number >= old.Number
	})
	for _, number := range []uint64{old.Number, 0, 999} {
		h.driver.Give(t.Context(), gate.PulseCame{Pulse: wire.Pulse{V: 1, Hub: "h", Number: number, At: time.Now().Add(-time.Hour).UnixMilli(), Newest: old.Run}})
	}
	require.NoError(t, h.driver.Answers(t.Context()))
	st := h.driver.Status()
	assert.NotEqual(t, admit.Synced, st.Clock, "a broker had kept it for an hour")
	assert.False(t, st.Hub.Up, "nor does it show that the hub is there")
	now := time.Now().UnixMilli()
	h.tellTime(now)
	assert.InDelta(t, now, h.driver.Status().At, 5_000)
}

func TestAGateWithAWrongClockHearsOfAnEvacuation(t *testing.T) {
	h := newHouse(t)
	now := time.Now().UnixMilli()
	h.tellTime(now)
	h.driver.Ordered(t.Context(), wire.Command{V: 1, ID: "1", Type: wire.SetDoors, DropAfter: now - 86_400_000, Hub: "h",
		Doors: &wire.Doors{Number: 1, Doors: []wire.DoorOrder{{Checkpoint: wire.EveryDoor, Mode: whitelist.Evacuation, By: "rosa"}}}})
	h.until("the door is held open", func(st lane.Status) bool { return st.Lanes[0].Mode == string(whitelist.Evacuation) })
}

func TestWhatAnotherGateSettledIsForgottenHere(t *testing.T) {
	h, scan := interrupted(t)
	ref := whitelist.TicketRef(h.sold.Secrets.Ref, 7)
	h.driver.Give(t.Context(), gate.UsedCame{Used: wire.Used{V: 1, HubRun: "r", Number: 1, Ref: ref, Record: admit.Record{Scan: scan, Kind: admit.Passed, Gate: "g1"}}})
	h.until("it is settled", func(st lane.Status) bool { return len(st.Unknown) == 0 })
	require.NoError(t, h.driver.Answers(t.Context()))
	h.again()
	assert.Empty(t, h.driver.Status().Unknown)
}

// lastBeat is the newest heartbeat that has left the house.
func (h *house) lastBeat() (last wire.State, ok bool) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if len(h.beats) == 0 {
		return last, false
	}
	return h.beats[len(h.beats)-1], true
}

// tellTime lets the lane's hub, which says that it is at, answer a heartbeat.
func (h *house) tellTime(at int64) {
	h.t.Helper()
	h.until("the hub's time", func(st lane.Status) bool {
		if last, ok := h.lastBeat(); ok {
			h.driver.Give(h.t.Context(), gate.PulseCame{Pulse: wire.Pulse{V: 1, Hub: "h", Number: last.Number, At: at, Newest: last.Run}})
		}
		return st.Clock == admit.Synced
	})
}

// meet lets the lane's hub answer its heartbeats once.
func (h *house) meet() {
	h.t.Helper()
	h.until("a hub that has compared this run", func(st lane.Status) bool {
		if last, ok := h.lastBeat(); ok {
			h.driver.Give(h.t.Context(), gate.PulseCame{Pulse: wire.Pulse{V: 1, Hub: "h", Number: last.Number, At: time.Now().UnixMilli(), Ready: true, Caught: true, Newest: last.Run}})
		}
		return st.Hub.Up
	})
}

func TestAPersonWhomThePowerCutOffComesInWhenTheTurnstileHasNotTurned(t *testing.T) {
	for counter, reason := range map[int64]admit.Reason{41: admit.OK, 42: admit.AlreadyUsed} {
		h, first := interrupted(t, func(c *whitelist.Checkpoint) { c.PassSeconds = 1 })
		back := h.driver.Status().At
		h.driver.CounterRead(t.Context(), 1, counter)
		h.until("a turnstile that keeps its own time has shut", func(st lane.Status) bool { return st.At > back+1_000 })
		h.beats = nil
		h.meet()
		shown := h.scan(7)
		require.Equal(t, reason, shown.Reason, "the counter stands at %d", counter)
		if shown.Admit {
			h.until("the old scan waits no more", func(st lane.Status) bool { return len(st.Unknown) == 0 })
			h.driver.Passed(t.Context(), 1, nil)
			h.until("in", func(st lane.Status) bool { return st.Lanes[0].In == 1 })
			require.NoError(t, h.driver.Answers(t.Context()))
			assert.NotEqual(t, first, h.pulses[len(h.pulses)-1], "a scan of its own")
			h.again()
			assert.Empty(t, h.driver.Status().Unknown)
		}
	}
}

func TestASupervisorsWordOpensAndIsRecorded(t *testing.T) {
	h := newHouse(t, func(c *whitelist.Checkpoint) { c.Policy = whitelist.Strict })
	require.ErrorIs(t, h.driver.Override(t.Context(), 1, "rosa", "too soon"), lane.ErrNothingRefused)
	shown := h.scan(7)
	require.Equal(t, admit.ArbiterRequired, shown.Reason)
	require.True(t, shown.AskStaff)
	require.NoError(t, h.driver.Override(t.Context(), 1, "rosa", "hub is away"))
	h.until("the relay has moved", func(lane.Status) bool { return h.moved() == 1 })
	require.ErrorIs(t, h.driver.Override(t.Context(), 1, "rosa", "again"), lane.ErrNothingRefused, "a word counts once")
	h.cut()
	journal, err := bolt.OpenJournal(h.dir)
	require.NoError(t, err)
	defer journal.Close()
	found, err := journal.Recall()
	require.NoError(t, err)
	require.Len(t, found.Intents, 1)
	assert.Equal(t, &wire.Override{Supervisor: "rosa", Reason: "hub is away"}, found.Intents[0].Override)
	assert.True(t, found.Intents[0].Record.Override)
}

func TestADoorThatNeedsStaffOpensWhileSomebodyIsOnDuty(t *testing.T) {
	h := newHouse(t, func(c *whitelist.Checkpoint) { c.NeedsStaff = true })
	assert.Equal(t, admit.NoController, h.scan(1).Reason)
	require.NoError(t, h.driver.OnDuty(t.Context(), 1, "ana"))
	assert.Equal(t, "ana", h.driver.Status().Lanes[0].Controller)
	assert.True(t, h.scan(2).Admit)
	h.driver.Passed(t.Context(), 1, nil)
	h.until("in", func(st lane.Status) bool { return st.Lanes[0].In == 1 })
	require.NoError(t, h.driver.OnDuty(t.Context(), 1, ""))
	assert.Equal(t, admit.NoController, h.scan(3).Reason)
	require.ErrorIs(t, h.driver.OnDuty(t.Context(), 9, "ana"), lane.ErrNoLane)
}
