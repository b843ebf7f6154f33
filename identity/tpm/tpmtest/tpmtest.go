// Package tpmtest gives tests a TPM 2.0: swtpm, which speaks the real protocol. deploy/install tpm brings it.
package tpmtest

import (
	"context"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// New starts a TPM of its own, and gives the path of its socket.
func New(t testing.TB) string { return On(t, t.TempDir()) }

// On starts the TPM whose memory is in this folder: the same one, when it is started there again.
func On(t testing.TB, memory string) string {
	t.Helper()
	dir, err := os.MkdirTemp("", "tpm") // short: a socket's name has at most 107 characters
	require.NoError(t, err)
	t.Cleanup(func() { _ = os.RemoveAll(dir) })
	socket := filepath.Join(dir, "tpm")
	ctx, stop := context.WithCancel(context.Background())
	program := exec.CommandContext(ctx, "swtpm", "socket", "--tpm2", "--server", "type=unixio,path="+socket,
		"--flags", "not-need-init,startup-clear", "--tpmstate", "dir="+memory)
	require.NoError(t, program.Start(), "a TPM in software: run deploy/install tpm")
	t.Cleanup(func() { stop(); _ = program.Wait() })
	require.Eventually(t, func() bool {
		conn, err := net.Dial("unix", socket)
		if err == nil {
			_ = conn.Close()
		}
		return err == nil
	}, 10*time.Second, 10*time.Millisecond, "swtpm does not listen")
	return socket
}
