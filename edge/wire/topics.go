package wire

import "portaria/edge/ticket"

// GateTopics are the topics of one gate.
type GateTopics struct {
	Venue ticket.EventID
	Gate  string
}

func (g GateTopics) leaf(l Leaf) string { return Topic{Venue: g.Venue, Gate: g.Gate, Leaf: l}.String() }

// Claim carries Claim, QoS 0, from the gate.
func (g GateTopics) Claim() string { return g.leaf(LeafClaim) }

// Events carries Events, QoS 1, from the gate.
func (g GateTopics) Events() string { return g.leaf(LeafEvents) }

// State carries State, QoS 0, from the gate.
func (g GateTopics) State() string { return g.leaf(LeafState) }

// Ruling carries Ruling, QoS 0, to the gate.
func (g GateTopics) Ruling() string { return g.leaf(LeafRuling) }

// Ack carries Ack, QoS 0, to the gate.
func (g GateTopics) Ack() string { return g.leaf(LeafAck) }

// Pulse carries Pulse, QoS 0, to the gate.
func (g GateTopics) Pulse() string { return g.leaf(LeafPulse) }

// Recall carries Recall, QoS 0, to the gate.
func (g GateTopics) Recall() string { return g.leaf(LeafRecall) }

// Command carries Command, QoS 1, to the gate; never retained.
func (g GateTopics) Command() string { return g.leaf(LeafCommand) }

// Rights is what the hub's broker lets this gate do: publish its own claim, events and state; read its own topics
// and the venue's shared ones.
func (g GateTopics) Rights() Rights {
	v := VenueTopics{g.Venue}
	return Rights{
		Publish: []string{g.Claim(), g.Events(), g.State()},
		Subscribe: []string{g.Ruling(), g.Ack(), g.Pulse(), g.Recall(), g.Command(),
			v.Used(), v.Lists(), v.Patches(), v.Notice()},
	}
}

// VenueTopics are the topics that all gates of a venue read.
type VenueTopics struct{ Venue ticket.EventID }

// Used carries Used, QoS 0, from the hub.
func (v VenueTopics) Used() string { return Topic{Venue: v.Venue, Leaf: LeafUsed}.String() }

// List carries ListNotice, QoS 1, retained, from the hub.
func (v VenueTopics) List(event ticket.EventID) string {
	return Topic{Venue: v.Venue, Leaf: LeafList, Event: event}.String()
}

// Patch carries PatchNotice, QoS 1, from the hub.
func (v VenueTopics) Patch(event ticket.EventID) string {
	return Topic{Venue: v.Venue, Leaf: LeafPatch, Event: event}.String()
}

// Notice carries VenueNotice, QoS 1, retained, from the hub.
func (v VenueTopics) Notice() string { return Topic{Venue: v.Venue, Leaf: LeafVenue}.String() }

// Lists is the filter of every List topic.
func (v VenueTopics) Lists() string { return "portaria/1/" + v.Venue.String() + "/list/+" }

// Patches is the filter of every Patch topic.
func (v VenueTopics) Patches() string { return v.Lists() + "/patch" }

// Everything is the filter of all of a venue's topics, for the hub itself and for read-only observers.
func (v VenueTopics) Everything() string { return "portaria/1/" + v.Venue.String() + "/#" }

// HubTopics are the topics between one hub and its cloud.
type HubTopics struct{ Hub string }

func (h HubTopics) leaf(l Leaf) string { return Topic{Hub: h.Hub, Leaf: l}.String() }

// Events carries Events, QoS 1, from the hub: batches of its gates, one run a batch.
func (h HubTopics) Events() string { return h.leaf(LeafEvents) }

// State carries HubState, QoS 0, from the hub.
func (h HubTopics) State() string { return h.leaf(LeafState) }

// Ack carries Ack, QoS 0, to the hub.
func (h HubTopics) Ack() string { return h.leaf(LeafAck) }

// Want carries Want, QoS 0, from the hub.
func (h HubTopics) Want() string { return h.leaf(LeafWant) }

// Back carries Events, QoS 0, to the hub: what the cloud holds and this hub lacks.
func (h HubTopics) Back() string { return h.leaf(LeafBack) }

// Ask carries Ask, QoS 0, to the hub: what a telephone asks of it by way of the cloud.
func (h HubTopics) Ask() string { return h.leaf(LeafAsk) }

// Answer carries Answer, QoS 0, from the hub.
func (h HubTopics) Answer() string { return h.leaf(LeafAnswer) }

// Command carries Command, QoS 1, to the hub; never retained.
func (h HubTopics) Command() string { return h.leaf(LeafCommand) }

// Notice carries VenueNotice, QoS 1, retained, to the hub.
func (h HubTopics) Notice() string { return h.leaf(LeafVenue) }

// List carries ListNotice, QoS 1, retained, to the hub.
func (h HubTopics) List(event ticket.EventID) string {
	return Topic{Hub: h.Hub, Leaf: LeafList, Event: event}.String()
}

// Patch carries PatchNotice, QoS 1, to the hub.
func (h HubTopics) Patch(event ticket.EventID) string {
	return Topic{Hub: h.Hub, Leaf: LeafPatch, Event: event}.String()
}

// Lists is the filter of every List topic.
func (h HubTopics) Lists() string { return "portaria/1/hub/" + h.Hub + "/list/+" }

// Patches is the filter of every Patch topic.
func (h HubTopics) Patches() string { return h.Lists() + "/patch" }

// Rights is what the cloud's broker lets this hub do.
func (h HubTopics) Rights() Rights {
	return Rights{
		Publish:   []string{h.Events(), h.State(), h.Want(), h.Answer()},
		Subscribe: []string{h.Ack(), h.Back(), h.Ask(), h.Command(), h.Notice(), h.Lists(), h.Patches()},
	}
}

// Rights is what one client may do on a broker.
type Rights struct {
	Publish   []string // exact topics, never retained
	Subscribe []string // filters; a narrower filter is allowed too
}
