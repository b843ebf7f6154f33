package edge_test

import (
	"encoding/json"
	"math/rand/v2"
	"net/http"
	"os"
	"strconv"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"portaria/edge"
	"portaria/edge/admit"
	"portaria/edge/internal/lane"
	"portaria/edge/ticket"
	"portaria/edge/whitelist"
	"portaria/edge/wire"
)

// killsEnv is how many times TestAGateKilledUnderLoadForgetsNobody kills; 4 without it.
const killsEnv = "PORTARIA_KILLS"

// TestAGateKilledUnderLoadForgetsNobody kills a gate again and again while people come in without a pause. Whoever saw
// green is in the hub's books once, and no run has a gap.
func TestAGateKilledUnderLoadForgetsNobody(t *testing.T) {
	t.Parallel()
	kills := 4
	if n, err := strconv.Atoi(os.Getenv(killsEnv)); err == nil {
		kills = n
	}
	s := newSite(t, func(c *edge.Config) { c.SecretAtRest, c.Panel.Listen = "disk", freePort(t) })
	kill := s.spawn()
	e := s.hub.src.Event("gala")
	s.open(e, 20_000, whitelist.Checkpoint{})
	s.hub.unplug()
	s.until("the gate knows that it is alone", func(st lane.Status) bool { return !st.Hub.Up })

	random := rand.New(rand.NewPCG(3, 3))
	seen, next := map[whitelist.Ref]bool{}, ticket.ID(1) // who saw green before the gate was killed
	for range kills {
		deadline := time.Now().Add(time.Duration(150+random.IntN(500)) * time.Millisecond)
		for time.Now().Before(deadline) {
			if s.greenFor(next, deadline) {
				seen[e.Ticket(next, whitelist.Good).Ref] = true
			}
			next++
		}
		kill()
		kill = s.spawn()
		s.until("ready", func(st lane.Status) bool {
			return len(st.Lists) == 1 && st.Lists[0].Ready && st.Lanes[0].Scanner == "ready"
		})
	}
	s.hub.plug()
	missing := func() (n int) {
		entered := admissions(s.hub.events())
		for ref := range seen {
			if entered[ref] != 1 {
				n++
			}
		}
		return n
	}
	require.Eventually(t, func() bool { return missing() == 0 }, 30*time.Second, 50*time.Millisecond)
	require.Greater(t, len(seen), kills, "people came in between the kills")
	last, gaps := map[wire.Run]uint64{}, 0
	for _, event := range s.hub.events() {
		if event.Seq != last[event.Run]+1 {
			gaps++
		}
		last[event.Run] = event.Seq
	}
	assert.Zero(t, gaps)
	for ref, n := range admissions(s.hub.events()) {
		assert.Equal(t, 1, n, "%s", ref)
	}
	assert.GreaterOrEqual(t, len(last), kills, "each start is a run of its own")
	t.Logf("kill: kills=%d runs=%d let_in=%d lost=%d gaps=%d", kills, len(last), len(seen), missing(), gaps)
}

func admissions(events []wire.Event) map[whitelist.Ref]int {
	entered := map[whitelist.Ref]int{}
	for _, event := range events {
		if event.Type == wire.Admission {
			entered[event.Ref]++
		}
	}
	return entered
}

// greenFor scans a ticket and says whether the lane showed green for it before the deadline; what comes later is
// nobody's to promise.
func (s *site) greenFor(id ticket.ID, deadline time.Time) bool {
	before := s.newest()
	s.line.Send(id.Short() + "\r\n")
	for time.Now().Before(deadline) {
		if shown := s.newest(); shown.Scan != before.Scan && shown.Scan != (admit.ScanID{}) {
			return shown.Admit
		}
	}
	return false
}

func (s *site) newest() (shown lane.Shown) {
	answer, err := http.Get("http://" + s.panel + "/status")
	if err != nil {
		return shown
	}
	defer answer.Body.Close()
	var st lane.Status
	if json.NewDecoder(answer.Body).Decode(&st) == nil && len(st.Lanes) > 0 && len(st.Lanes[0].Last) > 0 {
		shown = st.Lanes[0].Last[0]
	}
	return shown
}
