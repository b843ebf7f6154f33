package sim

import (
	"math/rand/v2"

	"portaria/edge/admit"
	"portaria/edge/whitelist"
	"portaria/edge/wire"
)

// In three evenings of sixty-four tickets are sold while they run: a gate knows them by their signature until it has the list that
// names them, and then it knows more: by their seat which gate is their home. One of the three has a plot of that.

var sales = []plot{{needs: setOf(FullCut, SameTicket), play: (*World).soldSinceTheList}}

// drawSold says of every right which list is the first to have it, and where its seat is. It draws from a source of its own.
func (w *World) drawSold(seed uint64) {
	if seed%16 != 3 || seed%64 == 3 {
		return
	}
	w.seated = true
	rng := rand.New(rand.NewPCG(seed, 0x736f6c64))
	door := &w.venue.Checkpoints[0]
	door.Unlisted = pick(rng, whitelist.UnlistedAdmit, whitelist.UnlistedAdmit, whitelist.UnlistedAsk, whitelist.UnlistedRefuse)
	if w.plot != nil {
		door.Unlisted = whitelist.UnlistedAdmit
	}
	groupsToo := seed/64%2 == 0
	for _, r := range w.rights {
		r.code.Entry.Seat = 1 + rng.Uint32N(seats)
		if rng.IntN(2) == 0 && (r.code.Entry.Group == 0 || groupsToo) {
			r.listed = 1 + rng.IntN(3)
			r.reissue = pick[uint8](rng, 0, 0, 0, 1)
		}
	}
}

// seats are in two sectors.
const seats = 100

func sectors(gates []string) []whitelist.HomeSector {
	return []whitelist.HomeSector{{From: 1, To: seats / 2, Gates: gates[:1]}, {From: seats/2 + 1, To: seats, Gates: gates[len(gates)-1:]}}
}

// onlySigned is what a gate reads in a code that its list does not have, as edge/lookup does: no signature tells how many
// people a group are.
func (r *right) onlySigned() admit.Code {
	c := r.code
	c.Match, c.Reissue = admit.SignedOnly, r.reissue
	c.Entry = whitelist.Entry{Ref: c.Entry.Ref, Kind: c.Entry.Kind, Flags: c.Entry.Flags}
	return c
}

// unlisted says whether even the newest list does not have a right.
func (w *World) unlisted(r *right) bool { return len(w.lists)-1 < r.listed }

// letsUnlistedIn says whether doors let in whom no list has.
func (w *World) letsUnlistedIn() bool {
	return w.venue.Checkpoints[0].Unlisted == whitelist.UnlistedAdmit
}

// unlistedIsAsked is U1: where the door says so, nobody comes in whom no list has; and alone no gate lets in a code that has taken
// another's place, or may have.
func (o *oracle) unlistedIsAsked(g *gateNode, s *scan, e *wire.Event) {
	if !s.unlisted || s.override {
		return
	}
	if o.world.door(e.Checkpoint).Unlisted != whitelist.UnlistedAdmit {
		o.world.fail("U1: %s let somebody in on right %d, which its list does not have", g.id, s.right.number)
	}
	if s.offline && s.right.reissue > 0 {
		o.world.fail("U1: %s let somebody in alone on right %d, whose code has been issued twice", g.id, s.right.number)
	}
}

// fetchList: where tickets are sold while the evening runs, a list is long, and every other gate takes its time to fetch it.
func (g *gateNode) fetchList(n int) {
	w := g.world
	switch {
	case !w.seated || !w.chaos || g.slot%2 == 0:
		g.takeList(n)
	case g.up() && n > g.fetches:
		g.fetches = n
		length := w.between(2_000, 8_000)
		if w.plot != nil {
			length = w.scale.chaos
		}
		g.later(length, func() { g.takeList(n) })
	}
}

// soldSinceTheList: the home of a right, which its seat decides, has the list that names it, and is cut off. Another gate does not
// have that list yet, and asks for the same ticket.
func (w *World) soldSinceTheList() {
	r := w.guest()
	home, other := w.slot(0), w.slot(1)
	r.code.Entry.Seat, r.listed = 1, len(w.lists)
	w.after(1_500, w.publish)
	w.after(2_500, func() {
		w.cutOff(home, 2*alone)
		w.comesTwice(home, r, alone+w.between(0, 1_000))
		w.comesTwice(other, r, alone+w.between(0, 1_000))
	})
}
