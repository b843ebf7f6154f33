package wicket_test

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"time"

	"portaria/edge/admit"
	"portaria/edge/whitelist"
	"portaria/edge/wire"
	"portaria/floor/wicket"
)

const patience = 3500 * time.Millisecond // as the cloud waits for whoever decides

// telephone is one controller's.
type telephone struct {
	e      *evening
	name   string
	chance *rand.Rand
	alone  *wire.Events // records that wait to be brought
	vain   []*visit     // asked about in vain and refused alone: the house does not know it yet
}

func (e *evening) openPhones() {
	for n, name := range []string{"phone-ana", "phone-bia", "phone-caio"} {
		p := &telephone{e: e, name: name, chance: e.own(10 + uint64(n))} //nolint:gosec // small
		e.group.Go(p.work)
	}
}

func (p *telephone) work() {
	for !p.e.isCalm() || p.e.isShut() {
		time.Sleep(between(p.chance, 20_000, 1_200_000))
		if p.e.isShut() {
			continue
		}
		if p.chance.IntN(12) == 0 {
			p.aloneFor()
		} else {
			p.scan(p.e.pick(p.chance))
		}
		if len(p.vain) > 0 {
			p.bring()
		}
	}
	for tries := 0; p.alone != nil || len(p.vain) > 0; tries++ {
		if tries > 200 {
			p.e.truth.fault("%s can never bring what it did alone: %d scans are still to be given up", p.name, len(p.vain))
			return
		}
		p.bring()
	}
}

func (e *evening) isShut() bool {
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.shut
}

// scan is one ticket shown at the telephone, asked about until there is an answer or the controller has had enough.
func (p *telephone) scan(r right) {
	ask := wicket.Ask{Scan: newScan(p.chance), Gate: p.name, Checkpoint: "door", Code: r.code(), Auto: p.chance.IntN(2) == 0}
	ask.Exit = r.kind.Use == whitelist.UseReentr && p.chance.IntN(2) == 0
	if p.chance.IntN(25) == 0 {
		ask.Override = &wire.Override{Supervisor: "Bia", Reason: "VIP guest"}
	}
	p.e.count(func(t *tally) { t.scans++ })
	v := p.e.truth.asked(r, ask)
	for tries := 0; ; tries++ {
		said, err := p.ask(ask)
		if err == nil {
			p.told(v, ask, said)
			if said.Verdict.Reason == admit.PendingElsewhere && !p.e.isCalm() { // who is told to wait does not wait for long
				time.Sleep(between(p.chance, 50_000, 400_000))
				p.scan(r)
			}
			return
		}
		if !p.e.isCalm() && p.chance.IntN(15) == 0 {
			p.decideAlone(r, v)
			return
		}
		if tries == 30 && p.e.policy == whitelist.Home {
			p.scan(r) // the home gate may not have heard that it is asked: who waits so long shows the ticket once more
			return
		}
		if tries > 400 {
			p.e.truth.fault("%s is never answered: %v", p.name, err)
			return
		}
		time.Sleep(between(p.chance, 100_000, 600_000))
	}
}

// errLost: whoever asked heard nothing.
var errLost = errors.New("the answer was lost")

// ask passes a question on as a cloud does, now and then twice at once or too late, and hears the answer or not.
func (p *telephone) ask(ask wicket.Ask) (wicket.Said, error) {
	switch n := p.chance.IntN(32); {
	case n == 0 && !p.e.isCalm():
		p.askLate(ask)
		return wicket.Said{}, errLost
	case n > 4:
		return p.once(ask)
	}
	p.e.count(func(t *tally) { t.doubled++ })
	type answer struct {
		said wicket.Said
		err  error
	}
	other, chance := make(chan answer), rand.New(rand.NewPCG(p.chance.Uint64(), 1))
	go func() {
		twin := telephone{e: p.e, name: p.name, chance: chance}
		said, err := twin.once(ask)
		other <- answer{said, err}
	}()
	said, err := p.once(ask)
	twin := <-other
	if err == nil && twin.err == nil && said.Verdict.Admit != twin.said.Verdict.Admit {
		p.e.truth.fault("%s scanned %s once and was told %v and %v", p.name, ask.Scan, said.Verdict.Reason, twin.said.Verdict.Reason)
	}
	return said, err
}

func (p *telephone) once(ask wicket.Ask) (wicket.Said, error) {
	s := p.e.current()
	if s == nil {
		return wicket.Said{}, wicket.ErrNotReady
	}
	time.Sleep(between(p.chance, 500, 40_000))
	said, _, err := p.put(s, wicket.DoScan, ask)
	lost := p.chance.IntN(20) == 0
	time.Sleep(between(p.chance, 500, 40_000))
	if err == nil && (lost && !p.e.isCalm() || s.process.isDead()) {
		p.e.count(func(t *tally) { t.lost++ })
		p.e.truth.unheard(ask, said)
		return wicket.Said{}, errLost
	}
	return said, err
}

