package main

import (
	"fmt"
	"testing"

	"github.com/google/uuid"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"portaria/cloud"
	"portaria/config"
	"portaria/deploy/rig"
	"portaria/edge"
	"portaria/hub"
)

// The programs read their configuration strictly, so these files break the moment a key is renamed.
func TestTheProgramsTakeTheirConfiguration(t *testing.T) {
	s := rig.Site{Dir: t.TempDir(), Cloud: rig.Place{HTTP: "127.0.0.1:1", MQTT: "127.0.0.1:2", Door: "127.0.0.1:8"}, Hub: rig.Place{HTTP: "127.0.0.1:3", MQTT: "127.0.0.1:4", Door: "127.0.0.1:9"},
		Payments: "127.0.0.1:7", HubName: hubName, Observers: []string{"watcher"}, PlatformKey: fmt.Sprintf("%064x", 7),
		Organizer: uuid.NewString(), Venue: uuid.NewString(),
		Gates: []rig.Gate{{Name: "gate-1", Panel: "127.0.0.1:5", Checkpoint: uuid.NewString(), PassMillis: passMillis}}}
	for _, s.Secure = range []bool{false, true} {
		gate := edge.DefaultConfig()
		require.NoError(t, config.Decode([]byte(s.GateConfig(s.Gates[0])), &gate))
		var venue config.Validator = hub.Defaults()
		if s.Secure {
			venue = &hub.Joining{} // the rest it is told
		}
		require.NoError(t, config.Decode([]byte(s.HubConfig()), venue))
		shop := cloud.Defaults()
		require.NoError(t, config.Decode([]byte(s.CloudConfig("postgres:///portaria")), shop))
	}
}

func TestEveryoneHasATicketForTheEvening(t *testing.T) {
	need := map[string]int{}
	for _, wave := range evening(1).Waves {
		for label, n := range wave.Count {
			need[string(label)] += n
		}
	}
	assert.Less(t, need["valid"], soldAtLeast-20-6, "tickets for tonight, less those refunded")
	assert.LessOrEqual(t, need["wrong day"], 20)
	assert.LessOrEqual(t, need["refunded"], 6)
	assert.LessOrEqual(t, need["foreign"], 20)
}
