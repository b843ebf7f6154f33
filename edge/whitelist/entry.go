package whitelist

import "encoding/binary"

// Where the fields of an entry stand, in bytes from its start. All numbers are big endian; what is not named is
// reserved and zero.
const (
	atRef        = 16
	atKind       = 32
	atState      = 34
	atUses       = 35
	atGroup      = 36
	atReserve1   = 37
	atFlags      = 38
	atSeat       = 40
	atValidFrom  = 44
	atValidUntil = 48
	atReserve2   = 52
)

// Append adds the entry's 56 bytes to b.
func (e Entry) Append(b []byte) []byte {
	b = append(b, e.Key[:]...)
	b = append(b, e.Ref[:]...)
	b = binary.BigEndian.AppendUint16(b, e.Kind)
	b = append(b, byte(e.State), e.Uses, e.Group, 0)
	b = binary.BigEndian.AppendUint16(b, uint16(e.Flags))
	b = binary.BigEndian.AppendUint32(b, e.Seat)
	b = binary.BigEndian.AppendUint32(b, e.ValidFrom)
	b = binary.BigEndian.AppendUint32(b, e.ValidUntil)
	return append(b, 0, 0, 0, 0)
}

// Marshal is the entry's 56 bytes.
func (e Entry) Marshal() []byte { return e.Append(make([]byte, 0, EntryLen)) }

// Known says whether the state is one that this version can judge.
func (s State) Known() bool { return Good <= s && s <= Blocked }

// DecodeEntry reads exactly one entry. A state that is not known, or a reserved byte that is not zero, is malformed:
// a gate must not guess what a newer cloud meant by it.
func DecodeEntry(raw []byte) (Entry, error) {
	if len(raw) != EntryLen {
		return Entry{}, malformed("an entry is %d bytes, not %d", EntryLen, len(raw))
	}
	if err := checkEntry(raw); err != nil {
		return Entry{}, err
	}
	return decode(raw), nil
}

func checkEntry(raw []byte) error {
	if !State(raw[atState]).Known() {
		return malformed("entry %x has the unknown state %d", raw[:KeyLen], raw[atState])
	}
	if raw[atReserve1] != 0 || binary.BigEndian.Uint32(raw[atReserve2:]) != 0 {
		return malformed("entry %x fills reserved bytes", raw[:KeyLen])
	}
	return nil
}

// decode reads an entry that has been checked.
func decode(raw []byte) Entry {
	_ = raw[EntryLen-1]
	return Entry{
		Key:        Key(raw[:atRef]),
		Ref:        Ref(raw[atRef:atKind]),
		Kind:       binary.BigEndian.Uint16(raw[atKind:]),
		State:      State(raw[atState]),
		Uses:       raw[atUses],
		Group:      raw[atGroup],
		Flags:      Flags(binary.BigEndian.Uint16(raw[atFlags:])),
		Seat:       binary.BigEndian.Uint32(raw[atSeat:]),
		ValidFrom:  binary.BigEndian.Uint32(raw[atValidFrom:]),
		ValidUntil: binary.BigEndian.Uint32(raw[atValidUntil:]),
	}
}
