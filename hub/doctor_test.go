package hub_test

import (
	"net"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"portaria/doctor"
	"portaria/hub"
	"portaria/identity/join"
)

func examine(t *testing.T, cfg *hub.Config) map[string]doctor.Finding {
	t.Helper()
	found := map[string]doctor.Finding{}
	for _, f := range hub.Doctor(t.Context(), cfg) {
		assert.NotContains(t, found, f.What, "each thing once")
		found[f.What] = f
	}
	return found
}

func TestADoctorLooksAtAHubThatRunsAndThatDoesNot(t *testing.T) {
	w := newWorld(t)
	found := examine(t, w.cfg)
	for _, what := range []string{"hub program", "state directory", "disk sync speed", "gate gate-1"} {
		require.Contains(t, found, what)
		assert.NotEqual(t, doctor.Fail, found[what].Grade, "%s: %s", what, found[what].Do)
	}
	assert.Contains(t, found["gate gate-1"].Do, "not connected")

	require.NoError(t, w.hub.Close())
	w.hub = nil
	found = examine(t, w.cfg)
	assert.Contains(t, found["hub program"].Do, "systemctl start portaria-hub")
	assert.Equal(t, doctor.OK, found["mqtt_listen"].Grade, found["mqtt_listen"].Do)
	assert.Equal(t, doctor.OK, found["cloud, messages"].Grade, found["cloud, messages"].Do)
	other := *w.cfg
	other.Cloud.TokenFile = "/none"
	assert.Contains(t, examine(t, &other)["cloud token"].Do, "/etc/credstore/portaria-hub.token")
	w.start() // nothing was locked or changed
}

func TestAnotherHubOnTheSameAddressIsFound(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	cfg := *w.cfg
	cfg.ID = "hub-2"
	found := examine(t, &cfg)
	assert.Equal(t, doctor.Fail, found["hub program"].Grade)
	assert.Contains(t, found["hub program"].Do, `served by hub "hub-1"`)
	assert.Equal(t, doctor.Fail, found["mqtt_listen"].Grade, "its port is taken")
}

// A hub's file need not say where the cloud is: the cloud said it when the hub joined.
func TestADoctorKnowsWhereTheCloudSaidItIs(t *testing.T) {
	t.Parallel()
	s := newSecured(t)
	assert.Contains(t, examine(t, s.cfg)["cloud"].Do, "hub join CODE")
	cloud, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	defer cloud.Close()
	dir := filepath.Join(s.cfg.StateDir, "identity")
	m, err := join.Load(dir, time.Now())
	require.NoError(t, err)
	port := cloud.Addr().(*net.TCPAddr).Port
	m.Settings.Hosts = []join.Spot{{Host: "127.0.0.1", HTTP: port, MQTT: 1}}
	require.NoError(t, m.Save(dir))
	found := examine(t, s.cfg)
	assert.Equal(t, doctor.OK, found["cloud, lists"].Grade, found["cloud, lists"].Do)
	assert.Contains(t, found["cloud, lists"].Do, cloud.Addr().String())
	assert.Equal(t, doctor.Fail, found["cloud, messages"].Grade, "nothing listens at port 1")
	assert.Contains(t, found["identity"].Do, "good until")
}
