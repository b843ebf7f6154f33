// Package entry decides which of the records that a hub sends are new. It keeps nothing: the watermark of each run
// comes in, and the plan goes out, to be executed in one transaction. Which double admissions a right's records add up
// to is derived by admit.Fold whenever it is asked, and never stored as truth.
package entry

import (
	"slices"

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
	Foreign    int          // of another source: not taken
	Poison     []Poison     // to quarantine, with an alert; their seqs count as held
	Gap        uint64       // first seq that is missing before what was not taken; 0 = none
	Watermark  uint64       // every record up to it is held once the plan has been committed
}

// Poison is a record that can't be used. It is kept as it came and never blocks what follows it.
type Poison struct {
	Event wire.Event
	Why   string // one sentence
}

// Step plans what to do with a batch of records of one source, given that every record up to watermark is held. The
// order within the batch does not matter. What comes after a gap is not taken: the hub sends it again.
func Step(source Source, watermark uint64, batch []wire.Event) Plan {
	plan := Plan{Watermark: watermark}
	sorted := slices.Clone(batch)
	slices.SortStableFunc(sorted, func(a, b wire.Event) int {
		switch {
		case a.Seq < b.Seq:
			return -1
		case a.Seq > b.Seq:
			return 1
		}
		return 0
	})
	for _, e := range sorted {
		plan.take(source, e)
	}
	return plan
}

func (p *Plan) take(source Source, e wire.Event) {
	switch {
	case e.Gate != source.Gate || e.Run != source.Run:
		p.Foreign++
	case e.Seq <= p.Watermark:
		p.Duplicates++
	case e.Seq > p.Watermark+1 && !mutantEntryGap:
		if p.Gap == 0 {
			p.Gap = p.Watermark + 1
		}
	default:
		p.Watermark = e.Seq
		if why := fault(e); why != "" {
			if mutantPoisonDropped {
				return
			}
			p.Poison = append(p.Poison, Poison{Event: e, Why: why})
			return
		}
		p.New = append(p.New, e)
	}
}

// Conflicts are the double admissions in a right's records, at its outer doors and at each door inside the venue: each
// names every scan of it, sorted. None is the usual answer. The terms' Inner is not looked at.
func Conflicts(terms admit.Terms, records []admit.Record) [][]admit.ScanID {
	var out [][]admit.ScanID
	for _, inner := range admit.Inners(records) {
		terms.Inner = inner
		if c := admit.Fold(terms, records, admit.Day{}).Conflict; len(c) > 0 {
			out = append(out, c)
		}
	}
	return out
}
