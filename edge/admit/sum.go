package admit

import (
	"encoding/binary"
	"hash/fnv"

	"portaria/edge/whitelist"
)

// Sum is a number for one record of a right's history. Two machines that add up the sums of all that they know, in any
// order, compare what they know by one number.
func Sum(ref whitelist.Ref, r *Record) uint64 {
	h := fnv.New64a()
	buf := append(make([]byte, 0, 192), ref[:]...)
	for _, scan := range []*ScanID{&r.Scan, &r.Follows, &r.Closes, &r.Resumes} {
		buf = append(buf, scan[:]...)
	}
	for _, n := range []int64{r.At, int64(r.Lane), r.Day, flag(r.Override) | flag(r.Offline)<<1} {
		buf = binary.LittleEndian.AppendUint64(buf, uint64(n)) //nolint:gosec // any 64 bits
	}
	for _, text := range []string{string(r.Kind), r.Gate, r.Checkpoint, r.From, r.Zone} {
		buf = append(append(buf, text...), 0)
	}
	_, _ = h.Write(buf)
	return mixed(h.Sum64())
}

// mixed spreads what differs over all bits, so that sums of records that are much alike do not cancel out (splitmix64).
func mixed(x uint64) uint64 {
	x = (x ^ x>>30) * 0xbf58476d1ce4e5b9
	x = (x ^ x>>27) * 0x94d049bb133111eb
	return x ^ x>>31
}

func flag(set bool) int64 {
	if set {
		return 1
	}
	return 0
}
