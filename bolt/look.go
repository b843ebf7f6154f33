package bolt

import (
	"fmt"

	"go.etcd.io/bbolt"
)

// Look reads every value that Put stored in a bucket, in order of key, without changing the file: for tests and for
// people who ask what a stopped program left. A file that a program holds gives ErrInUse. The bytes are valid only
// during the call.
func Look(path, bucket string, do func(key, value []byte) error) error {
	db, err := bbolt.Open(path, 0, &bbolt.Options{ReadOnly: true, Timeout: Options{}.withDefaults().LockWait})
	if err != nil {
		return fmt.Errorf("look into %s: %w", path, openFault(err))
	}
	defer db.Close()
	err = db.View(func(tx *bbolt.Tx) error {
		b := tx.Bucket([]byte(bucket))
		if b == nil {
			return fmt.Errorf("there is no %q", bucket)
		}
		return b.ForEach(func(key, sealed []byte) error {
			value, err := Unseal(key, sealed)
			if err != nil {
				return err
			}
			return do(key, value)
		})
	})
	if err != nil {
		return fmt.Errorf("look into %s: %w", path, err)
	}
	return nil
}
