package edge_test

import (
	"cmp"
	"context"
	"encoding/hex"
	"encoding/json"
	"io"
	"log/slog"
	"net"
	"net/http"
	"os"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"golang.org/x/sys/unix"

	"portaria/bolt"
	"portaria/edge"
	"portaria/edge/admit"
	"portaria/edge/internal/keeper/keepertest"
	"portaria/edge/internal/lane"
	"portaria/edge/internal/scanner/scannertest"
	"portaria/edge/ticket"
	"portaria/edge/whitelist"
	"portaria/edge/wire"
)

// site is one gate with a pty for a scanner, and its hub.
type site struct {
	t     *testing.T
	hub   *fakeHub
	line  *scannertest.Line
	cfg   edge.Config
	panel string
	stop  func()
	done  chan error

	mu  sync.Mutex
	log strings.Builder
}

func (s *site) Write(p []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.log.Write(p)
}

func newSite(t *testing.T, change ...func(*edge.Config)) *site {
	hub := newHub(t)
	s := &site{t: t, hub: hub, line: scannertest.New(t), cfg: edge.DefaultConfig()}
	s.cfg.Gate, s.cfg.Venue, s.cfg.Organizer, s.cfg.StateDir = "g1", hub.src.Venue, hub.src.Organizer, t.TempDir()
	s.cfg.Insecure = true
	s.cfg.PlatformKey = hex.EncodeToString(hub.src.Platform)
	s.cfg.Hub = edge.Hub{MQTT: "tcp://" + hub.mqtt, HTTP: hub.web.URL}
	s.cfg.Panel.Listen, s.cfg.Panel.FaultTime = "127.0.0.1:0", time.Millisecond
	s.cfg.Board.PassageMillis = 20
	s.cfg.Lanes = []edge.Lane{{Number: 1, Checkpoint: "door", Scanner: s.line.Device}}
	for _, c := range change {
		c(&s.cfg)
	}
	return s
}

func (s *site) start() {
	s.t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	s.done = make(chan error, 1)
	ready := make(chan string, 1)
	go func() {
		s.done <- edge.Run(ctx, s.cfg, slog.New(slog.NewTextHandler(s, nil)), func(r edge.Running) { ready <- r.Panel })
	}()
	s.stop = sync.OnceFunc(func() {
		cancel()
		select {
		case err := <-s.done:
			assert.NoError(s.t, err)
		case <-time.After(10 * time.Second):
			assert.Fail(s.t, "the gate does not stop")
		}
	})
	s.t.Cleanup(s.stop)
	select {
	case s.panel = <-ready:
	case err := <-s.done:
		require.NoError(s.t, err)
	}
}

func (s *site) status() (st lane.Status) {
	s.t.Helper()
	answer, err := http.Get("http://" + s.panel + "/status")
	require.NoError(s.t, err)
	defer answer.Body.Close()
	require.NoError(s.t, json.NewDecoder(answer.Body).Decode(&st))
	return st
}

// patience is how long a gate may take for anything.
var patience = 30 * time.Second

func (s *site) until(what string, ok func(lane.Status) bool) {
	s.t.Helper()
	require.Eventually(s.t, func() bool { return ok(s.status()) }, patience, 10*time.Millisecond, what)
}

// askMillis is how long the tests' doors wait for the hub's word: longer than a busy machine takes, so that no test sees
// a gate decide alone while its hub is there.
const askMillis = 3000

// open makes an event with tickets, a door for it, and waits until the gate has its list and hears its hub.
func (s *site) open(e *keepertest.Event, n int, door whitelist.Checkpoint) {
	s.t.Helper()
	door.ID, door.Name, door.Mode, door.Events = "door", "Portão 3", whitelist.Open, append(door.Events, e.ID)
	door.AskMillis = cmp.Or(door.AskMillis, askMillis)
	if door.Direction == "" {
		door.Direction = whitelist.In
	}
	if door.Policy == "" {
		door.Policy = whitelist.Free
	}
	if door.Unlisted == "" {
		door.Unlisted = whitelist.UnlistedRefuse
	}
	s.hub.venue(whitelist.Venue{Events: []whitelist.VenueEvent{e.Named()}, Checkpoints: []whitelist.Checkpoint{door}})
	list, _ := e.Publish(e.Tickets(n)...)
	s.hub.list(e, list)
	s.until("the list is there", func(st lane.Status) bool {
		return len(st.Lists) == 1 && st.Lists[0].Ready && st.Hub.Up && st.Lanes[0].Scanner == "ready"
	})
}

