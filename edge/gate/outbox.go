package gate

import (
	"slices"

	"portaria/edge/wire"
)

// pump sends what is durable and not yet confirmed, of every retained run, oldest first.
func (s *State) pump() {
	for i, box := range s.boxes {
		run := &s.memory.Runs[i]
		events, from, ask := box.Next(s.now.Mono, run.Hub, run.Last)
		s.sendUp(events)
		if ask > 0 {
			s.do(ReadJournal{Run: run.Run, From: from, Limit: ask})
		}
	}
}

func (s *State) journalRead(in JournalRead) {
	for i, box := range s.boxes {
		if s.memory.Runs[i].Run == in.Run {
			s.sendUp(box.Read(s.now.Mono, in.Events))
		}
	}
}

// sendUp publishes records in as many messages as they need. A record that fits no message can't come from this core,
// whose texts are bounded.
func (s *State) sendUp(events []wire.Event) {
	messages, err := wire.SplitEvents(events)
	if err != nil {
		s.note(0, "records that fit no message were not sent")
		return
	}
	for _, m := range messages {
		s.number++
		m.Number = s.number
		s.do(SendEvents{Events: m})
	}
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
	run := &s.memory.Runs[i]
	if hub := min(w.Hub, run.Last); hub != run.Hub {
		s.boxes[i].Progress(s.now.Mono, hub, hub < run.Hub)
		run.Hub, s.dirty = hub, true
	}
	if !fromCloud {
		return
	}
	if mutantPruneOnHubAck {
		w.Cloud = w.Hub
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
