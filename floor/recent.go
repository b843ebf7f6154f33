package floor

import (
	"sync"

	"portaria/edge/venue"
	"portaria/edge/wire"
)

// recentRecords bounds what is kept of what was stored lately: a few megabytes.
const recentRecords = 4096

// recent is what was stored lately. When gates catch up while the cloud is there, what the cloud is sent of it need not be
// read from the disk.
type recent struct {
	mu      sync.Mutex
	pieces  [][]wire.Event // each of one run, in order of seq
	records int
}

// keep takes what has become durable.
func (r *recent) keep(commits []venue.Commit) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, c := range commits {
		for rest := c.Events; len(rest) > 0; {
			n := together(rest)
			r.pieces = append(r.pieces, rest[:n:n])
			r.records += n
			rest = rest[n:]
		}
	}
	n := 0
	for ; r.records > recentRecords; n++ {
		r.records -= len(r.pieces[n])
		r.pieces[n] = nil
	}
	r.pieces = r.pieces[n:]
}

// together is how many of the first records are of one run and follow each other.
func together(events []wire.Event) int {
	n := 1
	for n < len(events) && events[n].Gate == events[0].Gate && events[n].Run == events[0].Run && events[n].Seq == events[n-1].Seq+1 {
		n++
	}
	return n
}

// read is records of a run from a seq on without a gap, at most limit; nil when the first is not here.
func (r *recent) read(gate string, run wire.Run, from uint64, limit int) (out []wire.Event) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, piece := range r.pieces {
		first := &piece[0]
		if first.Gate != gate || first.Run != run || from < first.Seq || from >= first.Seq+uint64(len(piece)) {
			continue
		}
		piece = piece[from-first.Seq:]
		piece = piece[:min(len(piece), limit-len(out))]
		if out, from = append(out, piece...), from+uint64(len(piece)); len(out) == limit {
			break
		}
	}
	return out
}