// scan types a code and returns the verdict that it gets.
func (s *site) scan(text string) lane.Shown {
	s.t.Helper()
	var before admit.ScanID
	if last := s.status().Lanes[0].Last; len(last) > 0 {
		before = last[0].Scan
	}
	s.line.Send(text + "\r\n")
	var shown lane.Shown
	s.until("a verdict on "+text, func(st lane.Status) bool {
		if len(st.Lanes[0].Last) == 0 || st.Lanes[0].Last[0].Scan == before {
			return false
		}
		shown = st.Lanes[0].Last[0]
		return true
	})
	return shown
}

func (s *site) passes(in int) {
	s.t.Helper()
	s.until("somebody passes", func(st lane.Status) bool { return st.Lanes[0].In == in })
}

func TestATicketIsReadDecidedRecordedAndCounted(t *testing.T) {
	s := newSite(t)
	s.start()
	e := s.hub.src.Event("gala")
	s.open(e, 100, whitelist.Checkpoint{})

	shown := s.scan(e.Code(ticket.Fields{ID: 7}))
	assert.True(t, shown.Admit)
	assert.Equal(t, admit.OK, shown.Reason)
	assert.Equal(t, "Inteira", shown.Kind)
	s.passes(1)

	s.scan("SOMETHING ELSE")                   // the same code at once would count as the same scan
	again := s.scan(ticket.ID(7).ShortShown()) // the same right by its other code
	assert.False(t, again.Admit)
	assert.Equal(t, admit.AlreadyUsed, again.Reason)
	assert.Equal(t, "g1", again.UsedGate)

	require.Eventually(t, func() bool { return s.hub.count(wire.Refusal) == 2 }, 5*time.Second, 5*time.Millisecond)
	events := s.hub.events()
	assert.Equal(t, 1, s.hub.count(wire.Admission))
	assert.Equal(t, 1, s.hub.count(wire.Outcome))
	assert.Equal(t, 2, s.hub.count(wire.Refusal))
	for _, event := range events {
		if event.Type != wire.Note {
			assert.Equal(t, event.Reason == admit.Unknown, event.Text != "", "only an unknown code is written down")
		}
	}
}

func TestEveryKindOfBadCodeIsRefusedInItsOwnWords(t *testing.T) {
	s := newSite(t)
	s.start()
	e := s.hub.src.Event("gala")
	e.Rules.Issuers = []whitelist.Issuer{{Name: "north", Normalise: whitelist.Normalise{DropZeros: true}}, {Name: "south"}}
	foreign := func(issuer, code string) whitelist.Entry {
		return whitelist.Entry{Key: whitelist.ForeignKey(e.Secrets.List, issuer, code), Ref: whitelist.ForeignRef(e.Secrets.Ref, issuer, code), State: whitelist.Good}
	}
	for _, entry := range []whitelist.Entry{e.Ticket(201, whitelist.Revoked), e.Ticket(202, whitelist.Replaced), e.Ticket(203, whitelist.Blocked),
		foreign("north", "12345"), foreign("north", "777"), foreign("south", "777"), foreign("south", "4006381333931")} {
		e.Entries[entry.Key] = entry
	}
	s.open(e, 100, whitelist.Checkpoint{})
	forged := []byte(e.Code(ticket.Fields{ID: 9000}))
	forged[60] ^= 1
	if forged[60] < '0' {
		forged[60] = 'A'
	}
	for _, row := range []struct {
		name, text string
		want       admit.Reason
	}{
		{"refunded", ticket.ID(201).Short(), admit.Revoked},
		{"reprinted", ticket.ID(202).Short(), admit.Replaced},
		{"blocked", ticket.ID(203).Short(), admit.Blocked},
		{"sold by nobody", "HELLO WORLD", admit.Unknown},
		{"well signed, sold after the last patch, at a door that refuses those", e.Code(ticket.Fields{ID: 8000}), admit.Unknown},
		{"signed by somebody else", string(forged), admit.BadSignature},
		{"another seller's, zeros in front", "00012345", admit.OK},
		{"two sellers' code", "777", admit.Ambiguous},
		{"ten thousand letters", strings.Repeat("A", 10_000), admit.Unreadable},
		{"two thousand letters", strings.Repeat("A", 2_000), admit.Unreadable},
		{"binary", "\x00\xff\x10\xfe", admit.Unreadable},
		{"EAN-13 with its AIM identifier", "]E04006381333931", admit.OK},
	} {
		shown := s.scan(row.text)
		assert.Equal(t, row.want, shown.Reason, row.name)
		assert.Equal(t, row.want == admit.OK, shown.Admit, row.name)
		if shown.Admit {
			in := s.status().Lanes[0].In
			s.passes(max(in, s.status().Lanes[0].In))
			s.until("the lane is free", func(st lane.Status) bool { return s.hub.count(wire.Outcome) == s.hub.count(wire.Admission) })
		}
	}
}

