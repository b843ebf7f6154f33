package wicket

import (
	"cmp"
	"context"
	"time"

	"portaria/edge/admit"
	"portaria/edge/venue"
	"portaria/edge/whitelist"
	"portaria/edge/wire"
)

// Ask is a scan of a device: what it read, already looked up.
type Ask struct {
	Scan       admit.ScanID
	Gate       string // with Prefix
	Checkpoint string
	Code       admit.Code
	Text       string // as read
	Exit       bool   // where the checkpoint leads both ways
	Auto       bool   // the person counts as passed
	Controller string
	Override   *wire.Override // a supervisor's word; nil = none
	GivenUp    bool           `json:",omitempty"` // of an abort: no answer was heard, and the device let nobody in by itself
}

// Passage says how an admission ended, as far as it is known.
type Passage string

// Passages.
const (
	None    Passage = "none"
	Waiting Passage = "waiting"
	Passed  Passage = "passed"
	Aborted Passage = "aborted"
)

// Said is the answer to a scan.
type Said struct {
	Verdict   admit.Verdict `json:"verdict"`
	Exit      bool          `json:"exit,omitempty"`
	Drill     bool          `json:"drill,omitempty"`
	Passage   Passage       `json:"passage"`
	Remaining int           `json:"remaining"`
}

// scan is one under way.
type scan struct {
	Ask
	h     *House
	g     *gate
	run   wire.Run // in which it began: it is void in another
	door  Door
	terms admit.Terms
}

// Scan answers a scan. One that was answered before gets the same answer, also after a restart. ErrNotReady, ErrUnsaved,
// ErrNoDoor, ErrGivenUp.
func (h *House) Scan(ctx context.Context, ask Ask) (Said, error) {
	door, known := h.doors(ask.Checkpoint)
	if !known {
		return Said{}, ErrNoDoor
	}
	g, run, err := h.take(ctx, ask.Gate)
	if err != nil {
		return Said{}, err
	}
	defer func() { <-g.turn }()
	if said, ok := h.recall(g, ask.Scan); ok {
		return said, nil
	}
	s := &scan{h: h, Ask: ask, g: g, run: run, door: door, terms: admit.TermsOf(ask.Code.Kind, ask.Code.Entry).At(&door.Checkpoint)}
	s.Exit = door.Direction == whitelist.Out || ask.Exit && door.Direction == whitelist.Both || door.Mode == whitelist.Evacuation
	said, err := s.carry(ctx)
	if err == nil {
		h.keep(g, ask.Scan, said)
	}
	return said, err
}

// take waits for a device's turn, and until the arbiter answers it in a run.
func (h *House) take(ctx context.Context, name string) (*gate, wire.Run, error) {
	h.mu.Lock()
	g := h.gate(name)
	if g.run.IsZero() {
		g.begin(2) // 1 is what devices call the runs in which they are alone
	}
	h.mu.Unlock()
	select {
	case g.turn <- struct{}{}:
	case <-ctx.Done():
		return nil, wire.Run{}, ErrNotReady
	}
	run, err := h.await(ctx, g)
	if err != nil {
		<-g.turn
	}
	return g, run, err
}

// How long the arbiter's answer is waited for, before the question is said again.
const (
	beatAgain  = 200 * time.Millisecond
	claimAgain = 400 * time.Millisecond
)

// await has a device compared by the arbiter, if it has not been since it started: one heartbeat learns the term, the next
// obeys it. After that the arbiter waits for others, and there is no haste.
func (h *House) await(ctx context.Context, g *gate) (wire.Run, error) {
	for tries := 1; ; tries++ {
		ready, run, pulsed := h.ask(g)
		if ready {
			return run, nil
		}
		if tries > 2 {
			pulsed = nil
		}
		if err := h.pause(ctx, pulsed); err != nil {
			return run, err
		}
	}
}

