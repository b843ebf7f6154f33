package bolt_test

import (
	"crypto/sha256"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.etcd.io/bbolt"

	"portaria/bolt"
	"portaria/edge/admit"
	"portaria/edge/venue"
	"portaria/edge/whitelist"
	"portaria/edge/wire"
	hubbolt "portaria/hub/internal/bolt"
)

// stretch is records of a run that follow each other, each of another right.
func stretch(gate string, run wire.Run, from, to uint64) (out []wire.Event) {
	for seq := from; seq <= to; seq++ {
		e := record(gate, run, seq, admit.Entry)
		e.Ref = whitelist.Ref{1, byte(seq), byte(seq >> 8)}
		out = append(out, e)
	}
	return out
}

func seqs(t *testing.T, s *hubbolt.Store, gate string, from uint64, limit int) (out []uint64) {
	t.Helper()
	events, err := s.Journal(gate, first, from, limit)
	require.NoError(t, err)
	for _, e := range events {
		require.Equal(t, gate, e.Gate)
		out = append(out, e.Seq)
	}
	return out
}

func count(from, to uint64) (out []uint64) {
	for ; from <= to; from++ {
		out = append(out, from)
	}
	return out
}

func TestRecordsStoredTogetherAreReadFromAnyOfThem(t *testing.T) {
	s := open(t, t.TempDir())
	commit(t, s, venue.Commit{Number: 1, Events: stretch("gate-1", first, 1, 40)},
		venue.Commit{Number: 2, Events: stretch("gate-1", first, 41, 300)},
		venue.Commit{Number: 3, Events: append(stretch("gate", first, 1, 5), stretch("gate-2", first, 1, 5)...)})
	commit(t, s, venue.Commit{Number: 4, Events: stretch("gate-1", first, 301, 302)})
	for _, row := range []struct {
		why         string
		gate        string
		from, until uint64
		limit       int
	}{
		{"all", "gate-1", 1, 302, 1000},
		{"from the middle of a piece", "gate-1", 70, 302, 1000},
		{"from a piece's last", "gate-1", 64, 302, 1000},
		{"the newest", "gate-1", 302, 302, 10},
		{"some", "gate-1", 60, 69, 10},
		{"the first gate of all", "gate", 2, 5, 10},
		{"the last gate of all", "gate-2", 4, 5, 10},
	} {
		assert.Equal(t, count(row.from, row.until), seqs(t, s, row.gate, row.from, row.limit), row.why)
	}
	assert.Empty(t, seqs(t, s, "gate-1", 303, 10))
	assert.Empty(t, seqs(t, s, "gate-2", 6, 10))
	assert.Empty(t, seqs(t, s, "gate-3", 1, 10))
}

func TestPruningCutsAPieceWhereItMust(t *testing.T) {
	for _, to := range []uint64{1, 39, 63, 64, 65, 127, 128, 129, 150, 199} {
		t.Run(fmt.Sprint(to), func(t *testing.T) {
			s := open(t, t.TempDir())
			commit(t, s, venue.Commit{Number: 1, Events: append(stretch("gate-1", first, 1, 200), stretch("gate-2", first, 1, 3)...)})
			require.NoError(t, s.Prune(t.Context(), "gate-1", first, to))
			require.NoError(t, s.Prune(t.Context(), "gate-1", first, to), "what is gone already is no error")
			assert.Equal(t, count(to+1, 200), seqs(t, s, "gate-1", 1, 1000))
			assert.Equal(t, count(1, 3), seqs(t, s, "gate-2", 1, 1000))
			require.NoError(t, s.Prune(t.Context(), "gate-1", first, 500))
			assert.Empty(t, seqs(t, s, "gate-1", 1, 1000))
			boot, err := s.Boot()
			require.NoError(t, err)
			assert.Len(t, boot.History, 200, "histories stay")
		})
	}
}

func TestAShorterPieceTakesNothingAway(t *testing.T) {
	s := open(t, t.TempDir())
	commit(t, s, venue.Commit{Number: 1, Events: stretch("gate-1", first, 1, 20)})
	commit(t, s, venue.Commit{Number: 2, Events: stretch("gate-1", first, 1, 3)})
	assert.Equal(t, count(1, 20), seqs(t, s, "gate-1", 1, 100))
	commit(t, s, venue.Commit{Number: 3, Events: stretch("gate-1", first, 1, 25)})
	assert.Equal(t, count(1, 25), seqs(t, s, "gate-1", 1, 100))
}

