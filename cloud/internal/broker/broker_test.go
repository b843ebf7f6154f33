package broker_test

import (
	"context"
	"flag"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"portaria/cloud/internal/broker"
	"portaria/cloud/internal/gatehouse"
	"portaria/cloud/internal/ingest"
	"portaria/cloud/internal/postgres/entries"
	"portaria/cloud/internal/postgres/gates/gatestest"
	"portaria/cloud/internal/postgres/postgrestest"
	"portaria/edge/ticket"
	"portaria/edge/whitelist"
	"portaria/edge/wire"
	"portaria/mqtt/session"
)

func TestMain(m *testing.M) {
	flag.Parse()
	_ = flag.Set("test.parallel", "4") // they wait more than they compute; the flag is the testing package's
	postgrestest.Main(m)
}

const patience = 30 * time.Second

// cloud is a world whose broker and office run.
type cloud struct {
	*gatestest.World
	organizer, venue, event ticket.EventID
	token                   string
	broker                  broker.Line
}

func newCloud(t *testing.T) *cloud {
	w := gatestest.New(t)
	c := &cloud{World: w, organizer: w.Organizer("Teatro")}
	c.venue = w.Venue(c.organizer, "Sala")
	c.event = w.Event(c.organizer, c.venue, "Noite")
	c.token = w.Hub(c.organizer, c.venue, "hub-1")
	w.Gate(c.organizer, c.venue, "gate-1")
	return c
}

func (c *cloud) open(t *testing.T) {
	t.Helper()
	log := slog.New(slog.DiscardHandler)
	var err error
	c.broker, err = broker.Start(t.Context(), broker.Config{
		Listen: "127.0.0.1:0", Hubs: &gatehouse.Hubs{Store: c.Store, Keys: c.Keys}, Log: log,
		Intake: &ingest.Intake{Store: entries.New(c.Pool), Incarnation: "life-1", Now: c.Now, Log: log},
	})
	require.NoError(t, err)
	ctx, cancel := context.WithCancel(context.Background())
	wake, done := make(chan struct{}, 1), make(chan struct{}, 2)
	office := c.Office(c.broker)
	office.Wake = wake
	go func() { office.Run(ctx); done <- struct{}{} }()
	go func() { c.Store.Listen(ctx, wake, log); done <- struct{}{} }()
	t.Cleanup(func() {
		cancel()
		<-done
		<-done
		assert.NoError(t, c.broker.Close())
	})
}

// hub is a fake hub: an MQTT client that remembers the newest of what it got.
type hub struct {
	*session.Session
	topics wire.HubTopics
}

func (c *cloud) connect(t *testing.T, id string, subscribe ...string) hub {
	t.Helper()
	topics := wire.HubTopics{Hub: id}
	if subscribe == nil {
		subscribe = []string{topics.Ack(), topics.Notice(), topics.Lists(), topics.Patches()}
	}
	filters := map[string]byte{}
	for _, topic := range subscribe {
		filters[topic] = 1
	}
	s, err := session.Open(session.Config{
		URL: "tcp://" + c.broker.Addr().String(), ClientID: id, Subscribe: filters, MaxInterval: 100 * time.Millisecond,
	})
	require.NoError(t, err)
	t.Cleanup(func() { _ = s.Close() })
	return hub{s, topics}
}

// next waits for a message on a topic that is.
func (h hub) next(t *testing.T, topic string, is func(payload []byte) bool) []byte {
	t.Helper()
	deadline := time.After(patience)
	for {
		select {
		case m := <-h.Messages():
			if m.Topic == topic && is(m.Payload) {
				return m.Payload
			}
		case <-deadline:
			require.FailNow(t, "nothing came", "on %s", topic)
		}
	}
}

func (c *cloud) manifest(t *testing.T, payload []byte) whitelist.SignedManifest {
	t.Helper()
	notice, err := wire.Decode[wire.ListNotice](payload)
	require.NoError(t, err)
	m, err := whitelist.OpenManifest(notice.Manifest, c.Keys.PlatformKey(), c.Now())
	require.NoError(t, err)
	require.NoError(t, m.For(c.event, c.organizer))
	return m
}

func (c *cloud) patch(t *testing.T, payload []byte) whitelist.Patch {
	t.Helper()
	notice, err := wire.Decode[wire.PatchNotice](payload)
	require.NoError(t, err)
	p, err := whitelist.OpenPatch(notice.Patch, c.Keys.PlatformKey(), c.Now())
	require.NoError(t, err)
	return p
}

func any(payload []byte) bool { return len(payload) > 0 }

