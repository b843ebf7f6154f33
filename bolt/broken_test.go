package bolt_test

import (
	"os"
	"path/filepath"
	"strconv"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"golang.org/x/sys/unix"

	"portaria/bolt"
)

// makeUnwritable swaps the descriptor behind the open database for a read-only one, so that its next write fails as
// on a disk that has gone.
func makeUnwritable(t *testing.T, path string) {
	t.Helper()
	readOnly, err := os.Open(path)
	require.NoError(t, err)
	defer readOnly.Close()
	fds, err := os.ReadDir("/proc/self/fd")
	require.NoError(t, err)
	for _, entry := range fds {
		fd, _ := strconv.Atoi(entry.Name())
		target, _ := os.Readlink("/proc/self/fd/" + entry.Name())
		if target == path && fd != int(readOnly.Fd()) {
			require.NoError(t, unix.Dup3(int(readOnly.Fd()), fd, 0))
			return
		}
	}
	t.Fatal("the database's descriptor was not found")
}

func TestAFailedWriteStopsTheStoreForGood(t *testing.T) {
	path := filepath.Join(t.TempDir(), "x.db")
	db := open(t, path)
	require.NoError(t, db.Commit(t.Context(), put(1)))
	makeUnwritable(t, path)

	require.ErrorIs(t, db.Commit(t.Context(), put(2)), bolt.ErrBroken)
	<-db.Broken()
	assert.Error(t, db.Err())
	assert.ErrorIs(t, db.Commit(t.Context(), put(3)), bolt.ErrBroken, "and does not try again")
	assert.True(t, has(t, db, 1), "what was durable can still be read")
	assert.False(t, has(t, db, 2))
	assert.NoError(t, db.Close(), "closing does not hang")
}
