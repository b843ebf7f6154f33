package ticket

import (
	"encoding/binary"
	"errors"
)

// maxFields bounds a payload: pretix writes six fields, newer versions may add a few.
const maxFields = 32

var errWire = errors.New("broken payload")

// protoField is one field of a protocol buffers message: a number for wire type 0, bytes for type 2. The fixed-size
// types 1 and 5 are skipped over, so only their field number is told.
type protoField struct {
	number uint64
	varint uint64
	bytes  []byte
}

// readProto calls visit for every field in order. Groups (types 3 and 4) were gone before pretix began: an error.
func readProto(payload []byte, visit func(protoField) error) error {
	for n := 0; len(payload) > 0; n++ {
		if n == maxFields {
			return errWire
		}
		field, used, err := nextProto(payload)
		if err != nil {
			return err
		}
		if err := visit(field); err != nil {
			return err
		}
		payload = payload[used:]
	}
	return nil
}

func nextProto(payload []byte) (field protoField, used int, err error) {
	tag, used := binary.Uvarint(payload)
	if used <= 0 || tag>>3 == 0 || tag>>3 > 1<<29-1 {
		return field, 0, errWire
	}
	field.number = tag >> 3
	rest := payload[used:]
	switch tag & 7 {
	case 0:
		value, n := binary.Uvarint(rest)
		if n <= 0 {
			return field, 0, errWire
		}
		field.varint = value
		return field, used + n, nil
	case 1:
		return field, used + 8, need(rest, 8)
	case 5:
		return field, used + 4, need(rest, 4)
	case 2:
		size, n := binary.Uvarint(rest)
		if n <= 0 || size > uint64(len(rest)-n) {
			return field, 0, errWire
		}
		field.bytes = rest[n : n+int(size)]
		return field, used + n + int(size), nil
	}
	return field, 0, errWire
}

func need(rest []byte, n int) error {
	if len(rest) < n {
		return errWire
	}
	return nil
}
