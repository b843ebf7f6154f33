package sim

// network carries messages between nodes, badly.
type network struct {
	world  *World
	cables [][]*cable // by number of sender, then of receiver
	far    int64      // the longest that a message takes besides
	loss   float64
	double float64
	late   float64
}

// cable is one way between two nodes.
type cable struct {
	cuts int   // how many faults hold it cut
	last int64 // when the latest message that is in order arrives

	// Until holds, what is sent waits until opens.
	holds, opens int64

	// stored is what becomes of a message that finds the cable cut, nil = it is lost.
	stored func(task)
}

func (n *network) way(from, to int) *cable {
	for len(n.cables) <= from {
		n.cables = append(n.cables, nil)
	}
	for len(n.cables[from]) <= to {
		n.cables[from] = append(n.cables[from], &cable{})
	}
	return n.cables[from][to]
}

// send delivers a message some milliseconds later, twice, much later, or never. What is not late comes in order, as
// over one connection. A message that is under way when its cable is cut is lost as well.
func (n *network) send(from, to int, deliver func()) {
	w := n.world
	copies := 1
	if w.chaos && w.chance(n.double) {
		copies = 2
		w.seen(Doubling)
	}
	way := n.way(from, to)
	for range copies {
		if w.chaos && w.chance(n.loss) {
			w.seen(Loss)
			continue
		}
		w.ask(n.delay(way), task{do: deliver, on: way})
	}
}

func (n *network) delay(way *cable) int64 {
	w := n.world
	if w.chaos && w.chance(n.late) {
		w.seen(Delay)
		return w.between(20, pick[int64](w.rng, 300, 4_000))
	}
	if w.now < way.holds {
		return way.opens - w.now
	}
	way.last = max(w.now+w.between(1, 5+n.far), way.last)
	return way.last - w.now
}

// storeAt lets a broker of its own stand between a hub and the cloud, one that acknowledges what it has stored and passes
// it on when it can: late, after everything else, unless it loses its store. What it acknowledged is no promise.
func (n *network) storeAt(hub int) {
	w := n.world
	for _, way := range []*cable{n.way(hub, cloudNum), n.way(cloudNum, hub)} {
		way.stored = func(t task) {
			if w.chance(0.1) {
				w.seen(Loss)
				return
			}
			w.seen(BrokerStored)
			w.ask(w.between(500, 3_000), t)
		}
	}
}

// sever cuts a way for a time.
func (n *network) sever(from, to int, length int64) {
	way := n.way(from, to)
	way.cuts++
	n.world.after(length, func() { way.cuts = max(0, way.cuts-1) })
}

// holdBack makes what is sent within a time late; what is sent after it overtakes it.
func (n *network) holdBack(from, to int, length, late int64) {
	way := n.way(from, to)
	way.holds, way.opens = n.world.now+length, n.world.now+late
}

// mend ends every cut between two nodes.
func (n *network) mend(a, b int) { n.way(a, b).cuts, n.way(b, a).cuts = 0, 0 }

func (n *network) severBoth(a, b int, length int64) {
	n.sever(a, b, length)
	n.sever(b, a, length)
}

// reaches says whether messages pass both ways.
func (n *network) reaches(a, b int) bool { return n.way(a, b).cuts == 0 && n.way(b, a).cuts == 0 }

func (n *network) heal() {
	for _, to := range n.cables {
		for _, way := range to {
			way.cuts = 0
		}
	}
}
