package venue

import (
	"slices"

	"portaria/edge/wire"
)

const (
	wantsAtOnce = 16    // runs that the cloud is asked for at the same time
	wantAgain   = 1_500 // ms without an answer after which it is asked again
	firstWord   = 3_000 // ms that a starting hub waits for its cloud's word, if nobody has told it that its disk is old
	firstAgain  = 500   // ms without an answer after which it is asked again then
)

// cloudback is how far the cloud has handed back what it holds and this disk lacks: what another hub of the venue brought
// there, or this one before its disk was lost.
type cloudback struct {
	possible bool   // there is a cloud, and nobody has said to go on without it
	disk     string // as the cloud knows this store
	diskAt   uint64 // number of the Commit that keeps it
	first    bool   // no other hub has ever been at this venue, as the cloud knows
	fresh    bool   // the disk began empty in this life
	second   bool   // a gate obeys another hub of this term, so the cloud has forgotten that one
	rival    uint64 // highest term that another hub has
	whole    bool   // a gate has pruned what this disk never had: every run must be named
	from     uint64 // number of the heartbeat since which its answers count
	answered bool   // the cloud has begun to name every run
	of       int    // how many it has
	askedAt  int64  // mono of the last heartbeat that was asked for, 0 = none
	named    int    // how many of them it has named
	lacks    []*box // of which the cloud holds more than is held here
	until    int64  // mono up to which a starting hub waits for the cloud's word, 0 = it has not begun
}

// wordCame takes what the cloud says of this disk: its term, whether another hub has taken over, and whether the disk is
// older than what it once told.
func (s *State) wordCame(a wire.Ack) {
	w := a.Word
	if w == nil || (w.Run != s.run || w.Disk != s.back.disk) && !mutantStaleCloudWord {
		return // for an earlier life, or another machine of this name
	}
	if w.Whole && a.Number >= s.back.from {
		s.back.answered, s.back.of = true, w.Of
	}
	s.takeTerm(w.Term)
	s.back.first = w.Term == 1 && w.Newest == 1 && !s.back.second
	s.rivalSeen("", w.Newest)
	if s.older(w.Head) {
		s.loseDisk("", w.Head)
	}
}

// takeTerm raises this hub's term: every gate must take it anew before anything is granted under it.
func (s *State) takeTerm(term uint64) {
	if term <= s.memory.Term {
		return
	}
	s.memory.Term, s.changed, s.termAt = term, true, s.number+1
	s.recover()
}

// notFirst: a gate obeys another hub of this term. Where this disk began empty it is filled up after all, by everybody: the cloud
// was restored to a time before the venue's first hub had spoken, and takes this one for that.
func (s *State) notFirst() {
	if !s.back.fresh || s.back.second {
		return
	}
	s.back.second, s.back.first = true, false
	s.memory.New, s.changed = true, true
	s.nameAnew()
	s.recover()
}

// termDurable says whether the term will be known after the next start too. Before, nobody is told of it.
func (s *State) termDurable() bool { return s.durable >= s.termAt }

// rivalSeen notes another hub's term. Who has a lower one falls silent.
func (s *State) rivalSeen(gate string, term uint64) {
	if term <= s.back.rival || term <= s.memory.Term {
		return
	}
	s.back.rival = term
	s.say(Incident{Kind: Demoted, Gate: gate, Text: "Another hub has taken over with a higher term: switch this one off, or give it a higher term."})
}

func (s *State) demoted() bool { return s.back.rival > s.memory.Term }

// loseDisk: somebody remembers more than this disk does. Everybody is compared anew, and hands back what it knows.
func (s *State) loseDisk(gate string, head uint64) {
	s.memory.Head, s.memory.Lost, s.changed = head, true, true
	s.nameAnew()
	s.say(Incident{Kind: OldDisk, Gate: gate, Text: "This hub's disk is older than what others know of it: nothing is granted until each gate, and the cloud, have brought what they have."})
	s.recover()
}

// learnsAll says whether this disk is still to be filled up, by the gates and by the cloud.
func (s *State) learnsAll() bool { return s.memory.Lost || s.memory.New }

// cloudGaveAll says whether the cloud has nothing that this disk lacks. A disk that is known to be new or old is filled up,
// however long it takes; any other may be older than it looks, which the cloud says in a moment if it can be asked at all.
// Longer nobody waits for it: a venue works without a cloud.
func (s *State) cloudGaveAll() bool {
	if mutantCloudNotWaited || !s.back.possible || s.allNamed() && len(s.back.lacks) == 0 {
		return true
	}
	return !s.learnsAll() && s.back.until > 0 && (mutantFirstWordUnawaited || s.now.Mono >= s.back.until)
}

// awaitWord sets how long a starting hub waits for its cloud.
func (s *State) awaitWord() {
	if s.back.until == 0 {
		s.back.until = s.now.Mono + firstWord
	}
}

