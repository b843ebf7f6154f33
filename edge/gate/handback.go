package gate

import (
	"bytes"
	"slices"

	"portaria/edge/admit"
	"portaria/edge/whitelist"
	"portaria/edge/wire"
)

// fact is where a record stands in history.
type fact struct {
	ref whitelist.Ref
	at  int
	seq uint64 // of a record of this run, 0 = of another
}

// recall takes the history that the disk kept, in an order that no map decides.
func (s *State) recall(history map[whitelist.Ref][]admit.Record) {
	refs := make([]whitelist.Ref, 0, len(history))
	for ref := range history {
		refs = append(refs, ref)
	}
	slices.SortFunc(refs, func(a, b whitelist.Ref) int { return bytes.Compare(a[:], b[:]) })
	for _, ref := range refs {
		for _, r := range history[ref] {
			s.remember(ref, r)
		}
	}
}

// handBack adds to a heartbeat what a hub whose disk is old or new has asked for: everything that any gate has told may
// be all that is left of a gate that died. Asking goes on with the answer to this heartbeat. A gate whose disk is old may have
// heard what it did itself, and be all that knows it: its own records count as well.
func (s *State) handBack(state *wire.State) {
	state.Others, state.Own, state.Sum = s.others, uint64(len(s.known)-len(s.writing))-s.others, s.sum
	if s.link.tell == 0 {
		return
	}
	known := s.firm()
	state.Known, state.HeardFrom = uint64(len(known)), s.link.tell
	first := min(s.link.tell-1, uint64(len(known)))
	for _, f := range known[first:min(int(first)+wire.MaxHeard, len(known))] {
		state.Heard = append(state.Heard, s.factOf(f))
	}
	s.link.tell = 0
}

// firm are the records known before the first that may not be on the disk yet. One that a power cut takes back would live
// on at the hub as a use that nobody can settle.
func (s *State) firm() []fact {
	if at := slices.IndexFunc(s.known, func(f fact) bool { return f.seq > s.durable }); at >= 0 && !mutantUnfirmHandback {
		return s.known[:at]
	}
	return s.known
}

// factOf is a record with what its right allows: a hub that learns of two admissions on a ticket must know whether that is
// one too many, without waiting for the ticket to be shown again.
func (s *State) factOf(f fact) wire.KnownFact {
	out := wire.KnownFact{Ref: f.ref, Record: s.history[f.ref][f.at]}
	if right, known := s.rights[f.ref]; known && out.Record.Kind == admit.Entry {
		out.Right = &right
	}
	return out
}

func (s *State) learnRight(ref whitelist.Ref, right *wire.Right) {
	if right != nil {
		s.rights[ref] = s.rights[ref].Join(*right)
	}
}
