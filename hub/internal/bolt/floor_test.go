package bolt_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"portaria/edge/admit"
	"portaria/edge/ticket"
	"portaria/edge/venue"
	"portaria/edge/whitelist"
	"portaria/edge/wire"
	"portaria/floor"
	"portaria/hub/internal/bolt"
)

const patience = 10 * time.Second

var (
	venueID = ticket.EventID{1}
	topics  = wire.GateTopics{Venue: venueID, Gate: "gate-1"}
	run     = wire.Run{Start: 1, Random: 2}
)

// disk is a real store that can be made to fail or to wait.
type disk struct {
	*bolt.Store
	mu      sync.Mutex
	fault   error
	hold    chan struct{}
	commits int
}

func (d *disk) Commit(ctx context.Context, commits []venue.Commit) error {
	d.mu.Lock()
	fault, hold := d.fault, d.hold
	d.commits++
	d.mu.Unlock()
	if hold != nil {
		<-hold
	}
	if fault != nil {
		return fault
	}
	return d.Store.Commit(ctx, commits)
}

func (d *disk) set(fault error, hold chan struct{}) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.fault, d.hold = fault, hold
}

func (d *disk) count() int {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.commits
}

// hall is a floor with what it sent.
type hall struct {
	*floor.Floor
	disk *disk
	mu   sync.Mutex
	acks []wire.Ack
	up   []wire.Event
	pack int
}

func (h *hall) send(topic string, payload []byte, _ byte) error {
	h.mu.Lock()
	defer h.mu.Unlock()
	if topic == topics.Ack() {
		ack, err := wire.Decode[wire.Ack](payload)
		if err != nil {
			return err
		}
		h.acks = append(h.acks, ack)
	}
	return nil
}

func (h *hall) sendUp(events wire.Events) error {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.up = append(h.up, events.Events...)
	h.pack++
	return nil
}

func (h *hall) held() (held uint64) {
	h.mu.Lock()
	defer h.mu.Unlock()
	for _, ack := range h.acks {
		for _, w := range ack.Watermarks {
			held = max(held, w.Hub)
		}
	}
	return held
}

func newHall(t *testing.T, dir string) *hall {
	t.Helper()
	store, notices, err := bolt.Open(dir)
	require.NoError(t, err)
	require.Empty(t, notices)
	h := &hall{disk: &disk{Store: store}}
	h.Floor, err = floor.New(floor.Config{Hub: "hub-1", Venue: venueID, Run: "r", Store: h.disk, Send: h.send, SendUp: h.sendUp,
		Log: slog.New(slog.DiscardHandler)})
	require.NoError(t, err)
	ctx, stop := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- h.Run(ctx) }()
	h.beat(t, 1) // as a gate does before all else
	require.Eventually(t, func() bool { v := h.View().Venue; return len(v.Gates) == 1 && v.Gates[0].Run == run && v.Head > 0 }, patience, time.Millisecond)
	t.Cleanup(func() {
		h.disk.set(nil, nil)
		stop()
		assert.NoError(t, <-ended)
		assert.NoError(t, store.Close())
	})
	return h
}

func (h *hall) beat(t *testing.T, number uint64) {
	t.Helper()
	raw, err := wire.Encode(wire.State{Number: number, Gate: "gate-1", Run: run, Runs: []wire.RunState{{Run: run}}})
	require.NoError(t, err)
	require.NoError(t, h.Publish("gate-1", topics.State(), raw))
}

func batch(t *testing.T, from, n uint64) []byte { return batchOf(t, "gate-1", from, n) }

// batchOf is records of a gate: no two gates make the same scan.
func batchOf(t *testing.T, gate string, from, n uint64) []byte {
	t.Helper()
	m := wire.Events{Number: from, Gate: gate, Run: run}
	for seq := from; seq < from+n; seq++ {
		scan := admit.ScanID{byte(seq), byte(seq >> 8)}
		copy(scan[4:], gate)
		m.Events = append(m.Events, wire.Event{Gate: gate, Run: run, Seq: seq, Type: wire.Admission, Scan: scan,
			Ref: whitelist.Ref{byte(seq), byte(seq >> 8)}, Record: &admit.Record{Scan: scan, Kind: admit.Entry, Gate: gate}})
	}
	raw, err := wire.Encode(m)
	require.NoError(t, err)
	return raw
}

