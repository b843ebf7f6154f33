package wire_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"portaria/edge/ticket"
	"portaria/edge/wire"
)

var (
	venue = ticket.EventID{0x01, 0x93, 0x2f, 0, 0, 0, 0x70, 0, 0x80, 0, 0, 0, 0, 0, 0, 0xa1}
	event = ticket.EventID{0x01, 0x93, 0x2f, 0, 0, 0, 0x70, 0, 0x80, 0, 0, 0, 0, 0, 0, 0xe1}
)

const (
	venueText = "01932f00-0000-7000-8000-0000000000a1"
	eventText = "01932f00-0000-7000-8000-0000000000e1"
)

var (
	gateTopics  = wire.GateTopics{Venue: venue, Gate: "gate-1"}
	venueTopics = wire.VenueTopics{Venue: venue}
	hubTopics   = wire.HubTopics{Hub: "hub-1"}
)

// everyTopic is every topic of the protocol beside its spelling.
var everyTopic = map[string]string{
	gateTopics.Claim():       "portaria/1/" + venueText + "/gate/gate-1/claim",
	gateTopics.Events():      "portaria/1/" + venueText + "/gate/gate-1/events",
	gateTopics.State():       "portaria/1/" + venueText + "/gate/gate-1/state",
	gateTopics.Ruling():      "portaria/1/" + venueText + "/gate/gate-1/ruling",
	gateTopics.Ack():         "portaria/1/" + venueText + "/gate/gate-1/ack",
	gateTopics.Pulse():       "portaria/1/" + venueText + "/gate/gate-1/pulse",
	gateTopics.Recall():      "portaria/1/" + venueText + "/gate/gate-1/recall",
	gateTopics.Command():     "portaria/1/" + venueText + "/gate/gate-1/command",
	venueTopics.Used():       "portaria/1/" + venueText + "/used",
	venueTopics.Notice():     "portaria/1/" + venueText + "/venue",
	venueTopics.List(event):  "portaria/1/" + venueText + "/list/" + eventText,
	venueTopics.Patch(event): "portaria/1/" + venueText + "/list/" + eventText + "/patch",
	hubTopics.Events():       "portaria/1/hub/hub-1/events",
	hubTopics.State():        "portaria/1/hub/hub-1/state",
	hubTopics.Ack():          "portaria/1/hub/hub-1/ack",
	hubTopics.Want():         "portaria/1/hub/hub-1/want",
	hubTopics.Back():         "portaria/1/hub/hub-1/back",
	hubTopics.Ask():          "portaria/1/hub/hub-1/ask",
	hubTopics.Answer():       "portaria/1/hub/hub-1/answer",
	hubTopics.Command():      "portaria/1/hub/hub-1/command",
	hubTopics.Notice():       "portaria/1/hub/hub-1/venue",
	hubTopics.List(event):    "portaria/1/hub/hub-1/list/" + eventText,
	hubTopics.Patch(event):   "portaria/1/hub/hub-1/list/" + eventText + "/patch",
}

func TestEveryTopicHasOneSpellingAndIsReadBack(t *testing.T) {
	require.Len(t, everyTopic, 23)
	for built, spelt := range everyTopic {
		assert.Equal(t, spelt, built)
		topic, err := wire.ParseTopic(spelt)
		require.NoError(t, err)
		assert.Equal(t, spelt, topic.String())
	}
}

func TestATopicIsTakenApart(t *testing.T) {
	got, err := wire.ParseTopic("portaria/1/" + venueText + "/list/" + eventText + "/patch")
	require.NoError(t, err)
	assert.Equal(t, wire.Topic{Venue: venue, Leaf: wire.LeafPatch, Event: event}, got)

	got, err = wire.ParseTopic("portaria/1/hub/hub-1/ack")
	require.NoError(t, err)
	assert.Equal(t, wire.Topic{Hub: "hub-1", Leaf: wire.LeafAck}, got)

	got, err = wire.ParseTopic("portaria/1/" + venueText + "/gate/gate-1/claim")
	require.NoError(t, err)
	assert.Equal(t, wire.Topic{Venue: venue, Gate: "gate-1", Leaf: wire.LeafClaim}, got)
}

func TestWhatIsNoTopicIsRefused(t *testing.T) {
	for why, name := range map[string]string{
		"empty":                    "",
		"another system":           "zigbee2mqtt/bridge/state",
		"broker's own":             "$SYS/broker/uptime",
		"another version":          "portaria/2/hub/hub-1/ack",
		"no owner":                 "portaria/1/",
		"no leaf":                  "portaria/1/hub/hub-1",
		"hub with a gate's leaf":   "portaria/1/hub/hub-1/claim",
		"gate with a venue's leaf": "portaria/1/" + venueText + "/gate/gate-1/used",
		"gate with a list":         "portaria/1/" + venueText + "/gate/gate-1/list/" + eventText,
		"venue with a gate's leaf": "portaria/1/" + venueText + "/claim",
		"bare list":                "portaria/1/" + venueText + "/list",
		"bare patch":               "portaria/1/" + venueText + "/patch",
		"word after a list":        "portaria/1/" + venueText + "/list/" + eventText + "/patches",
		"word after a patch":       "portaria/1/" + venueText + "/list/" + eventText + "/patch/x",
		"word after a leaf":        "portaria/1/hub/hub-1/ack/x",
		"trailing slash":           "portaria/1/hub/hub-1/ack/",
		"leading slash":            "/portaria/1/hub/hub-1/ack",
		"upper-case venue":         "portaria/1/" + strings.ToUpper(venueText) + "/used",
		"venue without dashes":     "portaria/1/" + strings.ReplaceAll(venueText, "-", "") + "/used",
		"upper-case name":          "portaria/1/hub/Hub-1/ack",
		"empty name":               "portaria/1/hub//ack",
		"filter as a name":         "portaria/1/hub/+/ack",
		"filter as a venue":        "portaria/1/+/used",
		"filter at the end":        "portaria/1/" + venueText + "/#",
		"name too long":            "portaria/1/hub/" + strings.Repeat("a", 33) + "/ack",
		"megabyte":                 "portaria/1/hub/" + strings.Repeat("a", 1<<20) + "/ack",
	} {
		_, err := wire.ParseTopic(name)
		assert.ErrorIs(t, err, wire.ErrTopic, why)
		if err != nil {
			assert.Less(t, len(err.Error()), 400, why)
		}
	}
}

func TestAGateMayPublishOnlyItsOwnThreeTopics(t *testing.T) {
	rights := gateTopics.Rights()
	assert.Equal(t, []string{gateTopics.Claim(), gateTopics.Events(), gateTopics.State()}, rights.Publish)
	for _, filter := range rights.Subscribe {
		assert.NotContains(t, filter, "#")
		assert.True(t, strings.HasPrefix(filter, "portaria/1/"+venueText+"/"), filter)
	}
}

func FuzzParseTopic(f *testing.F) {
	for name := range everyTopic {
		f.Add(name)
	}
	f.Add("portaria/1/hub/+/ack")
	f.Fuzz(func(t *testing.T, name string) {
		topic, err := wire.ParseTopic(name)
		if err == nil && topic.String() != name {
			t.Fatalf("%q was read as %q", name, topic)
		}
	})
}
