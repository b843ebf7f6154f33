package backup_test

import (
	"archive/tar"
	"bytes"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/klauspost/compress/zstd"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"portaria/hub/internal/backup"
)

func packed(t testing.TB, headers ...tar.Header) []byte {
	t.Helper()
	var out bytes.Buffer
	z, err := zstd.NewWriter(&out)
	require.NoError(t, err)
	w := tar.NewWriter(z)
	for _, h := range headers {
		require.NoError(t, w.WriteHeader(&h))
	}
	require.NoError(t, w.Close())
	require.NoError(t, z.Close())
	return out.Bytes()
}

func TestWhatIsWrittenIsReadBack(t *testing.T) {
	from, to := t.TempDir(), filepath.Join(t.TempDir(), "new")
	require.NoError(t, os.MkdirAll(filepath.Join(from, "blobs", "ab"), 0o700))
	for name, text := range map[string]string{"key.pem": "key", "blobs/ab/abcd": "blob", "blobs/ab/half.tmp": "x", "hub.lock": ""} {
		require.NoError(t, os.WriteFile(filepath.Join(from, name), []byte(text), 0o600))
	}
	var file bytes.Buffer
	made := time.Date(2026, 11, 22, 6, 0, 0, 0, time.UTC)
	require.NoError(t, backup.Write(&file, from, backup.About{Hub: "hub-1", MadeAt: made}, nil))
	about, err := backup.Read(&file, to)
	require.NoError(t, err)
	assert.Equal(t, backup.About{Version: 1, Hub: "hub-1", MadeAt: made}, about)
	raw, err := os.ReadFile(filepath.Join(to, "blobs/ab/abcd"))
	require.NoError(t, err)
	assert.Equal(t, "blob", string(raw))
	assert.FileExists(t, filepath.Join(to, "key.pem"))
	assert.NoFileExists(t, filepath.Join(to, "hub.lock"))
	assert.NoFileExists(t, filepath.Join(to, "blobs/ab/half.tmp"))
}

func TestAHostileBackupWritesNothingOutside(t *testing.T) {
	for name, header := range map[string]tar.Header{
		"a path that climbs": {Name: "../evil", Typeflag: tar.TypeReg},
		"an absolute path":   {Name: "/tmp/evil", Typeflag: tar.TypeReg},
		"a link":             {Name: "link", Linkname: "/etc/passwd", Typeflag: tar.TypeSymlink},
		"a device":           {Name: "null", Typeflag: tar.TypeChar},
		"no end":             {Name: "fine", Typeflag: tar.TypeReg},
	} {
		t.Run(name, func(t *testing.T) {
			dir := filepath.Join(t.TempDir(), "new")
			_, err := backup.Read(bytes.NewReader(packed(t, header)), dir)
			require.ErrorIs(t, err, backup.ErrBad)
			assert.NoDirExists(t, dir)
		})
	}
}

func FuzzRead(f *testing.F) {
	f.Add(packed(f, tar.Header{Name: "a", Typeflag: tar.TypeReg}))
	f.Add([]byte("hello"))
	f.Fuzz(func(t *testing.T, raw []byte) {
		dir := filepath.Join(t.TempDir(), "new")
		if _, err := backup.Read(bytes.NewReader(raw), dir); err != nil {
			assert.NoDirExists(t, dir)
		}
	})
}
