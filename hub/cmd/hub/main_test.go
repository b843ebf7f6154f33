package main

import (
	"bytes"
	"context"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestAWrongConfigurationIsToldAndNothingStarts(t *testing.T) {
	path := filepath.Join(t.TempDir(), "hub.toml")
	require.NoError(t, os.WriteFile(path, []byte("id = \"hub-1\"\nvenu = \"x\"\n"), 0o600))
	err := run(t.Context(), []string{"-config", path}, &bytes.Buffer{})
	require.ErrorContains(t, err, path)
	assert.ErrorContains(t, err, "venu: no such key")
	assert.ErrorContains(t, err, "state_dir: ")
}

func TestAHubRunsUntilItIsTold(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "hub.toml")
	require.NoError(t, os.WriteFile(path, []byte(`id = "hub-1"
venue = "01932f00-0000-7000-8000-0000000000a1"
organizer = "01932f00-0000-7000-8000-0000000000b1"
platform_key = "00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff"
state_dir = "`+filepath.Join(dir, "state")+`"
mqtt_listen = "127.0.0.1:0"
http_listen = "127.0.0.1:0"
`), 0o600))
	ctx, stop := context.WithCancel(t.Context())
	stop()
	var log bytes.Buffer
	require.NoError(t, run(ctx, []string{"-config", path}, &log))
	assert.Contains(t, log.String(), "hub ready")
	assert.Contains(t, log.String(), "no cloud is configured")
}

func TestADoctorTellsAWrongConfigurationLineByLine(t *testing.T) {
	path := filepath.Join(t.TempDir(), "hub.toml")
	require.NoError(t, os.WriteFile(path, []byte("id = \"hub-1\"\nvenu = \"x\"\n"), 0o600))
	var out bytes.Buffer
	require.ErrorContains(t, examine(t.Context(), []string{"-config", path}, &out), "checks failed")
	assert.Contains(t, out.String(), "FAIL configuration: line 2: venu: no such key")
	assert.Contains(t, out.String(), "FAIL configuration: state_dir: ")
}
