package wicket_test

import (
	"fmt"
	"slices"
	"sync"
	"time"

	"portaria/edge/admit"
	"portaria/edge/venue"
	"portaria/edge/whitelist"
	"portaria/floor/wicket"
)

// truth is who physically came in, and what was wrong. Neither judge nor arbiter is asked for it.
type truth struct {
	mu        sync.Mutex
	visits    []*visit
	conflicts map[admit.ScanID]bool // named in a conflict
	faults    []string
}

func newTruth() *truth { return &truth{conflicts: map[admit.ScanID]bool{}} }

// visit is somebody who shows a ticket.
type visit struct {
	right right
	scan  admit.ScanID
	ask   wicket.Ask // of a telephone
	said  *wicket.Said
	lost  *wicket.Said // an answer that let them in, and that nobody heard

	in, apart bool // somebody came in; apart from the arbiter's word: alone, overruled or after an abort
	out       bool // an abort was told
	freed     bool // it was given up, and the house knows
	over      bool // it was given up when its guest had been counted as passed
}

func (t *truth) fault(format string, args ...any) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.faults = append(t.faults, fmt.Sprintf(format, args...))
}

func (t *truth) report(i venue.Incident) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if i.Kind == venue.Conflict {
		for _, scan := range i.Scans {
			t.conflicts[scan] = true
		}
	}
	if i.Kind == venue.OldRun || i.Kind == venue.TakenByOther {
		t.faults = append(t.faults, fmt.Sprintf("people are told of %s: %s", i.Kind, i.Text))
	}
}

func (t *truth) add(v *visit) *visit {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.visits = append(t.visits, v)
	return v
}

func (t *truth) asked(r right, ask wicket.Ask) *visit {
	return t.add(&visit{right: r, scan: ask.Scan, ask: ask, apart: ask.Override != nil})
}

// unheard: an answer was given and lost. Who asks again must hear the same, if it was to let them in.
func (t *truth) unheard(ask wicket.Ask, said wicket.Said) {
	t.mu.Lock()
	defer t.mu.Unlock()
	for _, v := range t.visits {
		if v.scan == ask.Scan && said.Verdict.Admit {
			v.lost = &said
		}
	}
}

func (t *truth) told(v *visit, said wicket.Said) {
	t.mu.Lock()
	defer t.mu.Unlock()
	v.said = &said
	if v.lost != nil && !said.Verdict.Admit {
		t.faults = append(t.faults, fmt.Sprintf("scan %s of %s was admitted, and asked again it is refused: %s", v.scan, v.ask.Gate, said.Verdict.Reason))
	}
}

func (t *truth) set(change func()) {
	t.mu.Lock()
	defer t.mu.Unlock()
	change()
}

func (t *truth) entered(v *visit) { t.set(func() { v.in = true }) }
func (t *truth) aborted(v *visit) { t.set(func() { v.out = true }) }
func (t *truth) late(v *visit)    { t.set(func() { v.in, v.apart = true, true }) }
func (t *truth) alone(v *visit)   { t.set(func() { v.in, v.apart = true, true }) }

// judge says what is wrong once everything has fallen quiet.
func (e *evening) judge(s *seat) {
	store := s.process.disk
	e.truth.faults = append(e.truth.faults, append(slices.Clone(store.faults), e.db.faults...)...)
	v := s.floor.View().Venue
	if !v.Ready || v.Recovering {
		e.truth.fault("nobody is let in: ready %v, recovering %v, lacking %d", v.Ready, v.Recovering, v.Lacking)
		return
	}
	for _, name := range open(v) {
		e.truth.fault("a grant is neither used nor given back: %s", name)
	}
	if h := e.manifest.Homes; h != nil && store.homes.Epoch != h.Epoch {
		e.truth.fault("the homes of the manifest never came into force")
	}
	for _, r := range e.rights() {
		e.judgeRight(store, r)
	}
	e.judgeCloud(s)
	e.askAgain(s)
	e.tryAgain(s, store)
}

