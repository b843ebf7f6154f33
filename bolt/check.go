package bolt

import (
	"fmt"
	"os"
	"runtime/debug"
	"sync"

	"go.etcd.io/bbolt"
)

// damageError says what is wrong inside a file.
type damageError struct{ what string }

func (d damageError) Error() string { return "damaged: " + d.what }

// openChecked opens the file and walks all of it. bbolt panics, or touches pages that are not there, when a file is
// damaged; both become a damageError here, and the descriptor (with its lock) is given back.
func openChecked(path string, options Options) (db *bbolt.DB, ahead *ahead, err error) {
	var file *os.File
	keep := func(name string, flag int, mode os.FileMode) (*os.File, error) {
		f, err := os.OpenFile(name, flag, mode)
		file = f
		return f, err
	}
	defer debug.SetPanicOnFault(debug.SetPanicOnFault(true))
	defer func() {
		if p := recover(); p != nil {
			err = damageError{fmt.Sprint(p)}
		}
		if err != nil && file != nil {
			file.Close() // a second close after bbolt's own does no harm
			db, ahead = nil, nil
		}
	}()
	if info, err := os.Stat(path); err == nil && info.Size() == 0 {
		return nil, nil, damageError{"it is empty"} // provision never leaves that, and bbolt would begin anew without a word
	}
	db, err = bbolt.Open(path, 0o600, &bbolt.Options{
		Timeout: options.LockWait, MaxSize: options.MaxSize, InitialMmapSize: options.MapSize,
		FreelistType: options.freelist(), OpenFile: keep, NoStatistics: true,
	})
	if err != nil {
		return nil, nil, openFault(err)
	}
	if err := walk(db, file); err != nil {
		return db, nil, err
	}
	if err := ask(db, options.Check); err != nil {
		return db, nil, err
	}
	ahead, err = prewrite(db, file, options)
	return db, ahead, err
}

// ask lets the owner of the file look at what it says.
func ask(db *bbolt.DB, check func(*bbolt.Tx) error) error {
	if check == nil {
		return nil
	}
	if err := db.View(check); err != nil {
		return damageError{err.Error()}
	}
	return nil
}

// CheckSums says whether every value of a bucket that Put stored matches its checksum; a bucket that is not there does.
// It is made for Options.Check.
func CheckSums(tx *bbolt.Tx, bucket []byte) error {
	b := tx.Bucket(bucket)
	if b == nil {
		return nil
	}
	return b.ForEach(func(key, sealed []byte) error {
		if _, err := Unseal(key, sealed); err != nil {
			return fmt.Errorf("%s: %w", bucket, err)
		}
		return nil
	})
}

// walk reads every page. It goes over the values itself before bbolt's own check: a fault in this goroutine can be caught, while one in
// the goroutine that Check starts could not.
func walk(db *bbolt.DB, file *os.File) error {
	tx, err := db.Begin(false)
	if err != nil {
		return err
	}
	defer tx.Rollback()
	info, err := file.Stat()
	if err != nil {
		return err
	}
	if info.Size() < tx.Size() {
		return damageError{fmt.Sprintf("%d bytes long, %d expected", info.Size(), tx.Size())}
	}
	readAhead(file, tx.Size())
	if err := soundTree(tx, file); err != nil {
		return err
	}
	if err := tx.ForEach(func(_ []byte, b *bbolt.Bucket) error { return touch(b) }); err != nil {
		return err
	}
	for fault := range tx.Check() {
		if err == nil {
			err = damageError{fault.Error()} // keep reading: Check's goroutine ends when its channel is drained
		}
	}
	return err
}

// readAhead brings the file into memory in the order in which it lies on the disk, some parts of it side by side: the
// tree jumps about, which a disk answers ten times as slowly. A sector that cannot be read is found by whoever needs it.
func readAhead(file *os.File, size int64) {
	const readers = 4
	var all sync.WaitGroup
	for i := range int64(readers) {
		all.Go(func() {
			part := make([]byte, 512<<10)
			for at := size / readers * i; at <= size/readers*(i+1); at += int64(len(part)) {
				_, _ = file.ReadAt(part, at)
			}
		})
	}
	all.Wait()
}

func touch(b *bbolt.Bucket) error {
	return b.ForEach(func(k, v []byte) error {
		if v == nil {
			return touch(b.Bucket(k))
		}
		if len(v) > 0 {
			_ = v[len(v)-1]
		}
		return nil
	})
}
