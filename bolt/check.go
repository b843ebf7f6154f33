package bolt

import (
	"errors"
	"fmt"
	"os"
	"runtime/debug"
	"syscall"

	"go.etcd.io/bbolt"
)

// damageError says what is wrong inside a file.
type damageError struct{ what string }

func (d damageError) Error() string { return "damaged: " + d.what }

// openChecked opens the file and walks all of it. bbolt panics, or touches pages that are not there, when a file is
// damaged; both become a damageError here, and the descriptor (with its lock) is given back.
func openChecked(path string, options Options) (db *bbolt.DB, err error) {
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
			db = nil
		}
	}()
	if info, err := os.Stat(path); err == nil && info.Size() == 0 {
		return nil, damageError{"it is empty"} // provision never leaves that, and bbolt would begin anew without a word
	}
	db, err = bbolt.Open(path, 0o600, &bbolt.Options{
		Timeout: options.LockWait, MaxSize: options.MaxSize, InitialMmapSize: options.MapSize,
		FreelistType: bbolt.FreelistMapType, OpenFile: keep, NoStatistics: true,
	})
	if err != nil {
		return nil, openFault(err)
	}
	if err := walk(db, file); err != nil {
		return db, err
	}
	if err := ask(db, options.Check); err != nil {
		return db, err
	}
	return db, prewrite(db, file, options)
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

// prewrite fills the file with zeros up to some free space beyond what is in use, where the disk has room for that. A
// page beyond that mark is nobody's.
func prewrite(db *bbolt.DB, file *os.File, options Options) error {
	if options.Prewrite == 0 {
		return nil
	}
	info, err := file.Stat()
	if err != nil {
		return err
	}
	tx, err := db.Begin(false)
	if err != nil {
		return err
	}
	used := tx.Size()
	if err := tx.Rollback(); err != nil {
		return err
	}
	from, end := max(info.Size(), used), min(used+int64(options.Prewrite), int64(options.MaxSize))
	if err := writeZeros(file, from, end); noRoom(err) {
		return file.Truncate(info.Size()) // a hole does too, and a nearly full disk must not keep a gate from starting
	} else if err != nil {
		return err
	}
	return file.Sync()
}

func writeZeros(file *os.File, at, end int64) error {
	for zeros := make([]byte, 1<<20); at < end; at += int64(len(zeros)) {
		if _, err := file.WriteAt(zeros[:min(int64(len(zeros)), end-at)], at); err != nil {
			return err
		}
	}
	return nil
}

func noRoom(err error) bool {
	return errors.Is(err, syscall.ENOSPC) || errors.Is(err, syscall.EDQUOT) || errors.Is(err, syscall.EFBIG)
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
