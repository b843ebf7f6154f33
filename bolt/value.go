package bolt

import (
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"

	"go.etcd.io/bbolt"
)

// ErrDamagedValue says that a stored value does not match its checksum.
var ErrDamagedValue = errors.New("stored value is damaged")

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

// Seal returns value with the CRC-32C of key and value behind it, little endian: what Put stores. With the key in the
// sum, a value that turns up under another key is damage too.
func Seal(key, value []byte) []byte {
	sealed := make([]byte, 0, len(value)+4)
	sealed = append(sealed, value...)
	return binary.LittleEndian.AppendUint32(sealed, sum(key, value))
}

// SealOwn is Seal of a value that nobody else has: it may write behind it instead of copying it.
func SealOwn(key, value []byte) []byte {
	return binary.LittleEndian.AppendUint32(value, sum(key, value))
}

// Unseal checks what Seal made and returns the value, sharing memory with sealed.
func Unseal(key, sealed []byte) ([]byte, error) {
	if len(sealed) < 4 {
		return nil, fmt.Errorf("key %q: %w", key, ErrDamagedValue)
	}
	value := sealed[: len(sealed)-4 : len(sealed)-4]
	if binary.LittleEndian.Uint32(sealed[len(value):]) != sum(key, value) {
		return nil, fmt.Errorf("key %q: %w", key, ErrDamagedValue)
	}
	return value, nil
}

// Bare returns the value in sealed without looking at its checksum: for values read often, of which Unseal has been
// asked once since this process opened the file.
func Bare(sealed []byte) []byte { return sealed[: len(sealed)-4 : len(sealed)-4] }

// Put stores value under key with its checksum.
func Put(b *bbolt.Bucket, key, value []byte) error { return b.Put(key, Seal(key, value)) }

// Get reads what Put stored: nil when there is nothing. The bytes are valid until the transaction ends.
func Get(b *bbolt.Bucket, key []byte) ([]byte, error) {
	sealed := b.Get(key)
	if sealed == nil {
		return nil, nil
	}
	return Unseal(key, sealed)
}

func sum(key, value []byte) uint32 {
	return crc32.Update(crc32.Update(0, castagnoli, key), castagnoli, value)
}
