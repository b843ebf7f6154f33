// Package entry decides which of the records that a hub sends are new. It keeps nothing: the watermark of each run
// comes in, and the plan goes out, to be executed in one transaction. Which double admissions a right's records add up
// to is derived by admit.Fold whenever it is asked, and never stored as truth.
package entry

import (
	"portaria/edge/admit"
	"portaria/edge/wire"
)

// Source is where records come from: one life of one gate's process. Its records are contiguous from 1.
type Source struct {
	Gate string
	Run  wire.Run
}

// Plan is what to do with a batch of one source.
type Plan struct {
	New        []wire.Event // to insert, in order
	Duplicates int          // already held: nothing to do
	Poison     []Poison     // to quarantine, with an alert; their seqs count as held
	Gap        uint64       // first seq that is missing before the rest of the batch, which is dropped; 0 = none
	Watermark  uint64       // every record up to it is held once the plan has been committed
}

// Poison is a record that can't be used. It is kept as it came and never blocks what follows it.
type Poison struct {
	Event wire.Event
	Why   string
}

// Step plans what to do with a batch of records of one source, given that every record up to watermark is held.
func Step(source Source, watermark uint64, batch []wire.Event) Plan {
	return Plan{Watermark: watermark}
}

// Conflicts are the double admissions in a right's records: each names every scan of it, sorted; none is the usual
// answer.
func Conflicts(terms admit.Terms, records []admit.Record) [][]admit.ScanID { return nil }
