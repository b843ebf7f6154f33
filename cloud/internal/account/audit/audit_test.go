package audit_test

import (
	"bytes"
	"context"
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"portaria/cloud/internal/account/audit"
)

// book is a Store in memory.
type book struct {
	entries []audit.Entry
	from    []audit.Origin
}

func (b *book) Append(_ context.Context, organizer uuid.UUID, from audit.Origin, link func(uint64, audit.Hash) audit.Entry) error {
	var seq uint64
	var prev audit.Hash
	for _, e := range b.entries {
		if e.Organizer == organizer {
			seq, prev = e.Seq, e.Hash
		}
	}
	b.entries, b.from = append(b.entries, link(seq, prev)), append(b.from, from)
	return nil
}

func (b *book) Entries(context.Context, uuid.UUID, uint64, int) ([]audit.Entry, error) {
	return b.entries, nil
}

func (b *book) export(t *testing.T) []byte {
	var out bytes.Buffer
	for _, e := range b.entries {
		raw, err := json.Marshal(e)
		require.NoError(t, err)
		out.Write(append(raw, '\n'))
	}
	return out.Bytes()
}

func written(t *testing.T) *book {
	b, festival, club := &book{}, uuid.New(), uuid.New()
	at := time.Date(2026, 11, 22, 20, 0, 0, 123456789, time.UTC)
	log := audit.Log{Store: b, Now: func() time.Time { at = at.Add(time.Second); return at }}
	for _, what := range []string{"session.opened", "role.given", "key.made", "session.ended"} {
		require.NoError(t, log.Write(t.Context(), audit.Act{Organizer: festival, Who: "person 1", What: what, Subject: "x", Address: "::1"}))
		require.NoError(t, log.Write(t.Context(), audit.Act{Organizer: club, Who: "person 2", What: what, Detail: "two\nlines\x00"}))
	}
	return b
}

func TestAWholeLogIsVerifiedFromItsExport(t *testing.T) {
	b := written(t)
	v := audit.NewVerifier()
	require.NoError(t, v.ReadLines(bytes.NewReader(b.export(t))))
	require.Len(t, v.Chains(), 2)
	assert.EqualValues(t, 4, v.Chains()[0].Last)
	assert.True(t, v.Ends(b.entries[len(b.entries)-1].Hash))
	assert.Equal(t, "two lines ", b.entries[1].Detail)
}

func TestAnAddressIsNotInTheChain(t *testing.T) {
	b := written(t)
	assert.NotContains(t, string(b.export(t)), "::1")
	assert.Equal(t, "::1", b.from[0].Address)
	assert.Equal(t, b.from[0].Sum(), b.entries[0].Address, "who has the address and its salt can show that they are right")
	assert.NotEqual(t, b.entries[0].Address, b.entries[2].Address, "the same address twice is not seen to be the same")
	assert.Empty(t, b.entries[1].Address)
}

func TestEveryTamperingIsFound(t *testing.T) {
	for _, row := range []struct {
		name   string
		tamper func(lines []string) []string
		says   string
	}{
		{"a name was changed", func(l []string) []string { l[2] = strings.Replace(l[2], "person 1", "person 9", 1); return l }, "was changed"},
		{"a time was changed", func(l []string) []string { l[2] = strings.Replace(l[2], `"at":1`, `"at":2`, 1); return l }, "was changed"},
		{"an entry was taken out", func(l []string) []string { return append(l[:2:2], l[3:]...) }, "missing"},
		{"the first was taken out", func(l []string) []string { return l[1:] }, "missing"},
		{"two were swapped", func(l []string) []string { l[0], l[2] = l[2], l[0]; return l }, "missing"},
		{"one is there twice", func(l []string) []string { return append(l[:1:1], l[0:]...) }, "missing"},
		{"one was moved to another chain", func(l []string) []string {
			a, b := l[0][:60], l[1][:60]
			l[2] = strings.Replace(l[2], a[:50], b[:50], 1)
			return l
		}, "e"},
		{"not an entry", func(l []string) []string { l[1] = "{"; return l }, "line 2 is not"},
		{"nothing", func([]string) []string { return nil }, "no audit entry"},
	} {
		lines := strings.Split(strings.TrimSpace(string(written(t).export(t))), "\n")
		v := audit.NewVerifier()
		err := v.ReadLines(strings.NewReader(strings.Join(row.tamper(lines), "\n")))
		assert.ErrorContains(t, err, row.says, row.name)
	}
}

func TestACutEndIsFoundByTheNotedHash(t *testing.T) {
	b := written(t)
	noted := b.entries[7].Hash
	b.entries = b.entries[:6]
	v := audit.NewVerifier()
	require.NoError(t, v.ReadLines(bytes.NewReader(b.export(t))), "the chain itself cannot tell")
	assert.False(t, v.Ends(noted))
}

func FuzzAnExport(f *testing.F) {
	f.Add([]byte(`{"organizer":"0192e4f0-7c00-7000-8000-000000000000","seq":1,"at":1,"who":"","what":"","subject":"","detail":"","address":"","prev":"00","hash":""}`))
	f.Add([]byte("\n\n"))
	f.Fuzz(func(t *testing.T, raw []byte) {
		v := audit.NewVerifier()
		if v.ReadLines(bytes.NewReader(raw)) == nil {
			for _, c := range v.Chains() {
				assert.EqualValues(t, 1, c.First)
			}
		}
	})
}
