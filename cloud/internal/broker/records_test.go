package broker_test

import (
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"portaria/edge/admit"
	"portaria/edge/whitelist"
	"portaria/edge/wire"
)

var run = wire.Run{Start: 3, Random: 0xabc}

func (c *cloud) batch(t *testing.T, number uint64, seqs ...uint64) []byte {
	t.Helper()
	batch := wire.Events{Number: number, Gate: "gate-1", Run: run}
	for _, seq := range seqs {
		batch.Events = append(batch.Events, c.record(seq))
	}
	raw, err := wire.Encode(batch)
	require.NoError(t, err)
	return raw
}

// record is of somebody who was let in.
func (c *cloud) record(seq uint64) wire.Event {
	scan, now := admit.ScanID{byte(seq), byte(seq >> 8)}, time.Now().UnixMilli()
	return wire.Event{
		Gate: "gate-1", Run: run, Seq: seq, Type: wire.Admission, Scan: scan, Ref: whitelist.Ref{byte(seq), byte(seq >> 8)},
		Event: c.event, Reason: admit.OK, At: now, Clock: admit.Synced, Lane: 1,
		Record: &admit.Record{Scan: scan, Kind: admit.Entry, At: now, Gate: "gate-1", Lane: 1},
	}
}

// held sends a batch until it is answered, and gives the cloud's watermark.
func (h hub) held(t *testing.T, number uint64, raw []byte) uint64 {
	t.Helper()
	var ack wire.Ack
	require.Eventually(t, func() bool {
		if h.Publish(h.topics.Events(), 1, raw) != nil {
			return false
		}
		select {
		case m := <-h.Messages():
			var err error
			ack, err = wire.Decode[wire.Ack](m.Payload)
			return m.Topic == h.topics.Ack() && err == nil && ack.Number == number
		case <-time.After(200 * time.Millisecond):
			return false
		}
	}, patience, time.Millisecond)
	assert.Equal(t, "life-1", ack.Incarnation)
	return ack.Watermarks[0].Cloud
}

func (c *cloud) stored(t *testing.T) (n int) {
	t.Helper()
	require.NoError(t, c.Pool.QueryRow(t.Context(), "SELECT count(*) FROM entry_events WHERE venue_id = $1",
		uuid.UUID(c.venue)).Scan(&n))
	return n
}

func TestRecordsComeOverMQTTAndAreAnsweredOnceTheyAreHeld(t *testing.T) {
	c := newCloud(t)
	c.open(t)
	h := c.connect(t, "hub-1", wire.HubTopics{Hub: "hub-1"}.Ack())
	require.Eventually(t, h.Up, patience, time.Millisecond)
	assert.EqualValues(t, 2, h.held(t, 1, c.batch(t, 1, 1, 2)))
	assert.EqualValues(t, 2, h.held(t, 2, c.batch(t, 2, 4, 5)), "not past the gap")
	assert.EqualValues(t, 5, h.held(t, 3, c.batch(t, 3, 2, 3, 4, 5)))
	assert.Equal(t, 5, c.stored(t))
}

func TestRubbishIsRefusedAndWhatFollowsIsTaken(t *testing.T) {
	c := newCloud(t)
	c.open(t)
	h := c.connect(t, "hub-1", wire.HubTopics{Hub: "hub-1"}.Ack())
	require.Eventually(t, h.Up, patience, time.Millisecond)
	for _, rubbish := range []string{"", "{", "\x00\xff", `{"v":1}`, `{"v":99,"gate":"gate-1"}`, strings.Repeat("x", 1<<20)} {
		_ = h.Publish(h.topics.Events(), 1, []byte(rubbish))
		_ = h.Publish(h.topics.State(), 0, []byte(rubbish))
	}
	assert.EqualValues(t, 1, h.held(t, 1, c.batch(t, 1, 1)))
	assert.Equal(t, 1, c.stored(t))
}

func TestWhileTheDatabaseFailsNothingIsAnsweredAndNothingIsLost(t *testing.T) {
	t.Parallel()
	c := newCloud(t)
	c.open(t)
	h := c.connect(t, "hub-1", wire.HubTopics{Hub: "hub-1"}.Ack())
	require.Eventually(t, h.Up, patience, time.Millisecond)
	c.Exec("ALTER TABLE entry_events RENAME TO away")
	require.NoError(t, h.Publish(h.topics.Events(), 1, c.batch(t, 7, 1)))
	require.Eventually(t, func() bool { return !h.Up() }, patience, time.Millisecond, "cut off, so that it sends again")
	assert.Empty(t, h.Messages())
	c.Exec("ALTER TABLE away RENAME TO entry_events")
	assert.EqualValues(t, 1, h.held(t, 7, c.batch(t, 7, 1)))
	assert.Equal(t, 1, c.stored(t))
}
