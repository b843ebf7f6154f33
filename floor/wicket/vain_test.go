package wicket_test

import (
	"errors"
	"math/rand/v2"
	"time"

	"portaria/edge/wire"
	"portaria/floor/wicket"
)

// askLate: the question is long on its way. Whoever asked hears nothing, and may have answered the guest alone by then.
func (p *telephone) askLate(ask wicket.Ask) {
	p.e.count(func(t *tally) { t.late++ })
	late := telephone{e: p.e, name: p.name, chance: rand.New(rand.NewPCG(p.chance.Uint64(), 2))}
	p.e.group.Go(func() {
		time.Sleep(between(late.chance, 500_000, 8_000_000))
		if said, err := late.once(ask); err == nil {
			p.e.truth.unheard(ask, said)
		}
	})
}

// decideAlone: the controller has had enough of waiting. The telephone lets in by its own list, and uploads that with the same
// id; or it refuses, and says so; or it is switched off, and nobody was told anything.
func (p *telephone) decideAlone(r right, v *visit) {
	switch n := p.chance.IntN(4); {
	case n == 0 && !v.ask.Exit && v.ask.Override == nil:
		p.admitAlone(r, v, v.scan)
	case n < 3:
		p.refuseAlone(v)
	}
}

func (p *telephone) refuseAlone(v *visit) {
	p.e.count(func(t *tally) { t.vain++ })
	p.write(p.aloneEvent(v, v.scan, wire.Refusal), p.aloneEvent(v, v.scan, wire.Note))
	p.vain = append(p.vain, v)
	p.bring()
}

// tellGivenUp tells the house what this telephone asked about in vain and then refused; once, twice, or again later.
func (p *telephone) tellGivenUp(s *seat) {
	var rest []*visit
	for _, v := range p.vain {
		if !p.giveUp(s, v) || p.chance.IntN(10) == 0 && !p.e.isCalm() {
			rest = append(rest, v)
		}
	}
	p.vain = rest
}

// giveUp says whether the house knows. Who was counted as passed with the answer stays so, and then nobody may say it again.
func (p *telephone) giveUp(s *seat, v *visit) bool {
	ask := v.ask
	ask.GivenUp = true
	_, passage, err := p.put(s, wicket.DoAbort, ask)
	switch {
	case err == nil && passage == wicket.Aborted:
		p.e.truth.set(func() { v.freed = true })
		p.askInSpite(v.ask)
	case errors.Is(err, wicket.ErrOver):
		p.e.truth.set(func() { v.over = true })
	case errors.Is(err, wicket.ErrNoScan), errors.Is(err, wicket.ErrNoDoor), errors.Is(err, wicket.ErrGivenUp):
		p.e.truth.fault("%s can't give scan %s up: %v", p.name, v.scan, err)
	default:
		return false
	}
	return true
}

// askInSpite asks again about a scan that was given up: nobody is let in on it any more.
func (p *telephone) askInSpite(ask wicket.Ask) {
	if p.chance.IntN(3) > 0 {
		return
	}
	if said, err := p.once(ask); err == nil {
		p.e.truth.fault("scan %s was given up, and asked again it is %s", ask.Scan, said.Verdict.Reason)
	}
}

// forge gives up a scan whose guest was shown in and has passed, as a damaged or stolen telephone may.
func (p *telephone) forge(ask wicket.Ask) {
	ask.GivenUp = true
	if s := p.e.current(); s != nil {
		if _, passage, err := p.put(s, wicket.DoAbort, ask); err == nil {
			p.e.truth.fault("scan %s has passed, and was given up afterwards: %s", ask.Scan, passage)
		}
	}
}

// took says whether somebody came in on a visit, or may have, as far as anybody could know.
func (v *visit) took() bool {
	switch {
	case v.in:
		return true
	case v.freed, v.out:
		return false
	case v.said != nil && !v.said.Verdict.Admit:
		return v.lost != nil
	case v.said != nil:
		return !v.said.Exit
	}
	return true // asked in vain, and nobody said how it ended; or a guest of a gate
}

// taken counts who came in on a right, or may have.
func (t *truth) taken(r right) (n int) {
	for _, v := range t.visits {
		if v.right.number == r.number && v.took() {
			n++
		}
	}
	return n
}
