package wire_test

import (
	"errors"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"portaria/edge/wire"
)

// again decodes, and when that succeeds writes the message and reads it once more: a message means one thing.
func again[T any, P wire.Pointer[T]](t *testing.T, raw []byte) error {
	first, err := wire.Decode[T, P](raw)
	if err != nil {
		return err
	}
	written, err := wire.Encode[T, P](first)
	if errors.Is(err, wire.ErrTooLarge) {
		return nil // spelt out, a message may outgrow its limit; it is refused, not changed
	}
	require.NoError(t, err)
	second, err := wire.Decode[T, P](written)
	require.NoError(t, err)
	rewritten, err := wire.Encode[T, P](second)
	require.NoError(t, err)
	require.Equal(t, string(written), string(rewritten))
	return nil
}

// FuzzDecode gives every decoder the same bytes.
func FuzzDecode(f *testing.F) {
	files, err := filepath.Glob("testdata/v1/*.json")
	require.NoError(f, err)
	for _, file := range files {
		raw, err := os.ReadFile(file)
		require.NoError(f, err)
		f.Add(raw)
	}
	f.Fuzz(func(t *testing.T, raw []byte) {
		for _, k := range kinds {
			_ = k.again(t, raw)
		}
	})
}
