package ticket_test

import (
	"crypto/ed25519"
	"encoding/base64"
	"encoding/binary"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"portaria/edge/ticket"
)

// pretixCode builds a code as pretix does: base64 backwards of the envelope.
func pretixCode(key ed25519.PrivateKey, payload []byte) string {
	signature := ed25519.Sign(key, payload)
	raw := []byte{1}
	raw = binary.BigEndian.AppendUint16(raw, uint16(len(payload)))
	raw = binary.BigEndian.AppendUint16(raw, uint16(len(signature)))
	return backwards(append(append(raw, payload...), signature...))
}

func backwards(raw []byte) string {
	text := []byte(base64.StdEncoding.EncodeToString(raw))
	slices.Reverse(text)
	return string(text)
}

func varintField(number, value uint64) []byte {
	return binary.AppendUvarint(binary.AppendUvarint(nil, number<<3), value)
}

func bytesField(number uint64, value string) []byte {
	head := binary.AppendUvarint(binary.AppendUvarint(nil, number<<3|2), uint64(len(value)))
	return append(head, value...)
}

func TestAPretixTicketIsReadInFull(t *testing.T) {
	s := signer(5)
	from := time.Date(2026, 12, 1, 18, 0, 0, 0, time.UTC)
	payload := slices.Concat(bytesField(1, "a1B2c3D4e"), varintField(2, 12345), varintField(3, 7), varintField(4, 99),
		varintField(5, uint64(from.Unix())), varintField(6, uint64(from.Add(6*time.Hour).Unix())))
	p, err := ticket.ParsePretix(pretixCode(s.Key, payload))
	require.NoError(t, err)
	assert.Equal(t, "a1B2c3D4e", p.Seed)
	assert.Equal(t, []int64{12345, 7, 99}, []int64{p.Item, p.Variation, p.Subevent})
	assert.Equal(t, from, p.ValidFrom)
	assert.Equal(t, from.Add(6*time.Hour), p.ValidUntil)
	assert.True(t, p.Verify(public(s)))
	assert.False(t, p.Verify(public(signer(6))))
	assert.False(t, p.Verify(nil))
}

func TestUnknownPretixFieldsAreSkipped(t *testing.T) {
	s := signer(5)
	fixed64 := append([]byte{9<<3 | 1}, make([]byte, 8)...)
	fixed32 := append([]byte{10<<3 | 5}, make([]byte, 4)...)
	payload := slices.Concat(fixed64, bytesField(1, "seed"), fixed32, bytesField(11, "later"), varintField(2, 1))
	p, err := ticket.ParsePretix(pretixCode(s.Key, payload))
	require.NoError(t, err)
	assert.Equal(t, "seed", p.Seed)
	assert.Equal(t, int64(1), p.Item)
	assert.True(t, p.ValidFrom.IsZero())
	assert.True(t, p.Verify(public(s)))
}

func TestBrokenPretixTicketsAreRefused(t *testing.T) {
	s := signer(5)
	good := pretixCode(s.Key, bytesField(1, "seed"))
	envelope := func(head []byte, rest int) string { return backwards(append(head, make([]byte, rest)...)) }
	for _, c := range []struct {
		name, text string
		want       error
	}{
		{"nothing", "", ticket.ErrNotOurs},
		{"not base64", "7K3M9-QXF2T-BCW8", ticket.ErrNotOurs},
		{"base64 forwards", reversed(good), ticket.ErrNotOurs},
		{"scheme 2", envelope([]byte{2, 0, 6, 0, 64}, 70), ticket.ErrNotOurs},
		{"a new line inside", good[:8] + "\n" + good[8:], ticket.ErrNotOurs},
		{"a carriage return at the end", good + "\r", ticket.ErrNotOurs},
		{"over 1,024 characters", strings.Repeat("A", 1028), ticket.ErrNotOurs},
		{"a signature of 63 bytes", envelope([]byte{1, 0, 6, 0, 63}, 69), ticket.ErrMalformed},
		{"a payload longer than the text", envelope([]byte{1, 0xff, 0xff, 0, 64}, 70), ticket.ErrMalformed},
		{"a byte too many", envelope([]byte{1, 0, 6, 0, 64}, 71), ticket.ErrMalformed},
		{"field number zero", pretixCode(s.Key, []byte{0, 0}), ticket.ErrMalformed},
		{"a group", pretixCode(s.Key, []byte{1<<3 | 3}), ticket.ErrMalformed},
		{"a number without end", pretixCode(s.Key, []byte{2 << 3, 0x80}), ticket.ErrMalformed},
		{"a number over 64 bits", pretixCode(s.Key, append([]byte{2 << 3}, "\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01"...)), ticket.ErrMalformed},
		{"bytes that run past the end", pretixCode(s.Key, []byte{1<<3 | 2, 200, 'x'}), ticket.ErrMalformed},
		{"bytes of a huge length", pretixCode(s.Key, append([]byte{1<<3 | 2}, "\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01"...)), ticket.ErrMalformed},
		{"a seed of 65 characters", pretixCode(s.Key, bytesField(1, strings.Repeat("s", 65))), ticket.ErrMalformed},
		{"a seed that is not text", pretixCode(s.Key, bytesField(1, "\xff\xfe")), ticket.ErrMalformed},
		{"a fixed field cut short", pretixCode(s.Key, []byte{9<<3 | 1, 0, 0}), ticket.ErrMalformed},
		{"33 fields", pretixCode(s.Key, slices.Repeat(varintField(2, 1), 33)), ticket.ErrMalformed},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, err := ticket.ParsePretix(c.text)
			assert.ErrorIs(t, err, c.want)
		})
	}
}

func reversed(text string) string {
	bytes := []byte(text)
	slices.Reverse(bytes)
	return string(bytes)
}
