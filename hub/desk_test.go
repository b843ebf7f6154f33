package hub_test

import (
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"portaria/edge/admit"
	"portaria/edge/wire"
	"portaria/hub/internal/hubtest"
)

// post sends an empty POST, with a Host of its own when one is given.
func (w *world) post(path, host string, header ...string) int {
	w.t.Helper()
	request, err := http.NewRequestWithContext(w.t.Context(), http.MethodPost, "http://"+w.hub.HTTPAddr().String()+path, nil)
	require.NoError(w.t, err)
	if host != "" {
		request.Host = host
	}
	for i := 0; i+1 < len(header); i += 2 {
		request.Header.Set(header[i], header[i+1])
	}
	response, err := http.DefaultClient.Do(request)
	require.NoError(w.t, err)
	defer response.Body.Close()
	return response.StatusCode
}

// twoGates is a restarted hub that waits for gate-2, and gate-1 with it.
func twoGates(t *testing.T) (*world, *hubtest.Gate) {
	t.Helper()
	w := newWorld(t)
	w.sendVenue(1, evening)
	first := w.gate("gate-1")
	second := w.gate("gate-2")
	hubtest.WaitReady(first, second)
	second.Leave()
	w.restart()
	w.eventually("it waits for the gate that is off", func() bool {
		first.Beat()
		s := w.hub.Status()
		return len(s.Waiting) == 1 && s.Waiting[0] == "gate-2"
	})
	return w, first
}

func TestAGateThatIsOffHoldsUpRulingsUntilItIsExcluded(t *testing.T) {
	w, first := twoGates(t)
	assert.False(t, w.hub.Status().Ready)
	assert.Equal(t, http.StatusNoContent, w.post("/gates/gate-2/exclude", ""))
	w.eventually("rulings are given", func() bool { first.Beat(); return w.hub.Status().Ready })
	first.Ask(1, evening, ref(1), scan(1))
	assert.True(t, first.Ruled(1).Grant)
	assert.True(t, w.hub.Status().Gates[1].Excluded)
	assert.Equal(t, http.StatusNoContent, w.post("/gates/gate-2/readmit", ""))
	w.eventually("it is back", func() bool { return !w.hub.Status().Gates[1].Excluded })
}

func TestAGateThatTheConfigurationNoLongerNamesIsExcluded(t *testing.T) {
	w, first := twoGates(t)
	w.cfg.Gates = []string{"gate-1"}
	w.restart()
	w.eventually("nobody waits for it", func() bool { first.Beat(); return w.hub.Status().Ready })
	assert.Contains(t, w.logs.String(), "a gate is no longer in the configuration")
}

func TestTheDeskOpensOnlyAtTheHub(t *testing.T) {
	w, _ := twoGates(t)
	const path = "/gates/gate-2/exclude"
	assert.Equal(t, http.StatusForbidden, w.post(path, "hub.example:80"), "a name that somebody points here")
	assert.Equal(t, http.StatusForbidden, w.post(path, "", "Origin", "http://evil.example"))
	assert.Equal(t, http.StatusForbidden, w.post(path, "", "Sec-Fetch-Site", "cross-site"))
	assert.Equal(t, http.StatusNotFound, w.get(path).StatusCode, "reading does nothing")
	assert.Equal(t, http.StatusNotFound, w.post("/gates/gate-9/exclude", ""))
	assert.Equal(t, http.StatusNotFound, w.post("/gates/gate-2/explode", ""))
	assert.Equal(t, http.StatusNotFound, w.post("/scans/"+strings.Repeat("0", 32)+"/entered", ""))
	assert.Equal(t, http.StatusNotFound, w.post("/scans/x/entered", ""))
	assert.False(t, w.hub.Status().Gates[1].Excluded)
}

func TestTheEndThatAGateLostIsSettledFromTheHub(t *testing.T) {
	w := newWorld(t)
	w.sendVenue(1, evening)
	g := w.gate("gate-1")
	entry := g.Entry(evening, ref(1), scan(1))
	lost := entry
	lost.Type, lost.Seq = wire.Outcome, entry.Seq+1
	lost.Record = &admit.Record{Scan: scan(1), Kind: admit.UnknownEnd, Gate: "gate-1", Lane: 2}
	g.Send(entry)
	g.Send(lost)
	path := "/scans/" + scan(1).String() + "/stayed"
	w.eventually("it waits to be settled", func() bool { return len(w.hub.Status().Lost) == 1 })
	assert.Equal(t, "gate-1", w.hub.Status().Lost[0].Gate)
	assert.Equal(t, http.StatusNotFound, w.post("/scans/"+scan(9).String()+"/stayed", ""))
	require.Equal(t, http.StatusNoContent, w.post(path, ""))
	w.eventually("its gate is told", func() bool { return len(g.Got(g.Command())) == 1 })
	order, err := wire.Decode[wire.Command](g.Got(g.Command())[0])
	require.NoError(t, err)
	assert.Equal(t, wire.Settle, order.Type)
	assert.Equal(t, scan(1), order.Scan)
	assert.False(t, order.Entered)

	w.restart()
	assert.Len(t, w.hub.Status().Lost, 1, "a restart forgets it not")
	settled := lost
	settled.Seq++
	settled.Record = &admit.Record{Scan: scan(1), Kind: admit.Abort, Gate: "gate-1", Lane: 2}
	g.WaitUp()
	g.Send(settled)
	w.eventually("the gate's own record ends it", func() bool { return len(w.hub.Status().Lost) == 0 })
	assert.Equal(t, http.StatusNotFound, w.post(path, ""))
}
