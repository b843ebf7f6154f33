package gate

import (
	"time"

	"portaria/edge/whitelist"
)

// Step takes one input at a time and says what to do about it, in order. Every step also does what its time has made
// due: a heartbeat, a claim that nobody answered, a passage that did not come.
func Step(s *State, in Input, now Now) []Effect {
	s.now = now
	s.checkClock()
	s.handle(in)
	s.due()
	s.flush()
	s.wake()
	return s.take()
}

func (s *State) handle(in Input) {
	switch in := in.(type) {
	case Scan:
		s.scanned(in)
	case Unreadable:
		s.unreadable(in)
	case Committed:
		s.committed(in.Seq)
	case CommitFailed:
		s.commitFailed()
	case RulingCame:
		s.ruled(in.Ruling)
	case RecallCame:
		s.recalled(in.Recall)
	case PulseCame:
		s.pulsed(in.Pulse)
	case UsedCame:
		s.hear(in.Used)
	case AckCame:
		s.acknowledged(in.Ack)
	case Passage:
		s.passage(in)
	case JournalRead:
		s.journalRead(in)
	case VenueChanged:
		s.venueChanged(in.Venue, in.Zone)
	case DutyChanged:
		s.dutyChanged(in)
	case Settled:
		s.settled(in)
	case CounterRead:
		if l := s.lane(in.Lane); l != nil {
			l.counter = &in.Counter
		}
	case Override:
		s.overridden(in)
	case Ordered:
		s.ordered(in.Command)
	case Noted:
		s.note(in.Lane, in.Text)
	case LaneChanged:
		if l := s.lane(in.Lane); l != nil {
			l.scanner, l.output = in.Scanner, in.Output
		}
	case ListsChanged:
		s.lists = in.Lists
	}
}

// due does what the time has made due.
func (s *State) due() {
	s.checkSilence()
	for _, l := range s.lanes {
		if l.phase == asking && s.now.Mono >= l.until {
			s.unanswered(l)
		}
		if l.phase == moved && s.now.Mono >= l.until {
			s.nobodyPassed(l)
		}
	}
	if s.durable > 0 && s.now.Mono >= s.link.nextBeat {
		// Not before: two lives that told of the same start count would look like a copied disk.
		s.beat()
	}
	s.pump()
}

// wake asks for a step at the earliest time at which something becomes due, unless that has been asked for.
func (s *State) wake() {
	next := s.link.nextBeat
	for _, l := range s.lanes {
		if l.phase == asking || l.phase == moved {
			next = min(next, l.until)
		}
	}
	if next == s.wakeAt {
		return
	}
	s.wakeAt = next
	s.do(Wake{At: s.now.Unix + next - s.now.Mono})
}

// venueChanged takes the doors of a venue, and the homes of its rights.
func (s *State) venueChanged(v *whitelist.Venue, zone *time.Location) {
	s.zone = zone
	s.doors = map[string]*whitelist.Checkpoint{}
	if v == nil {
		return
	}
	s.obeyHomes(v.Homes)
	for _, c := range v.Checkpoints {
		s.doors[c.ID] = &c
	}
	s.configure()
}

func (s *State) dutyChanged(in DutyChanged) {
	l := s.lane(in.Lane)
	if l == nil || l.controller == in.Controller {
		return
	}
	text := "controller " + in.Controller + " on duty"
	if in.Controller == "" {
		text = "controller " + l.controller + " off duty"
	}
	l.controller = in.Controller
	s.note(in.Lane, text)
}
