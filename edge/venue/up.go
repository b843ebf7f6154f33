package venue

import (
	"maps"
	"slices"

	"portaria/edge/wire"
)

// pump sends the cloud what is durable here and not confirmed there, run by run.
func (s *State) pump() {
	if !s.linked || s.failed {
		return
	}
	share := s.share()
	for _, b := range s.boxes {
		if b.Cloud >= b.firm {
			continue
		}
		b.out.Share(share)
		events, from, ask := b.out.Next(s.now.Mono, b.Cloud, b.firm)
		s.sendUp(events)
		if ask > 0 {
			s.do(ReadJournal{Gate: b.Gate, Run: b.Run, From: from, Limit: ask})
		}
	}
}

// What all runs together may have under way, and what each may however many there are, in records. Over a slow link more
// would only wait in a queue, for so long that it is sent twice.
const (
	underWay = 4096
	leastOf  = 64
)

// share is what each run with something to send may have under way.
func (s *State) share() uint64 {
	runs := 0
	for _, b := range s.boxes {
		if b.Cloud < b.firm {
			runs++
		}
	}
	return uint64(max(underWay/max(runs, 1), leastOf)) //nolint:gosec // small
}

func (s *State) journalRead(in JournalRead) {
	s.sendUp(s.box(in.Gate, in.Run).out.Read(s.now.Mono, in.Events))
}

func (s *State) sendUp(events []wire.Event) {
	messages, err := wire.SplitEvents(events)
	if err != nil {
		s.say(Incident{Kind: BadRecord, Gate: events[0].Gate, Text: "A record of gate " + events[0].Gate + " fits no message, and was not sent."})
		return
	}
	for _, m := range messages {
		s.sentUp++
		m.Number = s.sentUp
		s.do(SendUp{Events: m})
	}
}

// cloudLink: the session to the cloud has come or gone.
func (s *State) cloudLink(up bool) {
	s.linked, s.back.askedAt = up, 0
}

// cloudAcked takes what the cloud holds and passes it on to the gates. When the database is another one than it was,
// nothing that the old one confirmed counts, and everything that is still here is sent again.
func (s *State) cloudAcked(a wire.Ack) {
	if s.failed || a.Number < s.ackedUp || a.Number > s.sentUp {
		return
	}
	s.ackedUp, s.cloudAt = a.Number, max(s.now.Mono, 1)
	if a.Incarnation != s.memory.Incarnation {
		s.forgetCloud(a.Incarnation)
	}
	s.wordCame(a)
	touched, whole := map[string]bool{}, a.Word != nil && a.Word.Whole && (a.Word.Run == s.run || mutantStaleCloudWord) && a.Number >= s.back.from
	for _, w := range a.Watermarks {
		if s.confirm(w, whole) {
			touched[w.Gate] = true
		}
	}
	s.missOwn()
	for _, name := range slices.Sorted(maps.Keys(touched)) {
		if g := s.gates[name]; g != nil { // the cloud knows gates that are no more
			s.ack(g, g.number)
		}
	}
}

func (s *State) forgetCloud(incarnation string) {
	s.memory.Incarnation, s.changed = incarnation, true
	s.forgetNamed()
	for _, b := range s.boxes {
		b.Cloud, b.Covers, b.marked = 0, nil, true
		b.out.Progress(s.now.Mono, b.Pruned, true)
	}
}

// confirm takes one watermark; it says whether the gate should hear of it.
func (s *State) confirm(w wire.Watermark, whole bool) bool {
	at, found := s.find(w.Gate, w.Run)
	if !found {
		s.met(w)
		s.named(w, s.box(w.Gate, w.Run), whole)
		return false
	}
	b := s.boxes[at]
	s.named(w, b, whole)
	cloud := min(w.Cloud, b.firm)
	moved := cloud != b.Cloud
	if moved {
		b.out.Progress(s.now.Mono, cloud, cloud < b.Cloud)
		b.Cloud, b.marked = cloud, true
	}
	s.prune(b, cloud)
	return moved
}

// checkClock: a clock that runs ahead of the time that has passed was set. What was noted by it is no week old, so the retention
// begins anew. A start a day after the last life is no different: nobody knows whether the hub rested or its clock was set.
func (s *State) checkClock() {
	most := s.retain / wire.MostAhead
	rested := s.noted > 0 && s.now.Unix-s.noted > most
	s.noted = 0
	if ahead := s.clock.SetAhead(s.now.Unix, s.now.Mono, most); !ahead && !rested {
		return
	}
	for _, b := range s.boxes {
		b.Covers = slices.Clone(b.Covers)
		for i := range b.Covers {
			b.Covers[i].At, b.marked = s.now.Unix, true
		}
	}
}

// prune deletes what a fresh ack of the cloud confirms and what the cloud had already confirmed a retention ago: two
// confirmations a week apart outlive a database that is restored from a backup in between.
func (s *State) prune(b *box, cloud uint64) {
	n := len(b.Covers)
	if cloud > b.Pruned && (n == 0 || b.Covers[n-1].Cloud < cloud && s.now.Unix-b.Covers[n-1].At >= s.retain/coversKept) {
		b.Covers = append(b.Covers, Cover{Cloud: cloud, At: s.now.Unix})
		b.marked = true
	}
	to, old := b.Pruned, 0
	for i, c := range b.Covers {
		if c.At <= s.now.Unix-s.retain {
			to, old = max(to, min(c.Cloud, cloud)), i
		}
	}
	if old > 0 {
		b.Covers = slices.Delete(slices.Clone(b.Covers), 0, old)
		b.marked = true
	}
	if to > b.Pruned {
		b.Pruned, b.marked = to, true
		s.say(Prune{Gate: b.Gate, Run: b.Run, To: to})
	}
}