func TestABatchIsDurableBeforeItMayBeAcknowledged(t *testing.T) {
	h := newHall(t, t.TempDir())
	hold, before := make(chan struct{}), h.disk.count()
	h.disk.set(nil, hold)
	first, again := make(chan error, 1), make(chan error, 1)
	go func() { first <- h.Publish("gate-1", topics.Events(), batch(t, 1, 3)) }()
	require.Eventually(t, func() bool { return h.disk.count() == before+1 }, patience, time.Millisecond)
	go func() { again <- h.Publish("gate-1", topics.Events(), batch(t, 1, 3)) }()
	select {
	case <-first:
		t.Fatal("acknowledged before it was durable")
	case <-again:
		t.Fatal("a batch sent twice was acknowledged before the first was durable")
	case <-time.After(200 * time.Millisecond):
	}
	assert.Zero(t, h.held())
	h.disk.set(nil, nil)
	close(hold)
	assert.NoError(t, <-first)
	assert.NoError(t, <-again)
	require.Eventually(t, func() bool { return h.held() == 3 }, patience, time.Millisecond)
	events, err := h.disk.Journal("gate-1", run, 1, 10)
	require.NoError(t, err)
	assert.Len(t, events, 3)
}

// later hands a batch over, and gives how it was answered.
func (h *hall) later(t *testing.T, from, n uint64) <-chan error {
	t.Helper()
	answer := make(chan error, 1)
	require.True(t, h.PublishLater("gate-1", topics.Events(), batch(t, from, n), func(err error) { answer <- err }))
	return answer
}

func TestAGatesBatchesShareATransactionAndAreAnsweredWhenItIsDurable(t *testing.T) {
	h := newHall(t, t.TempDir())
	hold, before := make(chan struct{}), h.disk.count()
	h.disk.set(nil, hold)
	var answers []<-chan error
	for n := range uint64(40) {
		answers = append(answers, h.later(t, 1+3*n, 3))
	}
	require.Eventually(t, func() bool { return h.disk.count() == before+1 }, patience, time.Millisecond)
	for _, answer := range answers {
		select {
		case <-answer:
			t.Fatal("answered before it was durable")
		case <-time.After(2 * time.Millisecond):
		}
	}
	h.disk.set(nil, nil)
	close(hold)
	for _, answer := range answers {
		require.NoError(t, <-answer)
	}
	assert.LessOrEqual(t, h.disk.count()-before, 3)
	events, err := h.disk.Journal("gate-1", run, 1, 1000)
	require.NoError(t, err)
	assert.Len(t, events, 120)
}

func TestAGateThatSendsFasterThanTheDiskTakesWaitsAndHoldsUpNoOther(t *testing.T) {
	h := newHall(t, t.TempDir())
	hold := make(chan struct{})
	h.disk.set(nil, hold)
	var handed atomic.Int64
	sent := make(chan struct{})
	go func() {
		defer close(sent)
		for n := range uint64(100) {
			h.later(t, 1+n, 1)
			handed.Add(1)
		}
	}()
	require.Eventually(t, func() bool { return handed.Load() > 10 }, patience, time.Millisecond)
	assert.Never(t, func() bool { return handed.Load() > 65 }, 200*time.Millisecond, time.Millisecond)
	other := make(chan error, 1)
	two := wire.GateTopics{Venue: venueID, Gate: "gate-2"}
	payload := batchOf(t, "gate-2", 1, 1)
	require.True(t, h.PublishLater("gate-2", two.Events(), payload, func(err error) { other <- err }))
	h.disk.set(nil, nil)
	close(hold)
	<-sent
	require.NoError(t, <-other)
	require.Eventually(t, func() bool { return h.held() == 100 }, patience, time.Millisecond)
}

func TestBatchesUnderWayWhenTheDiskFailsAreAnsweredSoAndComeAgain(t *testing.T) {
	h := newHall(t, t.TempDir())
	hold, full := make(chan struct{}), errors.New("no space left")
	h.disk.set(full, hold)
	first, second := h.later(t, 1, 3), h.later(t, 4, 3)
	close(hold)
	require.ErrorIs(t, <-first, full)
	h.disk.set(nil, nil)
	<-second // after a batch that was not stored nothing is acknowledged, whatever is said of it
	require.Eventually(t, func() bool { return <-h.later(t, 1, 3) == nil && <-h.later(t, 4, 3) == nil }, patience, 10*time.Millisecond)
	events, err := h.disk.Journal("gate-1", run, 1, 10)
	require.NoError(t, err)
	assert.Len(t, events, 6)
}

func TestOnlyRecordsAreAnsweredLater(t *testing.T) {
	h := newHall(t, t.TempDir())
	never := func(error) { t.Error("answered what was not taken") }
	assert.False(t, h.PublishLater("gate-1", topics.State(), []byte("{}"), never))
	assert.False(t, h.PublishLater("gate-1", "elsewhere", nil, never))
	refused := make(chan error, 1)
	assert.True(t, h.PublishLater("gate-1", topics.Events(), []byte("{"), func(err error) { refused <- err }))
	assert.ErrorIs(t, <-refused, floor.ErrRefused)
	assert.EqualValues(t, 1, h.View().Refused)
}