// missOwn: what reaches the cloud comes through the venue's hub, but for what telephones bring there themselves. A venue's
// only hub that lacks any of the rest has lost it.
func (s *State) missOwn() {
	own := func(b *box) bool { return !wire.Uploaded(b.Gate, b.Run) }
	if s.back.first && !s.learnsAll() && slices.ContainsFunc(s.back.lacks, own) {
		s.loseDisk("", s.memory.Head)
	}
}

// allNamed says whether the cloud has named every run that it holds.
func (s *State) allNamed() bool { return s.back.answered && s.back.named >= s.back.of }

// named: the cloud holds a run up to a seq. Only an answer that names every run counts as its naming.
func (s *State) named(w wire.Watermark, b *box, whole bool) {
	if whole && !b.named {
		b.named = true
		s.back.named++
	}
	b.inCloud = max(b.inCloud, w.Cloud)
	if b.inCloud > b.Held && !slices.Contains(s.back.lacks, b) {
		s.back.lacks = append(s.back.lacks, b)
	}
}

// met: the cloud names a run that this arbiter has never met. The gate has had that life elsewhere; if it goes on from an
// older one, its disk was restored.
func (s *State) met(w wire.Watermark) {
	g := s.gates[w.Gate]
	if g == nil || w.Run.Start < g.Run.Start || w.Run == g.Run {
		return
	}
	if g.Run.IsZero() || w.Run.Start > g.Run.Start {
		s.newRun(g, w.Run)
	}
}

// wantBack asks the cloud for what is lacking, a piece of some runs at a time.
func (s *State) wantBack() {
	if !s.linked || s.failed || !s.back.possible {
		return
	}
	s.askForNames()
	asked := 0
	for _, b := range s.back.lacks {
		if asked == wantsAtOnce {
			break
		}
		asked++
		if b.wantAt == 0 || s.now.Mono-b.wantAt >= wantAgain {
			b.wantAt = max(s.now.Mono, 1)
			s.do(SendWant{Want: wire.Want{V: wire.Version, Gate: b.Gate, Run: b.Run, From: b.Held + 1}})
		}
	}
}

// askForNames has the cloud name what it holds, while that is waited for.
func (s *State) askForNames() {
	if !s.asksAll() || s.allNamed() || s.back.askedAt != 0 && s.now.Mono-s.back.askedAt < s.askAgain() {
		return
	}
	s.back.askedAt = max(s.now.Mono, 1)
	s.do(BeatNow{})
}

// asksAll says whether the cloud should name every run that it holds: at each start, and while this disk is filled up.
func (s *State) asksAll() bool { return s.recovery.on || s.learnsAll() || s.back.whole }

// askAgain is how long an answer is waited for, ms.
func (s *State) askAgain() int64 {
	if s.learnsAll() {
		return wantAgain
	}
	return firstAgain
}

// backCame takes records that the cloud hands back, like a gate's, each once and in order.
func (s *State) backCame(m wire.Events) {
	at := slices.IndexFunc(s.back.lacks, func(b *box) bool { return b.Gate == m.Gate && b.Run == m.Run })
	if s.failed || at < 0 {
		return
	}
	b := s.back.lacks[at]
	b.out.Forget()
	for _, e := range m.Events {
		if e.Gate == b.Gate && e.Run == b.Run && e.Seq == b.Held+1 {
			s.take(b, e)
			b.wantAt = 0
		}
	}
	b.Cloud, b.marked = max(b.Cloud, min(b.Held, b.inCloud)), true
}

// dropLacks lets go of the runs that are filled up, by the cloud or by their gates.
func (s *State) dropLacks() {
	s.back.lacks = slices.DeleteFunc(s.back.lacks, func(b *box) bool { return b.Held >= b.inCloud })
}

// forgetNamed: the cloud's database is another one than it was, so what it named counts no more.
func (s *State) forgetNamed() {
	s.unname()
	s.back.lacks = nil
	for _, b := range s.boxes {
		b.inCloud, b.wantAt = 0, 0
	}
}

// nameAnew has the cloud name all its runs again, and believes only what it says from now on.
func (s *State) nameAnew() {
	s.sentUp++ // so that the next heartbeat's answer can be told from those under way
	s.back.from = s.sentUp
	s.unname()
}

// unname: what the cloud has named counts no more.
func (s *State) unname() {
	s.back.answered, s.back.of, s.back.named, s.back.askedAt = false, 0, 0, 0
	for _, b := range s.boxes {
		b.named = false
	}
}

// goOnWithoutCloud: a supervisor knows that the cloud will not be back in time.
func (s *State) goOnWithoutCloud() {
	s.back.possible = false
}

// Heartbeat is what this arbiter tells its cloud. The driver adds the gates, and the time.
func (s *State) Heartbeat() wire.HubState {
	disk := s.back.disk
	if s.durable < s.back.diskAt {
		disk = "" // the next life may make up another, and would be told that this one has taken over
	}
	return wire.HubState{V: wire.Version, Number: s.sentUp, Hub: s.hub, Term: s.memory.Term, Head: s.headTold(), Disk: disk, Run: s.run,
		New: s.memory.New, Whole: s.back.possible && s.asksAll()}
}