func TestASaleAndARefundReachTheHubWithinASecond(t *testing.T) {
	c := newCloud(t)
	c.open(t)
	h := c.connect(t, "hub-1")
	c.manifest(t, h.next(t, h.topics.List(c.event), any))
	secrets, err := c.Keys.Secrets(t.Context(), c.event, c.organizer)
	require.NoError(t, err)

	var id ticket.ID
	for _, step := range []struct {
		what  string
		do    func()
		state whitelist.State
	}{
		{"a sale", func() { id = c.Sell(c.organizer, c.event) }, whitelist.Good},
		{"its refund", func() { c.SetState(c.event, id, whitelist.Revoked) }, whitelist.Revoked},
	} {
		start := time.Now()
		step.do()
		p := c.patch(t, h.next(t, h.topics.Patch(c.event), any))
		assert.Less(t, time.Since(start), time.Second, step.what)
		require.Len(t, p.Entries, 1, step.what)
		assert.Equal(t, whitelist.TicketKey(secrets.List, id), p.Entries[0].Key, step.what)
		assert.Equal(t, step.state, p.Entries[0].State, step.what)
	}
}

func TestAChangedCheckpointReachesTheHubWithinASecond(t *testing.T) {
	c := newCloud(t)
	door := uuid.Must(uuid.NewV7())
	c.Exec(`INSERT INTO checkpoints (id, organizer_id, venue_id, name, direction, mode, policy, unlisted)
		VALUES ($1, $2, $3, 'Porta A', 'in', 'open', 'free', 'admit')`, door, uuid.UUID(c.organizer), uuid.UUID(c.venue))
	c.open(t)
	h := c.connect(t, "hub-1")
	read := func(payload []byte) whitelist.SignedVenue {
		notice, err := wire.Decode[wire.VenueNotice](payload)
		require.NoError(t, err)
		v, err := whitelist.OpenVenue(notice.Venue, c.Keys.PlatformKey(), c.Now())
		require.NoError(t, err)
		require.NoError(t, v.For(c.venue, c.organizer))
		return v
	}
	before := read(h.next(t, h.topics.Notice(), any))
	require.Len(t, before.Checkpoints, 1)
	assert.Equal(t, whitelist.Open, before.Checkpoints[0].Mode)
	assert.Equal(t, []ticket.EventID{c.event}, before.Checkpoints[0].Events, "no chosen events means every event")

	start := time.Now()
	c.Exec("UPDATE checkpoints SET mode = 'closed' WHERE id = $1", door)
	after := read(h.next(t, h.topics.Notice(), any))
	assert.Less(t, time.Since(start), time.Second)
	assert.Equal(t, whitelist.Closed, after.Checkpoints[0].Mode)
	assert.Greater(t, after.Epoch, before.Epoch)
}

func TestWhatWasSignedButNotSentIsSentAtTheNextStart(t *testing.T) {
	c := newCloud(t)
	c.Sell(c.organizer, c.event)
	_, err := c.Lists.Sign(t.Context(), c.event) // and then the program dies, before it publishes
	require.NoError(t, err)
	signed, err := c.Store.SignedSince(t.Context(), c.event, 0)
	require.NoError(t, err)

	c.open(t)
	h := c.connect(t, "hub-1")
	m := c.manifest(t, h.next(t, h.topics.List(c.event), any))
	assert.Equal(t, signed[len(signed)-1].Epoch, m.Epoch)
	assert.EqualValues(t, 1, m.Count)
}

func TestAHubThatWasAwayGetsTheNewestList(t *testing.T) {
	t.Parallel()
	c := newCloud(t)
	c.open(t)
	require.Eventually(t, func() bool {
		lists, err := c.Store.SignedSince(t.Context(), c.event, 0)
		return err == nil && len(lists) > 0
	}, patience, 10*time.Millisecond)
	for range 3 {
		c.Sell(c.organizer, c.event)
	}
	h := c.connect(t, "hub-1")
	h.next(t, h.topics.List(c.event), func(payload []byte) bool { return c.manifest(t, payload).Count == 3 })
}

func TestOnlyHubsInServiceConnect(t *testing.T) {
	t.Parallel()
	c := newCloud(t)
	c.open(t)
	stranger := c.connect(t, "hub-9")
	h := c.connect(t, "hub-1")
	h.next(t, h.topics.Notice(), any)
	assert.False(t, stranger.Up(), "an id that the cloud does not know")
	assert.True(t, c.broker.Connected("hub-1"))

	c.Exec("UPDATE hubs SET retired_at = now() WHERE id = 'hub-1'")
	require.Eventually(t, func() bool { return !c.broker.Connected("hub-1") && !h.Up() }, patience, 20*time.Millisecond,
		"a hub taken out of service is cut off")
}

