// Package trust is what an arbiter takes from a gate before its core hears it.
//
// The core is made for honest machines that fail: it takes each gate's word for what happened there. A gate that was
// stolen together with its key says what it likes on its own topics. What it says of itself nobody can check; but what no
// gate ever says truly ends here: words about a scan that another gate made or in another's name, texts that the other gates
// could not be told, numbers that nobody could count up to, and more than a gate can do. So a stolen gate can open itself, and
// use up tickets by records that nobody made; it can't free one, nor keep the others from being told.
//
// The package keeps counts only. It knows no network and no clock, and its answers are the same for the same messages.
package trust

import (
	"errors"
	"slices"

	"portaria/edge/admit"
	"portaria/edge/whitelist"
	"portaria/edge/wire"
)

// Why a message is not taken: what the gate does that no gate does.
var (
	ErrAnothersName = errors.New("writes in another gate's name")
	ErrAnothersScan = errors.New("writes about a scan that another gate made")
	ErrText         = errors.New("writes a name or a word that is longer than any, or none")
	ErrLeap         = errors.New("tells of a number that nobody can have counted up to")
	ErrRuns         = errors.New("has begun more lives than a machine can")
	ErrRecords      = errors.New("brings more records than a gate can make")
)

const (
	maxName = 64      // bytes of a checkpoint's or zone's id, as in a venue manifest
	maxWord = 16      // bytes of a word of the protocol
	maxLeap = 1 << 32 // durable writes that an arbiter may have made since its disk was copied
	maxTerm = 1 << 48 // by which a person may have raised a term: some take the time for a number
	maxReqs = 4096    // requests of a gate that have ended above its oldest open one
	maxAsks = 256     // claims of a gate that may still become admissions

	firstRuns, runEvery       = 4096, 5_000         // lives of a gate, and ms after which it may begin one more
	firstRecords, recordEvery = 4 * 1024 * 1024, 10 // records of a gate, and ms
)

// Venue is what the arbiter knows when a message comes.
type Venue struct {
	Term, Head uint64
	// Records is a right's history.
	Records func(ref whitelist.Ref) []admit.Record
	// Here says whether a gate takes part, has been heard since the arbiter started, and the arbiter's disk is whole: it can
	// speak for itself.
	Here func(gate string) bool
}

// Judge keeps what it must of each gate. One goroutine uses it.
type Judge struct {
	gates map[string]*gate
	asker map[admit.ScanID]string // whose scan it is that was claimed lately: its home gate hears of it before it is recorded
	since int64                   // mono of the first message, ms
	begun bool
}

type gate struct {
	runs    map[wire.Run]bool
	records uint64
	run     wire.Run       // of its last heartbeat
	openMin uint64         // of that run
	asked   []admit.ScanID // of its last claims
	unheard map[fact]bool
}

// New is a judge who has met nobody.
func New() *Judge { return &Judge{gates: map[string]*gate{}, asker: map[admit.ScanID]string{}} }

func (j *Judge) gate(name string, now int64) *gate {
	if !j.begun {
		j.since, j.begun = now, true
	}
	g := j.gates[name]
	if g == nil {
		g = &gate{runs: map[wire.Run]bool{}, unheard: map[fact]bool{}}
		j.gates[name] = g
	}
	return g
}

// allowed is how much of something a gate may have done by now.
func (j *Judge) allowed(first, every, now int64) int64 { return first + max(now-j.since, 0)/every }

// met counts the lives of a gate: the arbiter keeps something of each.
func (j *Judge) met(g *gate, now int64, runs ...wire.Run) error {
	for _, run := range runs {
		if g.runs[run] {
			continue
		}
		if int64(len(g.runs)) >= j.allowed(firstRuns, runEvery, now) {
			return ErrRuns
		}
		g.runs[run] = true
	}
	return nil
}

