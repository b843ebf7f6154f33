// Package admittest reads the judge's case files, so that every program that judges can be held to the same rows. The
// files are plain JSON, meant to be read by other languages too; their "about" says how.
package admittest

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"testing"
	"time"

	"portaria/edge/admit"
	"portaria/edge/ticket"
	"portaria/edge/whitelist"
)

// Case is one row of testdata/decide.json.
type Case struct {
	Name  string
	Facts admit.Facts // Standing folded from History
	Want  Want

	History []admit.Record
	Zone    *time.Location // the venue's
}

// Want is the verdict a row asks for.
type Want struct {
	Admit     bool         `json:"admit"`
	Reason    admit.Reason `json:"reason"`
	AskStaff  bool         `json:"ask_staff"`
	UnsureNow bool         `json:"unsure_now"`
	At        Time         `json:"at"`
	Gate      string       `json:"gate"`
	Lane      int          `json:"lane"`
	Follows   Scan         `json:"follows"`
	Closes    Scan         `json:"closes"`
	Attention []string     `json:"attention"`
}

// Verdict is the same as the judge says it.
func (w Want) Verdict() admit.Verdict {
	return admit.Verdict{Admit: w.Admit, Reason: w.Reason, AskStaff: w.AskStaff, UnsureNow: w.UnsureNow, At: w.At.milli(),
		Gate: w.Gate, Lane: w.Lane, Follows: w.Follows.id(), Closes: w.Closes.id(), Attention: flagsOf(w.Attention)}
}

// Time is an RFC 3339 time; empty is none.
type Time string

func (t Time) milli() int64 {
	if t == "" {
		return 0
	}
	at, err := time.Parse(time.RFC3339, string(t))
	if err != nil {
		panic(fmt.Sprintf("case file: %v", err))
	}
	return at.UnixMilli()
}

func (t Time) seconds() int64 { return t.milli() / 1000 }

// Scan is a scan's short name; its id is the name's bytes, then zeros. Empty is none.
type Scan string

func (s Scan) id() admit.ScanID {
	var id admit.ScanID
	copy(id[:], s)
	return id
}

// Load reads testdata/decide.json.
func Load(t testing.TB, path string) []Case {
	t.Helper()
	var file struct {
		About []string        `json:"about"`
		Usual json.RawMessage `json:"usual"`
		Cases []struct {
			Case string          `json:"case"`
			With json.RawMessage `json:"with"`
			Want Want            `json:"want"`
		} `json:"cases"`
	}
	readStrict(t, path, &file)
	var out []Case
	for _, c := range file.Cases {
		var row facts
		strict(t, c.Case, merged(t, file.Usual, c.With), &row)
		out = append(out, row.build(c.Case, c.Want))
	}
	return out
}

func readStrict(t testing.TB, path string, into any) {
	t.Helper()
	raw, err := os.ReadFile(path)
	if err != nil {
		t.Fatalf("read the judge's cases: %v", err)
	}
	strict(t, path, raw, into)
}

func strict(t testing.TB, what string, raw []byte, into any) {
	t.Helper()
	d := json.NewDecoder(bytes.NewReader(raw))
	d.DisallowUnknownFields()
	if err := d.Decode(into); err != nil {
		t.Fatalf("case %q: %v", what, err)
	}
}

// merged applies a JSON merge patch (RFC 7396).
func merged(t testing.TB, base, patch json.RawMessage) []byte {
	t.Helper()
	var into, with any
	if err := json.Unmarshal(base, &into); err != nil {
		t.Fatalf("usual facts: %v", err)
	}
	if len(patch) > 0 {
		if err := json.Unmarshal(patch, &with); err != nil {
			t.Fatalf("facts of a case: %v", err)
		}
		into = merge(into, with)
	}
	raw, err := json.Marshal(into)
	if err != nil {
		t.Fatalf("merged facts: %v", err)
	}
	return raw
}

func merge(base, patch any) any {
	with, isObject := patch.(map[string]any)
	if !isObject {
		return patch
	}
	out := map[string]any{}
	if was, ok := base.(map[string]any); ok {
		for k, v := range was {
			out[k] = v
		}
	}
	for k, v := range with {
		if v == nil {
			delete(out, k)
		} else {
			out[k] = merge(out[k], v)
		}
	}
	return out
}

func flagsOf(names []string) whitelist.Flags {
	var out whitelist.Flags
	for _, name := range names {
		out |= flagNames[name]
	}
	return out
}

var flagNames = map[string]whitelist.Flags{
	"check_document": whitelist.CheckDocument, "child": whitelist.Child, "wheelchair": whitelist.Wheelchair,
	"vip": whitelist.VIP, "upgrade_owed": whitelist.UpgradeOwed,
}

// eventID names an event by one letter or more: its bytes, then zeros.
func eventID(name string) ticket.EventID {
	var id ticket.EventID
	copy(id[:], name)
	return id
}
