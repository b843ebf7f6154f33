package ingest_test

import (
	"testing"

	"github.com/google/uuid"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"portaria/cloud/internal/ingest"
	"portaria/edge/wire"
)

// of is records that another gate of the venue has made.
func (d dock) of(gate string, events ...wire.Event) []wire.Event {
	for i := range events {
		events[i].Gate, events[i].Record.Gate = gate, gate
	}
	return events
}

// marks is what an answer says is held, by gate.
func marks(acks []wire.Ack) map[string]uint64 {
	out := map[string]uint64{}
	for _, ack := range acks {
		for _, w := range ack.Watermarks {
			out[w.Gate] = max(out[w.Gate], w.Cloud)
		}
	}
	return out
}

func (d dock) count(t *testing.T, query string) (n int) {
	t.Helper()
	require.NoError(t, d.Pool.QueryRow(t.Context(), query).Scan(&n))
	return n
}

func TestBatchesThatWaitAreOneTransactionAndHaveOneAnswer(t *testing.T) {
	d := newDock(t)
	d.Gate(d.organizer, d.hub.Venue, "gate-2")
	acks, err := d.Events(t.Context(), d.hub,
		payload(t, 1, d.admissions(1, 3)...), payload(t, 2, d.of("gate-2", d.admissions(1, 2)...)...), payload(t, 3, d.admissions(3, 6)...))
	require.NoError(t, err)
	require.Len(t, acks, 1)
	assert.EqualValues(t, 3, acks[0].Number, "it names the newest")
	assert.Equal(t, map[string]uint64{"gate-1": 6, "gate-2": 2}, marks(acks))
	assert.Equal(t, 8, d.count(t, "SELECT count(*) FROM entry_events"))
	assert.Equal(t, 1, d.count(t, "SELECT count(DISTINCT txid) FROM entry_events"))
}

func TestInTheMiddleOfBatchesOnlyWhatIsPoisonIsSetAside(t *testing.T) {
	d := newDock(t)
	poison := d.admission(4)
	poison.Event = d.stranger
	acks, err := d.Events(t.Context(), d.hub, payload(t, 1, d.admissions(1, 3)...), payload(t, 2, poison), []byte("rubbish"),
		payload(t, 4, d.admissions(5, 7)...))
	require.NoError(t, err)
	assert.Equal(t, map[string]uint64{"gate-1": 7}, marks(acks))
	assert.Equal(t, 6, d.count(t, "SELECT count(*) FROM entry_events"))
	assert.Equal(t, 4, d.count(t, "SELECT seq FROM quarantine"))
	assert.Contains(t, d.logged.String(), "a batch that can't be read")
}

func TestWhenNoBatchCanBeTakenAllAreRefused(t *testing.T) {
	d := newDock(t)
	_, err := d.Events(t.Context(), d.hub, []byte("rubbish"), payload(t, 2, d.of("gate-9", d.admission(1))...))
	require.ErrorIs(t, err, ingest.ErrRefused)
}

func TestWhatTheDatabaseRefusesOfOneGateKeepsOutNoOther(t *testing.T) {
	d := newDock(t)
	d.Gate(d.organizer, d.hub.Venue, "gate-2")
	d.Exec("ALTER TABLE entry_events ADD CONSTRAINT disk_full CHECK (gate_id <> 'gate-1' OR seq <> 3)")
	batches := [][]byte{payload(t, 1, d.admissions(1, 2)...), payload(t, 2, d.admissions(3, 4)...), payload(t, 3, d.admissions(5, 6)...),
		payload(t, 4, d.of("gate-2", d.admissions(1, 2)...)...)}
	acks, err := d.Events(t.Context(), d.hub, batches...)
	require.Error(t, err, "the hub must send again")
	require.NotErrorIs(t, err, ingest.ErrRefused)
	assert.Equal(t, map[string]uint64{"gate-1": 2, "gate-2": 2}, marks(acks), "what is held is answered all the same")
	assert.NotContains(t, d.logged.String(), "missing=", "what follows what failed is not tried")

	d.Exec("ALTER TABLE entry_events DROP CONSTRAINT disk_full")
	acks, err = d.Events(t.Context(), d.hub, batches...)
	require.NoError(t, err)
	assert.Equal(t, map[string]uint64{"gate-1": 6, "gate-2": 2}, marks(acks))
	assert.Equal(t, 8, d.count(t, "SELECT count(*) FROM entry_events"))
}

func TestTwoCloudsThatTakeTheSameGatesInAnotherOrderDoNotWaitForEachOther(t *testing.T) {
	d := newDock(t)
	d.Gate(d.organizer, d.hub.Venue, "gate-2")
	const rounds = 40
	done := make(chan error, 2)
	for _, flip := range []bool{false, true} {
		go func() {
			for n := range uint64(rounds) {
				batches := [][]byte{payload(t, 2*n+1, d.admissions(n+1, n+1)...), payload(t, 2*n+2, d.of("gate-2", d.admission(n+1))...)}
				if flip {
					batches[0], batches[1] = batches[1], batches[0]
				}
				if _, err := d.Events(t.Context(), d.hub, batches...); err != nil {
					done <- err
					return
				}
			}
			done <- nil
		}()
	}
	require.NoError(t, <-done)
	require.NoError(t, <-done)
	assert.NotContains(t, d.logged.String(), "could not be stored together")
	var stored int
	require.NoError(t, d.Pool.QueryRow(t.Context(), "SELECT count(*) FROM entry_events WHERE organizer_id = $1", uuid.UUID(d.organizer)).Scan(&stored))
	assert.Equal(t, 2*rounds, stored)
}