// judgeRight: no more came in than may, whoever was told so has a record, and what was too many is named.
func (e *evening) judgeRight(store *disk, r right) {
	records := store.records(r.ref())
	exits, allowed := 0, r.terms().Allowed()
	for _, x := range records {
		if x.Kind == admit.Exit {
			exits++
		}
	}
	if r.kind.Use == whitelist.UseReentr {
		allowed += exits
	}
	in, granted := []admit.ScanID{}, 0
	for _, v := range e.truth.visits {
		if v.right.number != r.number {
			continue
		}
		toldIn := v.said != nil && v.said.Verdict.Admit && !v.said.Exit
		if (toldIn || v.in) && !e.missing(v) && !slices.ContainsFunc(records, func(x admit.Record) bool { return x.Scan == v.scan && x.Kind == admit.Entry }) {
			e.truth.fault("scan %s was let in at %s, and there is no record of it", v.scan, v.ask.Gate)
		}
		if v.in && !e.missing(v) {
			in = append(in, v.scan)
			if !v.apart {
				granted++
			}
		}
	}
	if granted > allowed {
		e.truth.fault("right %d: %d were let in by the arbiter, %d may", r.number, granted, allowed)
	}
	e.judgeConflict(r, records, in)
}

// missing: a hub without a cloud never hears what a telephone did alone.
func (e *evening) missing(v *visit) bool {
	return v.apart && v.ask.Override == nil && v.said == nil && e.eras[len(e.eras)-1] == byLoneHub
}

func (e *evening) judgeConflict(r right, records []admit.Record, in []admit.ScanID) {
	terms := r.terms()
	if r.kind.Use == whitelist.UseReentr || len(in) <= terms.Allowed() {
		return
	}
	named := admit.Fold(terms, records, admit.Day{}).Conflict
	for _, scan := range in {
		if !slices.Contains(named, scan) || !e.truth.conflicts[scan] {
			e.truth.fault("right %d: %d came in, and scan %s is in no conflict (by its history: %v)", r.number, len(in), scan, slices.Contains(named, scan))
		}
	}
}

// judgeCloud: what a hub holds is in its cloud.
func (e *evening) judgeCloud(s *seat) {
	if s.upwards == nil {
		return
	}
	cloud := e.db.held()
	for at, held := range s.process.disk.held() {
		if cloud[at] != held {
			e.truth.fault("the cloud holds %d of %d records of %s %s", cloud[at], held, at.gate, at.run)
		}
	}
}

// askAgain: who was let in is let in, whenever the same scan is sent again.
func (e *evening) askAgain(s *seat) {
	p := &telephone{e: e, name: "phone-ana", chance: e.own(99)}
	for _, v := range e.truth.visits {
		if v.said == nil || !v.said.Verdict.Admit || v.ask.Code.Entry.Ref != v.right.ref() {
			continue
		}
		if said, _, err := p.put(s, wicket.DoScan, v.ask); err != nil || !said.Verdict.Admit || said.Exit != v.said.Exit {
			e.truth.fault("scan %s was told %s, and now %s (%v)", v.scan, v.said.Verdict.Reason, said.Verdict.Reason, err)
		}
	}
}

// tryAgain: what is free lets somebody in, at a telephone and at a gate; what is used does not.
func (e *evening) tryAgain(s *seat, store *disk) {
	p := &telephone{e: e, name: "phone-bia", chance: e.own(98)}
	for _, r := range append(e.rights(), rightOf(160)) {
		standing := admit.Fold(r.terms(), store.records(r.ref()), admit.Day{})
		used := standing.Used
		if r.kind.Use == whitelist.UseReentr {
			used = standing.Inside
		}
		free := used < r.terms().Allowed()
		if taken := e.truth.taken(r); !free && taken < r.terms().Allowed() && r.kind.Use != whitelist.UseReentr {
			e.truth.fault("right %d keeps its guest outside: %d may have come in, %d are counted", r.number, taken, used)
		}
		ask := wicket.Ask{Scan: newScan(p.chance), Gate: p.name, Checkpoint: "door", Code: r.code(), Auto: true}
		said, _, err := p.put(s, wicket.DoScan, ask)
		for n := 0; err != nil && n < 5; n++ {
			time.Sleep(time.Second)
			said, _, err = p.put(s, wicket.DoScan, ask)
		}
		if err != nil || said.Verdict.Admit != free && said.Verdict.Reason != admit.OtherGate {
			e.truth.fault("right %d is free: %v; a telephone is told %s (%v)", r.number, free, said.Verdict.Reason, err)
		}
	}
	for n, g := range e.gates {
		g.probe(rightOf(200 + 4*n))
	}
}
