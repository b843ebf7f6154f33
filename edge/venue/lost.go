package venue

import (
	"slices"

	"portaria/edge/admit"
	"portaria/edge/whitelist"
)

// Lost is an admission that a gate recorded and whose end it lost with its power. It counts as used until a supervisor
// settles it at that gate; this arbiter only knows of it, and can pass the word on.
type Lost struct {
	Scan admit.ScanID  `json:"scan"`
	Gate string        `json:"gate"`
	Lane int           `json:"lane"`
	Ref  whitelist.Ref `json:"ref"`
	At   int64         `json:"at"` // unix ms, gate clock, when the gate found it had lost the end
}

// follow keeps the list of lost ends as records come, in any order.
func (s *State) follow(ref whitelist.Ref, r admit.Record) {
	switch {
	case r.Kind == admit.UnknownEnd && !s.settled(ref, r.Scan):
		s.lost[r.Scan] = Lost{Scan: r.Scan, Gate: r.Gate, Lane: r.Lane, Ref: ref, At: r.At}
	case r.Kind == admit.Passed, r.Kind == admit.Abort, r.Kind == admit.ForcedPass:
		delete(s.lost, r.Scan)
	case r.Resumes != admit.ScanID{}:
		delete(s.lost, r.Resumes)
	}
}

// settled says whether a right's history tells how a scan ended.
func (s *State) settled(ref whitelist.Ref, scan admit.ScanID) bool {
	return slices.ContainsFunc(s.right(ref).records, func(r admit.Record) bool {
		return r.Resumes == scan || r.Scan == scan && (r.Kind == admit.Passed || r.Kind == admit.Abort || r.Kind == admit.ForcedPass)
	})
}

func (s *State) lostEnds() []Lost {
	var out []Lost
	for _, l := range s.lost {
		out = append(out, l)
	}
	slices.SortFunc(out, func(a, b Lost) int { return slices.Compare(a.Scan[:], b.Scan[:]) })
	return out
}
