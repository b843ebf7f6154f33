package gate

import (
	"slices"

	"portaria/edge/admit"
	"portaria/edge/wire"
)

// marksKept is about how many notes of a cloud watermark a retention makes: a finer grain would only grow the memory.
const marksKept = 28

// prune deletes what a fresh ack of the cloud confirms and what the cloud had already confirmed a retention ago. Two
// confirmations a week apart outlive a database that is restored from a backup in between. A clock that can't be
// trusted prunes nothing.
func (s *State) prune(run *RunMemory, cloud uint64) {
	if s.now.Clock == admit.ClockIsUnset {
		return
	}
	s.mark(run, cloud)
	to := run.Pruned
	old := 0
	for i, m := range run.Marks {
		if m.At <= s.now.Unix-s.retention {
			to, old = max(to, min(m.Cloud, cloud)), i
		}
	}
	run.Marks = slices.Delete(run.Marks, 0, old)
	if to > run.Pruned {
		run.Pruned, s.dirty = to, true
		s.prunes = append(s.prunes, pruning{Prune: Prune{Run: run.Run, To: to}})
		if mutantPruneBeforeMark {
			s.pruneDurable()
		}
	}
}

// pruning waits until the mark of it is durable: a gate that has forgotten how far it has pruned would offer its hub
// records that it no longer has.
type pruning struct {
	Prune
	after uint64 // seq of a record in the same transaction as the mark, 0 = not yet on its way
}

// checkClock: a clock that runs ahead of the time that has passed was set. What was noted by it is no week old, so the retention
// begins anew. A start a day after the last life is no different: nobody knows whether the gate rested or its clock was set.
func (s *State) checkClock() {
	if s.now.Clock == admit.ClockIsUnset {
		return
	}
	most := s.retention / wire.MostAhead
	rested := s.noted > 0 && s.now.Unix-s.noted > most
	s.noted = 0
	if ahead := s.clock.SetAhead(s.now.Unix, s.now.Mono, most); !ahead && !rested {
		return
	}
	for i := range s.memory.Runs {
		for k := range s.memory.Runs[i].Marks {
			s.memory.Runs[i].Marks[k].At, s.dirty = s.now.Unix, true
		}
	}
}

// lastNoted is the newest time that an earlier run wrote down, 0 = none.
func (s *State) lastNoted() (at int64) {
	for _, f := range s.known {
		if r := &s.history[f.ref][f.at]; r.Gate == s.gate {
			at = max(at, r.At)
		}
	}
	for _, r := range s.memory.Runs {
		for _, m := range r.Marks {
			at = max(at, m.At)
		}
	}
	return at
}

// schedulePrunes ties what waits to the transaction that now carries the memory.
func (s *State) schedulePrunes() {
	for i := range s.prunes {
		if s.prunes[i].after == 0 {
			s.prunes[i].after = s.seq
		}
	}
}

func (s *State) pruneDurable() {
	s.prunes = slices.DeleteFunc(s.prunes, func(p pruning) bool {
		ripe := p.after != 0 && p.after <= s.durable || mutantPruneBeforeMark
		if ripe {
			s.do(p.Prune)
		}
		return ripe
	})
}

func (s *State) mark(run *RunMemory, cloud uint64) {
	n := len(run.Marks)
	if cloud <= run.Pruned || n > 0 && (run.Marks[n-1].Cloud >= cloud || s.now.Unix-run.Marks[n-1].At < s.retention/marksKept) {
		return
	}
	run.Marks = append(run.Marks, Mark{Cloud: cloud, At: s.now.Unix})
	s.dirty = true
}