func TestAHubReadsAndWritesItsOwnTopicsOnly(t *testing.T) {
	c := newCloud(t)
	other := c.Organizer("Outro")
	elsewhere := c.Venue(other, "Longe")
	c.Hub(other, elsewhere, "hub-2")
	theirs := c.Event(other, elsewhere, "Deles")
	c.open(t)
	victim := c.connect(t, "hub-2")
	victim.next(t, victim.topics.List(theirs), any)
	spy := c.connect(t, "hub-1", "portaria/#", victim.topics.Lists(), victim.topics.Ack())
	require.Eventually(t, func() bool { return c.broker.Connected("hub-1") }, patience, time.Millisecond)
	c.Hub(c.organizer, c.venue, "hub-3")
	forge := c.connect(t, "hub-3")
	forge.next(t, forge.topics.Notice(), any)
	forged, err := wire.Encode(wire.HubState{Number: 666, Hub: "hub-2"})
	require.NoError(t, err)
	_ = forge.Publish(victim.topics.State(), 1, forged)
	_ = forge.Publish(forge.topics.State(), 1, forged)

	own, err := wire.Encode(wire.HubState{Number: 1, Hub: "hub-2"})
	require.NoError(t, err)
	require.NoError(t, victim.Publish(victim.topics.State(), 1, own))
	answer, err := wire.Decode[wire.Ack](victim.next(t, victim.topics.Ack(), any))
	require.NoError(t, err)
	assert.EqualValues(t, 1, answer.Number, "another hub's word for its state was not taken")
	assert.Empty(t, spy.Messages(), "another hub's messages were not given")
}

func TestABigPatchIsABlobThatOnlyThisVenuesHubsFetch(t *testing.T) {
	c := newCloud(t)
	other := c.Organizer("Outro")
	token := c.Hub(other, c.Venue(other, "Longe"), "hub-2")
	c.open(t)
	h := c.connect(t, "hub-1")
	h.next(t, h.topics.List(c.event), any)
	c.Exec(`INSERT INTO list_entries (event_id, organizer_id, code, ref, kind, state)
		SELECT $1, $2, lpad(to_hex(n), 16, '0'), decode(md5(n::text), 'hex'), 0, 1 FROM generate_series(1, 400) n`,
		uuid.UUID(c.event), uuid.UUID(c.organizer))
	notice, err := wire.Decode[wire.PatchNotice](h.next(t, h.topics.Patch(c.event), any))
	require.NoError(t, err)
	require.Empty(t, notice.Patch)

	hubs := &gatehouse.Hubs{Store: c.Store, Keys: c.Keys}
	door := httptest.NewServer((&broker.Door{Shelf: hubs, Log: slog.New(slog.DiscardHandler)}).Handler())
	defer door.Close()
	path := "/blobs/" + notice.Blob.String()
	for _, row := range []struct {
		what, path, id, token string
		status                int
	}{
		{"the venue's hub", path, "hub-1", c.token, http.StatusOK},
		{"another organizer's hub", path, "hub-2", token, http.StatusNotFound},
		{"a wrong token", path, "hub-1", token, http.StatusUnauthorized},
		{"no such hub", path, "hub-9", c.token, http.StatusUnauthorized},
		{"nobody", path, "", "", http.StatusUnauthorized},
		{"a name that is no hash", "/blobs/index", "hub-1", c.token, http.StatusNotFound},
		{"a hash of nothing", "/blobs/" + whitelist.HashOf([]byte("x")).String(), "hub-1", c.token, http.StatusNotFound},
		{"the event's secrets", "/secrets/" + c.event.String(), "hub-1", c.token, http.StatusOK},
		{"the venue's secrets", "/secrets/" + c.venue.String(), "hub-1", c.token, http.StatusOK},
		{"secrets for another organizer's hub", "/secrets/" + c.event.String(), "hub-2", token, http.StatusNotFound},
		{"secrets of nothing", "/secrets/" + uuid.NewString(), "hub-1", c.token, http.StatusNotFound},
	} {
		request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, door.URL+row.path, nil)
		require.NoError(t, err)
		request.SetBasicAuth(row.id, row.token)
		answer, err := http.DefaultTransport.RoundTrip(request)
		require.NoError(t, err)
		assert.Equal(t, row.status, answer.StatusCode, row.what)
		require.NoError(t, answer.Body.Close())
	}
}
