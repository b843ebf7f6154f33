package ingest

import (
	"slices"

	"portaria/cloud/entry"
	"portaria/edge/admit"
	"portaria/edge/whitelist"
)

// History is what is known of one right.
type History struct {
	Ref     whitelist.Ref
	Kind    uint16
	Records []admit.Record
}

// Conflict is a right that let more people in than it may: gates that could not ask each other. It is derived, never
// stored.
type Conflict struct {
	Ref     whitelist.Ref
	Kind    uint16
	Entries []admit.Record // every admission of it, by the gates' clocks
}

// Conflicts finds the double admissions in these histories. Terms gives what a kind allows.
func Conflicts(histories []History, terms func(kind uint16) admit.Terms) []Conflict {
	var out []Conflict
	for _, h := range histories {
		for _, scans := range entry.Conflicts(terms(h.Kind), h.Records) {
			out = append(out, Conflict{Ref: h.Ref, Kind: h.Kind, Entries: entriesOf(h.Records, scans)})
		}
	}
	return out
}

func entriesOf(records []admit.Record, scans []admit.ScanID) []admit.Record {
	var out []admit.Record
	for _, r := range records {
		if r.Kind == admit.Entry && slices.Contains(scans, r.Scan) {
			out = append(out, r)
		}
	}
	slices.SortStableFunc(out, func(a, b admit.Record) int { return int(min(max(a.At-b.At, -1), 1)) })
	return out
}
