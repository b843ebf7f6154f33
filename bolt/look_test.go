package bolt_test

import (
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.etcd.io/bbolt"

	"portaria/bolt"
)

// left is a file with a bucket "things" of two values; damaged says whether one of them does not match its checksum.
func left(t *testing.T, damaged bool) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "left.db")
	db, err := bolt.Open(path, bolt.Options{})
	require.NoError(t, err)
	require.NoError(t, db.Commit(t.Context(), func(tx *bbolt.Tx) error {
		b, err := tx.CreateBucket([]byte("things"))
		require.NoError(t, err)
		require.NoError(t, bolt.Put(b, []byte("b"), []byte("two")))
		if damaged {
			return b.Put([]byte("a"), []byte("one, and no checksum"))
		}
		return bolt.Put(b, []byte("a"), []byte("one"))
	}))
	require.NoError(t, db.Close())
	return path
}

func TestLookingReadsInOrder(t *testing.T) {
	var seen []string
	require.NoError(t, bolt.Look(left(t, false), "things", func(key, value []byte) error {
		seen = append(seen, string(key)+"="+string(value))
		return nil
	}))
	assert.Equal(t, []string{"a=one", "b=two"}, seen)
}

func TestLookingSaysWhatItCannotSee(t *testing.T) {
	nothing := func([]byte, []byte) error { return nil }
	assert.ErrorIs(t, bolt.Look(left(t, true), "things", nothing), bolt.ErrDamagedValue)
	assert.ErrorContains(t, bolt.Look(left(t, false), "others", nothing), `no "others"`)
	assert.ErrorContains(t, bolt.Look(filepath.Join(t.TempDir(), "none.db"), "things", nothing), "look into")
}

func TestAFileInUseIsNotLookedInto(t *testing.T) {
	path := left(t, false)
	db, err := bolt.Open(path, bolt.Options{})
	require.NoError(t, err)
	defer db.Close()
	assert.ErrorIs(t, bolt.Look(path, "things", func([]byte, []byte) error { return nil }), bolt.ErrInUse)
}
