package identity

import (
	"crypto/sha256"
	_ "embed" // for the list of words
	"encoding/binary"
	"strings"
)

// words.txt is the English list of BIP 39: 2,048 short words, no two of which begin with the same four letters.
//
//go:embed words.txt
var wordList string

// Words is what two people compare who stand before two screens: 44 bits of what both machines know of their
// connection. The length of each part is in it, so that nothing can move from one part into the next.
func Words(parts ...[]byte) [4]string {
	sum := sha256.New()
	sum.Write([]byte("portaria-words-1"))
	for _, part := range parts {
		sum.Write(binary.BigEndian.AppendUint32(nil, uint32(len(part)))) //nolint:gosec // parts are small
		sum.Write(part)
	}
	list, bits := strings.Fields(wordList), binary.BigEndian.Uint64(sum.Sum(nil))
	var out [4]string
	for i := range out {
		out[i] = list[bits>>(53-11*i)&2047]
	}
	return out
}