func TestWhatARightStandsForIsTheMostThatWasSaid(t *testing.T) {
	s := open(t, t.TempDir())
	say := func(gate string, uses int) wire.Event {
		e := record(gate, first, 1, admit.Entry)
		e.Terms = &admit.Terms{Use: whitelist.UseSingle, Uses: uses}
		return e
	}
	for number, e := range []wire.Event{say("gate-2", 1), say("gate-3", 3), say("gate-1", 2)} {
		commit(t, s, venue.Commit{Number: uint64(number + 1), Events: []wire.Event{e}})
	}
	require.NoError(t, s.Prune(t.Context(), "gate-3", first, 1))
	boot, err := s.Boot()
	require.NoError(t, err)
	assert.Equal(t, 3, boot.Rights[ref].Terms.Uses)
	assert.Len(t, boot.History[ref], 3)
}

func TestOneWhoLeavesOnACodeThatNobodyKnowsIsInNoHistory(t *testing.T) {
	s := open(t, t.TempDir())
	e := record("gate-1", first, 1, admit.Exit)
	e.Ref, e.Terms = whitelist.Ref{}, nil
	commit(t, s, venue.Commit{Number: 1, Events: []wire.Event{e}})
	boot, err := s.Boot()
	require.NoError(t, err)
	assert.Empty(t, boot.History)
	assert.Equal(t, count(1, 1), seqs(t, s, "gate-1", 1, 10))
}

// layOld writes a store as programs did that kept each record, history and right under a key of its own.
func layOld(t *testing.T, dir string, events []wire.Event) {
	t.Helper()
	db, err := bolt.Open(filepath.Join(dir, "journal.db"), bolt.Options{})
	require.NoError(t, err)
	require.NoError(t, db.Commit(t.Context(), func(tx *bbolt.Tx) error {
		at := map[string]*bbolt.Bucket{}
		for _, name := range []string{"journal", "history", "rights", "marks"} {
			if at[name], err = tx.CreateBucketIfNotExists([]byte(name)); err != nil {
				return err
			}
		}
		for _, e := range events {
			run := binary.BigEndian.AppendUint32(binary.BigEndian.AppendUint32(append([]byte(e.Gate), 0), e.Run.Start), e.Run.Random)
			record := marshal(t, e.Record)
			sum := sha256.Sum256(record)
			require.NoError(t, bolt.Put(at["journal"], binary.BigEndian.AppendUint64(run, e.Seq), marshal(t, e)))
			require.NoError(t, bolt.Put(at["history"], append(e.Ref[:], sum[:16]...), record))
			require.NoError(t, bolt.Put(at["rights"], e.Ref[:], marshal(t, wire.RightOf(&e))))
		}
		return bolt.Put(at["marks"], binary.BigEndian.AppendUint32(binary.BigEndian.AppendUint32([]byte("gate-1\x00"), first.Start), first.Random),
			marshal(t, venue.Mark{Gate: "gate-1", Run: first, Held: 100}))
	}))
	require.NoError(t, db.Close())
}

func marshal(t *testing.T, v any) []byte {
	t.Helper()
	raw, err := json.Marshal(v)
	require.NoError(t, err)
	return raw
}

func TestAStoreOfAnOlderProgramIsReadAndGoesOn(t *testing.T) {
	dir := t.TempDir()
	layOld(t, dir, stretch("gate-1", first, 1, 100))
	s := open(t, dir)
	boot, err := s.Boot()
	require.NoError(t, err)
	assert.Len(t, boot.History, 100)
	assert.Len(t, boot.Rights, 100)
	assert.Equal(t, []venue.Mark{{Gate: "gate-1", Run: first, Held: 100}}, boot.Marks)
	next := stretch("gate-1", first, 101, 150)
	next[0].Ref = whitelist.Ref{1, 7} // a second record of an old right
	again := record("gate-1", first, 151, admit.Entry)
	again.Ref, again.Scan, again.Record.Scan = whitelist.Ref{1, 8}, admit.ScanID{8}, admit.ScanID{8} // what is known already
	commit(t, s, venue.Commit{Number: 1, Events: append(next, again)})
	assert.Equal(t, count(1, 151), seqs(t, s, "gate-1", 1, 1000))
	require.NoError(t, s.Prune(t.Context(), "gate-1", first, 120))
	require.NoError(t, s.Close())

	s = open(t, dir)
	assert.Equal(t, count(121, 151), seqs(t, s, "gate-1", 1, 1000))
	boot, err = s.Boot()
	require.NoError(t, err)
	assert.Len(t, boot.History, 149)
	assert.Len(t, boot.History[whitelist.Ref{1, 7}], 2)
	assert.Len(t, boot.History[whitelist.Ref{1, 8}], 1)
}
