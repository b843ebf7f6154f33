package wire

import (
	"cmp"
	"slices"
)

// How a journal travels: a few messages may be under way at once, so that a long journal does not wait for each ack.
const (
	windowLimit = 1024 // records of one run sent and not yet confirmed
	readLimit   = 256  // records read from the disk at once
	recentLimit = 512  // newest records of a run kept at hand
	resendTime  = 2000 // ms without progress after which what is unconfirmed is sent again
)

// Outbox is how far one run's journal has been sent on: by a gate to its hub, by a hub to the cloud. Everything above
// the receiver's watermark is sent, and sent again until an ack message confirms it. Times are monotonic milliseconds.
type Outbox struct {
	next      uint64 // seq to send next
	confirmed uint64 // as Next last heard
	reading   bool   // the disk has been asked
	movedAt   int64  // of the last progress, or of sending the first record that is not confirmed
	recent    []Event
	share     uint64 // of what may be under way; 0 = windowLimit
}

// Share bounds what this run may have under way where many runs share a link; at most it is what a lone run may.
func (b *Outbox) Share(records uint64) { b.share = min(records, windowLimit) }

// Keep holds the newest records at hand. When they grow too many, only the newest of all stay, so that there is never
// a hole among them; the disk has the others.
func (b *Outbox) Keep(batch ...Event) {
	if len(b.recent)+len(batch) > recentLimit {
		b.recent = nil
	}
	b.recent = append(b.recent, batch...)
}

// Forget lets go of what is at hand: what comes next may not follow it.
func (b *Outbox) Forget() { b.recent = nil }

// Next is what to send now, of a run that is confirmed up to one seq and durable up to another: records, or how many
// to ask the disk for from a seq on (0 = none). What it returns counts as sent.
func (b *Outbox) Next(now int64, confirmed, durable uint64) (send []Event, from uint64, ask int) {
	if b.next > confirmed+1 && now-b.movedAt >= resendTime {
		b.next, b.movedAt = confirmed+1, now // also when the disk has only later ones: else it would be asked without end
	}
	b.next, b.confirmed = max(b.next, confirmed+1), confirmed
	b.forgetUpTo(confirmed)
	end := min(durable, confirmed+cmp.Or(b.share, windowLimit))
	if b.reading || b.next > end {
		return nil, 0, 0
	}
	n := int(end-b.next) + 1
	if at := slices.IndexFunc(b.recent, func(e Event) bool { return e.Seq >= b.next }); at >= 0 && b.recent[at].Seq == b.next {
		return b.sent(now, slices.Clone(b.recent[at:min(len(b.recent), at+n)])), 0, 0
	}
	b.reading = true
	return nil, b.next, min(readLimit, n)
}

// forgetUpTo looks at the oldest alone: this is asked at every step of a gate.
func (b *Outbox) forgetUpTo(confirmed uint64) {
	n := 0
	for n < len(b.recent) && b.recent[n].Seq <= confirmed {
		n++
	}
	clear(b.recent[:n])
	b.recent = b.recent[n:]
}

// Read takes what the disk gave, and returns what of it to send. When the disk has nothing, nothing is asked of it
// again before the time for sending again.
func (b *Outbox) Read(now int64, events []Event) []Event {
	if !b.reading {
		return nil
	}
	b.reading = false
	if len(events) == 0 {
		b.movedAt = now
		b.next += windowLimit
		return nil
	}
	return b.sent(now, events)
}

// sent does not put off sending again what went before: where new records never stop coming, a lost message would
// otherwise stay lost.
func (b *Outbox) sent(now int64, events []Event) []Event {
	if events[0].Seq == b.confirmed+1 {
		b.movedAt = now
	}
	b.next = events[len(events)-1].Seq + 1
	return events
}

// Progress notes that the watermark has moved; back goes on from it when the receiver has lost something.
func (b *Outbox) Progress(now int64, confirmed uint64, back bool) {
	b.movedAt = now
	if back {
		b.next = confirmed + 1
	}
}
