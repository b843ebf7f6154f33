package wicket

import (
	"context"
	"slices"
	"time"

	"portaria/edge/admit"
	"portaria/edge/whitelist"
)

// GivenUp is why an abort is recorded of a scan that was never admitted.
const GivenUp admit.Reason = "given_up"

// Close tells how an admission ended that was not Auto; with GivenUp, that its device never heard the answer and let nobody
// in. It may be told twice, and late. ErrNoScan, ErrOver, ErrNotReady, ErrUnsaved.
func (h *House) Close(ctx context.Context, ask Ask, passed bool) (Passage, error) {
	door, known := h.doors(ask.Checkpoint)
	switch {
	case ask.GivenUp && !known: // it is no more, and what was admitted there is taken back all the same
		door = Door{Checkpoint: whitelist.Checkpoint{ID: ask.Checkpoint, Mode: whitelist.Open}, Zone: time.UTC}
	case !known:
		return None, ErrNoDoor
	}
	g, run, err := h.take(ctx, ask.Gate)
	if err != nil {
		return None, err
	}
	defer func() { <-g.turn }()
	s := &scan{h: h, Ask: ask, g: g, run: run, door: door}
	records, err := s.history()
	if err != nil {
		return None, err
	}
	if ask.GivenUp {
		return s.giveUp(records)
	}
	return s.end(records, passed)
}

func (s *scan) end(records []admit.Record, passed bool) (Passage, error) {
	said, known := s.replay(records)
	switch {
	case !known:
		return None, ErrNoScan
	case said.Passage == Passed && passed, said.Passage == Aborted && !passed:
		return said.Passage, nil
	case said.Passage == Passed:
		return Passed, ErrOver
	}
	kind, now := admit.Passed, Passed
	if said.Passage == Aborted {
		kind = admit.ForcedPass
	} else if !passed {
		kind, now = admit.Abort, Aborted
	}
	if err := s.save(s.outcome(kind)); err != nil {
		return None, err
	}
	s.h.amend(s.g, s.Scan, now)
	return now, nil
}

// giveUp closes a scan for good whose device has answered its guest by itself: an admission that nobody heard of is taken
// back, and a question that is still on its way will admit nobody. Therefore the abort is recorded even where there is
// nothing to take back. Who has passed has passed.
func (s *scan) giveUp(records []admit.Record) (Passage, error) {
	said, known := s.replay(records)
	switch {
	case !s.hasRef():
		return None, ErrNoScan // what nobody's right is was admitted on none
	case known && said.Passage == Passed:
		return Passed, ErrOver
	case s.givenUp(records), mutantGivenUpForgotten, !known && mutantLateAskAdmitted:
		return Aborted, nil
	}
	e := s.outcome(admit.Abort)
	e.Record.Offline = true
	if !known {
		e.Reason = GivenUp
	}
	if err := s.save(e); err != nil {
		return None, err
	}
	s.h.unsay(s.g, s.Scan)
	return Aborted, nil
}

// givenUp says whether the device has told that it answered by itself, and nobody has passed after all.
func (s *scan) givenUp(records []admit.Record) bool {
	mine := func(kind admit.RecordKind) bool {
		return slices.ContainsFunc(records, func(r admit.Record) bool {
			return r.Scan == s.Scan && r.Gate == s.Gate && r.Kind == kind && (r.Offline || kind != admit.Abort)
		})
	}
	return mine(admit.Abort) && !mine(admit.ForcedPass)
}

// unsay forgets an answer: who asks again is not told that one.
func (h *House) unsay(g *gate, id admit.ScanID) {
	h.mu.Lock()
	defer h.mu.Unlock()
	g.said = slices.DeleteFunc(g.said, func(a answer) bool { return a.scan == id })
}
