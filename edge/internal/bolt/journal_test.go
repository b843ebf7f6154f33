package bolt_test

import (
	"encoding/binary"
	"os"
	"path/filepath"
	"reflect"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.etcd.io/bbolt"

	shared "portaria/bolt"
	"portaria/edge/admit"
	"portaria/edge/gate"
	"portaria/edge/internal/bolt"
	"portaria/edge/whitelist"
	"portaria/edge/wire"
)

func openJournal(t testing.TB, dir string) *bolt.Journal {
	t.Helper()
	j, err := bolt.OpenJournal(dir)
	require.NoError(t, err)
	t.Cleanup(func() { j.Close() })
	return j
}

func recall(t testing.TB, j *bolt.Journal) bolt.Recalled {
	t.Helper()
	r, err := j.Recall()
	require.NoError(t, err)
	return r
}

func scanID(n uint64) (id admit.ScanID) {
	binary.BigEndian.PutUint64(id[8:], n)
	return id
}

func ref(n uint64) (r whitelist.Ref) {
	binary.BigEndian.PutUint64(r[:], n)
	return r
}

var run1, run2 = wire.Run{Start: 1, Random: 0xffffffff}, wire.Run{Start: 2, Random: 7}

func admission(run wire.Run, seq uint64) wire.Event {
	return wire.Event{Gate: "g1", Run: run, Seq: seq, Type: wire.Admission, Scan: scanID(seq), Ref: ref(seq % 3),
		Record: &admit.Record{Scan: scanID(seq), Kind: admit.Entry, Gate: "g1", At: int64(seq)}}
}

func passed(run wire.Run, seq, scan uint64) wire.Event {
	return wire.Event{Gate: "g1", Run: run, Seq: seq, Type: wire.Outcome, Scan: scanID(scan), Ref: ref(scan % 3),
		Record: &admit.Record{Scan: scanID(scan), Kind: admit.Passed, Gate: "g1", At: int64(seq)}}
}

func TestAnEmptyJournalRecallsNothing(t *testing.T) {
	r := recall(t, openJournal(t, t.TempDir()))
	assert.Zero(t, r.Memory)
	assert.Empty(t, r.History)
	assert.Empty(t, r.Intents)
	assert.Empty(t, r.Damaged)
}

func TestWhatWasCommittedIsRecalled(t *testing.T) {
	dir := t.TempDir()
	j := openJournal(t, dir)
	other := gate.Remember{Ref: ref(9), Record: admit.Record{Scan: scanID(900), Kind: admit.Entry, Gate: "g2", Lane: 3}}
	memory := gate.Memory{Starts: 2, Term: 5, Hub: "h1", Head: 77, Runs: []gate.RunMemory{{Run: run1, Last: 1, Hub: 1}}}
	require.NoError(t, j.Commit(t.Context(), []wire.Event{admission(run1, 1), passed(run1, 2, 1), admission(run1, 3)},
		[]gate.Remember{other}, &memory))
	require.NoError(t, j.Commit(t.Context(), []wire.Event{admission(run2, 1)}, nil, nil))
	require.NoError(t, j.Close())

	r := recall(t, openJournal(t, dir))
	assert.Empty(t, r.Damaged)
	assert.Equal(t, uint32(2), r.Memory.Starts)
	assert.Equal(t, []gate.RunMemory{{Run: run1, Last: 3, Hub: 1}, {Run: run2, Last: 1}}, r.Memory.Runs,
		"the records say where each run ended, and name a run that the memory missed")
	assert.Len(t, r.History[ref(1)], 2, "one right: entry and passage (two scans share a scan id here)")
	assert.Equal(t, []admit.Record{other.Record}, r.History[ref(9)])
	assert.Equal(t, []wire.Event{admission(run1, 3)}, r.Intents[:1])
}

func TestReadingGivesContiguousRecordsOfOneRun(t *testing.T) {
	j := openJournal(t, t.TempDir())
	var events []wire.Event
	for seq := uint64(1); seq <= 300; seq++ {
		events = append(events, admission(run1, seq))
	}
	require.NoError(t, j.Commit(t.Context(), append(events, admission(run2, 1)), nil, nil))
	got, err := j.Read(run1, 100, 50)
	require.NoError(t, err)
	assert.Equal(t, events[99:149], got)
	got, err = j.Read(run1, 290, 50)
	require.NoError(t, err)
	assert.Len(t, got, 11, "the next run does not leak in")
	got, err = j.Read(wire.Run{Start: 9}, 1, 50)
	require.NoError(t, err)
	assert.Empty(t, got)
}

