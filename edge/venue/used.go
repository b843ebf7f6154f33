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
}

// tellAgain says again what a gate has not heard, unless it was said a moment ago: another gate may have missed the
// same, and what was just said may still be on its way.
func (s *State) tellAgain(state wire.State) {
	from := uint64(0)
	if state.UsedRun == s.run {
		from = min(state.Used, uint64(len(s.used)))
	}
	missing := s.used[from:]
	for i := range missing[:min(len(missing), usedAtOnce)] {
		if u := &missing[i]; u.at == 0 || s.now.Mono-u.at >= resendUsed {
			u.at = max(s.now.Mono, 1)
			s.say(SendUsed{Used: u.Used})
		}
	}
}
