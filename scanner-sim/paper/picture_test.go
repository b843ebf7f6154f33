package paper_test

import (
	"encoding/binary"
	"hash/crc32"
	"image"
	"image/png"
	"os"
	"testing"

	"github.com/stretchr/testify/require"
)

// withCRC mends the checksum of a PNG's header chunk.
func withCRC(header []byte) []byte {
	binary.BigEndian.PutUint32(header[29:], crc32.ChecksumIEEE(header[12:29]))
	return header
}

func save(t *testing.T, path string, picture image.Image) {
	t.Helper()
	f, err := os.Create(path)
	require.NoError(t, err)
	require.NoError(t, png.Encode(f, picture))
	require.NoError(t, f.Close())
}
