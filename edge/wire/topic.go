package wire

import (
	"errors"
	"fmt"
	"strings"

	"portaria/edge/ticket"
)

// MaxTopic is the longest topic of this protocol, in bytes.
const MaxTopic = 160

// ErrTopic is the kind of every refusal of ParseTopic.
var ErrTopic = errors.New("not a topic of this protocol")

// Leaf is what a topic carries: the last words of its name.
type Leaf string

// Leaves. A gate has claim, events, state, ruling, ack, pulse, recall and command; a venue used, list, patch and
// venue; a hub events, state, ack, want, back, ask, answer, command, venue, list and patch.
const (
	LeafClaim   Leaf = "claim"
	LeafEvents  Leaf = "events"
	LeafState   Leaf = "state"
	LeafRuling  Leaf = "ruling"
	LeafAck     Leaf = "ack"
	LeafPulse   Leaf = "pulse"
	LeafRecall  Leaf = "recall"
	LeafCommand Leaf = "command"
	LeafUsed    Leaf = "used"
	LeafWant    Leaf = "want"
	LeafBack    Leaf = "back"
	LeafAsk     Leaf = "ask"
	LeafAnswer  Leaf = "answer"
	LeafVenue   Leaf = "venue"
	LeafList    Leaf = "list"
	LeafPatch   Leaf = "patch" // written list/<event>/patch
)

// Topic is a topic name taken apart. Of Gate and Hub at most one is set; Venue is set unless Hub is; Event is set
// for LeafList and LeafPatch.
type Topic struct {
	Venue ticket.EventID
	Gate  string
	Hub   string
	Leaf  Leaf
	Event ticket.EventID
}

// String is the topic's name on the broker.
func (t Topic) String() string {
	name := "portaria/1/"
	switch {
	case t.Hub != "":
		name += "hub/" + t.Hub + "/"
	case t.Gate != "":
		name += t.Venue.String() + "/gate/" + t.Gate + "/"
	default:
		name += t.Venue.String() + "/"
	}
	switch t.Leaf {
	case LeafList:
		return name + "list/" + t.Event.String()
	case LeafPatch:
		return name + "list/" + t.Event.String() + "/patch"
	}
	return name + string(t.Leaf)
}

// ParseTopic reads a topic name in its one spelling. Filters are no topics.
func ParseTopic(name string) (Topic, error) {
	if len(name) > MaxTopic {
		return Topic{}, fmt.Errorf("%w: %d bytes are more than %d", ErrTopic, len(name), MaxTopic)
	}
	rest, ok := strings.CutPrefix(name, "portaria/1/")
	levels := strings.Split(rest, "/")
	if !ok || len(levels) < 2 {
		return Topic{}, fmt.Errorf("%w: %q", ErrTopic, name)
	}
	t, leaf, err := parseOwner(levels)
	if err == nil {
		err = t.parseLeaf(leaf)
	}
	if err != nil {
		return Topic{}, fmt.Errorf("%w: %q: %w", ErrTopic, name, err)
	}
	return t, nil
}

// parseOwner reads whose topic it is and returns the levels that are left.
func parseOwner(levels []string) (Topic, []string, error) {
	if levels[0] == "hub" {
		return Topic{Hub: levels[1]}, levels[2:], CheckName(levels[1])
	}
	venue, err := ticket.ParseEventID(levels[0])
	if err != nil {
		return Topic{}, nil, err
	}
	if levels[1] == "gate" && len(levels) > 2 {
		return Topic{Venue: venue, Gate: levels[2]}, levels[3:], CheckName(levels[2])
	}
	return Topic{Venue: venue}, levels[1:], nil
}

func (t *Topic) parseLeaf(levels []string) error {
	if t.Gate == "" && len(levels) >= 2 && levels[0] == "list" {
		event, err := ticket.ParseEventID(levels[1])
		if err != nil {
			return err
		}
		t.Event, t.Leaf = event, LeafList
		if len(levels) == 3 && levels[2] == "patch" {
			t.Leaf = LeafPatch
			return nil
		}
		levels = levels[1:]
	} else if len(levels) > 0 {
		t.Leaf = Leaf(levels[0])
		if t.Leaf == LeafList || t.Leaf == LeafPatch || !t.leafBelongs() {
			return errors.New("no such leaf")
		}
	}
	if len(levels) != 1 {
		return errors.New("wrong number of levels")
	}
	return nil
}

func (t *Topic) leafBelongs() bool {
	switch t.Leaf {
	case LeafEvents, LeafState, LeafAck, LeafCommand:
		return t.Gate != "" || t.Hub != ""
	case LeafClaim, LeafRuling, LeafPulse, LeafRecall:
		return t.Gate != ""
	case LeafWant, LeafBack, LeafAsk, LeafAnswer:
		return t.Hub != ""
	case LeafVenue:
		return t.Gate == ""
	case LeafUsed:
		return t.Gate == "" && t.Hub == ""
	}
	return false
}
