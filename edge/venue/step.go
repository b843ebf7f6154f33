package venue

import (
	"slices"
	"time"

	"portaria/edge/admit"
	"portaria/edge/whitelist"
)

// Step takes one input at a time and says what to do about it, in order.
func Step(s *State, in Input, now Now) []Effect {
	s.now = now
	s.awaitWord()
	s.checkClock()
	s.handle(in)
	s.dropLacks()
	s.endRecovery()
	s.answerWaiting()
	s.moveHomes()
	s.pump()
	s.wantBack()
	s.flush()
	out := s.effects
	s.effects = nil
	return out
}

func (s *State) handle(in Input) {
	switch in := in.(type) {
	case ClaimCame:
		s.claimed(in.Gate, in.Claim)
	case EventsCame:
		s.eventsCame(in.Gate, in.Events)
	case StateCame:
		s.stateCame(in.Gate, in.State)
	case Committed:
		s.committed(in.Number)
	case CommitFailed:
		s.failed, s.waiting = true, nil
	case CloudAcked:
		s.cloudAcked(in.Ack)
	case CloudLink:
		s.cloudLink(in.Up)
	case JournalRead:
		s.journalRead(in)
	case VenueChanged:
		s.venueChanged(in.Venue, in.Zone)
	case BackCame:
		s.backCame(in.Events)
	case OldHubOff:
		s.memory.OldHubOff, s.changed = true, true
	case WithoutCloud:
		s.goOnWithoutCloud()
	case Exclude:
		s.exclude(in)
	case Readmit:
		s.readmit(in.Gate)
	case Settle:
		s.settleByHand(in)
	}
}

// flush makes one Commit of what this step has changed, and holds back what may only be said once it is durable. After
// a failed commit nothing is said any more.
func (s *State) flush() {
	if s.failed {
		s.tx, s.changed, s.promise = Commit{}, false, nil
		return
	}
	firm := s.collectMarks()
	if s.changed {
		s.number++
		s.memory.Head++
		s.tx.Number, s.tx.Memory = s.number, s.memory
		s.do(s.tx)
	}
	s.tx, s.changed = Commit{}, false
	s.stampHeads()
	if s.number == s.durable {
		s.effects = append(s.effects, s.promise...)
	} else if len(s.promise) > 0 || len(firm) > 0 {
		s.waiting = append(s.waiting, promise{number: s.number, effects: s.promise, firm: firm})
	}
	s.promise = nil
}

func (s *State) collectMarks() []firm {
	var out []firm
	for _, b := range s.boxes {
		if b.marked {
			b.marked = false
			mark := b.Mark
			mark.Covers = slices.Clone(mark.Covers)
			s.tx.Marks = append(s.tx.Marks, mark)
			s.changed = true
			out = append(out, firm{box: b, held: b.Held})
		}
	}
	return out
}

// stampHeads: a ruling carries the head that is durable when it is said.
func (s *State) stampHeads() {
	for i, e := range s.promise {
		if r, ok := e.(SendRuling); ok {
			r.Ruling.Head = s.memory.Head
			s.promise[i] = r
		}
	}
}

// firmHead is the head that is durable now.
func (s *State) firmHead() uint64 { return s.memory.Head - (s.number - s.durable) }

// headTold is the head that this hub tells. While it recovers that is the one it began with: what it writes then may be more than an
// old disk lacks, and nobody could tell any longer that it is old.
func (s *State) headTold() uint64 {
	if s.recovery.on && !mutantHeadRunsOn {
		return min(s.firmHead(), s.recovery.head)
	}
	return s.firmHead()
}

// farHead is a leap that no disk makes: a head that high would be a lie, after which no disk is ever new enough.
const farHead = 1 << 32

// older says whether a head that somebody was told is one that this disk has never reached.
func (s *State) older(head uint64) bool {
	reached := s.memory.Head
	if s.recovery.on && !mutantHeadRunsOn {
		reached = s.recovery.head
	}
	return head > reached && head-reached < farHead
}

func (s *State) committed(number uint64) {
	s.durable = max(s.durable, min(number, s.number))
	n := 0
	for _, p := range s.waiting {
		if p.number > s.durable {
			break
		}
		s.effects = append(s.effects, p.effects...)
		for _, f := range p.firm {
			f.box.firm = max(f.box.firm, f.held)
		}
		n++
	}
	s.waiting = slices.Delete(s.waiting, 0, n)
}

// venueChanged takes the doors and zones of a venue. Hours and duty are the gate's to judge: it knows its own clock and
// who stands there.
func (s *State) venueChanged(v *whitelist.Venue, zone *time.Location) {
	s.zone = zone
	s.doors, s.zones = map[string]*whitelist.Checkpoint{}, map[string]whitelist.Zone{}
	if v == nil {
		return
	}
	s.obeyHomes(v.Homes)
	for _, c := range v.Checkpoints {
		c.Hours, c.NeedsStaff = nil, false
		s.doors[c.ID] = &c
	}
	for _, z := range v.Zones {
		s.zones[z.ID] = z
	}
}

// exclude: a gate is off and stays off. Where this hub has taken another's place, the other one may still let people in at
// that gate, so it must have been seen off too.
func (s *State) exclude(in Exclude) {
	g := s.gate(in.Gate)
	if s.NeedsOldHubOff() && !in.OldHubOff && !mutantOldHubUnseen {
		s.say(Incident{Kind: NotExcluded, Gate: in.Gate, Text: "Gate " + in.Gate + " was not excluded: make sure first that the hub before this one is off and stays off, and say so."})
		return
	}
	if in.OldHubOff && !s.memory.OldHubOff {
		s.memory.OldHubOff, s.changed = true, true
	}
	s.recovery.excluded[in.Gate] = true
	if s.recovery.on && s.learnsAll() {
		s.nameAnew() // until it was seen off the hub before this one may have brought the cloud more of that gate's
	}
	if g.Excluded {
		return
	}
	g.Excluded = true
	s.loseHomes(g)
	if !mutantExclusionIgnored {
		delete(s.recovery.synced, in.Gate)
	}
	s.keepGate(g)
	for _, grant := range s.grants.of(in.Gate) {
		if mutantExcludeKeepsGrants {
			break
		}
		s.closeGrant(grant.Scan)
	}
}

// NeedsOldHubOff says whether a supervisor must have seen the hub before this one off, before a gate can be excluded.
func (s *State) NeedsOldHubOff() bool {
	return s.recovery.on && !s.memory.OldHubOff && (s.memory.Lost || s.memory.New && s.memory.Term > 1)
}

func (s *State) readmit(name string) {
	if g := s.gate(name); g.Excluded {
		g.Excluded = false
		s.keepGate(g)
	}
}

// settleByHand ends a grant whose outcome is lost. Who entered has used the right; else it is free again.
func (s *State) settleByHand(in Settle) {
	grant := s.grants.byScan[in.Scan]
	if grant == nil || !grant.Unknown {
		return
	}
	if in.Entered {
		grant.Settled = true
		s.keepGrant(grant)
		return
	}
	s.closeGrant(in.Scan)
}

func (s *State) keepGate(g *gate) {
	s.tx.Gates = append(s.tx.Gates, g.Gate)
	s.changed = true
}

func (s *State) keepGrant(g *Grant) {
	s.tx.Grants = append(s.tx.Grants, *g)
	s.changed = true
}

func (s *State) closeGrant(scan admit.ScanID) {
	s.grants.remove(scan)
	s.tx.Closed = append(s.tx.Closed, scan)
	s.changed = true
}
