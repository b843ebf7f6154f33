package arbiters_test

import (
	"context"
	"encoding/binary"
	"errors"
	"flag"
	"fmt"
	"log/slog"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"portaria/cloud/internal/arbiter"
	"portaria/cloud/internal/ingest"
	"portaria/cloud/internal/postgres"
	"portaria/cloud/internal/postgres/arbiters"
	"portaria/cloud/internal/postgres/entries"
	"portaria/cloud/internal/postgres/postgrestest"
	cloudscan "portaria/cloud/internal/scan"
	"portaria/edge/admit"
	"portaria/edge/ticket"
	"portaria/edge/venue"
	"portaria/edge/whitelist"
	"portaria/edge/wire"
	"portaria/floor/wicket"
)

func TestMain(m *testing.M) {
	flag.Parse()
	_ = flag.Set("test.parallel", "4") // they wait more than they compute; the flag is the testing package's
	postgrestest.Main(m)
}

const patience = 30 * time.Second

// hall is a venue with an evening and no hub.
type hall struct {
	t         *testing.T
	pool      *pgxpool.Pool
	organizer uuid.UUID
	venue     uuid.UUID
	event     uuid.UUID
	manifest  *whitelist.Venue
}

func newHall(t *testing.T) *hall {
	t.Helper()
	h := &hall{t: t, pool: postgrestest.New(t), organizer: uuid.New(), venue: uuid.New(), event: uuid.New()}
	h.exec("INSERT INTO organizers (id, name, language) VALUES ($1, 'Casa', 'pt-BR')", h.organizer)
	h.exec("INSERT INTO venues (id, organizer_id, name, time_zone) VALUES ($1, $2, 'Teatro', 'UTC')", h.venue, h.organizer)
	h.exec(`INSERT INTO events (id, organizer_id, venue_id, name, doors_at, starts_at, ends_at, currency)
		VALUES ($1, $2, $3, 'Noite', now() - interval '1 hour', now(), now() + interval '4 hours', 'BRL')`, h.event, h.organizer, h.venue)
	h.manifest = &whitelist.Venue{Venue: ticket.EventID(h.venue), Epoch: 1, TimeZone: "UTC", Checkpoints: []whitelist.Checkpoint{{
		ID: "door", Direction: whitelist.Both, Mode: whitelist.Open, Policy: whitelist.Free, Events: []ticket.EventID{ticket.EventID(h.event)}}}}
	return h
}

func (h *hall) exec(sql string, args ...any) {
	h.t.Helper()
	_, err := h.pool.Exec(postgres.System(h.t.Context()), sql, args...)
	require.NoError(h.t, err)
}

// cloud is one process. Its leases may be made to fail.
func (h *hall) cloud(name string, leases arbiter.Leases) *arbiter.Arbiters {
	if leases == nil {
		leases = arbiters.Leases{Pool: h.pool}
	}
	a := arbiter.New(postgres.System(h.t.Context()), arbiter.Config{Leases: leases, Holder: name, Log: slog.New(slog.DiscardHandler),
		Venue: func(context.Context, ticket.EventID, ticket.EventID) (*whitelist.Venue, *time.Location, error) {
			return h.manifest, time.UTC, nil
		}})
	h.t.Cleanup(a.Close)
	return a
}

func (h *hall) at(a *arbiter.Arbiters) *arbiter.Seat {
	h.t.Helper()
	s, err := a.At(h.ctx(), ticket.EventID(h.venue))
	require.NoError(h.t, err)
	return s
}

func (h *hall) ctx() context.Context { return postgres.System(h.t.Context()) }

var scans atomic.Uint64

func newScan() (id admit.ScanID) {
	binary.BigEndian.PutUint64(id[:], scans.Add(1))
	return id
}

// show is a ticket shown at a telephone.
func (h *hall) show(number byte, phone string) wicket.Ask {
	return wicket.Ask{Scan: newScan(), Gate: wicket.Prefix + phone, Checkpoint: "door", Auto: true, Code: admit.Code{Match: admit.Listed,
		Event: whitelist.VenueEvent{Event: ticket.EventID(h.event)}, Kind: whitelist.Kind{Use: whitelist.UseSingle},
		Entry: whitelist.Entry{Ref: whitelist.Ref{number}, State: whitelist.Good}}}
}

func (h *hall) scan(s *arbiter.Seat, ask wicket.Ask) wicket.Said {
	h.t.Helper()
	ctx, cancel := context.WithTimeout(h.ctx(), patience)
	defer cancel()
	said, err := s.Scan(ctx, ask)
	require.NoError(h.t, err)
	return said
}

