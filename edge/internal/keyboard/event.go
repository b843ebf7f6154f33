package keyboard

import (
	"encoding/binary"
	"unsafe"

	"golang.org/x/sys/unix"
)

// RecordSize is the length of one event as this machine's kernel writes it: a time of two machine words, and 8 bytes.
// 24 on 64-bit machines, 16 on 32-bit ones.
const RecordSize = int(unsafe.Sizeof(unix.Timeval{})) + 8

// Event is a record of /dev/input/event*, without its time.
type Event struct {
	Type  uint16 // see below
	Code  uint16
	Value int32
}

// Types of events, and the codes of Sync.
const (
	Sync     = 0 // EV_SYN
	Pressed  = 1 // EV_KEY
	Together = 0 // SYN_REPORT: what came since the last one happened at once
	Dropped  = 3 // SYN_DROPPED: the reader was too slow and events are lost
)

// Events reads whole records of the given size; what is left of the last one is ignored.
func Events(raw []byte, size int) []Event {
	var events []Event
	for ; len(raw) >= size; raw = raw[size:] {
		tail := raw[size-8 : size]
		events = append(events, Event{
			Type: binary.NativeEndian.Uint16(tail), Code: binary.NativeEndian.Uint16(tail[2:]),
			Value: int32(binary.NativeEndian.Uint32(tail[4:])),
		})
	}
	return events
}

// Record is an event as the kernel writes it, for who plays a scanner; its time is zero.
func (e Event) Record(size int) []byte {
	raw := make([]byte, size-8, size)
	raw = binary.NativeEndian.AppendUint16(raw, e.Type)
	raw = binary.NativeEndian.AppendUint16(raw, e.Code)
	return binary.NativeEndian.AppendUint32(raw, uint32(e.Value))
}
