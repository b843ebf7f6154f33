package bolt_test

import (
	"bytes"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"portaria/edge/gate"
	"portaria/edge/internal/bolt"
	"portaria/edge/wire"
)

const evening = 3000 // records

// aWreck is a journal of an evening whose pages from..to, or the next that hold records, hold garbage, in a directory of its own.
func aWreck(t *testing.T, memory *gate.Memory, from, to int64) (dir string) {
	t.Helper()
	dir = t.TempDir()
	j := openJournal(t, dir)
	var events []wire.Event
	for seq := uint64(1); seq <= evening; seq++ {
		events = append(events, admission(run1, seq))
	}
	require.NoError(t, j.Commit(t.Context(), events, nil, memory))
	require.NoError(t, j.Close())
	path := filepath.Join(dir, "journal.db")
	raw, err := os.ReadFile(path)
	require.NoError(t, err)
	for from > 0 && !bytes.Contains(raw[from*4096:to*4096], []byte(`"type":`)) { // where records lie differs from run to run
		from, to = from+4, to+4
	}
	garbage := make([]byte, (to-from)*4096)
	for i := range garbage {
		garbage[i] = byte(i * 31)
	}
	file, err := os.OpenFile(path, os.O_WRONLY, 0)
	require.NoError(t, err)
	_, err = file.WriteAt(garbage, from*4096)
	require.NoError(t, err)
	require.NoError(t, file.Close())
	return dir
}

func TestRecordsOnWholePagesOutliveTheirFile(t *testing.T) {
	memory := &gate.Memory{Starts: 1, Term: 5, Hub: "h1", Head: 77, Runs: []gate.RunMemory{{Run: run1, Last: evening, Hub: 2000}}}
	dir := aWreck(t, memory, 40, 44)
	j := openJournal(t, dir)
	aside, _ := j.SetAside()
	require.FileExists(t, aside)
	require.NotEmpty(t, j.Salvaged())

	var got []wire.Event
	for len(got) < evening {
		part, err := j.Read(run1, uint64(len(got)+1), 256)
		require.NoError(t, err)
		require.NotEmpty(t, part)
		got = append(got, part...)
	}
	lost := 0
	for i, e := range got {
		require.Equal(t, uint64(i+1), e.Seq, "contiguous")
		if e.Type == wire.Note {
			lost++
			continue
		}
		require.Equal(t, admission(run1, e.Seq), e)
	}
	assert.NotZero(t, lost, "what lay on the spoilt pages")
	assert.Less(t, lost, evening/10)
	r := recall(t, j)
	assert.Equal(t, uint64(5), r.Memory.Term)
	assert.Equal(t, uint64(evening), r.Memory.Runs[0].Last)
	for _, e := range got {
		if e.Record != nil {
			assert.Contains(t, r.History[e.Ref], *e.Record, "whoever was let in stays used")
		}
	}
	_, effects := gate.New(gate.Boot{Gate: "g1", Memory: r.Memory, History: r.History, Intents: r.Intents})
	assert.Equal(t, uint32(2), effects[0].(gate.Persist).Memory.Starts, "the gate goes on with a new run")
}

func TestASalvageThatDiesHalfWayIsDoneAgain(t *testing.T) {
	dir := aWreck(t, nil, 0, 2)
	path := filepath.Join(dir, "journal.db")
	require.NoError(t, os.Rename(path, path+".damaged-20260101T000000.000Z")) // and the power went
	j := openJournal(t, dir)
	aside, _ := j.SetAside()
	assert.Empty(t, aside, "the new file is whole")
	assert.Len(t, j.Salvaged(), 3)
	assert.Equal(t, uint64(evening), recall(t, j).Memory.Runs[0].Last)
	require.NoError(t, j.Close())

	assert.Empty(t, openJournal(t, dir).Salvaged(), "once is enough")
}

func TestPrunedRecordsThatLieAboutStayAway(t *testing.T) {
	memory := &gate.Memory{Starts: 1, Runs: []gate.RunMemory{{Run: run1, Last: evening, Cloud: 2500, Pruned: 2400}}}
	dir := aWreck(t, memory, 0, 2)
	path := filepath.Join(dir, "journal.db")
	plan, err := bolt.PlanSalvage(path)
	require.NoError(t, err)
	assert.Equal(t, uint64(2401), plan.Records[0].Seq)
	assert.Len(t, plan.Records, evening-2400)
	assert.Empty(t, plan.Filled)
	assert.Equal(t, []bolt.SalvagedRun{{Run: run1, First: 2401, Last: evening, Found: evening - 2400}}, plan.Runs)
	assert.FileExists(t, path, "a plan changes nothing")
}

func TestNothingToSalvageIsTold(t *testing.T) {
	dir := t.TempDir()
	require.NoError(t, os.WriteFile(filepath.Join(dir, "journal.db"), make([]byte, 9000), 0o600))
	told := openJournal(t, dir).Salvaged()
	require.Len(t, told, 2)
	assert.Contains(t, told[0], "salvaged 0 records of 0 runs")
	assert.Contains(t, told[1], "what this gate knew of its hub is lost")
}
