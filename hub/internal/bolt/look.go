package bolt

import (
	"bytes"
	"path/filepath"

	"portaria/bolt"
)

// LookLists reads the signed manifest of every list that a stopped hub keeps in dir, without changing anything. A file
// that a running hub holds gives bolt.ErrInUse. Raw is valid only during the call.
func LookLists(dir string, do func(event string, raw []byte)) error {
	return bolt.Look(filepath.Join(dir, "lists.db"), string(signed), func(key, raw []byte) error {
		if !bytes.Equal(key, venueKey) {
			do(string(key), raw)
		}
		return nil
	})
}
