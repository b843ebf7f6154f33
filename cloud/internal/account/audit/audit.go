// Package audit is the log of who did what: each entry holds the hash of the one before, so that nothing can be
// changed, taken out or put in between without the rest of the chain saying so.
//
// It knows how entries are chained, written as lines and verified offline; where they are kept it asks of a Store.
// A chain cannot show that its end was cut off: write down the newest hash (the audit page shows it) and give it to
// the verifier.
package audit

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"time"

	"github.com/google/uuid"
)

// Act is what somebody did.
type Act struct {
	Organizer uuid.UUID // zero = the platform's own chain
	Who       string    // "person <uuid>", "API key <uuid>", "portaria"
	What      string    // "session.opened", "role.given"; stable
	Subject   string    // what it was done to: an id or a name
	Detail    string    // one line more; never a secret, never more of a person than an id
	Address   string    // of the client; empty for the program itself. In an entry: what Origin.Sum makes of it
}

// Origin is the address from which an act was done. It is kept beside the chain, which holds its salted hash: it can be
// forgotten, and the chain still holds.
type Origin struct {
	Salt    [16]byte
	Address string
}

// Sum is what a chain holds of an address. Nobody finds the address from it once the salt is forgotten.
func (o Origin) Sum() string {
	if o.Address == "" {
		return ""
	}
	sum := sha256.Sum256(append(o.Salt[:], o.Address...))
	return "sha256:" + hex.EncodeToString(sum[:])
}

// Hash links entries.
type Hash [32]byte

func (h Hash) String() string { return hex.EncodeToString(h[:]) }

// MarshalText writes it as hex.
func (h Hash) MarshalText() ([]byte, error) { return []byte(h.String()), nil }

// UnmarshalText reads exactly 64 hex digits.
func (h *Hash) UnmarshalText(text []byte) error {
	if len(text) != 2*len(h) {
		return fmt.Errorf("a hash has 64 hex digits, not %d", len(text))
	}
	_, err := hex.Decode(h[:], text)
	return err
}

// Entry is an act in its chain. Seq counts from 1 without gaps.
type Entry struct {
	Act
	Seq  uint64
	At   time.Time // whole milliseconds
	Prev Hash      // of the entry before; zero at the first
	Hash Hash
}

// Link makes the entry that comes after one with this seq and hash.
func Link(act Act, seq uint64, prev Hash, at time.Time) Entry {
	e := Entry{Act: act, Seq: seq + 1, At: at.UTC().Truncate(time.Millisecond), Prev: prev}
	e.Hash = e.sum()
	return e
}

// sum is SHA-256 over a tag, the hash before, and every field with its length, so that no two entries read the same.
func (e Entry) sum() Hash {
	h := sha256.New()
	put := func(b []byte) {
		var n [8]byte
		binary.BigEndian.PutUint64(n[:], uint64(len(b)))
		h.Write(n[:])
		h.Write(b)
	}
	number := func(n uint64) {
		var b [8]byte
		binary.BigEndian.PutUint64(b[:], n)
		h.Write(b[:])
	}
	h.Write([]byte("portaria-audit-1"))
	h.Write(e.Prev[:])
	h.Write(e.Organizer[:])
	number(e.Seq)
	number(uint64(e.At.UnixMilli()))
	for _, field := range []string{e.Who, e.What, e.Subject, e.Detail, e.Address} {
		put([]byte(field))
	}
	return Hash(h.Sum(nil))
}

// Follows says what is wrong with e coming after a seq and hash; nil = nothing.
func (e Entry) Follows(seq uint64, prev Hash) error {
	switch {
	case e.Seq != seq+1:
		return fmt.Errorf("entry %d comes after %d: entries are missing or out of order", e.Seq, seq)
	case e.Prev != prev:
		return fmt.Errorf("entry %d names another entry before it: something was changed or taken out", e.Seq)
	case e.Hash != e.sum():
		return fmt.Errorf("entry %d was changed after it was written", e.Seq)
	}
	return nil
}

// line is an entry as it is exported: one JSON object a line.
type line struct {
	Organizer uuid.UUID `json:"organizer"`
	Seq       uint64    `json:"seq"`
	At        int64     `json:"at"` // unix ms
	Who       string    `json:"who"`
	What      string    `json:"what"`
	Subject   string    `json:"subject"`
	Detail    string    `json:"detail"`
	Address   string    `json:"address"`
	Prev      Hash      `json:"prev"`
	Hash      Hash      `json:"hash"`
}

// MarshalJSON writes the exported form.
func (e Entry) MarshalJSON() ([]byte, error) {
	return json.Marshal(line{e.Organizer, e.Seq, e.At.UnixMilli(), e.Who, e.What, e.Subject, e.Detail, e.Address, e.Prev, e.Hash})
}

// UnmarshalJSON reads the exported form.
func (e *Entry) UnmarshalJSON(raw []byte) error {
	var l line
	if err := json.Unmarshal(raw, &l); err != nil {
		return err
	}
	*e = Entry{Act: Act{l.Organizer, l.Who, l.What, l.Subject, l.Detail, l.Address}, Seq: l.Seq,
		At: time.UnixMilli(l.At).UTC(), Prev: l.Prev, Hash: l.Hash}
	return nil
}

// Store keeps chains.
type Store interface {
	// Append locks the chain's end, has link make the next entry, and keeps it, all in the transaction of ctx; where it
	// came from is kept beside it.
	Append(ctx context.Context, organizer uuid.UUID, from Origin, link func(seq uint64, prev Hash) Entry) error
	// Entries are those before a seq (0 = the newest), newest first.
	Entries(ctx context.Context, organizer uuid.UUID, before uint64, limit int) ([]Entry, error)
}

// Log writes acts to their chains.
type Log struct {
	Store Store
	Now   func() time.Time
}

// maxField bounds what a client decides: browsers' names and addresses.
const maxField = 500

// Write keeps an act. Called in the transaction of what it tells, so that neither is there without the other.
func (l *Log) Write(ctx context.Context, act Act) error {
	for _, field := range []*string{&act.Who, &act.What, &act.Subject, &act.Detail, &act.Address} {
		*field = clean(*field)
	}
	from := Origin{Address: act.Address}
	_, _ = rand.Read(from.Salt[:]) // ends the program rather than fail
	act.Address = from.Sum()
	err := l.Store.Append(ctx, act.Organizer, from, func(seq uint64, prev Hash) Entry { return Link(act, seq, prev, l.Now()) })
	if err != nil {
		return fmt.Errorf("write %s to the audit log: %w", act.What, err)
	}
	return nil
}