func (h *hall) admissions(number byte) (n int) {
	h.t.Helper()
	ref := whitelist.Ref{number}
	require.NoError(h.t, h.pool.QueryRow(h.ctx(), "SELECT count(*) FROM entry_events WHERE venue_id = $1 AND ref = $2 AND type = 'admission'", h.venue, ref[:]).Scan(&n))
	return n
}

func TestOfSixtyFourPhonesWithOneTicketOneAdmits(t *testing.T) {
	t.Parallel()
	h := newHall(t)
	s := h.at(h.cloud("a", nil))
	var admitted, refused atomic.Int32
	var all sync.WaitGroup
	for i := range 64 {
		all.Go(func() {
			said := h.scan(s, h.show(1, fmt.Sprint("p", i)))
			if said.Verdict.Admit {
				admitted.Add(1)
				assert.Equal(t, wicket.Passed, said.Passage)
			} else {
				refused.Add(1)
				assert.Contains(t, []admit.Reason{admit.AlreadyUsed, admit.PendingElsewhere}, said.Verdict.Reason)
				assert.NotEmpty(t, said.Verdict.Gate)
			}
		})
	}
	all.Wait()
	assert.EqualValues(t, 1, admitted.Load())
	assert.EqualValues(t, 63, refused.Load())
	assert.Equal(t, 1, h.admissions(1))
}

func TestAScanSentAgainHasOneAnswerAlsoAfterARestart(t *testing.T) {
	t.Parallel()
	h := newHall(t)
	first := h.cloud("a", nil)
	s := h.at(first)
	ask := h.show(1, "ana")
	before := h.scan(s, ask)
	require.True(t, before.Verdict.Admit)
	assert.Equal(t, before, h.scan(s, ask))
	first.Close()

	s = h.at(h.cloud("b", nil))
	assert.Equal(t, before, h.scan(s, ask))
	again := h.scan(s, h.show(1, "ana"))
	assert.Equal(t, admit.AlreadyUsed, again.Verdict.Reason)
	assert.Equal(t, "phone-ana", again.Verdict.Gate)
	assert.Equal(t, 1, h.admissions(1))
}

func TestAnAdmissionWaitsForItsPassageAndMayBeTakenBack(t *testing.T) {
	t.Parallel()
	h := newHall(t)
	s := h.at(h.cloud("a", nil))
	ask := h.show(1, "ana")
	ask.Auto = false
	require.Equal(t, wicket.Waiting, h.scan(s, ask).Passage)
	assert.Equal(t, admit.AlreadyUsed, h.scan(s, h.show(1, "bia")).Verdict.Reason)
	for range 2 {
		p, err := s.House.Close(h.ctx(), ask, false)
		require.NoError(t, err)
		assert.Equal(t, wicket.Aborted, p)
	}
	other := h.show(1, "bia")
	require.True(t, h.scan(s, other).Verdict.Admit, "the ticket is free again")
	_, err := s.House.Close(h.ctx(), other, false)
	require.ErrorIs(t, err, wicket.ErrOver)
	p, err := s.House.Close(h.ctx(), ask, true)
	require.NoError(t, err, "somebody went through all the same: that is recorded, whatever it means")
	assert.Equal(t, wicket.Passed, p)
	strange := h.show(1, "ana")
	_, err = s.House.Close(h.ctx(), strange, true)
	assert.ErrorIs(t, err, wicket.ErrNoScan)
}

func TestOneProcessDecidesAtATime(t *testing.T) {
	t.Parallel()
	h := newHall(t)
	one, two := h.cloud("one", nil), h.cloud("two", nil)
	s := h.at(one)
	require.True(t, h.scan(s, h.show(1, "ana")).Verdict.Admit)
	_, err := two.At(h.ctx(), ticket.EventID(h.venue))
	var elsewhere *arbiter.ElsewhereError
	require.ErrorAs(t, err, &elsewhere)
	assert.Equal(t, "one", elsewhere.Holder)
	one.Close()
	s = h.at(two)
	assert.Equal(t, admit.AlreadyUsed, h.scan(s, h.show(1, "bia")).Verdict.Reason, "given up at once, and nothing is forgotten")
}

// paused is a process that stops before a commit and does not know for how long.
type paused struct {
	arbiters.Leases
	gate chan struct{} // nil = runs
	mu   sync.Mutex
}

func (p *paused) Renew(ctx context.Context, l arbiter.Lease, life time.Duration) error {
	if p.waiting() != nil {
		return errors.New("asleep")
	}
	return p.Leases.Renew(ctx, l, life)
}

func (p *paused) waiting() chan struct{} {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.gate
}

