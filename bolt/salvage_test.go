package bolt_test

import (
	"encoding/binary"
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.etcd.io/bbolt"

	"portaria/bolt"
)

// wrecked is a file of n values in a bucket, each about 200 bytes.
func wrecked(t testing.TB, n int) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "wreck.db")
	db, err := bolt.Open(path, bolt.Options{})
	require.NoError(t, err)
	require.NoError(t, db.Commit(t.Context(), func(tx *bbolt.Tx) error {
		b, err := tx.CreateBucket([]byte("things"))
		require.NoError(t, err)
		for i := range n {
			require.NoError(t, bolt.Put(b, binary.BigEndian.AppendUint64(nil, uint64(i)), fmt.Appendf(nil, "%0200d", i)))
		}
		return nil
	}))
	require.NoError(t, db.Close())
	return path
}

// salvaged is every value found, by number; a value under another's key fails the test.
func salvaged(t testing.TB, path string) (map[int]bool, bolt.Wreck) {
	t.Helper()
	got := map[int]bool{}
	wreck, err := bolt.Salvage(path, func(key, value []byte) error {
		if len(key) == 8 {
			n := int(binary.BigEndian.Uint64(key))
			require.Equal(t, fmt.Sprintf("%0200d", n), string(value))
			got[n] = true
		}
		return nil
	})
	require.NoError(t, err)
	return got, wreck
}

// overwrite spoils bytes of a file.
func overwrite(t testing.TB, path string, at int64, with []byte) {
	t.Helper()
	file, err := os.OpenFile(path, os.O_WRONLY, 0)
	require.NoError(t, err)
	defer file.Close()
	_, err = file.WriteAt(with, at)
	require.NoError(t, err)
}

func TestFromAWreckComesWhateverPagesAreStillWhole(t *testing.T) {
	const all = 2000
	garbage := make([]byte, 4096)
	for i := range garbage {
		garbage[i] = byte(i * 7)
	}
	for _, row := range []struct {
		name  string
		spoil func(path string)
		least int
	}{
		{"nothing wrong", func(string) {}, all},
		{"both first pages gone, and with them every way in", func(path string) { overwrite(t, path, 0, make([]byte, 8192)) }, all},
		{"a page of garbage in the middle", func(path string) { overwrite(t, path, 40*4096, garbage) }, all - 30},
		{"the second half cut off", func(path string) { require.NoError(t, os.Truncate(path, 60*4096)) }, all / 5},
		{"cut off in the middle of a page", func(path string) { require.NoError(t, os.Truncate(path, 60*4096+777)) }, all / 5},
		{"every hundredth byte flipped in ten pages", func(path string) {
			for at := int64(20 * 4096); at < 30*4096; at += 100 {
				overwrite(t, path, at, []byte{0x5a})
			}
		}, all - 300},
	} {
		path := wrecked(t, all)
		row.spoil(path)
		got, wreck := salvaged(t, path)
		assert.GreaterOrEqual(t, len(got), row.least, row.name)
		assert.GreaterOrEqual(t, wreck.Values, len(got), row.name)
	}
}

func TestSmallBucketsLieInsideAnothersPageAndAreFoundToo(t *testing.T) {
	path := wrecked(t, 2)
	got, wreck := salvaged(t, path)
	assert.Len(t, got, 2)
	assert.NotZero(t, wreck.Leaves)
	assert.Zero(t, wreck.Unread)
}

func TestSalvageOfNothing(t *testing.T) {
	_, err := bolt.Salvage(filepath.Join(t.TempDir(), "none"), nil)
	assert.ErrorIs(t, err, os.ErrNotExist)
	path := filepath.Join(t.TempDir(), "empty")
	require.NoError(t, os.WriteFile(path, nil, 0o600))
	wreck, err := bolt.Salvage(path, nil)
	require.NoError(t, err)
	assert.Zero(t, wreck)
}

func TestTheOwnerOfAFileMayCallItDamaged(t *testing.T) {
	path := wrecked(t, 3)
	sums := func(tx *bbolt.Tx) error { return bolt.CheckSums(tx, []byte("things")) }
	db, err := bolt.Open(path, bolt.Options{Check: sums})
	require.NoError(t, err)
	aside, _ := db.SetAside()
	assert.Empty(t, aside)
	require.NoError(t, db.Commit(t.Context(), func(tx *bbolt.Tx) error {
		return tx.Bucket([]byte("things")).Put([]byte("k"), []byte("no checksum"))
	}))
	require.NoError(t, db.Close())

	db, err = bolt.Open(path, bolt.Options{Check: sums})
	require.NoError(t, err)
	defer db.Close()
	aside, damage := db.SetAside()
	assert.FileExists(t, aside)
	assert.Contains(t, damage, "things")
}

func FuzzSalvage(f *testing.F) {
	whole, err := os.ReadFile(wrecked(f, 20))
	require.NoError(f, err)
	f.Add(whole)
	f.Add(whole[:9000])
	f.Add([]byte{})
	path := filepath.Join(f.TempDir(), "fuzzed")
	f.Fuzz(func(t *testing.T, raw []byte) {
		require.NoError(t, os.WriteFile(path, raw, 0o600))
		_, err := bolt.Salvage(path, func(key, value []byte) error { return nil })
		require.NoError(t, err)
	})
}
