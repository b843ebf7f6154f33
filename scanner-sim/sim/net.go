package sim

// network carries messages between named nodes, badly.
type network struct {
	world  *World
	cut    map[way]int // how many faults hold this way cut
	loss   float64
	double float64
	late   float64
}

// way is one direction between two nodes.
type way struct{ from, to string }

func (n *network) send(from, to string, deliver func()) {
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
		w.after(n.delay(), func() {
			if n.cut[way{from, to}] == 0 {
				deliver()
			}
		})
	}
}

func (n *network) delay() int64 {
	w := n.world
	if w.chaos && w.chance(n.late) {
		w.seen(Delay)
		return w.between(20, 4_000)
	}
	return w.between(1, 5)
}

// sever cuts a way for a time.
func (n *network) sever(from, to string, length int64) {
	cable := way{from, to}
	n.cut[cable]++
	n.world.after(length, func() { n.cut[cable] = max(n.cut[cable]-1, 0) })
}

func (n *network) heal() { clear(n.cut) }
