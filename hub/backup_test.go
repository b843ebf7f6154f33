package hub_test

import (
	"bytes"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"portaria/hub"
	"portaria/hub/internal/hubtest"
)

func TestABackupOfARunningHubPutsEverythingBack(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.cloud.Unplug()
	g := hubtest.NewGate(t, w.hub.MQTTAddr(), w.cloud.Venue, "gate-1", run7)
	g.Send(g.Entry(evening, ref(1), scan(1)), g.Entry(evening, ref(2), scan(2)))
	g.Beat()
	g.WaitHeld(2, 0)

	file := filepath.Join(t.TempDir(), "one.hub-backup")
	w.cfg.HTTPListen = w.hub.HTTPAddr().String()
	size, err := hub.Backup(t.Context(), w.cfg, file)
	require.NoError(t, err)
	require.Positive(t, size)
	_, err = hub.Backup(t.Context(), w.cfg, file)
	require.Error(t, err, "a backup overwrites nothing")

	// What comes after the backup is at the gate only, once the hub's disk is gone.
	g.Send(g.Entry(evening, ref(3), scan(3)))
	g.Beat()
	g.WaitHeld(3, 0)
	_, _, err = hub.Restore(w.cfg, file, false)
	require.ErrorContains(t, err, "stop the hub first")
	require.NoError(t, w.hub.Close())
	w.hub = nil
	require.NoError(t, os.RemoveAll(w.cfg.StateDir))

	about, aside, err := hub.Restore(w.cfg, file, false)
	require.NoError(t, err)
	assert.Equal(t, w.cfg.ID, about.Hub)
	assert.Empty(t, aside)
	w.cloud.Plug()
	w.start()
	w.eventually("the cloud has what was in the backup", func() bool { return len(w.cloud.Events()) >= 2 })
}

func TestABackupOfAStoppedHub(t *testing.T) {
	w := newWorld(t)
	require.NoError(t, w.hub.Close())
	w.hub = nil
	w.cfg.HTTPListen = "127.0.0.1:1" // nobody answers there
	file := filepath.Join(t.TempDir(), "one.hub-backup")
	_, err := hub.Backup(t.Context(), w.cfg, file)
	require.NoError(t, err)

	cfg := *w.cfg
	cfg.ID = "another"
	_, _, err = hub.Restore(&cfg, file, false)
	require.ErrorContains(t, err, "this is a backup of")
	_, aside, err := hub.Restore(&cfg, file, true)
	require.NoError(t, err)
	assert.DirExists(t, aside, "what was there is kept")

	cfg.StateDir = filepath.Join(t.TempDir(), "never")
	_, err = hub.Backup(t.Context(), &cfg, filepath.Join(t.TempDir(), "two"))
	require.ErrorContains(t, err, "no hub runs here")
}

func TestADamagedBackupIsRefusedAndLeavesNothing(t *testing.T) {
	w := newWorld(t)
	require.NoError(t, w.hub.Close())
	w.hub = nil
	w.cfg.HTTPListen = "127.0.0.1:1"
	dir := t.TempDir()
	file := filepath.Join(dir, "good")
	_, err := hub.Backup(t.Context(), w.cfg, file)
	require.NoError(t, err)
	good, err := os.ReadFile(file)
	require.NoError(t, err)

	flipped := bytes.Clone(good)
	flipped[len(flipped)/2] ^= 0x40
	for name, raw := range map[string][]byte{"cut in the middle": good[:len(good)/2], "cut at its end": good[:len(good)-9],
		"a bit has flipped": flipped, "no backup at all": []byte("hello"), "empty": nil} {
		t.Run(name, func(t *testing.T) {
			path := filepath.Join(dir, "bad")
			require.NoError(t, os.WriteFile(path, raw, 0o600))
			cfg := *w.cfg
			cfg.StateDir = filepath.Join(t.TempDir(), "state")
			_, _, err := hub.Restore(&cfg, path, false)
			require.ErrorContains(t, err, "no whole backup")
			assert.NoDirExists(t, cfg.StateDir)
			assert.NoDirExists(t, cfg.StateDir+".restoring")
		})
	}
}
