package floor_test

import (
	"context"
	"log/slog"
	"math"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"portaria/edge/admit"
	"portaria/edge/ticket"
	"portaria/edge/venue"
	"portaria/edge/whitelist"
	"portaria/edge/wire"
	"portaria/floor"
)

var (
	arena  = ticket.EventID{1}
	single = admit.Terms{Use: whitelist.UseSingle, Uses: 1}
	right  = whitelist.Ref{7}
)

func life(start uint32) wire.Run { return wire.Run{Start: start, Random: 9} }
func scan(name string) admit.ScanID {
	return admit.ScanID([]byte(name + strings.Repeat(".", 16-len(name))))
}

// crowd is an arbiter with gates that talk to it as the broker lets them: each on its own topics.
type crowd struct {
	*floor.Floor
	t *testing.T

	mu        sync.Mutex
	rulings   map[string][]wire.Ruling
	acked     map[string]uint64 // by gate, of its first run
	incidents []venue.Incident
	number    uint64
	seq       map[string]uint64
}

func (c *crowd) send(topic string, payload []byte, _ byte) error {
	where, err := wire.ParseTopic(topic)
	if err != nil {
		return err
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	switch where.Leaf { //nolint:exhaustive // what is asked about
	case wire.LeafRuling:
		r, err := wire.Decode[wire.Ruling](payload)
		c.rulings[where.Gate] = append(c.rulings[where.Gate], r)
		return err
	case wire.LeafAck:
		a, err := wire.Decode[wire.Ack](payload)
		for _, w := range a.Watermarks {
			if w.Run == life(1) {
				c.acked[where.Gate] = max(c.acked[where.Gate], w.Hub)
			}
		}
		return err
	}
	return nil
}

// gathered is a venue of three gates, and a fourth that was stolen.
func gathered(t *testing.T, homes *whitelist.Homes, test func(*crowd)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		c := &crowd{t: t, rulings: map[string][]wire.Ruling{}, acked: map[string]uint64{}, seq: map[string]uint64{}}
		var err error
		c.Floor, err = floor.New(floor.Config{Hub: "hub-1", Venue: arena, Run: "r", Store: &moody{}, Log: slog.New(slog.DiscardHandler),
			Send: c.send, SendUp: func(wire.Events) error { return nil },
			Report: func(i venue.Incident) { c.mu.Lock(); defer c.mu.Unlock(); c.incidents = append(c.incidents, i) }})
		require.NoError(t, err)
		ctx, stop := context.WithCancel(t.Context())
		ended := make(chan error)
		go func() { ended <- c.Run(ctx) }()
		c.Do(venue.VenueChanged{Venue: &whitelist.Venue{Homes: homes, Zones: []whitelist.Zone{{ID: "park"}, {ID: "hall", Parent: "park"}},
			Checkpoints: []whitelist.Checkpoint{{ID: "door", To: "park", Mode: whitelist.Open}}}, Zone: time.UTC})
		for _, gate := range []string{"gate-1", "gate-2", "gate-3", "a-thief"} {
			require.NoError(t, c.beat(gate, func(s *wire.State) {
				if homes != nil {
					s.Homes = homes.Epoch
				}
			}))
		}
		synctest.Wait()
		test(c)
		stop()
		require.NoError(t, <-ended)
	})
}

func publish[T any, P wire.Pointer[T]](c *crowd, gate string, leaf wire.Leaf, m T) error {
	raw, err := wire.Encode[T, P](m)
	require.NoError(c.t, err)
	err = c.Publish(gate, wire.Topic{Venue: arena, Gate: gate, Leaf: leaf}.String(), raw)
	synctest.Wait()
	return err
}

func (c *crowd) beat(gate string, change ...func(*wire.State)) error {
	c.number++
	s := wire.State{Number: c.number, Gate: gate, Run: life(1), OpenMin: 1, UsedRun: "r-1", Used: 1 << 20,
		Runs: []wire.RunState{{Run: life(1), Last: c.seq[gate]}}}
	for _, do := range change {
		do(&s)
	}
	return publish(c, gate, wire.LeafState, s)
}

// bring sends records as they are: who sends them may name whom it likes.
func (c *crowd) bring(gate string, records ...wire.Event) error {
	c.number++
	m := wire.Events{Number: c.number, Gate: gate, Run: life(1)}
	for i, e := range records {
		e.Gate, e.Run, e.Seq = gate, life(1), c.seq[gate]+uint64(i)+1
		m.Events = append(m.Events, e)
	}
	err := publish(c, gate, wire.LeafEvents, m)
	if err == nil {
		c.seq[gate] += uint64(len(records))
	}
	return err
}