// ask sends a heartbeat, unless the device is ready; pulsed is closed at its echo.
func (h *House) ask(g *gate) (ready bool, run wire.Run, pulsed <-chan struct{}) {
	h.mu.Lock()
	ready, run, pulsed = g.ready && !g.broken, g.run, g.pulsed
	inputs := g.toSettle()
	if !ready && !g.broken {
		inputs = append(inputs, h.beat(g, time.Now()))
	}
	h.mu.Unlock()
	for _, in := range inputs {
		h.floor.DoWhile(in, func() bool { return h.lives(g, run) })
	}
	return ready, run, pulsed
}

// lives says whether a run is still its device's. On the loop the answer holds until the loop goes on.
func (h *House) lives(g *gate, run wire.Run) bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	return g.run == run
}

func (h *House) pause(ctx context.Context, pulsed <-chan struct{}) error {
	again := time.NewTimer(beatAgain)
	defer again.Stop()
	select {
	case <-ctx.Done():
		return ErrNotReady
	case <-h.floor.Ended():
		return ErrEnded
	case <-pulsed:
	case <-again.C:
	}
	return nil
}

func (h *House) recall(g *gate, id admit.ScanID) (Said, bool) {
	h.mu.Lock()
	defer h.mu.Unlock()
	for _, a := range g.said {
		if a.scan == id {
			return a.said, true
		}
	}
	return Said{}, false
}

func (h *House) keep(g *gate, id admit.ScanID, said Said) {
	h.mu.Lock()
	defer h.mu.Unlock()
	g.said = append(g.said, answer{id, said})
	g.said = g.said[max(0, len(g.said)-keptAnswers):]
}

// carry goes the way of a scan: judge, claim, judge again, record.
func (s *scan) carry(ctx context.Context) (Said, error) {
	records, err := s.records()
	if err != nil {
		return Said{}, err
	}
	if said, known := s.replay(records); known {
		return said, nil
	}
	f := s.facts(records)
	v := admit.Decide(&f)
	switch {
	case !v.Admit:
		return s.refuse(v)
	case s.Exit:
		return s.leave(v)
	case s.door.Mode == whitelist.Drill:
		return s.practise(v)
	case s.Override != nil:
		return s.admit(f, v, wire.Ruling{})
	}
	ruling, err := s.claim(ctx)
	if err != nil {
		return Said{}, err
	}
	if !ruling.Grant {
		return s.refuse(admit.Verdict{Reason: ruling.Reason, At: ruling.At, Gate: ruling.Gate, Lane: ruling.Lane,
			AskStaff: admit.Overridable(&s.Code, ruling.Reason)})
	}
	return s.enter(ruling)
}

// enter judges again on the history as it is now, and records.
func (s *scan) enter(ruling wire.Ruling) (Said, error) {
	records, err := s.records()
	if err != nil {
		s.close()
		return Said{}, err
	}
	f := s.facts(records)
	if ruling.Day != 0 && ruling.Day != f.Location.From {
		f.Standing = admit.Fold(f.Terms, records, admit.Day{From: ruling.Day, Until: ruling.Day + int64(24*time.Hour/time.Millisecond)})
	}
	v := admit.Decide(&f)
	if !v.Admit {
		s.close()
		return s.refuse(v)
	}
	v.Follows = ruling.Follows
	return s.admit(f, v, ruling)
}

func (s *scan) hasRef() bool { return s.Code.Match == admit.Listed || s.Code.Match == admit.SignedOnly }

// records is the right's history. ErrGivenUp: its device has answered the guest by itself.
func (s *scan) records() ([]admit.Record, error) {
	records, err := s.history()
	if err == nil && s.givenUp(records) {
		return nil, ErrGivenUp
	}
	return records, err
}

// history is all that is known of the right. ErrEnded: nothing can be said by one that is not known.
func (s *scan) history() ([]admit.Record, error) {
	if !s.hasRef() {
		return nil, nil
	}
	records, err := s.h.floor.Records(s.Code.Entry.Ref)
	if err != nil {
		return nil, ErrEnded
	}
	return records, nil
}

