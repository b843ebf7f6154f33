package gate

import (
	"slices"

	"portaria/edge/wire"
)

// How the journal travels: a few messages may be under way at once, so that a long journal does not wait for each ack.
const (
	windowLimit = 128 // records of one run sent and not yet confirmed
	readLimit   = 64  // records read from the disk at once
	recentLimit = 512 // newest records of this run that are kept at hand
)

// outbox is how far one run's journal has been sent. What the hub has confirmed stands in the run's memory; whatever
// was sent beyond that is sent again when nothing comes back.
type outbox struct {
	next    uint64 // seq to send next
	reading bool   // a ReadJournal is under way
	sentAt  int64  // mono of the last send or progress
	recent  []wire.Event
}

// keep holds the newest records at hand. When they grow too many, only the newest of all stay, so that there is never a
// hole among them; the disk has the others.
func (b *outbox) keep(batch []wire.Event) {
	if len(b.recent)+len(batch) > recentLimit {
		b.recent = nil
	}
	b.recent = append(b.recent, batch...)
}

// pump sends what is durable and not yet sent, of every retained run, oldest first.
func (s *State) pump() {
	for i, box := range s.boxes {
		run := &s.memory.Runs[i]
		if box.next > run.Hub+1 && s.now.Mono-box.sentAt >= resendTime {
			box.next = run.Hub + 1
		}
		box.next = max(box.next, run.Hub+1)
		box.recent = slices.DeleteFunc(box.recent, func(e wire.Event) bool { return e.Seq <= run.Hub })
		s.pumpRun(run, box)
	}
}

func (s *State) pumpRun(run *RunMemory, box *outbox) {
	end := min(run.Last, run.Hub+windowLimit)
	if box.reading || box.next > end {
		return
	}
	if at := slices.IndexFunc(box.recent, func(e wire.Event) bool { return e.Seq == box.next }); at >= 0 {
		n := min(len(box.recent)-at, int(end-box.next)+1)
		s.sendUp(box, box.recent[at:at+n])
		return
	}
	box.reading = true
	s.do(ReadJournal{Run: run.Run, From: box.next, Limit: min(readLimit, int(end-box.next)+1)})
}

// journalRead sends what the disk gave. What it does not give is tried again later, and shows as a gap at the hub.
func (s *State) journalRead(in JournalRead) {
	for i, box := range s.boxes {
		if s.memory.Runs[i].Run != in.Run || !box.reading {
			continue
		}
		box.reading = false
		box.sentAt = s.now.Mono
		if len(in.Events) == 0 {
			box.next = s.memory.Runs[i].Last + 1 // nothing to send until resendTime has passed
			return
		}
		s.sendUp(box, in.Events)
	}
}

// sendUp publishes records in as many messages as they need. A record that fits no message can't come from this core,
// whose texts are bounded.
func (s *State) sendUp(box *outbox, events []wire.Event) {
	messages, err := wire.SplitEvents(slices.Clone(events))
	if err != nil {
		return
	}
	for _, m := range messages {
		s.number++
		m.Number = s.number
		s.do(SendEvents{Events: m})
	}
	box.sentAt = s.now.Mono
	box.next = events[len(events)-1].Seq + 1
}

// acknowledged: the hub says what it holds, and what the cloud holds. A newer ack is believed even when it says less:
// then the hub has lost something, and what is still here is sent again.
func (s *State) acknowledged(a wire.Ack) {
	if a.Number < s.acked || a.Number > s.number {
		return
	}
	s.acked = a.Number
	if a.Incarnation != "" && a.Incarnation != s.memory.Incarnation {
		s.forgetCloud(a.Incarnation)
	}
	for _, w := range a.Watermarks {
		for i := range s.memory.Runs {
			if w.Gate == s.gate && w.Run == s.memory.Runs[i].Run {
				s.confirm(i, w, a.Incarnation != "")
			}
		}
	}
	s.dropEmptyRuns()
}

// forgetCloud: the cloud's database is another one than it was. Nothing that the old one confirmed counts.
func (s *State) forgetCloud(incarnation string) {
	s.memory.Incarnation, s.dirty = incarnation, true
	for i := range s.memory.Runs {
		s.memory.Runs[i].Cloud, s.memory.Runs[i].Marks = 0, nil
	}
}

func (s *State) confirm(i int, w wire.Watermark, fromCloud bool) {
	run, box := &s.memory.Runs[i], s.boxes[i]
	hub := min(w.Hub, run.Last)
	if hub != run.Hub {
		if hub < run.Hub {
			box.next = hub + 1
		}
		run.Hub, box.sentAt, s.dirty = hub, s.now.Mono, true
	}
	if !fromCloud {
		return
	}
	if cloud := min(w.Cloud, run.Last); cloud > run.Cloud {
		run.Cloud, s.dirty = cloud, true
	}
	s.prune(run, min(w.Cloud, run.Last))
}

// dropEmptyRuns forgets old runs that never got a record, or whose records have all been pruned.
func (s *State) dropEmptyRuns() {
	for i := len(s.memory.Runs) - 2; i >= 0; i-- {
		if r := s.memory.Runs[i]; r.Last <= r.Pruned {
			s.memory.Runs = slices.Delete(s.memory.Runs, i, i+1)
			s.boxes = slices.Delete(s.boxes, i, i+1)
			s.dirty = true
		}
	}
}
