package bolt_test

import (
	"os"
	"os/signal"
	"path/filepath"
	"syscall"
	"testing"

	"golang.org/x/sys/unix"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.etcd.io/bbolt"

	"portaria/bolt"
)

// noFileBeyond has the kernel refuse to let any file of this process grow beyond so many bytes, until the test ends.
func noFileBeyond(t *testing.T, bytes uint64) {
	t.Helper()
	signal.Ignore(syscall.SIGXFSZ) // the write then fails instead
	var before syscall.Rlimit
	require.NoError(t, syscall.Getrlimit(syscall.RLIMIT_FSIZE, &before))
	require.NoError(t, syscall.Setrlimit(syscall.RLIMIT_FSIZE, &syscall.Rlimit{Cur: bytes, Max: before.Max}))
	t.Cleanup(func() {
		assert.NoError(t, syscall.Setrlimit(syscall.RLIMIT_FSIZE, &before))
		signal.Reset(syscall.SIGXFSZ)
	})
}

func TestANearlyFullDiskStillOpens(t *testing.T) {
	path := filepath.Join(t.TempDir(), "journal.db")
	db, err := bolt.Open(path, bolt.Options{})
	require.NoError(t, err)
	require.NoError(t, db.Close())
	before, err := os.Stat(path)
	require.NoError(t, err)

	noFileBeyond(t, 1<<20)
	db, err = bolt.Open(path, bolt.Options{Prewrite: 4 << 20})
	require.NoError(t, err, "room that can't be had in advance is no reason not to start")
	after, err := os.Stat(path)
	require.NoError(t, err)
	assert.Equal(t, before.Size(), after.Size(), "what was taken in advance is given back")
	require.NoError(t, db.View(func(*bbolt.Tx) error { return nil }))
	require.NoError(t, db.Close())
}

func TestAGrowingFileStaysWrittenAhead(t *testing.T) {
	const ahead = 1 << 20
	path := filepath.Join(t.TempDir(), "journal.db")
	db, err := bolt.Open(path, bolt.Options{Prewrite: ahead})
	require.NoError(t, err)
	defer db.Close()
	fill := func(n byte, size int) {
		require.NoError(t, db.Commit(t.Context(), func(tx *bbolt.Tx) error {
			b, err := tx.CreateBucketIfNotExists([]byte("b"))
			if err != nil {
				return err
			}
			return b.Put([]byte{n}, make([]byte, size))
		}))
	}
	for n := range byte(60) {
		fill(n, 100<<10) // 6 MB in all
	}
	fill(60, 3<<20) // and more at once than is kept
	fill(61, 1)
	var used int64
	require.NoError(t, db.View(func(tx *bbolt.Tx) error { used = tx.Size(); return nil }))
	require.Greater(t, used, int64(9<<20))
	file, err := os.Open(path)
	require.NoError(t, err)
	defer file.Close()
	hole, err := unix.Seek(int(file.Fd()), used, unix.SEEK_HOLE)
	require.NoError(t, err)
	assert.GreaterOrEqual(t, hole-used, int64(256<<10), "what the next commits write is no hole")
}