// claim asks for the right, and is the answer; nil = none.
func (c *crowd) claim(gate string, id admit.ScanID, change ...func(*wire.Claim)) *wire.Ruling {
	c.number++
	m := wire.Claim{Run: life(1), Req: c.number, Scan: id, Ref: right, Terms: single, Checkpoint: "door", LastSeq: c.seq[gate]}
	for _, do := range change {
		do(&m)
	}
	require.NoError(c.t, publish(c, gate, wire.LeafClaim, m))
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, r := range c.rulings[gate] {
		if r.Req == m.Req {
			return &r
		}
	}
	return nil
}

// named says whether people were told of a gate, once.
func (c *crowd) named(gate string) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	n := 0
	for _, i := range c.incidents {
		if i.Kind == venue.TakenByOther && i.Gate == gate {
			n++
		}
	}
	return n == 1
}

func record(gate, id string, kind admit.RecordKind, change ...func(*admit.Record)) wire.Event {
	r := &admit.Record{Scan: scan(id), Kind: kind, At: 1, Gate: gate, Checkpoint: "door"}
	e := wire.Event{Type: wire.Outcome, Scan: r.Scan, Ref: right, Record: r}
	if kind == admit.Entry {
		terms := single
		e.Type, e.Terms, r.Zone = wire.Admission, &terms, "park"
	}
	if kind == admit.Surrender {
		e.Type = wire.Surrender
	}
	for _, do := range change {
		do(r)
	}
	return e
}

func TestAGateCannotFreeATicketThatAnotherLetIn(t *testing.T) {
	innerDoor := func(r *admit.Record) { r.From, r.Zone = "park", "hall" }
	for _, row := range []struct {
		name   string
		forged []wire.Event
	}{
		{"by an abort of the other's scan", []wire.Event{record("a-thief", "seen", admit.Abort)}},
		{"by an abort in the other's name", []wire.Event{record("gate-1", "seen", admit.Abort)}},
		{"by taking its place and turning round", []wire.Event{
			record("a-thief", "own", admit.Entry, func(r *admit.Record) { r.Resumes = scan("seen") }), record("a-thief", "own", admit.Abort)}},
		{"by an entry elsewhere under the same scan", []wire.Event{record("a-thief", "seen", admit.Entry, innerDoor)}},
		{"by a note that carries an abort", []wire.Event{func() wire.Event {
			e := record("a-thief", "seen", admit.Abort)
			e.Type = wire.Note
			return e
		}()}},
	} {
		t.Run(row.name, func(t *testing.T) {
			gathered(t, nil, func(c *crowd) {
				require.NoError(t, c.bring("gate-1", record("gate-1", "seen", admit.Entry), record("gate-1", "seen", admit.Passed)))
				require.ErrorIs(t, c.bring("a-thief", row.forged...), floor.ErrRefused)
				require.ErrorIs(t, c.bring("a-thief", row.forged...), floor.ErrRefused)
				assert.Zero(t, c.acked["a-thief"])
				assert.True(t, c.named("a-thief"), "people are told, once")
				r := c.claim("gate-2", scan("next"))
				require.NotNil(t, r)
				assert.Equal(t, admit.AlreadyUsed, r.Reason)
			})
		})
	}
}

func TestHearsayFreesNobodyWhoseGateIsHere(t *testing.T) {
	abort := *record("gate-1", "seen", admit.Abort).Record
	handBack := func(facts ...wire.KnownFact) func(*wire.State) {
		return func(s *wire.State) {
			s.Others, s.Known, s.HeardFrom, s.Heard = 1<<40, uint64(len(facts)), 1, facts
		}
	}
	for _, row := range []struct {
		name   string
		fact   admit.Record
		before func(*crowd)
		reason admit.Reason
	}{
		{"an abort", abort, func(*crowd) {}, admit.AlreadyUsed},
		{"an entry that takes its place", *record("gate-1", "own", admit.Entry, func(r *admit.Record) { r.Resumes = scan("seen") }).Record,
			func(*crowd) {}, admit.AlreadyUsed},
		{"an abort of a gate that is off is believed: nobody else can know", abort,
			func(c *crowd) { c.Do(venue.Exclude{Gate: "gate-1"}) }, admit.OK},
	} {
		t.Run(row.name, func(t *testing.T) {
			gathered(t, nil, func(c *crowd) {
				require.NoError(t, c.bring("gate-1", record("gate-1", "seen", admit.Entry), record("gate-1", "seen", admit.Passed)))
				row.before(c)
				require.NoError(t, c.beat("a-thief", handBack()))
				require.NoError(t, c.beat("a-thief", handBack(wire.KnownFact{Ref: right, Record: row.fact})))
				r := c.claim("gate-2", scan("next"))
				require.NotNil(t, r)
				assert.Equal(t, row.reason, r.Reason)
			})
		})
	}
}