func TestATicketOfAnotherEventOfTheVenueSaysWhich(t *testing.T) {
	s := newSite(t)
	s.start()
	today, tomorrow := s.hub.src.Event("hoje"), s.hub.src.Event("amanhã")
	named := tomorrow.Named()
	named.Doors, named.Start, named.End = named.Doors+86400, named.Start+86400, named.End+86400
	s.hub.venue(whitelist.Venue{Events: []whitelist.VenueEvent{today.Named(), named}, Checkpoints: []whitelist.Checkpoint{
		{ID: "door", Name: "Portão 3", Mode: whitelist.Open, Direction: whitelist.In, Policy: whitelist.Free, Unlisted: whitelist.UnlistedRefuse, Events: []ticket.EventID{today.ID}}}})
	list, _ := today.Publish(today.Tickets(10)...)
	s.hub.list(today, list)
	list, _ = tomorrow.Publish(tomorrow.Ticket(77, whitelist.Good))
	s.hub.list(tomorrow, list)
	s.until("both lists", func(st lane.Status) bool {
		return len(st.Lists) == 2 && st.Lists[0].Ready && st.Lists[1].Ready && st.Lanes[0].Scanner == "ready"
	})
	shown := s.scan(tomorrow.Code(ticket.Fields{ID: 77}))
	assert.Contains(t, []admit.Reason{admit.WrongDay, admit.WrongEvent}, shown.Reason)
	assert.Equal(t, "amanhã", shown.Event)
}

func TestARefundIsObeyedWithinASecond(t *testing.T) {
	s := newSite(t)
	s.start()
	e := s.hub.src.Event("gala")
	s.open(e, 1000, whitelist.Checkpoint{})
	_, patch := e.Publish(e.Ticket(7, whitelist.Revoked))
	sent := time.Now()
	s.hub.patch(e, patch)
	s.until("the new epoch", func(st lane.Status) bool { return st.Lists[0].Epoch == e.Epoch })
	assert.Less(t, time.Since(sent), time.Second)
	assert.Equal(t, admit.Revoked, s.scan(e.Code(ticket.Fields{ID: 7})).Reason)
}

func TestTheHubsRefusalIsObeyed(t *testing.T) {
	s := newSite(t)
	s.start()
	e := s.hub.src.Event("gala")
	s.open(e, 10, whitelist.Checkpoint{})
	s.hub.set(func() { s.hub.deny = admit.AlreadyUsed })
	shown := s.scan(ticket.ID(1).Short())
	assert.Equal(t, admit.AlreadyUsed, shown.Reason)
	assert.Equal(t, "g9", shown.UsedGate)
	assert.Zero(t, s.hub.count(wire.Admission))
}

func TestWithTheHubUnpluggedTheGateGoesOnAndLosesNothing(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	s.start()
	e := s.hub.src.Event("gala")
	s.open(e, 100, whitelist.Checkpoint{})
	s.hub.unplug()
	s.until("the gate knows", func(st lane.Status) bool { return !st.Hub.Up })
	for id := ticket.ID(1); id <= 5; id++ {
		shown := s.scan(e.Code(ticket.Fields{ID: id}))
		assert.Equal(t, admit.OKOffline, shown.Reason)
		s.passes(int(id))
	}
	assert.Equal(t, admit.AlreadyUsed, s.scan(ticket.ID(3).Short()).Reason)
	s.hub.plug()
	require.Eventually(t, func() bool { return s.hub.count(wire.Outcome) == 5 && s.hub.count(wire.Refusal) == 1 }, 20*time.Second, 20*time.Millisecond)
	assert.Equal(t, 5, s.hub.count(wire.Admission))
}

