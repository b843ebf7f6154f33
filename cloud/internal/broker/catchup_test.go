package broker_test

import (
	"context"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"portaria/deploy/brokers"
	"portaria/edge/wire"
)

// catchUp sends a journal of its own run as a hub does, a window at a time and again until the cloud holds all of it.
// Moved is told how far it has come.
func (v *venue) catchUp(t *testing.T, h hub, start uint32, records uint64, moved func(held uint64)) {
	t.Helper()
	journal := make([]wire.Event, 0, records)
	for seq := range records {
		e := v.record(seq + 1)
		e.Run.Start = start
		journal = append(journal, e)
	}
	out, number, held, began := wire.Outbox{}, uint64(0), uint64(0), time.Now()
	tick := time.NewTicker(5 * time.Millisecond)
	defer tick.Stop()
	deadline := time.After(outage)
	for held < records {
		now := time.Since(began).Milliseconds()
		for {
			_, from, ask := out.Next(now, held, records)
			if ask == 0 {
				break
			}
			parts, err := wire.SplitEvents(out.Read(now, journal[from-1:from-1+uint64(ask)])) //nolint:gosec // small
			require.NoError(t, err)
			for _, part := range parts {
				number++
				part.Number = number
				raw, err := wire.Encode(part)
				require.NoError(t, err)
				_ = h.Publish(h.topics.Events(), 1, raw) // what is lost is sent again
			}
		}
		select {
		case m := <-h.Messages():
			ack, err := wire.Decode[wire.Ack](m.Payload)
			if m.Topic != h.topics.Ack() || err != nil {
				continue
			}
			for _, w := range ack.Watermarks {
				if w.Run.Start == start && w.Cloud > held {
					held = w.Cloud
					assert.GreaterOrEqual(t, v.held(t, start), held, "what is answered is committed")
					out.Progress(now, held, false)
					moved(held)
				}
			}
		case <-tick.C:
		case <-deadline:
			require.FailNow(t, "catching up stands still", "at %d of %d", held, records)
		}
	}
}

// held is up to where every record of a run is in the database.
func (v *venue) held(t *testing.T, start uint32) (n uint64) {
	t.Helper()
	require.NoError(t, v.Pool.QueryRow(t.Context(), "SELECT count(*) FROM entry_events WHERE run = $1 AND seq <= (SELECT max(seq) FROM watermarks WHERE run = $1)",
		wire.Run{Start: start, Random: run.Random}.String()).Scan(&n))
	return n
}

// once checks that each record of a run is stored, once, and in which order they were.
func (v *venue) once(t *testing.T, start uint32, records int) {
	t.Helper()
	rows, err := v.Pool.Query(t.Context(), "SELECT seq FROM entry_events WHERE run = $1 ORDER BY txid, position",
		wire.Run{Start: start, Random: run.Random}.String())
	require.NoError(t, err)
	defer rows.Close()
	want := 0
	for rows.Next() {
		var seq int
		require.NoError(t, rows.Scan(&seq))
		want++
		require.Equal(t, want, seq)
	}
	assert.Equal(t, records, want)
}

func TestAnEveningCatchesUpInFewTransactions(t *testing.T) {
	v := newVenue(t, nil)
	h := v.join(t, "hub-1")
	require.Eventually(t, h.Up, outage, time.Millisecond)
	const records = 4000
	v.catchUp(t, h, 100, records, func(uint64) {})
	v.once(t, 100, records)
	var transactions int
	require.NoError(t, v.Pool.QueryRow(t.Context(), "SELECT count(DISTINCT txid) FROM entry_events").Scan(&transactions))
	assert.Less(t, transactions, records/30, "messages that wait are stored together")
}

// TestNothingIsLostOrDoubledWhenTheDatabaseDropsTheCloudInTheMiddle is a cloud whose transactions end anyhow: rolled back,
// or committed without a word.
func TestNothingIsLostOrDoubledWhenTheDatabaseDropsTheCloudInTheMiddle(t *testing.T) {
	t.Parallel()
	v := newVenue(t, nil)
	h := v.join(t, "hub-1")
	require.Eventually(t, h.Up, outage, time.Millisecond)
	ctx, stop := context.WithCancel(t.Context())
	dropped := make(chan int, 1)
	conn, err := v.Pool.Acquire(t.Context())
	require.NoError(t, err)
	go func() {
		defer conn.Release()
		tick := time.NewTicker(50 * time.Millisecond)
		defer tick.Stop()
		n := 0
		for n < 20 && ctx.Err() == nil {
			<-tick.C
			tag, err := conn.Exec(context.Background(), `SELECT pg_terminate_backend(pid) FROM pg_stat_activity
				WHERE datname = current_database() AND pid <> pg_backend_pid() AND query ~ '^-- name: (AddEvents|LockWatermarks|MoveWatermarks) ' AND state <> 'idle'`)
			if err == nil {
				n += int(tag.RowsAffected())
			}
		}
		dropped <- n
	}()
	const records = 3000
	v.catchUp(t, h, 101, records, func(uint64) {})
	stop()
	t.Log("transactions ended:", <-dropped)
	v.once(t, 101, records)
}

func TestNothingIsLostOrDoubledWhenTheCloudEndsInTheMiddle(t *testing.T) {
	t.Parallel()
	v := newVenue(t, nil)
	h := v.join(t, "hub-1")
	require.Eventually(t, h.Up, outage, time.Millisecond)
	const records = 3000
	cut := false
	v.catchUp(t, h, 102, records, func(held uint64) {
		if held > records/3 && !cut {
			cut = true
			v.cut(t)
		}
	})
	assert.True(t, cut)
	v.once(t, 102, records)
}

func TestTwoCloudsStoreTheSameEveningOnce(t *testing.T) {
	t.Parallel()
	node, err := brokers.Mosquitto(t.Context(), t.TempDir(), names)
	require.NoError(t, err)
	v := newVenue(t, []*brokers.Node{node})
	other := *v
	other.cloud = &cloud{World: v.World, organizer: v.organizer, venue: v.cloud.venue, event: v.event, token: v.token}
	other.open(t, "cloud-2")
	h, second := v.join(t, "hub-1"), v.join(t, "hub-2")
	require.Eventually(t, func() bool { return h.Up() && second.Up() }, outage, time.Millisecond)
	const records = 3000
	left := false
	v.catchUp(t, h, 103, records, func(held uint64) {
		if held > records/2 && !left {
			left = true
			other.close(t)
		}
	})
	assert.True(t, left)
	v.once(t, 103, records)
}
