package hub

import (
	"time"

	"portaria/edge/venue"
	"portaria/edge/wire"
)

// ordered does what a supervisor has decided at the cloud. An order that comes late is worse than none: what it was about
// has changed.
func (h *Hub) ordered(c wire.Command) {
	if late := time.Since(time.UnixMilli(c.DropAfter)); late > 0 {
		h.log.Warn("an order of the cloud came too late, and was dropped", "order", c.Type, "id", c.ID, "late", late)
		return
	}
	h.log.Warn("the cloud orders", "order", c.Type, "id", c.ID, "gate", c.Gate, "scan", c.Scan, "by", c.Text)
	switch c.Type {
	case wire.ExcludeGate:
		if h.knows(c.Gate) {
			h.floor.Do(venue.Exclude{Gate: c.Gate, OldHubOff: c.OldHubOff})
		}
	case wire.ReadmitGate:
		if h.knows(c.Gate) {
			h.floor.Do(venue.Readmit{Gate: c.Gate})
		}
	case wire.Settle:
		h.settle(c.Scan, c.Entered)
	case wire.RetireOld:
		h.floor.Do(venue.OldHubOff{})
	default:
		h.log.Warn("this hub does not know the order", "order", c.Type)
	}
}