func TestAGateGivesUpItsOwnRightsOnly(t *testing.T) {
	gathered(t, &whitelist.Homes{Epoch: 1, Rules: []whitelist.HomeRule{{Gates: []string{"gate-1"}}}}, func(c *crowd) {
		require.True(t, c.claim("gate-2", scan("guest")).Wait, "its home is asked")
		require.ErrorIs(t, c.bring("a-thief", record("gate-1", "guest", admit.Surrender)), floor.ErrRefused)
		assert.True(t, c.claim("gate-2", scan("again")).Wait)
		require.NoError(t, c.bring("gate-1", record("gate-1", "guest", admit.Surrender)), "which names the scan that it was for")
		assert.True(t, c.claim("gate-2", scan("guest")).Grant)
	})
}

func TestAHomeThatIsAskedCannotEndTheScanItIsAskedFor(t *testing.T) {
	gathered(t, &whitelist.Homes{Epoch: 1, Rules: []whitelist.HomeRule{{Gates: []string{"a-thief"}}}}, func(c *crowd) {
		require.True(t, c.claim("gate-2", scan("guest")).Wait)
		require.ErrorIs(t, c.bring("a-thief", record("a-thief", "guest", admit.Abort)), floor.ErrRefused)
		require.ErrorIs(t, c.bring("a-thief", record("a-thief", "guest", admit.Entry)), floor.ErrRefused)
		require.NoError(t, c.bring("a-thief", record("a-thief", "guest", admit.Surrender)))
		require.True(t, c.claim("gate-2", scan("guest")).Grant)
		require.NoError(t, c.bring("gate-2", record("gate-2", "guest", admit.Entry)))
		assert.Equal(t, admit.AlreadyUsed, c.claim("gate-3", scan("next")).Reason)
	})
}

func TestNumbersThatNobodyCountedUpToAreNotBelieved(t *testing.T) {
	for _, row := range []struct {
		name string
		lie  func(*wire.State)
	}{
		{"the largest head", func(s *wire.State) { s.Head = math.MaxUint64 }},
		{"a head of a century", func(s *wire.State) { s.Head = 1 << 40 }},
		{"the largest term", func(s *wire.State) { s.Term, s.Hub = math.MaxUint64, "hub-2" }},
		{"a term that no person types", func(s *wire.State) { s.Term, s.Hub = 1<<60, "hub-2" }},
	} {
		t.Run(row.name, func(t *testing.T) {
			gathered(t, nil, func(c *crowd) {
				require.NoError(t, c.beat("a-thief", row.lie), "a heartbeat has no answer but the pulse")
				assert.True(t, c.named("a-thief"))
				assert.True(t, c.View().Venue.Ready)
				assert.True(t, c.claim("gate-2", scan("guest")).Grant)
			})
		})
	}
}

func TestATermThatAPersonMayHaveGivenIsHeard(t *testing.T) {
	gathered(t, nil, func(c *crowd) {
		require.NoError(t, c.beat("gate-3", func(s *wire.State) { s.Term, s.Hub = 1_795_320_000_000, "hub-2" }))
		assert.EqualValues(t, 1_795_320_000_000, c.View().Venue.Rival, "another hub may have taken over")
	})
}

func TestARecordThatNoGateCouldBeToldIsNotTaken(t *testing.T) {
	long := strings.Repeat("x", 3_000)
	for _, row := range []struct {
		name   string
		change func(*wire.Event)
	}{
		{"a door", func(e *wire.Event) { e.Record.Checkpoint = long }},
		{"a zone", func(e *wire.Event) { e.Record.Zone = long }},
		{"where from", func(e *wire.Event) { e.Record.From = "\x01" }},
		{"a kind", func(e *wire.Event) { e.Record.Kind = admit.RecordKind(long) }},
		{"how a right is used", func(e *wire.Event) { e.Terms.Use = whitelist.Use(long) }},
	} {
		t.Run(row.name, func(t *testing.T) {
			gathered(t, nil, func(c *crowd) {
				e := record("a-thief", "own", admit.Entry)
				row.change(&e)
				require.ErrorIs(t, c.bring("a-thief", e), floor.ErrRefused)
			})
		})
	}
}