func TestPruningKeepsTheHistory(t *testing.T) {
	dir := t.TempDir()
	j := openJournal(t, dir)
	var events []wire.Event
	for seq := uint64(1); seq <= 1200; seq++ {
		events = append(events, admission(run1, seq))
	}
	require.NoError(t, j.Commit(t.Context(), events, nil,
		&gate.Memory{Starts: 1, Runs: []gate.RunMemory{{Run: run1, Last: 1200, Cloud: 1200}}}))
	before := recall(t, j).History
	require.NoError(t, j.Prune(t.Context(), run1, 1100))
	left, err := j.Read(run1, 1, 2000)
	require.NoError(t, err)
	require.Len(t, left, 100)
	assert.Equal(t, uint64(1101), left[0].Seq)
	require.NoError(t, j.Prune(t.Context(), run1, 1200))
	after := recall(t, j)
	assert.Equal(t, before, after.History)
	assert.Equal(t, uint64(1200), after.Memory.Runs[0].Last, "an empty run still knows where it ended")
}

func TestTwoProcessesDoNotShareAStateDirectory(t *testing.T) {
	dir := t.TempDir()
	openJournal(t, dir)
	_, err := bolt.OpenJournal(dir)
	require.ErrorIs(t, err, shared.ErrInUse)
	assert.ErrorContains(t, err, "the journal")
}

func TestOneFlippedBitSetsTheFileAsideAndTheRestIsTakenOver(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "journal.db")
	j := openJournal(t, dir)
	written := []wire.Event{admission(run1, 1), admission(run1, 2), admission(run1, 3)}
	require.NoError(t, j.Commit(t.Context(), written, nil, &gate.Memory{Starts: 4}))
	require.NoError(t, j.Close())
	for _, bucket := range []string{"events", "history", "memory"} {
		spoil(t, path, bucket, 0)
	}
	wipeUnused(t, path)

	j = openJournal(t, dir)
	aside, damage := j.SetAside()
	assert.FileExists(t, aside)
	assert.Contains(t, damage, "stored value is damaged")
	assert.Contains(t, j.Salvaged(), "start 1: 1 records lost between 1 and 3")
	r := recall(t, j)
	assert.Empty(t, r.Damaged)
	assert.Equal(t, uint32(1), r.Memory.Starts, "a lost memory still knows the runs that are there")
	assert.Equal(t, uint64(3), r.Memory.Runs[0].Last)
	assert.Len(t, r.History[ref(1)], 1, "the history still had what the journal lost")
	assert.Len(t, r.History[ref(2)], 1)
	got, err := j.Read(run1, 1, 10)
	require.NoError(t, err)
	require.Len(t, got, 3, "no gap: the hub takes what lies behind")
	assert.Equal(t, wire.Note, got[0].Type)
	assert.Equal(t, written[1:], got[1:])
}

// wipeUnused copies the file, so that no page out of use still holds what a page in use has lost.
func wipeUnused(t *testing.T, path string) {
	t.Helper()
	from, err := bbolt.Open(path, 0o600, nil)
	require.NoError(t, err)
	to, err := bbolt.Open(path+".copy", 0o600, nil)
	require.NoError(t, err)
	require.NoError(t, bbolt.Compact(to, from, 0))
	require.NoError(t, from.Close())
	require.NoError(t, to.Close())
	require.NoError(t, os.Rename(path+".copy", path))
}

// spoil flips a bit in the nth value of a bucket, as a worn card does.
func spoil(t *testing.T, path, bucket string, n int) {
	t.Helper()
	db, err := bbolt.Open(path, 0o600, nil)
	require.NoError(t, err)
	defer db.Close()
	require.NoError(t, db.Update(func(tx *bbolt.Tx) error {
		b := tx.Bucket([]byte(bucket))
		c := b.Cursor()
		k, v := c.First()
		for range n {
			k, v = c.Next()
		}
		bad := append([]byte(nil), v...)
		bad[len(bad)/2] ^= 1
		return b.Put(k, bad)
	}))
}

func TestEveryFieldOfAHistoryRecordIsKept(t *testing.T) {
	full := admit.Record{Scan: scanID(1), Kind: admit.Exit, Follows: scanID(2), Closes: scanID(3), Resumes: scanID(4)}
	v := reflect.ValueOf(&full).Elem()
	for i := range v.NumField() {
		switch f := v.Field(i); {
		case !f.IsZero():
		case f.Kind() == reflect.String:
			f.SetString("text " + v.Type().Field(i).Name)
		case f.CanInt():
			f.SetInt(int64(-1000 - i))
		case f.Kind() == reflect.Bool:
			f.SetBool(true)
		default:
			t.Fatalf("teach record.go, and this test, the new field %s", v.Type().Field(i).Name)
		}
	}
	j := openJournal(t, t.TempDir())
	bare := admit.Record{Scan: scanID(5), Kind: admit.Passed}
	require.NoError(t, j.Commit(t.Context(), nil, []gate.Remember{{Ref: ref(1), Record: full}, {Ref: ref(1), Record: bare}}, nil))
	assert.Equal(t, []admit.Record{full, bare}, recall(t, j).History[ref(1)])
}

func TestADamagedJournalFileIsSetAside(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "journal.db")
	require.NoError(t, os.WriteFile(path, make([]byte, 9000), 0o600))
	aside, damage := openJournal(t, dir).SetAside()
	assert.FileExists(t, aside)
	assert.NotEmpty(t, damage)
}
