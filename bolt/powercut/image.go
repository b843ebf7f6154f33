package powercut

import (
	"bytes"
	"encoding/binary"
	"errors"
	"hash/maphash"
	"maps"
	"os"
	"slices"
)

const blockLen = 4096

// Sector is what a disk writes whole or not at all, in bytes.
const Sector = 512

var (
	seed  = maphash.MakeSeed()
	zeros [blockLen]byte
)

// Image is a file's content. The zero value is an empty file.
type Image struct {
	size   int64
	blocks map[int64]*[blockLen]byte // without those of zeros; shared between images, never changed
	sum    uint64
}

// clone is a copy that costs little.
func (m Image) clone() Image {
	m.blocks = maps.Clone(m.blocks)
	return m
}

func (m *Image) apply(op Op) {
	switch op.Kind {
	case Write:
		m.write(op.At, op.Data)
	case Resize:
		m.resize(op.Size)
	}
}

func (m *Image) write(at int64, data []byte) {
	m.size = max(m.size, at+int64(len(data)))
	for len(data) > 0 {
		number, from := at/blockLen, at%blockLen
		n := min(int64(len(data)), blockLen-from)
		if old := m.blocks[number]; old != nil || !bytes.Equal(data[:n], zeros[:n]) {
			block := new([blockLen]byte)
			if old != nil {
				*block = *old
			}
			copy(block[from:], data[:n])
			m.set(number, block)
		}
		at, data = at+n, data[n:]
	}
}

func (m *Image) resize(size int64) {
	for number, block := range m.blocks {
		switch from := number * blockLen; {
		case from >= size:
			m.set(number, &zeros)
		case from+blockLen > size:
			kept := *block
			clear(kept[size-from:])
			m.set(number, &kept)
		}
	}
	m.size = size
}

func (m *Image) set(number int64, block *[blockLen]byte) {
	if old := m.blocks[number]; old != nil {
		m.sum ^= blockSum(number, old)
		delete(m.blocks, number)
	}
	if *block == zeros {
		return
	}
	if m.blocks == nil {
		m.blocks = map[int64]*[blockLen]byte{}
	}
	m.blocks[number] = block
	m.sum ^= blockSum(number, block)
}

func blockSum(number int64, block *[blockLen]byte) uint64 {
	var h maphash.Hash
	h.SetSeed(seed)
	h.Write(binary.LittleEndian.AppendUint64(nil, uint64(number)))
	h.Write(block[:])
	return h.Sum64()
}

// Size of the file in bytes.
func (m Image) Size() int64 { return m.size }

// Damaged is the image with bytes overwritten, as a worn card leaves it.
func (m Image) Damaged(at int64, with []byte) Image {
	m = m.clone()
	m.write(at, with)
	return m
}

// Cut is the image with its end missing.
func (m Image) Cut(size int64) Image {
	m = m.clone()
	m.resize(size)
	return m
}

// Block is the content from a multiple of 4096 bytes on.
func (m Image) Block(number int64) []byte {
	if block := m.blocks[number]; block != nil {
		return bytes.Clone(block[:])
	}
	return make([]byte, blockLen)
}

// Save writes the image to a new file.
func (m Image) Save(path string) error {
	file, err := os.OpenFile(path, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	err = file.Truncate(m.size)
	for number, block := range m.blocks {
		if err == nil {
			_, err = file.WriteAt(block[:min(blockLen, m.size-number*blockLen)], number*blockLen)
		}
	}
	return errors.Join(err, file.Close())
}

// Used names the blocks of 4096 bytes that are not all zeros, in order.
func (m Image) Used() []int64 { return slices.Sorted(maps.Keys(m.blocks)) }
