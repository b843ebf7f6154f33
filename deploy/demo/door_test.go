package main

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"portaria/deploy/rig"
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
	return &door{&rig.Door{Gate: "gate-1", Panel: server.URL, Scanner: scanner}}
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
