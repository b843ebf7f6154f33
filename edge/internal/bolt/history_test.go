package bolt_test

import (
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	shared "portaria/bolt"
	"portaria/edge/admit"
	"portaria/edge/internal/bolt"
	"portaria/edge/whitelist"
	"portaria/edge/wire"
)

func total(history map[whitelist.Ref][]admit.Record) (n int) {
	for _, records := range history {
		n += len(records)
	}
	return n
}

func inBucket(t *testing.T, dir, bucket string) (n int) {
	t.Helper()
	require.NoError(t, shared.Look(filepath.Join(dir, "journal.db"), bucket, func(_, _ []byte) error { n++; return nil }))
	return n
}

// killed is a journal as it is found after a process died that had it open.
func killed(t *testing.T, dir string) string {
	t.Helper()
	raw, err := os.ReadFile(filepath.Join(dir, "journal.db"))
	require.NoError(t, err)
	found := t.TempDir()
	require.NoError(t, os.WriteFile(filepath.Join(found, "journal.db"), raw, 0o600))
	return found
}

func TestAHistoryIsRecalledWhetherItHasBeenMovedOrNot(t *testing.T) {
	dir := t.TempDir()
	j := openJournal(t, dir)
	for seq := uint64(1); seq <= 150; seq++ {
		require.NoError(t, j.Commit(t.Context(), []wire.Event{admission(run1, seq)}, nil, nil))
		if seq == 10 {
			assert.Equal(t, 10, total(recall(t, j).History), "none has been moved yet")
			found := killed(t, dir)
			assert.Zero(t, inBucket(t, found, "history"))
			assert.Equal(t, recall(t, j).History, recall(t, openJournal(t, found)).History, "and none is lost with the process")
		}
	}
	assert.Equal(t, 150, total(recall(t, j).History))
	require.Eventually(t, func() bool { return inBucket(t, killed(t, dir), "history") >= 64 }, 5*time.Second, 10*time.Millisecond)
	found := killed(t, dir)
	assert.Equal(t, 150, total(recall(t, openJournal(t, found)).History), "some moved, some not")
	require.NoError(t, j.Close())
	assert.Equal(t, 150, inBucket(t, dir, "history"), "a closed journal has moved all")
	j = openJournal(t, dir)
	require.NoError(t, j.Commit(t.Context(), []wire.Event{admission(run2, 1000)}, nil, nil))
	assert.Equal(t, 151, total(recall(t, j).History), "a later run goes on from there")
}

func TestPruningMovesFirst(t *testing.T) {
	dir := t.TempDir()
	j := openJournal(t, dir)
	require.NoError(t, j.Commit(t.Context(), []wire.Event{admission(run1, 1), passed(run1, 2, 1), admission(run1, 3)}, nil, nil))
	require.NoError(t, j.Prune(t.Context(), run1, 3))
	found := killed(t, dir)
	assert.Zero(t, inBucket(t, found, "events"))
	assert.Equal(t, 3, inBucket(t, found, "history"))
}

func TestTheHistoryOfADamagedJournalIncludesWhatWasNotMoved(t *testing.T) {
	dir := t.TempDir()
	j := openJournal(t, dir)
	for seq := uint64(1); seq <= 5; seq++ {
		require.NoError(t, j.Commit(t.Context(), []wire.Event{admission(run1, seq)}, nil, nil))
	}
	found := killed(t, dir)
	spoil(t, filepath.Join(found, "journal.db"), "events", 1)
	wipeUnused(t, filepath.Join(found, "journal.db"))
	j, err := bolt.OpenJournal(found)
	require.NoError(t, err)
	defer j.Close()
	require.NotEmpty(t, j.Salvaged())
	assert.Equal(t, 4, total(recall(t, j).History), "the record that was spoilt is the only one missing")
}

func TestWhatARightAllowsIsTheMostThatWasSaidInWhateverOrder(t *testing.T) {
	said := func(seq uint64, group int) wire.Event {
		e := admission(run1, seq)
		e.Ref, e.Terms = whitelist.Ref{7}, &admit.Terms{Use: whitelist.UseSingle, Uses: 1, Group: group}
		return e
	}
	for _, groups := range [][]int{{1, 2, 1}, {2, 1, 1}, {1, 1, 2}} {
		dir := t.TempDir()
		j := openJournal(t, dir)
		for i, group := range groups {
			require.NoError(t, j.Commit(t.Context(), []wire.Event{said(uint64(i+1), group)}, nil, nil))
		}
		assert.Equal(t, 2, recall(t, j).Rights[whitelist.Ref{7}].Terms.Group, "from the records")
		require.NoError(t, j.Close())
		assert.Equal(t, 2, recall(t, openJournal(t, dir)).Rights[whitelist.Ref{7}].Terms.Group, "from the history")
	}
}
