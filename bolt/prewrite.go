package bolt

import (
	"errors"
	"os"
	"syscall"

	"go.etcd.io/bbolt"
)

// ahead keeps free space of a file written with zeros beyond what is in use, see Options.Prewrite.
type ahead struct {
	file  *os.File
	until int64 // the file is written up to here
	keep  int64 // bytes beyond what is in use; 0 = none
	limit int64
}

// aheadStep is how much is written at once while the store is in use: a commit waits for it.
const aheadStep = 256 << 10

// prewrite fills the file with zeros up to some free space beyond what is in use, where the disk has room for that. A
// page beyond that mark is nobody's.
func prewrite(db *bbolt.DB, file *os.File, options Options) (*ahead, error) {
	if options.Prewrite == 0 {
		return &ahead{}, nil
	}
	info, err := file.Stat()
	if err != nil {
		return nil, err
	}
	used, err := inUse(db)
	if err != nil {
		return nil, err
	}
	from, end := max(info.Size(), used), min(used+int64(options.Prewrite), int64(options.MaxSize))
	if err := writeZeros(file, from, end); noRoom(err) {
		return &ahead{}, file.Truncate(info.Size()) // a hole does too, and a nearly full disk must not keep a gate from starting
	} else if err != nil {
		return nil, err
	}
	// Half of it is kept: bbolt, which knows nothing of this, would cut off more when it grows the file.
	return &ahead{file, max(from, end), int64(options.Prewrite) / 2, int64(options.MaxSize)}, file.Sync()
}

func inUse(db *bbolt.DB) (int64, error) {
	tx, err := db.Begin(false)
	if err != nil {
		return 0, err
	}
	used := tx.Size()
	return used, tx.Rollback()
}

// extend writes on when what is in use has come near. Only whoever holds the writer's token may call it. What it wrote
// is synced with the next commit; before that nothing depends on it, so where it fails there is a hole, and no harm.
func (a *ahead) extend(db *bbolt.DB, used int64) {
	if a.keep == 0 || a.until-used >= a.keep {
		return
	}
	used, err := inUse(db) // the commit since may have grown the file past all that
	if err != nil {
		return
	}
	from := max(a.until, used)
	a.until = min(from+aheadStep, a.limit)
	if writeZeros(a.file, from, a.until) != nil || a.until == a.limit {
		a.keep = 0
	}
}

func writeZeros(file *os.File, at, end int64) error {
	for zeros := make([]byte, min(1<<20, max(0, end-at))); at < end; at += int64(len(zeros)) {
		if _, err := file.WriteAt(zeros[:min(int64(len(zeros)), end-at)], at); err != nil {
			return err
		}
	}
	return nil
}

func noRoom(err error) bool {
	return errors.Is(err, syscall.ENOSPC) || errors.Is(err, syscall.EDQUOT) || errors.Is(err, syscall.EFBIG)
}