func TestAKilledGateRemembersWhoEntered(t *testing.T) {
	t.Parallel()
	s := newSite(t, func(c *edge.Config) { c.SecretAtRest, c.Board.PassageMillis = "disk", 0 })
	s.start()
	e := s.hub.src.Event("gala")
	s.open(e, 100, whitelist.Checkpoint{})
	require.True(t, s.scan(ticket.ID(1).Short()).Admit) // and nobody passes before the power goes
	first := s.status().Run
	s.stop()
	s.hub.unplug()
	s.hub.web.Close()

	s.start() // no hub at all
	s.until("ready", func(st lane.Status) bool {
		return len(st.Lists) == 1 && st.Lists[0].Ready && st.Lanes[0].Scanner == "ready"
	})
	s.until("a new run", func(st lane.Status) bool { return st.Run.Start > first.Start })
	assert.Equal(t, admit.AlreadyUsed, s.scan(ticket.ID(1).Short()).Reason, "nobody knows whether they passed, so it counts as used")
	assert.Equal(t, admit.OKOffline, s.scan(ticket.ID(2).Short()).Reason)
}

func TestWithoutTheSecretsNothingIsAdmittedAndThePanelSaysWhy(t *testing.T) {
	s := newSite(t)
	s.start()
	e := s.hub.src.Event("gala")
	s.open(e, 100, whitelist.Checkpoint{})
	s.stop()
	s.hub.web.Close() // secrets were in memory only
	s.start()
	s.until("scanner", func(st lane.Status) bool { return st.Lanes[0].Scanner == "ready" && len(st.Lists) == 1 })
	assert.False(t, s.status().Lists[0].Ready)
	assert.Equal(t, admit.Unknown, s.scan(ticket.ID(1).Short()).Reason)
	assert.Contains(t, s.get("/"), "Sem lista")
	assert.Contains(t, s.get("/healthz"), "no list yet")
}

func (s *site) get(path string) string {
	s.t.Helper()
	answer, err := http.Get("http://" + s.panel + path)
	require.NoError(s.t, err)
	defer answer.Body.Close()
	body, err := io.ReadAll(answer.Body)
	require.NoError(s.t, err)
	return string(body)
}

func TestAScannerThatIsPulledOutIsShown(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	s.start()
	e := s.hub.src.Event("gala")
	s.open(e, 10, whitelist.Checkpoint{})
	s.line.Unplug()
	s.until("gone", func(st lane.Status) bool { return st.Lanes[0].Scanner == "gone" })
	assert.Contains(t, s.get("/"), "Leitor desligado")
	s.line.Plug()
	s.until("back", func(st lane.Status) bool { return st.Lanes[0].Scanner == "ready" })
	assert.True(t, s.scan(ticket.ID(1).Short()).Admit)
}

func TestTheGateStartsWithAHubThatIsNotThere(t *testing.T) {
	s := newSite(t, func(c *edge.Config) {
		c.Hub = edge.Hub{MQTT: "tcp://" + freePort(t), HTTP: "http://" + freePort(t)}
	})
	s.start()
	s.until("up", func(st lane.Status) bool { return st.Lanes[0].Scanner == "ready" })
	assert.False(t, s.status().Hub.Up)
	assert.Contains(t, s.get("/"), "Sem lista")
}

func TestATakenPanelPortIsOneClearError(t *testing.T) {
	taken, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	defer taken.Close()
	s := newSite(t, func(c *edge.Config) { c.Panel.Listen = taken.Addr().String() })
	err = edge.Run(t.Context(), s.cfg, slog.New(slog.DiscardHandler), nil)
	require.ErrorContains(t, err, "panel.listen")
}

func TestASecondGateOnTheSameStateIsRefused(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	s.start()
	second := s.cfg
	second.Panel.Listen = ""
	err := edge.Run(t.Context(), second, slog.New(slog.DiscardHandler), nil)
	require.ErrorIs(t, err, bolt.ErrInUse)
}

