package audit

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/google/uuid"
)

// maxLine is more than any entry takes as JSON.
const maxLine = 64 << 10

// Chain is what a verifier has seen of one chain.
type Chain struct {
	Organizer uuid.UUID
	First     uint64
	Last      uint64
	Head      Hash // of the last entry
}

// Verifier follows any number of chains, each in the order of its entries.
type Verifier struct {
	chains map[uuid.UUID]*Chain
	order  []uuid.UUID
}

// NewVerifier expects chains from their first entry on.
func NewVerifier() *Verifier { return &Verifier{chains: map[uuid.UUID]*Chain{}} }

// See checks the next entry. After an error the chain cannot be trusted from that entry on.
func (v *Verifier) See(e Entry) error {
	c := v.chains[e.Organizer]
	if c == nil {
		c = &Chain{Organizer: e.Organizer, First: e.Seq}
		v.chains[e.Organizer] = c
		v.order = append(v.order, e.Organizer)
	}
	if err := e.Follows(c.Last, c.Head); err != nil {
		return fmt.Errorf("chain %s: %w", e.Organizer, err)
	}
	c.Last, c.Head = e.Seq, e.Hash
	return nil
}

// Chains are what was seen, in the order in which it came.
func (v *Verifier) Chains() []Chain {
	out := make([]Chain, len(v.order))
	for i, id := range v.order {
		out[i] = *v.chains[id]
	}
	return out
}

// Ends says whether one of the chains ends with this hash: that its end was not cut off since the hash was noted.
func (v *Verifier) Ends(head Hash) bool {
	for _, c := range v.chains {
		if c.Head == head {
			return true
		}
	}
	return false
}

// ReadLines verifies an export, one entry a line, and tells the line of the first fault.
func (v *Verifier) ReadLines(r io.Reader) error {
	lines := bufio.NewScanner(r)
	lines.Buffer(make([]byte, 0, 4096), maxLine)
	n := 0
	for lines.Scan() {
		n++
		if strings.TrimSpace(lines.Text()) == "" {
			continue
		}
		var e Entry
		if err := json.Unmarshal(lines.Bytes(), &e); err != nil {
			return fmt.Errorf("line %d is not an audit entry: %w", n, err)
		}
		if err := v.See(e); err != nil {
			return fmt.Errorf("line %d: %w", n, err)
		}
	}
	if err := lines.Err(); err != nil {
		return fmt.Errorf("line %d: %w", n+1, err)
	}
	if n == 0 {
		return errors.New("the file holds no audit entry")
	}
	return nil
}

// clean makes text that any store and any reader keeps as it is: valid, one line, and short.
func clean(s string) string {
	s = strings.Map(func(r rune) rune {
		if unicode.IsControl(r) || r == utf8.RuneError {
			return ' '
		}
		return r
	}, s)
	if utf8.RuneCountInString(s) > maxField {
		s = string([]rune(s)[:maxField-1]) + "…"
	}
	return s
}
