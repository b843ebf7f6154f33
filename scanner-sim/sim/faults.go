package sim

// Fault is a kind of thing that goes wrong.
type Fault string

// Kinds of faults.
const (
	Loss         Fault = "message_lost"
	Doubling     Fault = "message_doubled"
	Delay        Fault = "message_late"
	OneWayCut    Fault = "one_way_cut"
	FullCut      Fault = "full_cut"
	CloudCut     Fault = "cloud_cut"
	GateCrash    Fault = "gate_crash"
	GateOff      Fault = "gate_off"
	GateDiskFull Fault = "gate_disk_error"
	HubCrash     Fault = "hub_crash"
	HubDiskFull  Fault = "hub_disk_error"
	CloudRestart Fault = "cloud_restart"
	ClockStep    Fault = "clock_step"
	SameTicket   Fault = "ticket_at_k_gates"
)

// strike does one fault of a kind to a random victim.
func (w *World) strike(f Fault) {
	g := w.gates[w.oneOf(len(w.gates))]
	h := w.hub()
	w.seen(f)
	w.say("fault: %s", f)
	switch f {
	case OneWayCut:
		if w.oneOf(2) == 0 {
			w.net.sever(g.id, h.id, w.between(1_000, 15_000))
		} else {
			w.net.sever(h.id, g.id, w.between(1_000, 15_000))
		}
	case FullCut:
		w.severBoth(g.id, h.id, w.between(1_000, 15_000))
	case CloudCut:
		w.severBoth(h.id, cloudName, w.between(1_000, 20_000))
	case GateCrash:
		g.crash()
	case GateOff:
		w.switchOff(g)
	case GateDiskFull:
		g.broken = true
		w.after(w.between(500, 5_000), func() { g.broken = false })
	case HubCrash:
		h.crash()
	case HubDiskFull:
		h.broken = true
		w.after(w.between(500, 5_000), func() { h.broken = false })
	case CloudRestart:
		w.cloud.restart()
	case ClockStep:
		g.clock.offset += w.between(-day, day)
	case SameTicket:
		w.showEverywhere(w.rights[w.oneOf(len(w.rights))])
	}
}

// struck are the faults that come as events; the others happen to messages and effects.
var struck = []Fault{
	OneWayCut, OneWayCut, FullCut, FullCut, CloudCut, GateCrash, GateCrash, GateOff, GateDiskFull,
	HubCrash, HubCrash, HubDiskFull, CloudRestart, ClockStep, SameTicket, SameTicket,
}

func (w *World) severBoth(a, b string, length int64) {
	w.net.sever(a, b, length)
	w.net.sever(b, a, length)
}

func (w *World) switchOff(g *gateNode) {
	g.die()
	p := g.process
	w.after(w.between(3_000, 15_000), func() {
		if g.process == p {
			g.boot()
		}
	})
}

func (w *World) showEverywhere(r *right) {
	for _, g := range w.gates {
		w.after(w.between(0, 30), func() { g.show(1, r, false) })
	}
}
