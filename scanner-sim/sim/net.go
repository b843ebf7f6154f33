package sim

// network carries messages between nodes, badly.
type network struct {
	world  *World
	cut    map[way]int // how many faults hold this way cut
	last   map[way]int64
	loss   float64
	double float64
	late   float64
}

// way is one direction between two nodes, by their numbers.
type way struct{ from, to int }

// send delivers a message some milliseconds later, twice, much later, or never. What is not late comes in order, as
// over one connection. A message that is under way when its cable is cut is lost as well.
func (n *network) send(from, to int, deliver func()) {
	w := n.world
	copies := 1
	if w.chaos && w.chance(n.double) {
		copies = 2
		w.seen(Doubling)
	}
	for range copies {
		if w.chaos && w.chance(n.loss) {
			w.seen(Loss)
			continue
		}
		w.after(n.delay(way{from, to}), func() {
			if len(n.cut) == 0 || n.cut[way{from, to}] == 0 {
				deliver()
			}
		})
	}
}

func (n *network) delay(cable way) int64 {
	w := n.world
	if w.chaos && w.chance(n.late) {
		w.seen(Delay)
		return w.between(20, 4_000)
	}
	at := max(w.now+w.between(1, 5), n.last[cable])
	n.last[cable] = at
	return at - w.now
}

// sever cuts a way for a time.
func (n *network) sever(from, to int, length int64) {
	cable := way{from, to}
	n.cut[cable]++
	n.world.after(length, func() {
		if n.cut[cable]--; n.cut[cable] <= 0 {
			delete(n.cut, cable)
		}
	})
}

func (n *network) severBoth(a, b int, length int64) {
	n.sever(a, b, length)
	n.sever(b, a, length)
}

// reaches says whether messages pass both ways.
func (n *network) reaches(a, b int) bool { return n.cut[way{a, b}] == 0 && n.cut[way{b, a}] == 0 }

func (n *network) heal() { clear(n.cut) }