func TestALongestRecordFitsWhatGatesAreTold(t *testing.T) {
	id := strings.Repeat("é", 32)
	var all admit.ScanID
	for i := range all {
		all[i] = 0xff
	}
	r := admit.Record{Scan: all, Kind: "surrender-------", At: math.MinInt64, Gate: strings.Repeat("g", 32), Lane: math.MinInt64, Checkpoint: id,
		From: id, Zone: id, Day: math.MinInt64, Follows: all, Closes: all, Resumes: all, Override: true, Offline: true}
	what := &wire.Right{Event: ticket.EventID(all), Kind: math.MaxUint16, Terms: admit.Terms{Use: "0123456789abcdef", Uses: math.MinInt64,
		Group: math.MinInt64, ReentryAfter: math.MinInt64}}
	_, err := wire.Encode(wire.Used{HubRun: strings.Repeat("r", 20), Number: math.MaxUint64, Ref: whitelist.Ref(all), Record: r, Right: what})
	require.NoError(t, err)
}

func TestInventedLivesAreCounted(t *testing.T) {
	gathered(t, nil, func(c *crowd) {
		for n := range 60 {
			_ = c.beat("a-thief", func(s *wire.State) {
				for i := range 100 {
					s.Runs = append(s.Runs, wire.RunState{Run: wire.Run{Start: uint32(n), Random: uint32(i)}}) //nolint:gosec // small
				}
			})
		}
		assert.True(t, c.named("a-thief"))
		require.NoError(t, c.bring("gate-1", record("gate-1", "guest", admit.Entry)))
		assert.EqualValues(t, 1, c.acked["gate-1"])
	})
}

func TestWhatATelephoneBringsIsJudgedToo(t *testing.T) {
	gathered(t, nil, func(c *crowd) {
		require.NoError(t, c.bring("gate-1", record("gate-1", "seen", admit.Entry)))
		bring := func(e wire.Event) error {
			e.Gate, e.Run, e.Seq = "phone-thief", life(1), 1
			return c.Bring("phone-thief", wire.Events{Number: 1, Gate: e.Gate, Run: e.Run, Events: []wire.Event{e}})
		}
		require.ErrorIs(t, bring(record("phone-thief", "seen", admit.Abort)), floor.ErrRefused)
		require.NoError(t, bring(record("phone-thief", "own", admit.Entry)))
	})
}

// What a stolen gate can still say of itself stops the venue until somebody presses what docs/security.md names, and no longer.
func TestWhatEndsWhatAStolenGateSaysOfItself(t *testing.T) {
	beats := func(c *crowd) {
		for range 3 {
			for _, gate := range []string{"gate-1", "gate-2", "gate-3"} {
				require.NoError(c.t, c.beat(gate, func(s *wire.State) { s.Known, s.HeardFrom = 0, 1 }))
			}
		}
	}
	for _, row := range []struct {
		name  string
		lie   func(*crowd)
		press []venue.Input
	}{
		{"that it holds rights that nobody can ask it for", func(c *crowd) {
			require.NoError(c.t, c.beat("a-thief", func(s *wire.State) { s.Homes = 77 }))
		}, []venue.Input{venue.Exclude{Gate: "a-thief"}}},
		{"that it is about to let somebody in", func(c *crowd) {
			require.True(c.t, c.claim("a-thief", scan("never")).Grant)
		}, []venue.Input{venue.Exclude{Gate: "a-thief"}}},
		{"that this disk is an old one", func(c *crowd) {
			require.NoError(c.t, c.beat("a-thief", func(s *wire.State) { s.Head = c.View().Venue.Head + 5; s.Others = 9 }))
		}, []venue.Input{venue.Exclude{Gate: "a-thief", OldHubOff: true}}},
	} {
		t.Run(row.name, func(t *testing.T) {
			gathered(t, nil, func(c *crowd) {
				row.lie(c)
				beats(c)
				before := c.claim("gate-1", scan("before"))
				require.True(t, before == nil || !before.Grant, "%+v", before)
				for _, press := range row.press {
					c.Do(press)
				}
				beats(c)
				after := c.claim("gate-2", scan("after"))
				require.NotNil(t, after)
				assert.True(t, after.Grant, "%+v", after)
			})
		})
	}
}
