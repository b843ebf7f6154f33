package rig_test

import (
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"portaria/deploy/rig"
)

// face is a gate whose pages answer as do says.
func face(t *testing.T, do http.HandlerFunc) *rig.Door {
	t.Helper()
	server := httptest.NewServer(do)
	t.Cleanup(server.Close)
	return &rig.Door{Gate: "gate-1", Panel: server.URL}
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
			d := face(t, func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, c.status) })
			assert.ErrorContains(t, d.Holds(t.Context(), map[string]int{"e": 4}), c.want)
		})
	}
}

func TestADoorThatIsReadyHoldsEverything(t *testing.T) {
	d := face(t, func(w http.ResponseWriter, _ *http.Request) {
		fmt.Fprint(w, `{"lanes":[{"scanner":"ready"}],"hub":{"up":true,"ready":true},"lists":[{"event":"e","ready":true,"count":4}]}`)
	})
	assert.NoError(t, d.Holds(t.Context(), map[string]int{"e": 4}))
	newest, err := d.Newest(t.Context())
	require.NoError(t, err)
	assert.Zero(t, newest, "nobody has come yet")
}

func TestWhoIsOnDutyLooksACodeUp(t *testing.T) {
	answer := `{"ok":true,"found":{"mood":"admit"}}`
	var asked string
	d := face(t, func(w http.ResponseWriter, r *http.Request) {
		raw, _ := io.ReadAll(r.Body)
		asked = r.Method + " " + r.URL.Path + " " + string(raw)
		fmt.Fprint(w, answer)
	})
	refused, err := d.Look(t.Context(), "CODE")
	require.NoError(t, err)
	assert.False(t, refused)
	assert.Equal(t, `POST /lane/1/look {"text":"CODE"}`, asked)
	answer = `{"ok":true,"found":{"mood":"refuse"}}`
	refused, err = d.Look(t.Context(), "CODE")
	require.NoError(t, err)
	assert.True(t, refused)
	nobody := face(t, func(w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(http.StatusForbidden)
		fmt.Fprint(w, `{"say":"Sign on first."}`)
	})
	_, err = nobody.Look(t.Context(), "CODE")
	assert.ErrorContains(t, err, "gate-1: 403 Forbidden Sign on first.")
}

func TestSomebodyPassesAtTheContactOfTheBoard(t *testing.T) {
	var asked string
	d := face(t, func(w http.ResponseWriter, r *http.Request) {
		asked = r.Method + " " + r.URL.Path
		w.WriteHeader(http.StatusNoContent)
	})
	require.NoError(t, d.Pass(t.Context()))
	assert.Equal(t, "POST /board/lane/1/passage", asked)
	gone := face(t, http.NotFound)
	assert.ErrorContains(t, gone.Pass(t.Context()), "pass through gate-1: 404")
}

func TestAPluggedScannerTypesWhereTheGateLooks(t *testing.T) {
	site := &rig.Site{Dir: t.TempDir()}
	gate := rig.Gate{Name: "gate-1", Panel: "127.0.0.1:1"}
	d, err := site.Plug(t.Context(), gate)
	require.NoError(t, err)
	defer d.Scanner.Close()
	assert.Equal(t, filepath.Join(site.Dir, "gate-1-scanner"), site.Scanner(gate))
	assert.Equal(t, site.Scanner(gate), d.Scanner.Path())
	_, err = site.Plug(t.Context(), gate)
	assert.ErrorContains(t, err, "another virtual scanner", "other programs type through the one that is there")
}