// Claim says whether a gate's claim is taken, and mends it: of the requests that have ended, those that can't have been are
// left out. Now is monotonic, ms.
func (j *Judge) Claim(name string, c *wire.Claim, now int64) error {
	g := j.gate(name, now)
	if !word(string(c.Terms.Use)) || !id(c.Terms.Inner) || !id(c.Checkpoint) {
		return ErrText
	}
	if asker, asked := j.asker[c.Scan]; asked && asker != name {
		return ErrAnothersScan
	}
	c.Closed = g.ended(c.Run, c.Closed)
	return j.met(g, now, c.Run)
}

// Asked notes a claim that is on its way to the arbiter, of any gate.
func (j *Judge) Asked(name string, scan admit.ScanID, now int64) {
	g := j.gate(name, now)
	if _, known := j.asker[scan]; known {
		return
	}
	if len(g.asked) == maxAsks {
		delete(j.asker, g.asked[0])
		g.asked = g.asked[1:]
	}
	g.asked, j.asker[scan] = append(g.asked, scan), name
}

// ended are the requests that a gate can have ended: what it says of others would only be kept.
func (g *gate) ended(run wire.Run, closed []uint64) []uint64 {
	from := uint64(0)
	if run == g.run {
		from = g.openMin
	}
	odd := func(req uint64) bool { return req < from || req-from >= maxReqs }
	if !slices.ContainsFunc(closed, odd) {
		return closed
	}
	return slices.DeleteFunc(slices.Clone(closed), odd)
}

// Events says whether a gate's records are taken. All of them or none: what comes after one that is not taken would leave
// a gap.
func (j *Judge) Events(name string, m wire.Events, now int64, v Venue) error {
	g := j.gate(name, now)
	if err := j.met(g, now, m.Run); err != nil {
		return err
	}
	g.records += uint64(len(m.Events))
	if int64(g.records) > j.allowed(firstRecords, recordEvery, now) { //nolint:gosec // 2^63 records take a while
		return ErrRecords
	}
	for i := range m.Events {
		if err := j.record(name, &m.Events[i], v); err != nil {
			return err
		}
	}
	return nil
}

func (j *Judge) record(name string, e *wire.Event, v Venue) error {
	r := e.Record
	if r == nil {
		return nil
	}
	if r.Gate != name {
		return ErrAnothersName
	}
	if !telling(r) || e.Terms != nil && (!word(string(e.Terms.Use)) || !id(e.Terms.Inner)) {
		return ErrText
	}
	if e.Ref == (whitelist.Ref{}) {
		return nil // nobody's
	}
	if r.Kind != admit.Surrender && (j.anothers(name, r.Scan) || j.anothers(name, r.Resumes)) {
		return ErrAnothersScan
	}
	for _, known := range v.Records(e.Ref) {
		if known.Gate != name && about(r, &known) {
			return ErrAnothersScan
		}
	}
	return nil
}

func (j *Judge) anothers(name string, scan admit.ScanID) bool {
	asker, asked := j.asker[scan]
	return asked && asker != name
}

// about says whether a record speaks of the scan of another one. A surrender bears the scan of who asked for it, and says
// nothing of it.
func about(r, other *admit.Record) bool {
	if r.Kind == admit.Surrender || other.Kind == admit.Surrender {
		return false
	}
	return r.Scan == other.Scan || r.Resumes == other.Scan
}

// telling says whether every gate can be told of a record: many of them fit one message.
func telling(r *admit.Record) bool {
	return word(string(r.Kind)) && id(r.Checkpoint) && id(r.From) && id(r.Zone)
}

func word(text string) bool { return len(text) <= maxWord && plain(text) }
func id(text string) bool   { return len(text) <= maxName && plain(text) }

// plain text is as long in a message as here.
func plain(text string) bool {
	for _, c := range []byte(text) {
		if c < ' ' || c == '"' || c == '\\' || c == 0x7f {
			return false
		}
	}
	return true
}
