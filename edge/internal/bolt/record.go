package bolt

import (
	"encoding/binary"
	"errors"

	"portaria/edge/admit"
	"portaria/edge/whitelist"
	"portaria/edge/wire"
)

// A history record is stored in a form of its own instead of JSON: a gate reads all of them when it starts, and the
// lane is closed until it has.
//
// Key: ref 16 ‖ scan 16 ‖ kind, as text. Value: version 1 ‖ bits ‖ varint At, Lane, Day ‖ Follows, Closes, Resumes
// where bits say so ‖ Gate, Checkpoint, From, Zone, each varint length ‖ bytes ‖ where bits say so what the ref stands
// for: event 16 ‖ varint Kind, Uses, Group, ReentryAfter ‖ Use.

const recordVersion = 1

const (
	bitOverride = 1 << iota
	bitOffline
	bitFollows
	bitCloses
	bitResumes
	bitRight
)

var errRecord = errors.New("not a history record of this version")

func recordKey(ref whitelist.Ref, r admit.Record) []byte {
	key := make([]byte, 0, 40)
	key = append(key, ref[:]...)
	key = append(key, r.Scan[:]...)
	return append(key, r.Kind...)
}

func encodeRecord(r admit.Record, right *wire.Right) []byte {
	set := bits(r)
	if right != nil {
		set |= bitRight
	}
	b := append(make([]byte, 0, 128), recordVersion, set)
	b = binary.AppendVarint(b, r.At)
	b = binary.AppendVarint(b, int64(r.Lane))
	b = binary.AppendVarint(b, r.Day)
	for _, id := range []admit.ScanID{r.Follows, r.Closes, r.Resumes} {
		if id != (admit.ScanID{}) {
			b = append(b, id[:]...)
		}
	}
	for _, text := range []string{r.Gate, r.Checkpoint, r.From, r.Zone} {
		b = binary.AppendUvarint(b, uint64(len(text)))
		b = append(b, text...)
	}
	if right != nil {
		b = appendRight(b, right)
	}
	return b
}

func appendRight(b []byte, right *wire.Right) []byte {
	b = append(b, right.Event[:]...)
	for _, n := range []int{int(right.Kind), right.Terms.Uses, right.Terms.Group, right.Terms.ReentryAfter} {
		b = binary.AppendVarint(b, int64(n))
	}
	b = binary.AppendUvarint(b, uint64(len(right.Terms.Use)))
	return append(b, right.Terms.Use...)
}

// right is nil where the value ends before one that can be read.
func (in *reader) right() *wire.Right {
	var r wire.Right
	copy(r.Event[:], in.take(len(r.Event)))
	kind := in.varint()
	r.Terms.Uses, r.Terms.Group, r.Terms.ReentryAfter = int(in.varint()), int(in.varint()), int(in.varint())
	r.Terms.Use = whitelist.Use(in.text())
	if r.Kind = uint16(kind); in.short || int64(r.Kind) != kind { //nolint:gosec // checked here
		in.short = true
		return nil
	}
	return &r
}

func bits(r admit.Record) (b byte) {
	for _, flag := range []struct {
		set bool
		bit byte
	}{{r.Override, bitOverride}, {r.Offline, bitOffline}, {r.Follows != admit.ScanID{}, bitFollows},
		{r.Closes != admit.ScanID{}, bitCloses}, {r.Resumes != admit.ScanID{}, bitResumes}} {
		if flag.set {
			b |= flag.bit
		}
	}
	return b
}

func decodeRecord(key, value []byte) (ref whitelist.Ref, r admit.Record, right *wire.Right, err error) {
	in := reader{rest: value}
	if len(key) <= 32 || in.byte() != recordVersion {
		return ref, r, nil, errRecord
	}
	ref, r.Scan, r.Kind = whitelist.Ref(key[:16]), admit.ScanID(key[16:32]), admit.RecordKind(key[32:])
	set := in.byte()
	r.Override, r.Offline = set&bitOverride != 0, set&bitOffline != 0
	r.At, r.Lane, r.Day = in.varint(), int(in.varint()), in.varint()
	for _, id := range []struct {
		bit  byte
		into *admit.ScanID
	}{{bitFollows, &r.Follows}, {bitCloses, &r.Closes}, {bitResumes, &r.Resumes}} {
		if set&id.bit != 0 {
			copy(id.into[:], in.take(16))
		}
	}
	r.Gate, r.Checkpoint, r.From, r.Zone = in.text(), in.text(), in.text(), in.text()
	if set&bitRight != 0 {
		right = in.right()
	}
	if in.short || len(in.rest) > 0 {
		return ref, r, nil, errRecord
	}
	return ref, r, right, nil
}

// reader takes a value apart; short is set once anything was missing.
type reader struct {
	rest  []byte
	short bool
}

func (in *reader) take(n int) []byte {
	if n < 0 || n > len(in.rest) {
		in.short = true
		return nil
	}
	taken := in.rest[:n]
	in.rest = in.rest[n:]
	return taken
}

func (in *reader) byte() byte {
	if b := in.take(1); b != nil {
		return b[0]
	}
	return 0
}

func (in *reader) varint() int64 {
	v, n := binary.Varint(in.rest)
	if n <= 0 {
		in.short = true
		return 0
	}
	in.take(n)
	return v
}

func (in *reader) text() string {
	n, used := binary.Uvarint(in.rest)
	if used <= 0 || n > uint64(len(in.rest)) {
		in.short = true
		return ""
	}
	in.take(used)
	return string(in.take(int(n)))
}
