package trust

import (
	"slices"

	"portaria/edge/admit"
	"portaria/edge/whitelist"
	"portaria/edge/wire"
)

// fact is a piece of hearsay that was not taken.
type fact struct {
	ref    whitelist.Ref
	record admit.Record
}

// State says whether a gate's heartbeat is taken, and mends it: hearsay that would free what another gate recorded is left
// out, where that gate can be asked.
func (j *Judge) State(name string, s *wire.State, now int64, v Venue) error {
	g := j.gate(name, now)
	if leaps(s.Head, v.Head, maxLeap) || leaps(s.Term, v.Term, maxTerm) {
		return ErrLeap
	}
	if err := j.met(g, now, append(runsOf(s), s.Run)...); err != nil {
		return err
	}
	if s.Run != g.run {
		g.run, g.openMin = s.Run, 0
	}
	g.openMin = max(g.openMin, s.OpenMin)
	s.Closed = g.ended(s.Run, s.Closed)
	s.Heard = g.believed(name, s.Heard, v)
	g.leaveOut(name, s)
	return nil
}

// leaveOut keeps a gate from being asked for ever for what was not taken.
func (g *gate) leaveOut(name string, s *wire.State) {
	for f := range g.unheard {
		count := &s.Others
		if f.record.Gate == name {
			count = &s.Own
		}
		*count -= min(*count, 1)
	}
}

// believed is the hearsay of a gate, with nobody's in the place of what is not taken: it counts as handed back.
func (g *gate) believed(name string, heard []wire.KnownFact, v Venue) []wire.KnownFact {
	out := slices.Clone(heard)
	for i := range out {
		f := &out[i]
		if telling(&f.Record) && (f.Right == nil || word(string(f.Right.Terms.Use))) && !frees(name, f, v) {
			continue
		}
		if len(g.unheard) < maxReqs {
			g.unheard[fact{f.Ref, f.Record}] = true
		}
		*f = wire.KnownFact{}
	}
	return out
}

func leaps(told, ours, most uint64) bool { return told > ours && told-ours > most }

func runsOf(s *wire.State) []wire.Run {
	out := make([]wire.Run, 0, len(s.Runs)+1)
	for _, r := range s.Runs {
		out = append(out, r.Run)
	}
	return out
}

// frees says whether hearsay takes back what another gate has recorded, or gives up its right, while that gate is here: it
// has that on record itself, or its disk has lost it, and then a supervisor says how it ended. Of a gate that is gone the
// others are believed: nobody else can know.
func frees(name string, f *wire.KnownFact, v Venue) bool {
	r := &f.Record
	void := r.Kind == admit.Abort || r.Kind == admit.Entry && r.Resumes != admit.ScanID{} || r.Kind == admit.Surrender
	if f.Ref == (whitelist.Ref{}) {
		return false
	}
	known := v.Records(f.Ref)
	if slices.Contains(known, *r) {
		return false
	}
	if void && r.Gate != name && r.Gate != "" && v.Here(r.Gate) {
		return true
	}
	return slices.ContainsFunc(known, func(k admit.Record) bool {
		return about(r, &k) && (k.Gate != r.Gate || same(r, &k)) && k.Gate != name && v.Here(k.Gate)
	})
}

// same says whether two records that differ claim to be one.
func same(a, b *admit.Record) bool { return a.Scan == b.Scan && a.Kind == b.Kind }
