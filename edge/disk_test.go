package edge_test

import (
	"errors"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"portaria/edge"
)

func TestRoomIsKeptForTheJournalAndLetGoOnAFullDisk(t *testing.T) {
	const mb, size = 1 << 20, 1000 << 20
	dir, free := t.TempDir(), int64(500*mb)
	var broken error
	look := edge.LookAtDisk(dir, func(string) (int64, int64, error) { return free, size, broken })
	ballast := filepath.Join(dir, "ballast")

	assert.Empty(t, look())
	info, err := os.Stat(ballast)
	require.NoError(t, err)
	assert.Equal(t, int64(32*mb), info.Size())
	assert.Equal(t, os.FileMode(0o600), info.Mode().Perm())

	free = 99 * mb
	assert.Contains(t, look(), "more than 90 % full, 99 MB are left: make room")
	assert.Empty(t, look(), "told once")
	assert.FileExists(t, ballast)
	free = 7 * mb
	assert.Contains(t, look(), "the disk is full")
	assert.NoFileExists(t, ballast, "the journal has its room now")
	free = 110 * mb
	assert.Empty(t, look())
	assert.NoFileExists(t, ballast, "not at the price of the last tenth")
	free = 600 * mb
	assert.Empty(t, look())
	assert.FileExists(t, ballast)
	broken = errors.New("the disk is gone")
	assert.Equal(t, "the disk is gone", look())
}
