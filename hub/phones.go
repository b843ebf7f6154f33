package hub

import (
	"time"

	"portaria/edge/whitelist"
	"portaria/edge/wire"
	"portaria/floor/wicket"
)

// phonesAtOnce bounds the questions of telephones that are being answered. Each waits for the disk.
const phonesAtOnce = 256

// openPhones makes room for telephones: gates that stand beside the arbiter, and ask by way of the cloud.
func (h *Hub) openPhones() {
	h.phones = wicket.New(h.phoneDoor)
	h.asking = make(chan struct{}, phonesAtOnce)
}

// phoneDoor is a checkpoint in force, with what people at this hub have ordered.
func (h *Hub) phoneDoor(id string) (wicket.Door, bool) {
	held := h.manifest.Load()
	if held == nil {
		return wicket.Door{}, false
	}
	door := held.venue.Checkpoint(id)
	if door == nil {
		return wicket.Door{}, false
	}
	out := wicket.Door{Checkpoint: *door, Zone: held.zone}
	out.Mode = ordered(h.orders.InForce(), id, out.Mode)
	return out, true
}

// ordered is a door's mode by the orders in force: its own, or that of every door.
func ordered(orders []wire.DoorOrder, id string, mode whitelist.Mode) whitelist.Mode {
	for _, o := range orders {
		if o.Checkpoint == id {
			return o.Mode
		}
		if o.Checkpoint == wire.EveryDoor {
			mode = o.Mode
		}
	}
	return mode
}

// manifest is what the venue's gates obey.
type manifest struct {
	venue *whitelist.Venue
	zone  *time.Location
}

// asked answers a telephone. When too many ask at once, it has the telephone ask again.
func (h *Hub) asked(q wire.Ask) {
	select {
	case h.asking <- struct{}{}:
	default:
		h.log.Warn("more telephones ask than this hub answers at once")
		return
	}
	h.carried.Go(func() {
		defer func() { <-h.asking }()
		a, said := h.phones.Answer(h.carrying, q)
		if !said {
			return
		}
		if err := h.upstream.Answer(a); err != nil {
			h.log.Debug("a telephone was not answered; it will ask again", "why", err)
		}
	})
}
