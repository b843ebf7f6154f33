package venue

import (
	"portaria/edge/admit"
	"portaria/edge/whitelist"
	"portaria/edge/wire"
)

// told is one line of what every gate must hear, and when it was said last.
type told struct {
	wire.Used
	at int64 // mono; 0 = not in this run
}

// tell numbers a record for every gate to hear. A gate that loses the arbiter then already knows what happened before.
func (s *State) tell(ref whitelist.Ref, r admit.Record) {
	u := wire.Used{V: wire.Version, HubRun: s.run, Number: uint64(len(s.used)) + 1, Ref: ref, Record: r}
	if what := s.right(ref).what; r.Kind == admit.Entry && what.Terms.Use != "" {
		u.Right = &what
	}
	s.used = append(s.used, told{Used: u})
	s.of[r.Gate]++
	s.sum += admit.Sum(ref, &r)
}

// knowsAll says whether a gate knows everything that was told here, and nothing else: its disk does, after a restart of this
// hub. Both only ever learn more, so it stays true however late the heartbeat came. Its own records are in the sum as well: a
// disk that came back from an older image lacks some of them.
func (s *State) knowsAll(g *gate, state wire.State) bool {
	others := uint64(len(s.used)) - s.of[g.Name]
	return state.Run == g.Run && state.Others == others && state.Sum == s.sum
}

// skipTo is how far a gate that knows all need not hear it again.
func (s *State) skipTo(g *gate, state wire.State) (run string, number uint64) {
	if !s.knowsAll(g, state) || state.UsedRun == s.run && state.Used >= uint64(len(s.used)) {
		return "", 0
	}
	return s.run, uint64(len(s.used))
}

// tellAgain says again what a gate has not heard, unless it was said a moment ago: another gate may have missed the
// same, and what was just said may still be on its way.
func (s *State) tellAgain(g *gate, state wire.State) {
	if s.knowsAll(g, state) {
		return
	}
	from := uint64(0)
	if state.UsedRun == s.run {
		from = min(state.Used, uint64(len(s.used)))
	}
	missing := s.used[from:]
	s.tellThese(missing[:min(len(missing), usedAtOnce)])
	s.tellThese(missing[max(0, len(missing)-newestAtOnce):])
}

func (s *State) tellThese(missing []told) {
	for i := range missing {
		if u := &missing[i]; u.at == 0 || s.now.Mono-u.at >= resendUsed {
			u.at = max(s.now.Mono, 1)
			s.say(SendUsed{Used: u.Used})
		}
	}
}