// put asks a house: a hub's by a packed question, the cloud's own at once.
func (p *telephone) put(s *seat, do string, ask wicket.Ask) (wicket.Said, wicket.Passage, error) {
	if s.of != byCloud {
		q, err := wicket.Question("q", do, ask, time.Now().Add(patience))
		if err != nil {
			return wicket.Said{}, wicket.None, fmt.Errorf("pack: %w", err)
		}
		a, answered := s.house.Answer(context.Background(), q)
		if !answered {
			return wicket.Said{}, wicket.None, errLost
		}
		return wicket.Read(a)
	}
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	if do == wicket.DoScan {
		said, err := s.house.Scan(ctx, ask)
		return said, wicket.None, err
	}
	passage, err := s.house.Close(ctx, ask, do == wicket.DoPass)
	return wicket.Said{}, passage, err
}

// told: the controller sees the answer, and the guest goes in or not.
func (p *telephone) told(v *visit, ask wicket.Ask, said wicket.Said) {
	p.e.truth.told(v, said)
	if !said.Verdict.Admit || said.Exit {
		return
	}
	p.e.count(func(t *tally) { t.admitted++ })
	if said.Passage == wicket.Passed {
		p.e.truth.entered(v)
		return
	}
	switch p.chance.IntN(10) {
	case 0, 1: // turns round
		if p.end(ask, wicket.DoAbort) {
			p.e.truth.aborted(v)
		}
		if p.chance.IntN(3) == 0 { // and comes back
			p.e.truth.late(v)
			p.end(ask, wicket.DoPass)
		}
	case 2: // nobody says how it ended
		p.e.truth.entered(v)
	default:
		p.e.truth.entered(v)
		if p.end(ask, wicket.DoPass) && p.chance.IntN(4) == 0 {
			p.forge(ask)
		}
	}
}

// end tells how an admission ended, until that is known to be told; it says whether it was.
func (p *telephone) end(ask wicket.Ask, do string) bool {
	for tries := 0; tries < 400; tries++ {
		time.Sleep(between(p.chance, 50_000, 900_000))
		s := p.e.current()
		if s == nil {
			continue
		}
		_, _, err := p.put(s, do, ask)
		switch {
		case err == nil && p.chance.IntN(20) > 0:
			return true
		case errors.Is(err, wicket.ErrNoScan), errors.Is(err, wicket.ErrOver):
			p.e.truth.fault("%s was told that %s is no admission of its own, or over: %v", p.name, ask.Scan, err)
			return false
		}
	}
	p.e.truth.fault("%s can never tell how %s ended", p.name, ask.Scan)
	return false
}

// aloneFor is a time without a network: the telephone judges by its list, and brings its records when it is back.
func (p *telephone) aloneFor() {
	for range 1 + p.chance.IntN(3) {
		time.Sleep(between(p.chance, 200_000, 900_000))
		r := p.e.pick(p.chance)
		p.admitAlone(r, p.e.truth.asked(r, wicket.Ask{Scan: newScan(p.chance), Gate: p.name}), admit.ScanID{})
	}
}

// admitAlone lets somebody in without asking. The record has the scan's own id if it was asked about in vain.
func (p *telephone) admitAlone(r right, v *visit, id admit.ScanID) {
	if id == (admit.ScanID{}) {
		id = v.scan
	}
	p.e.count(func(t *tally) { t.alone++ })
	p.e.truth.alone(v)
	terms := r.terms()
	in := p.aloneEvent(v, id, wire.Admission)
	in.Terms, in.Reason = &terms, admit.OKOffline
	in.Record = &admit.Record{Scan: id, Kind: admit.Entry, At: in.At, Gate: p.name, Lane: 1, Checkpoint: "door", Zone: "hall", Offline: true}
	passed := p.aloneEvent(v, id, wire.Outcome)
	passed.Record = &admit.Record{Scan: id, Kind: admit.Passed, At: in.At, Gate: p.name, Lane: 1, Checkpoint: "door"}
	p.write(in, passed)
	p.bring()
}

func (p *telephone) aloneEvent(v *visit, id admit.ScanID, what wire.EventType) wire.Event {
	code := v.right.code()
	return wire.Event{Gate: p.name, Type: what, Scan: id, Ref: v.right.ref(), Event: code.Event.Event, At: time.Now().UnixMilli(), Clock: admit.Coasting, Lane: 1,
		Checkpoint: "door"}
}

// write gives records their place in the journal of this time alone.
func (p *telephone) write(events ...wire.Event) {
	if p.alone == nil {
		p.alone = &wire.Events{V: wire.Version, Gate: p.name, Run: wire.Run{Start: 1, Random: p.chance.Uint32() | 1}}
	}
	for _, e := range events {
		e.Run, e.Seq = p.alone.Run, uint64(len(p.alone.Events))+1
		p.alone.Events = append(p.alone.Events, e)
	}
}

// bring gives whoever decides the records, or the cloud's database where that is a hub; a hub without a cloud never gets them.
func (p *telephone) bring() {
	time.Sleep(between(p.chance, 100_000, 2_000_000))
	s := p.e.current()
	if s == nil {
		return
	}
	if p.alone == nil {
		p.tellGivenUp(s)
		return
	}
	for range 1 + p.chance.IntN(2) { // an upload that was sent twice does no harm
		switch s.of {
		case byCloud:
			if err := s.house.Bring(p.name, *p.alone); err != nil {
				return
			}
		default:
			p.e.db.accept(p.alone.Events)
		}
		p.e.count(func(t *tally) { t.brought++ })
	}
	p.alone = nil
	p.tellGivenUp(s)
}
