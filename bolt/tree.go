package bolt

import (
	"encoding/binary"
	"fmt"
	"io"

	"go.etcd.io/bbolt"
)

const (
	flagBranch = 0x01
	metaRoot   = pageHead + 16 // page of the root, on the first or second page of the file
	metaEnd    = pageHead + 40 // first page that is nobody's
)

// soundTree follows every way through the file once. bbolt itself would follow pages that lead back to themselves until
// the memory is full; such are found in files whose writes did not reach the disk in the order in which they were made.
func soundTree(tx *bbolt.Tx, file io.ReaderAt) error {
	t := tree{file: file, page: make([]byte, tx.DB().Info().PageSize)}
	meta := make([]byte, metaEnd+8)
	if _, err := file.ReadAt(meta, int64(tx.ID()%2)*int64(len(t.page))); err != nil {
		return damageError{fmt.Sprintf("its first pages cannot be read: %v", err)}
	}
	end := binary.LittleEndian.Uint64(meta[metaEnd:])
	if end > uint64(tx.Size())/uint64(len(t.page)) {
		return damageError{fmt.Sprintf("page %d is the end of a shorter file", end)}
	}
	t.seen = make([]bool, end)
	t.next = []uint64{binary.LittleEndian.Uint64(meta[metaRoot:])}
	for len(t.next) > 0 {
		id := t.next[len(t.next)-1]
		t.next = t.next[:len(t.next)-1]
		if err := t.enter(id); err != nil {
			return err
		}
	}
	return nil
}

type tree struct {
	file io.ReaderAt
	page []byte // the one that is looked at
	seen []bool
	next []uint64
}

func (t *tree) enter(id uint64) error {
	if id < 2 || id >= uint64(len(t.seen)) {
		return damageError{fmt.Sprintf("page %d is none", id)}
	}
	raw := t.page
	if _, err := t.file.ReadAt(raw, int64(id)*int64(len(raw))); err != nil {
		return damageError{fmt.Sprintf("page %d cannot be read: %v", id, err)}
	}
	more := uint64(binary.LittleEndian.Uint32(raw[12:]))
	if binary.LittleEndian.Uint64(raw) != id || id+more >= uint64(len(t.seen)) {
		return damageError{fmt.Sprintf("page %d is not what it should be", id)}
	}
	for i := id; i <= id+more; i++ {
		if t.seen[i] {
			return damageError{fmt.Sprintf("page %d is reached twice", i)}
		}
		t.seen[i] = true
	}
	if more > 0 {
		raw = make([]byte, (1+more)*uint64(len(t.page)))
		if _, err := t.file.ReadAt(raw, int64(id)*int64(len(t.page))); err != nil {
			return damageError{fmt.Sprintf("page %d cannot be read: %v", id, err)}
		}
	}
	return t.children(id, raw)
}

// children notes the pages that a page leads to.
func (t *tree) children(id uint64, raw []byte) error {
	count := int(binary.LittleEndian.Uint16(raw[10:]))
	flags := binary.LittleEndian.Uint16(raw[8:])
	if flags != flagBranch && flags != flagLeaf || pageHead+count*elementLen > len(raw) {
		return damageError{fmt.Sprintf("page %d is not what it should be", id)}
	}
	for i := range count {
		element := raw[pageHead+i*elementLen:]
		if flags == flagBranch {
			// bbolt's own check reads the key in a goroutine whose fault nobody could catch.
			if uint64(binary.LittleEndian.Uint32(element))+uint64(binary.LittleEndian.Uint32(element[4:])) > uint64(len(element)) {
				return damageError{fmt.Sprintf("page %d has a key outside itself", id)}
			}
			t.next = append(t.next, binary.LittleEndian.Uint64(element[8:]))
			continue
		}
		value := uint64(binary.LittleEndian.Uint32(element[4:])) + uint64(binary.LittleEndian.Uint32(element[8:]))
		length := uint64(binary.LittleEndian.Uint32(element[12:]))
		if value+length > uint64(len(element)) {
			return damageError{fmt.Sprintf("page %d has a value outside itself", id)}
		}
		if binary.LittleEndian.Uint32(element)&flagBucket == 0 {
			continue
		}
		if length < bucketHead {
			return damageError{fmt.Sprintf("page %d has half a bucket", id)}
		}
		if root := binary.LittleEndian.Uint64(element[value:]); root != 0 {
			t.next = append(t.next, root)
		}
	}
	return nil
}