func (p *paused) sleep() (wake func()) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.gate = make(chan struct{})
	return sync.OnceFunc(func() { close(p.gate) })
}

func (p *paused) Store(l arbiter.Lease) arbiter.Store { return &pausedStore{p.Leases.Store(l), p} }

type pausedStore struct {
	arbiter.Store
	p *paused
}

func (s *pausedStore) Commit(ctx context.Context, commits []venue.Commit) error {
	if wait := s.p.waiting(); wait != nil {
		<-wait
	}
	return s.Store.Commit(ctx, commits)
}

func TestAProcessThatWasPausedGrantsNothingWhenItWakes(t *testing.T) {
	t.Parallel()
	h := newHall(t)
	leases := &paused{Leases: arbiters.Leases{Pool: h.pool}}
	old := h.cloud("old", leases)
	s := h.at(old)
	require.True(t, h.scan(s, h.show(9, "ana")).Verdict.Admit)
	wake := leases.sleep()
	defer wake()
	answers := make(chan error, 1)
	ask := h.show(1, "ana")
	go func() {
		ctx, cancel := context.WithTimeout(h.ctx(), patience)
		defer cancel()
		said, err := s.Scan(ctx, ask)
		if err == nil && !said.Verdict.Admit {
			err = errors.New("refused")
		}
		answers <- err
	}()
	h.exec("UPDATE arbiters SET until = 'epoch' WHERE venue_id = $1", h.venue) // six seconds later
	next := h.at(h.cloud("new", nil))
	require.True(t, h.scan(next, h.show(1, "bia")).Verdict.Admit)
	wake()
	require.Error(t, <-answers, "whoever was asked of the sleeper was not let in")
	assert.Equal(t, 1, h.admissions(1))
	_, err := old.At(h.ctx(), ticket.EventID(h.venue))
	var elsewhere *arbiter.ElsewhereError
	assert.ErrorAs(t, err, &elsewhere)
}

// halting fails one commit that has an admission in it: before it is durable, or after.
type halting struct {
	arbiters.Leases
	armed atomic.Bool
	after bool
}

func (f *halting) Store(l arbiter.Lease) arbiter.Store { return &haltingStore{f.Leases.Store(l), f} }

type haltingStore struct {
	arbiter.Store
	f *halting
}

func (s *haltingStore) Commit(ctx context.Context, commits []venue.Commit) error {
	fatal := false
	for _, c := range commits {
		fatal = fatal || len(c.Events) > 0 && s.f.armed.CompareAndSwap(true, false)
	}
	if fatal && !s.f.after {
		return errors.New("the connection broke")
	}
	err := s.Store.Commit(ctx, commits)
	if fatal {
		return errors.New("the connection broke, nobody knows when")
	}
	return err
}

func TestACommitThatBreaksLetsNobodyInTwiceAndLosesNoTicket(t *testing.T) {
	t.Parallel()
	for _, after := range []bool{false, true} {
		t.Run(fmt.Sprintf("durable all the same: %v", after), func(t *testing.T) {
			h := newHall(t)
			leases := &halting{Leases: arbiters.Leases{Pool: h.pool}, after: after}
			s := h.at(h.cloud("a", leases))
			leases.armed.Store(true)
			ask := h.show(1, "ana")
			_, err := s.Scan(h.ctx(), ask)
			require.ErrorIs(t, err, wicket.ErrUnsaved, "nobody is told to come in")
			said := h.scan(s, ask)
			assert.True(t, said.Verdict.Admit, "the same scan again: %s", said.Verdict.Reason)
			assert.Equal(t, 1, h.admissions(1))
			assert.Equal(t, admit.AlreadyUsed, h.scan(s, h.show(1, "bia")).Verdict.Reason)
		})
	}
}

func TestAGrantWithoutARecordIsFreeAfterARestart(t *testing.T) {
	t.Parallel()
	h := newHall(t)
	leases := &halting{Leases: arbiters.Leases{Pool: h.pool}}
	first := h.cloud("a", leases)
	s := h.at(first)
	leases.armed.Store(true)
	_, err := s.Scan(h.ctx(), h.show(1, "ana"))
	require.ErrorIs(t, err, wicket.ErrUnsaved)
	first.Close() // killed before it came to itself
	s = h.at(h.cloud("b", nil))
	require.Eventually(t, func() bool { return h.scan(s, h.show(1, "bia")).Verdict.Admit }, patience, 50*time.Millisecond,
		"nobody came in on the grant: another may")
	assert.Equal(t, 1, h.admissions(1))
}

