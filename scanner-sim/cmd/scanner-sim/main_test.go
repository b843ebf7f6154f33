package main

import (
	"bytes"
	"context"
	"io"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"github.com/tarm/serial"

	"portaria/scanner-sim/device"
)

const ticketPDF = "../../paper/testdata/ticket.pdf"

// output gathers what a command prints while it still runs.
type output struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (o *output) Write(p []byte) (int, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.b.Write(p)
}

func (o *output) String() string {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.b.String()
}

func call(t *testing.T, args ...string) (string, error) {
	t.Helper()
	var out output
	err := run(t.Context(), args, streams{strings.NewReader(""), &out, &out})
	return out.String(), err
}

func TestScanPrintsTheCodeOfATicket(t *testing.T) {
	out, err := call(t, "scan", ticketPDF)
	require.NoError(t, err)
	assert.Len(t, strings.TrimSpace(out), 122)
	out, err = call(t, "scan", ticketPDF, "--code", "code128")
	require.NoError(t, err)
	assert.Equal(t, "7K3M9QXF2TBCW8\n", out)
}

// readLine reads a port as a gate does, until a CR.
func readLine(t *testing.T, path string) string {
	t.Helper()
	require.Eventually(t, func() bool { _, err := os.Stat(path); return err == nil }, 5*time.Second, time.Millisecond)
	port, err := serial.OpenPort(&serial.Config{Name: path, Baud: 9600, ReadTimeout: 100 * time.Millisecond})
	require.NoError(t, err)
	defer port.Close()
	var line []byte
	buffer := make([]byte, 256)
	require.Eventually(t, func() bool {
		n, _ := port.Read(buffer)
		line = append(line, buffer[:n]...)
		return bytes.HasSuffix(line, []byte("\r"))
	}, 5*time.Second, time.Millisecond)
	return string(line)
}

func TestScanTypesIntoAPortOfItsOwn(t *testing.T) {
	path := filepath.Join(t.TempDir(), "lane-1")
	ended := make(chan error)
	go func() {
		_, err := call(t, "scan", ticketPDF, "--code", "code128", "--to", path, "--prefix", "]C0", "--baud", "115200")
		ended <- err
	}()
	assert.Equal(t, "]C07K3M9QXF2TBCW8\r", readLine(t, path))
	require.NoError(t, <-ended)
	_, err := os.Lstat(path)
	assert.ErrorIs(t, err, os.ErrNotExist, "unplugged")
}

func TestScanGivesUpWhenNoGateReads(t *testing.T) {
	_, err := call(t, "scan", ticketPDF, "--code", "code128", "--to", filepath.Join(t.TempDir(), "lane-1"), "--wait", "100ms")
	assert.ErrorContains(t, err, "wait for a gate to read")
}

func TestSerialTypesItsInputAndWhatScanSends(t *testing.T) {
	path := filepath.Join(t.TempDir(), "lane-1")
	ctx, cancel := context.WithCancel(t.Context())
	var out output
	in, typist := io.Pipe()
	defer typist.Close()
	ended := make(chan error)
	go func() {
		ended <- run(ctx, []string{"serial", "--link", path, "--baud", "0"}, streams{in, &out, &out})
	}()
	go func() { _, _ = io.WriteString(typist, "FROM INPUT\n") }()
	assert.Equal(t, "FROM INPUT\r", readLine(t, path))
	sent := make(chan error)
	go func() {
		_, err := call(t, "scan", ticketPDF, "--code", "code128", "--to", path)
		sent <- err
	}()
	assert.Equal(t, "7K3M9QXF2TBCW8\r", readLine(t, path))
	require.NoError(t, <-sent)
	assert.Contains(t, out.String(), "virtual scanner at "+path)
	cancel()
	require.NoError(t, <-ended)
	assert.ErrorIs(t, device.Send(t.Context(), path, "LATE"), device.ErrNoScanner)
}

func TestMistakesAreOneClearLine(t *testing.T) {
	for _, c := range []struct {
		name string
		args []string
		want string
	}{
		{"no command", nil, "expected"},
		{"an unknown flag", []string{"scan", "x.png", "--colour"}, "unknown flag"},
		{"another kind of code", []string{"scan", ticketPDF, "--code", "aztec"}, "must be one of"},
		{"no such ticket", []string{"scan", "none.png"}, "no such file"},
		{"a suffix that is none", []string{"serial", "--link", filepath.Join(t.TempDir(), "x"), "--suffix", `\q`}, "--suffix"},
		{"a link into nowhere", []string{"serial", "--link", filepath.Join(t.TempDir(), "none", "x")}, "no such file"},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, err := call(t, c.args...)
			assert.ErrorContains(t, err, c.want)
		})
	}
}
