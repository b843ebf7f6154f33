package floor

import (
	"testing"

	"github.com/stretchr/testify/assert"

	"portaria/edge/venue"
	"portaria/edge/wire"
)

var lately = wire.Run{Start: 1, Random: 2}

func piece(gate string, run wire.Run, from, to uint64) (out []wire.Event) {
	for ; from <= to; from++ {
		out = append(out, wire.Event{Gate: gate, Run: run, Seq: from})
	}
	return out
}

func TestWhatWasStoredLatelyIsReadWithoutTheDisk(t *testing.T) {
	r := &recent{}
	r.keep([]venue.Commit{{Events: piece("gate-1", lately, 5, 24)}, {}, {Events: append(piece("gate-2", lately, 1, 3), piece("gate-1", lately, 25, 30)...)}})
	r.keep([]venue.Commit{{Events: piece("gate-1", lately, 31, 40)}})
	for _, row := range []struct {
		why      string
		gate     string
		run      wire.Run
		from     uint64
		limit    int
		want, to uint64 // to 0 = nothing
	}{
		{"all of it", "gate-1", lately, 5, 100, 5, 40},
		{"from the middle of a piece", "gate-1", lately, 20, 100, 20, 40},
		{"as much as is asked for", "gate-1", lately, 20, 7, 20, 26},
		{"another gate", "gate-2", lately, 2, 100, 2, 3},
		{"what is older", "gate-1", lately, 4, 100, 0, 0},
		{"what is still to come", "gate-1", lately, 41, 100, 0, 0},
		{"another run", "gate-1", wire.Run{Start: 2, Random: 2}, 5, 100, 0, 0},
		{"a stranger", "gate-3", lately, 1, 100, 0, 0},
	} {
		var want []wire.Event
		if row.to > 0 {
			want = piece(row.gate, row.run, row.want, row.to)
		}
		assert.Equal(t, want, r.read(row.gate, row.run, row.from, row.limit), row.why)
	}
}

func TestAGapEndsWhatIsReadWithoutTheDisk(t *testing.T) {
	r := &recent{}
	r.keep([]venue.Commit{{Events: piece("gate-1", lately, 1, 3)}, {Events: piece("gate-1", lately, 7, 9)}})
	assert.Equal(t, piece("gate-1", lately, 2, 3), r.read("gate-1", lately, 2, 100))
}

func TestWhatWasStoredLatelyIsBounded(t *testing.T) {
	r := &recent{}
	for from := uint64(1); from < 20_000; from += 20 {
		r.keep([]venue.Commit{{Events: piece("gate-1", lately, from, from+19)}})
		assert.LessOrEqual(t, r.records, recentRecords)
	}
	assert.Empty(t, r.read("gate-1", lately, 15_000, 10))
	assert.Len(t, r.read("gate-1", lately, 17_000, 10_000), 3001)
}