func TestAJournalThatCannotBeOpenedIsOneClearError(t *testing.T) {
	s := newSite(t, func(c *edge.Config) { c.Panel.Listen = "" })
	require.NoError(t, os.MkdirAll(s.cfg.StateDir+"/journal.db", 0o700))
	err := edge.Run(t.Context(), s.cfg, slog.New(slog.DiscardHandler), nil)
	assert.ErrorContains(t, err, "journal")
}

// breakDisk swaps the journal's descriptor for a read-only one: the next write fails, as on a card that has died.
func (s *site) breakDisk() {
	s.t.Helper()
	path := s.cfg.StateDir + "/journal.db"
	readOnly, err := os.Open(path)
	require.NoError(s.t, err)
	defer readOnly.Close()
	entries, err := os.ReadDir("/proc/self/fd")
	require.NoError(s.t, err)
	for _, entry := range entries {
		fd, _ := strconv.Atoi(entry.Name())
		if target, _ := os.Readlink("/proc/self/fd/" + entry.Name()); target == path && fd != int(readOnly.Fd()) {
			require.NoError(s.t, unix.Dup3(int(readOnly.Fd()), fd, 0))
			return
		}
	}
	s.t.Fatal("the journal is not open")
}

func TestAJournalThatFailsAdmitsNobodyAndEndsTheGate(t *testing.T) {
	s := newSite(t)
	s.start()
	e := s.hub.src.Event("gala")
	s.open(e, 10, whitelist.Checkpoint{})
	s.breakDisk()
	s.line.Send(ticket.ID(1).Short() + "\r")
	select {
	case err := <-s.done:
		require.ErrorIs(t, err, bolt.ErrBroken)
		s.done <- nil // for the clean-up
	case <-time.After(10 * time.Second):
		require.Fail(t, "the gate goes on with a broken journal")
	}
	assert.Zero(t, s.hub.count(wire.Admission))
}

func TestTwoLanesOfOneGateDoNotAdmitOneTicketTwice(t *testing.T) {
	second := scannertest.New(t)
	s := newSite(t, func(c *edge.Config) {
		c.Lanes = append(c.Lanes, edge.Lane{Number: 2, Checkpoint: "door", Scanner: second.Device})
	})
	s.start()
	e := s.hub.src.Event("gala")
	s.open(e, 50, whitelist.Checkpoint{})
	s.until("both scanners", func(st lane.Status) bool { return st.Lanes[1].Scanner == "ready" })
	for id := ticket.ID(1); id <= 10; id++ {
		s.line.Send(id.Short() + "\r")
		second.Send(id.Short() + "\r")
		s.until("both verdicts", func(st lane.Status) bool {
			return len(st.Lanes[0].Last) == int(id) && len(st.Lanes[1].Last) == int(id)
		})
	}
	st := s.status()
	for i := range st.Lanes[0].Last {
		a, b := st.Lanes[0].Last[i], st.Lanes[1].Last[i]
		assert.NotEqual(t, a.Admit, b.Admit, "one of the two: %s and %s", a.Reason, b.Reason)
	}
	require.Eventually(t, func() bool { return s.hub.count(wire.Admission) == 10 }, 10*time.Second, 10*time.Millisecond)
}

func TestADoorOutOpensForWhateverIsRead(t *testing.T) {
	s := newSite(t)
	s.start()
	e := s.hub.src.Event("gala")
	s.open(e, 10, whitelist.Checkpoint{Direction: whitelist.Out})
	for _, text := range []string{ticket.ID(1).Short(), "NO TICKET AT ALL"} {
		shown := s.scan(text)
		assert.True(t, shown.Admit, text)
		assert.Equal(t, admit.NotInside, shown.Reason, "nobody saw them come in, but they may leave")
	}
	require.Eventually(t, func() bool { return s.hub.count(wire.Leaving) == 2 }, 10*time.Second, 10*time.Millisecond)
	assert.Zero(t, s.hub.count(wire.Admission))
}

func TestWhatIsUnsafeIsSaidAtEveryStart(t *testing.T) {
	s := newSite(t, func(c *edge.Config) { c.Insecure, c.SecretAtRest = true, "disk" })
	s.start()
	s.mu.Lock()
	defer s.mu.Unlock()
	assert.Contains(t, s.log.String(), "insecure = true")
	assert.Contains(t, s.log.String(), "secret_at_rest")
}