func TestAFailedDiskAcknowledgesNothingAndWorksAgainLater(t *testing.T) {
	h := newHall(t, t.TempDir())
	require.NoError(t, h.Publish("gate-1", topics.Events(), batch(t, 1, 2)))
	require.Eventually(t, func() bool { return h.held() == 2 }, patience, time.Millisecond)
	full := errors.New("no space left")
	h.disk.set(full, nil)
	require.ErrorIs(t, h.Publish("gate-1", topics.Events(), batch(t, 3, 2)), full)
	assert.EqualValues(t, 2, h.held())
	h.disk.set(nil, nil)
	require.Eventually(t, func() bool { return h.Publish("gate-1", topics.Events(), batch(t, 3, 2)) == nil }, patience, 10*time.Millisecond)
	h.beat(t, 9)
	require.Eventually(t, func() bool { return h.held() == 4 }, patience, time.Millisecond)
	events, err := h.disk.Journal("gate-1", run, 1, 10)
	require.NoError(t, err)
	assert.Len(t, events, 4, "nothing that was acknowledged is lost, and nothing is there twice")
}

func TestManyGatesShareATransaction(t *testing.T) {
	h := newHall(t, t.TempDir())
	hold, before := make(chan struct{}), h.disk.count()
	h.disk.set(nil, hold)
	var wg sync.WaitGroup
	for n := range 60 {
		wg.Go(func() {
			gate := fmt.Sprintf("gate-%d", n)
			payload := batchOf(t, gate, 1, 1)
			assert.NoError(t, h.Publish(gate, wire.GateTopics{Venue: venueID, Gate: gate}.Events(), payload))
		})
	}
	require.Eventually(t, func() bool { return h.disk.count() == before+1 && len(h.View().Venue.Gates) == 60 }, patience, time.Millisecond)
	h.disk.set(nil, nil)
	close(hold)
	wg.Wait()
	assert.LessOrEqual(t, h.disk.count()-before, 3)
}

func TestARestartedFloorSendsOnWhatItHolds(t *testing.T) {
	dir := t.TempDir()
	t.Run("before", func(t *testing.T) {
		h := newHall(t, dir)
		require.NoError(t, h.Publish("gate-1", topics.Events(), batch(t, 1, 40)))
		require.NoError(t, h.Publish("gate-1", topics.Events(), batch(t, 41, 40)))
	})
	h := newHall(t, dir)
	h.Do(venue.CloudLink{Up: true})
	seen := func() map[uint64]bool {
		h.mu.Lock()
		defer h.mu.Unlock()
		out := map[uint64]bool{}
		for _, e := range h.up {
			out[e.Seq] = true
		}
		return out
	}
	require.Eventually(t, func() bool { return len(seen()) == 80 }, patience, 5*time.Millisecond)
	assert.Equal(t, 80, h.HubState().Pending)
	number := h.HubState().Number
	h.Do(venue.CloudAcked{Ack: wire.Ack{Number: number, Watermarks: []wire.Watermark{{Gate: "gate-1", Run: run, Cloud: 80}}}})
	require.Eventually(t, func() bool { return h.HubState().Pending == 0 }, patience, time.Millisecond)
}

func TestMessagesThatCannotBeTakenAreRefusedAndCounted(t *testing.T) {
	h := newHall(t, t.TempDir())
	for why, row := range map[string]struct {
		topic   string
		payload []byte
	}{
		"not JSON":              {topics.Events(), []byte("{")},
		"another gate's events": {topics.Events(), batchOf(t, "gate-2", 1, 1)},
		"binary":                {topics.State(), []byte{0, 255, 1}},
		"a claim of nothing":    {topics.Claim(), []byte(`{"v":1}`)},
		"a topic of the hub's":  {topics.Ruling(), []byte(`{"v":1}`)},
		"no topic":              {"elsewhere", nil},
		"a megabyte":            {topics.Events(), bytes.Repeat([]byte("x"), 1<<20)},
	} {
		assert.ErrorIs(t, h.Publish("gate-1", row.topic, row.payload), floor.ErrRefused, why)
	}
	v := h.View()
	assert.EqualValues(t, 7, v.Refused)
	require.Len(t, v.Refusals, 7)
	for _, r := range v.Refusals {
		assert.LessOrEqual(t, len(r.Head), 240)
		assert.NotEmpty(t, r.Why)
	}
}
