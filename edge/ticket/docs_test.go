package ticket_test

import (
	"crypto/ed25519"
	"encoding/hex"
	"os"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"portaria/edge/ticket"
)

// example is one block of docs/ticket-format.md: what it shows, and its lines by name.
type example struct {
	what  string
	lines map[string]string
}

func (e example) number(t *testing.T, name string) uint64 {
	n, err := strconv.ParseUint(e.lines[name], 10, 16)
	require.NoError(t, err, name)
	return n
}

func readExamples(t *testing.T) (all []example) {
	bytes, err := os.ReadFile("../../docs/ticket-format.md")
	require.NoError(t, err)
	blocks := strings.Split(string(bytes), "```example ")[1:]
	for _, block := range blocks {
		body, _, closed := strings.Cut(block, "```")
		require.True(t, closed)
		what, rest, _ := strings.Cut(body, "\n")
		e := example{what: what, lines: map[string]string{}}
		for line := range strings.Lines(rest) {
			name, value, found := strings.Cut(line, ":")
			require.True(t, found, line)
			e.lines[name] = strings.TrimSpace(value)
		}
		all = append(all, e)
	}
	return all
}

func TestTheDocumentsExamplesHold(t *testing.T) {
	checks := map[string]func(*testing.T, example){
		"signed": checkSigned, "short": checkShort, "typed": checkTyped, "mistyped": checkMistyped, "pretix": checkPretix,
	}
	seen := map[string]bool{}
	for _, e := range readExamples(t) {
		require.Contains(t, checks, e.what)
		checks[e.what](t, e)
		seen[e.what] = true
	}
	assert.Len(t, seen, len(checks), "an example of each kind")
}

func checkSigned(t *testing.T, e example) {
	event, err := ticket.ParseEventID(e.lines["event"])
	require.NoError(t, err)
	id, err := ticket.ParseID(e.lines["ticket id"])
	require.NoError(t, err)
	key := ed25519.NewKeyFromSeed(fromHex(t, e.lines["private seed"]))
	s := ticket.Signer{Event: event, KeyID: uint8(e.number(t, "key id")), Key: key}
	code := mint(t, s, ticket.Fields{ID: id, Kind: uint16(e.number(t, "kind")),
		Reissue: uint8(e.number(t, "reissue")), Flags: uint8(e.number(t, "flags"))})
	assert.Equal(t, e.lines["text"], code.Text())
	assert.Equal(t, e.lines["short"], id.ShortShown())
	assert.Equal(t, e.lines["public key"], hex.EncodeToString(public(s)))
	withRaw(t, code.Text(), func(raw []byte) {
		assert.Equal(t, e.lines["body"], hex.EncodeToString(raw[:ticket.BodyLen]))
		if message, given := e.lines["message"]; given {
			assert.Equal(t, e.lines["signature"], hex.EncodeToString(raw[ticket.BodyLen:]))
			assert.True(t, ed25519.Verify(public(s), fromHex(t, message), raw[ticket.BodyLen:]))
		}
	})
}

func checkShort(t *testing.T, e example) {
	id, err := ticket.ParseID(e.lines["ticket id"])
	require.NoError(t, err)
	assert.Equal(t, e.lines["short"], id.ShortShown())
	assert.Equal(t, e.lines["bars"], id.Short())
}

func checkTyped(t *testing.T, e example) {
	id, err := ticket.ParseShort(e.lines["typed"])
	require.NoError(t, err)
	assert.Equal(t, e.lines["ticket id"], id.String())
}

func checkMistyped(t *testing.T, e example) {
	_, err := ticket.ParseShort(e.lines["typed"])
	assert.ErrorIs(t, err, ticket.ErrMalformed)
}

func checkPretix(t *testing.T, e example) {
	p, err := ticket.ParsePretix(e.lines["text"])
	require.NoError(t, err)
	assert.True(t, p.Verify(fromHex(t, e.lines["public key"])))
	assert.Equal(t, e.lines["seed"], p.Seed)
	assert.EqualValues(t, e.number(t, "item"), p.Item)
	assert.EqualValues(t, e.number(t, "variation"), p.Variation)
	assert.EqualValues(t, e.number(t, "subevent"), p.Subevent)
}
