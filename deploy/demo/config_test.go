package main

import (
	"fmt"
	"testing"

	"github.com/google/uuid"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"portaria/cloud"
	"portaria/config"
	"portaria/edge"
	"portaria/hub"
)

// The programs read their configuration strictly, so these files break the moment a key is renamed.
func TestTheProgramsTakeTheDemosConfiguration(t *testing.T) {
	dir := t.TempDir()
	s := sites{dir: dir, cloudHTTP: "127.0.0.1:1", cloudMQTT: "127.0.0.1:2", hubHTTP: "127.0.0.1:3", hubMQTT: "127.0.0.1:4",
		panels: []string{"127.0.0.1:5", "127.0.0.1:6"}, platformKey: fmt.Sprintf("%064x", 7),
		organizer: uuid.NewString(), venue: uuid.NewString()}
	gate := edge.DefaultConfig()
	require.NoError(t, config.Decode([]byte(s.gateConfig(0, uuid.NewString())), &gate))
	assert.Equal(t, "gate-1", gate.Gate)
	require.NoError(t, config.Decode([]byte(s.hubConfig()), hub.Defaults()))
	w := world{sites: s, payments: "127.0.0.1:7"}
	require.NoError(t, config.Decode([]byte(w.cloudConfig("postgres:///portaria")), cloud.Defaults()))
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
