package main

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"portaria/scanner-sim/device"
)

func TestAProgramThatIsNotBuiltSaysHowToBuildIt(t *testing.T) {
	_, err := find(t.TempDir(), "cloud")
	assert.ErrorContains(t, err, "run make build")
}

func shell(t *testing.T, script string) *program {
	t.Helper()
	p := &program{name: "shell", binary: "/bin/sh", args: []string{"-c", script}, log: filepath.Join(t.TempDir(), "shell.log")}
	require.NoError(t, p.start())
	t.Cleanup(func() { p.kill() })
	return p
}

func TestAProgramThatEndsEarlyIsQuotedAtOnce(t *testing.T) {
	p := shell(t, "echo first; echo the port is taken >&2; exit 1")
	err := p.ready(t.Context(), func(context.Context) error { return errors.New("not yet") })
	assert.EqualError(t, err, "shell ended: the port is taken")
}

func TestAProgramStopsWhenAsked(t *testing.T) {
	p := shell(t, "exec sleep 60")
	require.NoError(t, p.alive())
	require.NoError(t, p.stop())
	assert.Error(t, p.alive())
}

func TestAKilledProgramStartsAgainOnItsLog(t *testing.T) {
	p := shell(t, "echo started; exec sleep 60")
	said := func(times int) {
		require.Eventually(t, func() bool {
			log, err := os.ReadFile(p.log)
			return err == nil && strings.Count(string(log), "started") == times
		}, 5*time.Second, time.Millisecond)
	}
	said(1)
	p.kill()
	require.NoError(t, p.start())
	said(2)
}

func TestWaitingSaysWhatItWaitedFor(t *testing.T) {
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Millisecond)
	defer cancel()
	err := until(ctx, "rain", func() error { return errors.New("the sky is blue") })
	assert.EqualError(t, err, "waited for rain: the sky is blue")
}

func TestPortsDiffer(t *testing.T) {
	ports, err := freePorts(5)
	require.NoError(t, err)
	seen := map[int]bool{}
	for _, p := range ports {
		seen[p] = true
	}
	assert.Len(t, seen, 5)
}

// face is a gate's status page whose lane shows what the scanner typed.
func face(t *testing.T, status func() string) *door {
	t.Helper()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, status()) }))
	t.Cleanup(server.Close)
	scanner, err := device.Open(device.Options{})
	require.NoError(t, err)
	t.Cleanup(scanner.Close)
	return &door{gate: "gate-1", address: server.URL, scanner: scanner}
}

func TestADoorWaitsForANewScan(t *testing.T) {
	looks := 0
	d := face(t, func() string {
		looks++
		scan := strings.Repeat("0", 31) + "1"
		if looks > 3 { // the answer takes a while
			scan = strings.Repeat("0", 31) + "2"
		}
		return `{"lanes":[{"lane":1,"last":[{"scan":"` + scan + `","admit":true,"reason":"ok"}]}]}`
	})
	got, err := d.show(t.Context(), "CODE")
	require.NoError(t, err)
	assert.Equal(t, byte(2), got.Scan[15])
	assert.True(t, got.Admitted)
	assert.Equal(t, 4, looks)
}

func TestADoorSaysWhyItIsNotReady(t *testing.T) {
	for _, c := range []struct{ name, status, want string }{
		{"no scanner", `{"lanes":[{"scanner":"gone"}]}`, "its scanner is gone"},
		{"no hub", `{"lanes":[{"scanner":"ready"}],"hub":{"up":true}}`, "its hub does not answer"},
		{"an old list", `{"lanes":[{"scanner":"ready"}],"hub":{"up":true,"ready":true},"lists":[{"event":"e","ready":true,"count":3}]}`, "holds 3 of 4"},
		{"a list without secrets", `{"lanes":[{"scanner":"ready"}],"hub":{"up":true,"ready":true},"lists":[{"event":"e","count":4}]}`, "holds 0 of 4"},
		{"two lanes", `{"lanes":[{},{}]}`, "has 2 lanes"},
		{"no JSON", `<html>`, "understand the status"},
	} {
		t.Run(c.name, func(t *testing.T) {
			d := face(t, func() string { return c.status })
			assert.ErrorContains(t, d.holds(t.Context(), map[string]int{"e": 4}), c.want)
		})
	}
}