func TestAHubThatJoinsEndsTheCloudsArbiter(t *testing.T) {
	t.Parallel()
	h := newHall(t)
	a := h.cloud("a", nil)
	s := h.at(a)
	require.True(t, h.scan(s, h.show(1, "ana")).Verdict.Admit)
	h.exec("INSERT INTO hubs (id, organizer_id, venue_id, name, token_hash, joined_at) VALUES ('hub-1', $1, $2, 'Hub', '', now())", h.organizer, h.venue)
	ctx, cancel := context.WithTimeout(h.ctx(), 3*time.Second)
	defer cancel()
	_, err := s.Scan(ctx, h.show(2, "ana"))
	require.Error(t, err, "from the moment at which it joins")
	require.Zero(t, h.admissions(2))
	var hub *arbiter.HubError
	require.Eventually(t, func() bool {
		_, err := a.At(h.ctx(), ticket.EventID(h.venue))
		return errors.As(err, &hub)
	}, patience, 50*time.Millisecond)
	assert.Equal(t, "hub-1", hub.Hub)

	word, isNew, err := entries.New(h.pool).Word(h.ctx(), ingest.Hub{ID: "hub-1", Organizer: ticket.EventID(h.organizer), Venue: ticket.EventID(h.venue)},
		wire.HubState{Hub: "hub-1", Disk: "disk-1", New: true}, false)
	require.NoError(t, err)
	assert.True(t, isNew)
	assert.Greater(t, word.Term, uint64(1), "above the cloud's, so that what the cloud has is handed back to it first")
	assert.Equal(t, word.Term, word.Newest)

	h.exec("UPDATE hubs SET retired_at = now()")
	s = h.at(h.cloud("b", nil))
	assert.Equal(t, admit.AlreadyUsed, h.scan(s, h.show(1, "bia")).Verdict.Reason)
	assert.Greater(t, s.View().Term, word.Term, "gates that obeyed the hub obey the cloud now")
}

func TestWhatADeviceDecidedAloneIsKeptOnceAndItsDoublesAreFound(t *testing.T) {
	t.Parallel()
	h := newHall(t)
	s := h.at(h.cloud("a", nil))
	require.True(t, h.scan(s, h.show(1, "ana")).Verdict.Admit)
	run, scan, ref := wire.Run{Start: 1, Random: 77}, newScan(), whitelist.Ref{1}
	batch := wire.Events{V: wire.Version, Gate: "phone-bia", Run: run, Events: []wire.Event{{Gate: "phone-bia", Run: run, Seq: 1, Type: wire.Admission,
		Scan: scan, Ref: ref, Event: ticket.EventID(h.event), Reason: admit.OKOffline, At: 1_790_000_000_000, Clock: admit.Synced, Lane: 1, Checkpoint: "door",
		Terms:  &admit.Terms{Use: whitelist.UseSingle, Uses: 1, Group: 1},
		Record: &admit.Record{Scan: scan, Kind: admit.Entry, At: 1_790_000_000_000, Gate: "phone-bia", Lane: 1, Checkpoint: "door", Offline: true}}}}
	for range 2 {
		require.NoError(t, s.Bring("phone-bia", batch))
	}
	assert.Equal(t, 2, h.admissions(1), "it happened: it is kept, and once")
	found, err := entries.New(h.pool).Histories(h.ctx(), h.organizer, h.event, whitelist.Ref{}, 10)
	require.NoError(t, err)
	conflicts := ingest.Conflicts(found, func(uint16) admit.Terms { return admit.Terms{Use: whitelist.UseSingle, Uses: 1} })
	require.Len(t, conflicts, 1)
	assert.Len(t, conflicts[0].Entries, 2)
}

func TestAPersonTakesSoManyNamesOfAVenueAndNoMore(t *testing.T) {
	t.Parallel()
	h := newHall(t)
	store, most := arbiters.Scans{Pool: h.pool}, cloudscan.Most{Venue: 500, Owner: 3}
	own := func(owner string, n int) error {
		return store.OwnDevice(h.ctx(), h.organizer, h.venue, fmt.Sprint("phone-", n), owner, most)
	}
	for n := range 3 {
		require.NoError(t, own("person ana", n))
	}
	require.ErrorIs(t, own("person ana", 3), cloudscan.ErrDeviceTaken, "who has taken her telephone takes no more")
	require.NoError(t, own("person ana", 2), "what she has is hers")
	require.NoError(t, own("person bia", 3))
	h.exec("UPDATE scan_devices SET made_at = now() - interval '31 days' WHERE owner = 'person ana'")
	assert.NoError(t, own("person ana", 4), "telephones of last season count no more")
}
