//go:build vm

package edge_test

import (
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"portaria/edge"
	"portaria/edge/internal/bolt"
	"portaria/edge/internal/keeper/keepertest"
	"portaria/edge/internal/lane"
	"portaria/edge/internal/scanner/scannertest"
	"portaria/edge/ticket"
	"portaria/edge/whitelist"
	"portaria/edge/wire"
)

// The gate of a power cut: its disk is /data, its relays are lines 0 and 5 of the machine's GPIO chip.
const (
	cutTickets = 8000
	cutState   = "/data/state"
	cutConfig  = "/data/edge.toml"
)

// doors are the lanes' wires: way A, way B, and the two contacts, which are unused and at rest.
var doors = []map[string]int{
	{"unlock_a": 0, "unlock_b": 1, "passage_a": 2, "passage_b": 4},
	{"unlock_a": 5, "unlock_b": 6, "passage_a": 7, "passage_b": 3},
}

type cutSite struct {
	*site
	lines []*scannertest.Line
}

func newCutSite(t *testing.T) cutSite {
	s := newSite(t, func(c *edge.Config) {
		c.SecretAtRest, c.StateDir, c.Panel.Listen = "disk", cutState, "127.0.0.1:8090"
		c.Lanes = nil
	})
	cut := cutSite{site: s}
	for i, wires := range doors {
		line := s.line
		if i > 0 {
			line = scannertest.New(t)
		}
		device := fmt.Sprintf("/tmp/scanner-%d", i+1) // the same after a restart
		require.NoError(t, os.Symlink(line.Device, device))
		cut.lines = append(cut.lines, line)
		s.cfg.Lanes = append(s.cfg.Lanes, edge.Lane{Number: i + 1, Checkpoint: "door", Scanner: device,
			Output: edge.Output{Board: "gpio", Profile: "trial", Chip: "9030000.pl061", Lines: wires}})
	}
	return cut
}

// TestVMPowerSeed gives the gate its lists, and ends it in peace.
func TestVMPowerSeed(t *testing.T) {
	s := newCutSite(t)
	writeConfig(t, s.cfg, cutConfig)
	stop := s.program(cutConfig)
	s.open(s.hub.src.Event("gala"), cutTickets, whitelist.Checkpoint{NoContact: true})
	stop()
}

// TestVMPowerLoad says what the journal holds, and then lets people in until the power is cut.
func TestVMPowerLoad(t *testing.T) {
	s := newCutSite(t)
	s.hub.unplug()
	event := s.hub.src.Event("gala")
	tell("journal %s", strings.Join(admittedIn(t, event, cutState), " "))
	if os.Getenv("CHECK") != "" {
		return
	}
	tell("start")
	s.program(cutConfig)
	s.until("the gate is ready", func(st lane.Status) bool {
		return len(st.Lists) == 1 && st.Lists[0].Ready && st.Lanes[0].Scanner == "ready" && st.Lanes[1].Scanner == "ready"
	})
	if again, err := strconv.Atoi(os.Getenv("AGAIN")); err == nil {
		shown := s.scan(ticket.ID(again).Short())
		tell("again %d %t %s", again, shown.Admit, shown.Reason)
	}
	from, err := strconv.Atoi(os.Getenv("FROM"))
	require.NoError(t, err)
	tell("load")
	var all sync.WaitGroup
	for i, line := range s.lines {
		all.Go(func() { s.letIn(i, line, from+i) })
	}
	all.Wait()
}

// letIn scans a ticket after the other at a lane, each when the relay of the one before has come to rest.
func (s cutSite) letIn(at int, line *scannertest.Line, id int) {
	const rest = 150 * time.Millisecond // a pulse is 50 ms
	for ; id <= cutTickets; id += len(s.lines) {
		before := s.status().Lanes[at].Last
		tell("ask %d %d", at, id)
		line.Send(ticket.ID(id).Short() + "\r\n")
		s.until("a verdict", func(st lane.Status) bool {
			last := st.Lanes[at].Last
			return len(last) > 0 && (len(before) == 0 || last[0].Scan != before[0].Scan)
		})
		time.Sleep(rest)
	}
}

// admittedIn are the tickets that a journal has an admission of. It is read in a copy, as it was found.
func admittedIn(t *testing.T, event *keepertest.Event, dir string) (ids []string) {
	t.Helper()
	look := t.TempDir()
	raw, err := os.ReadFile(filepath.Join(dir, "journal.db"))
	require.NoError(t, err)
	require.NoError(t, os.WriteFile(filepath.Join(look, "journal.db"), raw, 0o600))
	journal, err := bolt.OpenJournal(look)
	require.NoError(t, err)
	defer journal.Close()
	if _, damage := journal.SetAside(); damage != "" {
		tell("damaged %s", damage)
	}
	recalled, err := journal.Recall()
	require.NoError(t, err)
	for _, damage := range recalled.Damaged {
		tell("damaged %s", damage)
	}
	names := map[whitelist.Ref]string{}
	for id := range cutTickets {
		names[event.Ticket(ticket.ID(id+1), whitelist.Good).Ref] = strconv.Itoa(id + 1)
	}
	found := map[string]bool{}
	for _, run := range recalled.Memory.Runs {
		events, err := journal.Read(run.Run, 1, 1<<20)
		require.NoError(t, err)
		for _, e := range events {
			if e.Type == wire.Admission {
				found[names[e.Ref]] = true
			}
		}
	}
	return slices.Sorted(maps.Keys(found))
}