func (s *scan) facts(records []admit.Record) admit.Facts {
	now := time.Now().UnixMilli()
	day := admit.DayAt(now, s.door.Zone)
	f := admit.Facts{Now: now, Clock: admit.Synced, Location: day, Checkpoint: &s.door.Checkpoint, Exit: s.Exit, Code: &s.Code, Terms: s.terms,
		Controller: s.Controller, Override: s.Override != nil}
	if s.hasRef() {
		f.Standing = admit.Fold(s.terms, records, day)
	}
	return f
}

// claim asks the arbiter. Without an answer the claim is closed: a grant that still comes is taken back.
func (s *scan) claim(ctx context.Context) (wire.Ruling, error) {
	ruled := make(chan wire.Ruling, 1)
	s.h.mu.Lock()
	g := s.g
	if g.run != s.run {
		s.h.mu.Unlock()
		return wire.Ruling{}, ErrNotReady
	}
	g.req++
	g.open = g.req
	g.checkpoint = s.Checkpoint
	g.ruled[s.Scan] = ruled
	c := wire.Claim{V: wire.Version, Run: g.run, Req: g.req, Scan: s.Scan, Ref: s.Code.Entry.Ref, Event: s.Code.Event.Event,
		Kind: s.Code.Entry.Kind, Terms: s.terms, Checkpoint: s.Checkpoint, Lane: 1, LastSeq: g.durable, Seat: s.Code.Entry.Seat,
		Unlisted: s.Code.Match != admit.Listed}
	s.h.mu.Unlock()
	r, ok := s.await(ctx, c, ruled)
	if !ok {
		s.close()
		return r, ErrNotReady
	}
	return r, nil
}

// await says the claim until it is answered: the arbiter says nothing while a grant of an earlier life has the same scan.
func (s *scan) await(ctx context.Context, c wire.Claim, ruled chan wire.Ruling) (r wire.Ruling, ok bool) {
	again := time.NewTicker(claimAgain)
	defer again.Stop()
	for {
		s.h.floor.DoWhile(venue.ClaimCame{Gate: s.g.name, Claim: c}, s.current)
		select {
		case r, ok = <-ruled:
			return r, ok
		case <-again.C:
		case <-ctx.Done():
			return r, false
		case <-s.h.floor.Ended():
			return r, false
		}
	}
}

// close ends the claim under way without an admission. The next heartbeat says so.
func (s *scan) close() {
	s.h.mu.Lock()
	defer s.h.mu.Unlock()
	delete(s.g.ruled, s.Scan)
	s.g.open = 0
}

// replay is the answer to a scan whose admission is in the history: it was sent again, and the answer was lost.
func (s *scan) replay(records []admit.Record) (Said, bool) {
	said, known := Said{Passage: Waiting}, false
	for _, r := range records {
		if r.Scan != s.Scan || r.Gate != s.Gate || mutantAnswersForgotten {
			continue
		}
		switch r.Kind {
		case admit.Entry, admit.Exit:
			known, said.Exit = true, r.Kind == admit.Exit
			said.Verdict = admit.Verdict{Admit: true, Reason: admit.OK, Attention: s.attention(), Follows: r.Follows, Closes: r.Closes}
			if r.Override {
				said.Verdict.Reason = admit.OKOverride
			}
		case admit.Passed, admit.ForcedPass:
			said.Passage = Passed
		case admit.Abort:
			said.Passage = cmp.Or(map[bool]Passage{true: Passed}[said.Passage == Passed], Aborted)
		}
	}
	said.Remaining = s.remaining(records)
	return said, known
}

func (s *scan) attention() whitelist.Flags { return s.Code.Entry.Flags | s.Code.Kind.Flags }

// remaining is how many more scans of the right would be admitted, as far as its history says.
func (s *scan) remaining(records []admit.Record) int {
	if !s.hasRef() {
		return 0
	}
	st := admit.Fold(s.terms, records, admit.DayAt(time.Now().UnixMilli(), s.door.Zone))
	used := st.Used
	switch s.terms.Use {
	case whitelist.UseReentr:
		used = st.Inside
	case whitelist.UseDaily:
		used = st.UsedDay
	}
	return max(0, s.terms.Allowed()-used)
}
