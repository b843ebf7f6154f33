package main

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"portaria/scanner-sim/device"
)

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
