package bolt

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"os"
)

// Wreck is what Salvage saw of a damaged file.
type Wreck struct {
	Bytes  int64 // its length
	Unread int64 // what the disk would not give
	Leaves int   // pages with values on them
	Values int   // values whose checksum is right
}

// Salvage reads a file that Open has set aside and gives found every value that Put stored and whose checksum is
// still right. It trusts nothing else in the file: it looks at every page, whether or not a tree leads there. So
// values come in no order, some twice, and some are older than the last or were deleted. The bytes are valid only
// during the call. An error of found ends it.
func Salvage(path string, found func(key, value []byte) error) (Wreck, error) {
	file, err := os.Open(path)
	if err != nil {
		return Wreck{}, err
	}
	defer file.Close()
	info, err := file.Stat()
	if err != nil {
		return Wreck{}, err
	}
	d := diver{file: file, found: found, wreck: Wreck{Bytes: info.Size()}}
	d.page = d.pageSize()
	for at := int64(0); at < info.Size(); at += d.page {
		if err := d.look(at); err != nil {
			return d.wreck, fmt.Errorf("salvage %s: %w", path, err)
		}
	}
	return d.wreck, nil
}

// What bbolt writes on a page, in the order of bytes of every machine that Portaria runs on: id 8, flags 2, count 2,
// overflow 4 (pages that follow and belong to it), then per value flags 4, position 4 (from here), key length 4, value
// length 4, then keys and values. A small bucket lies inside a value, behind root 8 and sequence 8, as a page of its own.
const (
	pageHead    = 16
	elementLen  = 16
	bucketHead  = 16
	flagLeaf    = 0x02
	flagBucket  = 0x01
	maxOverflow = 16 << 20 // bytes; no value of ours is near it
)

// diver goes through a wreck.
type diver struct {
	file  io.ReaderAt
	page  int64
	found func(key, value []byte) error
	wreck Wreck
}

// pageSize is what either of the first two pages says, or this machine's.
func (d *diver) pageSize() int64 {
	const magic = 0xED0CDAED
	for size := int64(512); size <= 64<<10; size *= 2 {
		for _, at := range []int64{0, size} {
			head := d.read(at, pageHead+12)
			if len(head) == pageHead+12 && binary.LittleEndian.Uint32(head[pageHead:]) == magic &&
				int64(binary.LittleEndian.Uint32(head[pageHead+8:])) == size {
				return size
			}
		}
	}
	return int64(os.Getpagesize())
}

// read is what can be read from there, nil when the disk refuses.
func (d *diver) read(at, n int64) []byte {
	raw := make([]byte, n)
	got, err := d.file.ReadAt(raw, at)
	if err != nil && !errors.Is(err, io.EOF) {
		return nil
	}
	return raw[:got]
}

func (d *diver) look(at int64) error {
	raw := d.read(at, d.page)
	if raw == nil {
		d.wreck.Unread += d.page
		return nil
	}
	if len(raw) < pageHead || binary.LittleEndian.Uint64(raw) != uint64(at/d.page) || binary.LittleEndian.Uint16(raw[8:]) != flagLeaf {
		return nil
	}
	d.wreck.Leaves++
	if more := int64(binary.LittleEndian.Uint32(raw[12:])) * d.page; more > 0 && more <= maxOverflow {
		if whole := d.read(at, d.page+more); whole != nil {
			raw = whole
		}
	}
	return d.leaf(raw, false)
}

// leaf gives the values of a page. Nothing about it is believed before it is known to lie inside. A bucket inside a
// bucket's page is not entered: pages that point to themselves would never end.
func (d *diver) leaf(raw []byte, inner bool) error {
	count := int(binary.LittleEndian.Uint16(raw[10:]))
	for i := range min(count, (len(raw)-pageHead)/elementLen) {
		element := raw[pageHead+i*elementLen:]
		flags := binary.LittleEndian.Uint32(element)
		at := uint64(binary.LittleEndian.Uint32(element[4:]))
		middle := at + uint64(binary.LittleEndian.Uint32(element[8:]))
		end := middle + uint64(binary.LittleEndian.Uint32(element[12:]))
		if end > uint64(len(element)) {
			continue
		}
		key, value := element[at:middle:middle], element[middle:end:end]
		var err error
		switch {
		case flags&flagBucket == 0:
			err = d.value(key, value)
		case !inner && len(value) >= bucketHead+pageHead && int64(len(value)) <= d.page && binary.LittleEndian.Uint64(value) == 0:
			err = d.leaf(value[bucketHead:], true)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

func (d *diver) value(key, value []byte) error {
	good, err := Unseal(key, value)
	if err != nil {
		return nil //nolint:nilerr // what is damaged is left behind, and counted by who asked
	}
	d.wreck.Values++
	return d.found(key, good)
}
