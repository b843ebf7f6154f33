package gpio

import "unsafe"

// The structs and numbers of the kernel's GPIO character device, version 2 (include/uapi/linux/gpio.h, since Linux 5.10).
// No field needs padding that isn't written here, so they are the same on 32-bit gates.

type chipInfo struct {
	Name, Label [32]byte
	Lines       uint32
}

type lineAttribute struct {
	ID, Padding uint32
	Value       uint64
}

type configAttribute struct {
	Attribute lineAttribute
	Mask      uint64
}

type lineConfig struct {
	Flags      uint64
	Attributes uint32
	Padding    [5]uint32
	Attribute  [10]configAttribute
}

type lineRequest struct {
	Offsets     [64]uint32
	Consumer    [32]byte
	Config      lineConfig
	Lines       uint32
	EventBuffer uint32
	Padding     [5]uint32
	FD          int32
}

type lineValues struct{ Bits, Mask uint64 }

type lineEvent struct {
	Timestamp            uint64
	ID, Offset           uint32
	Sequence, LineNumber uint32
	Padding              [6]uint32
}

const (
	flagActiveLow = 1 << 1
	flagInput     = 1 << 2
	flagOutput    = 1 << 3
	flagRising    = 1 << 4
	flagFalling   = 1 << 5
	flagPullUp    = 1 << 8

	attributeOutputs = 2

	risingEdge = 1
)

// Numbers of the ioctls: direction, size, type 0xB4, number.
const (
	read      = 2 << 30
	readWrite = 3 << 30

	getChipInfo = read | uint(unsafe.Sizeof(chipInfo{}))<<16 | 0xB4<<8 | 0x01
	getLine     = readWrite | uint(unsafe.Sizeof(lineRequest{}))<<16 | 0xB4<<8 | 0x07
	getValues   = readWrite | uint(unsafe.Sizeof(lineValues{}))<<16 | 0xB4<<8 | 0x0E
	setValues   = readWrite | uint(unsafe.Sizeof(lineValues{}))<<16 | 0xB4<<8 | 0x0F
)

// bytesOf is a struct as the kernel sees it.
func bytesOf[T any](s *T) []byte { return unsafe.Slice((*byte)(unsafe.Pointer(s)), unsafe.Sizeof(*s)) }
