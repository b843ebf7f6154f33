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

func TestALaneIsAskedUntilItHasHeard(t *testing.T) {
	looks := 0
	d := face(t, func() string {
		if looks++; looks < 3 {
			return `{"ok":true,"found":{"mood":"admit"}}`
		}
		return `{"ok":true,"found":{"mood":"refuse"}}`
	})
	require.NoError(t, d.hears(t.Context(), "CODE"))
	assert.Equal(t, 3, looks)
}

func TestABadgeThatIsTakenForATicketIsAFault(t *testing.T) {
	for _, c := range []struct{ name, before, after, want string }{
		{"known", `{"lanes":[{"last":[]}]}`, `{"lanes":[{"controller":"Ana","last":[]}]}`, ""},
		{"not known", `{"lanes":[{"last":[]}]}`, `{"lanes":[{"last":[{"scan":"` + strings.Repeat("0", 31) + `1","reason":"unknown"}]}]}`, "took a badge for a ticket: unknown"},
	} {
		t.Run(c.name, func(t *testing.T) {
			looks := 0
			err := face(t, func() string {
				if looks++; looks == 1 {
					return c.before
				}
				return c.after
			}).signOn(t.Context(), "BADGE")
			if c.want == "" {
				assert.NoError(t, err)
			} else {
				assert.ErrorContains(t, err, c.want)
			}
		})
	}
}
