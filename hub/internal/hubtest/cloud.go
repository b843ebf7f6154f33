package hubtest

import (
	"encoding/json"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"portaria/edge/ticket"
	"portaria/edge/whitelist"
	"portaria/edge/wire"
	"portaria/mqtt/broker"
)

// Token is the one that the cloud takes from its hub.
const Token = "token-of-hub-1"

// Cloud takes records of one hub, and sends it lists.
type Cloud struct {
	Signer
	Venue  ticket.EventID
	topics wire.HubTopics
	t      testing.TB
	broker *broker.Broker
	web    *httptest.Server
	mqtt   string

	mu      sync.Mutex
	blobs   map[whitelist.Hash][]byte
	secrets map[ticket.EventID]whitelist.Secrets
	down    bool
	silent  bool
	marks   map[wire.Watermark]uint64 // gate and run -> held
	events  []wire.Event
	states  []wire.HubState
	batches int
	terms   map[string]uint64 // by disk
	answers map[string]wire.Answer
	newest  uint64
}

// NewCloud starts a cloud for the hub of this name.
func NewCloud(t testing.TB, hub string) *Cloud {
	t.Helper()
	c := &Cloud{Signer: NewSigner("platform", "orchestra"), Venue: ID("venue"), topics: wire.HubTopics{Hub: hub}, t: t,
		blobs: map[whitelist.Hash][]byte{}, answers: map[string]wire.Answer{}, secrets: map[ticket.EventID]whitelist.Secrets{}, marks: map[wire.Watermark]uint64{}}
	c.secrets[c.Venue] = whitelist.Secrets{List: [32]byte{9}, Ref: [32]byte{9}}
	mux := http.NewServeMux()
	mux.HandleFunc("GET /blobs/{name}", c.door(c.blob))
	mux.HandleFunc("GET /secrets/{scope}", c.door(c.secret))
	c.web = httptest.NewServer(mux)
	t.Cleanup(c.web.Close)
	c.Plug()
	t.Cleanup(c.Unplug)
	return c
}

// MQTT and HTTP are the cloud's addresses.
func (c *Cloud) MQTT() string { return "tcp://" + c.mqtt }

// HTTP is where blobs are.
func (c *Cloud) HTTP() string { return c.web.URL }

// TokenFile writes the hub's token to a file.
func (c *Cloud) TokenFile() string {
	path := filepath.Join(c.t.(interface{ TempDir() string }).TempDir(), "token")
	require.NoError(c.t, os.WriteFile(path, []byte(Token+"\n"), 0o600))
	return path
}

// Plug starts the broker, at the address it had before. What was retained is gone, as after a restart.
func (c *Cloud) Plug() {
	c.t.Helper()
	address := c.mqtt
	if address == "" {
		address = "127.0.0.1:0"
	}
	var err error
	c.broker, err = broker.Start(c.t.Context(), broker.Config{Listen: address, OnPublish: c.take,
		Rights: func(id string) (wire.Rights, bool) { return c.topics.Rights(), id == c.topics.Hub }})
	require.NoError(c.t, err)
	c.mqtt = c.broker.Addr().(*net.TCPAddr).String()
	c.setDown(false)
}

// Unplug stops broker and blobs.
func (c *Cloud) Unplug() {
	c.setDown(true)
	_ = c.broker.Close()
}

func (c *Cloud) setDown(down bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.down = down
}

// Silent makes the cloud take records without a word.
func (c *Cloud) Silent(silent bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.silent = silent
}

// Connected tells whether the hub is.
func (c *Cloud) Connected() bool { return c.broker.Connected(c.topics.Hub) }

// Events is every record, each once, in the order that the cloud accepted them.
func (c *Cloud) Events() []wire.Event {
	c.mu.Lock()
	defer c.mu.Unlock()
	return append([]wire.Event(nil), c.events...)
}

// States is every heartbeat of the hub.
func (c *Cloud) States() []wire.HubState {
	c.mu.Lock()
	defer c.mu.Unlock()
	return append([]wire.HubState(nil), c.states...)
}

// Batches is how many messages with records came.
func (c *Cloud) Batches() int {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.batches
}

// take is what a cloud does with records: what follows the watermark is new, what is below it was here before.
func (c *Cloud) take(_, topic string, payload []byte) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	ack := wire.Ack{Incarnation: "db-1"}
	switch topic {
	case c.topics.Events():
		c.batches++
		batch, err := wire.Decode[wire.Events](payload)
		if err != nil {
			return broker.ErrDrop
		}
		source := wire.Watermark{Gate: batch.Gate, Run: batch.Run}
		for _, e := range batch.Events {
			if e.Seq == c.marks[source]+1 {
				c.marks[source]++
				c.events = append(c.events, e)
			}
		}
		ack.Number = batch.Number
	case c.topics.State():
		state, err := wire.Decode[wire.HubState](payload)
		if err != nil {
			return broker.ErrDrop
		}
		c.states = append(c.states, state)
		ack.Number, ack.Word = state.Number, c.word(state)
	case c.topics.Answer():
		answer, err := wire.Decode[wire.Answer](payload)
		if err != nil {
			return broker.ErrDrop
		}
		c.answers[answer.ID] = answer
		return nil
	case c.topics.Want():
		return c.back(payload)
	}
	for source, held := range c.marks {
		source.Cloud = held
		ack.Watermarks = append(ack.Watermarks, source)
	}
	if c.silent {
		return nil
	}
	raw, err := wire.Encode(ack)
	if err != nil {
		return err
	}
	return c.broker.Publish(c.topics.Ack(), raw, 1, false)
}

// word is what a cloud says of a hub's store; of one without a name it says nothing.
func (c *Cloud) word(state wire.HubState) *wire.Word {
	if state.Disk == "" {
		return nil
	}
	if c.terms == nil {
		c.terms = map[string]uint64{}
	}
	if c.terms[state.Disk] == 0 {
		c.terms[state.Disk] = max(c.newest+1, state.Term)
	}
	c.newest = max(c.newest, c.terms[state.Disk])
	return &wire.Word{Disk: state.Disk, Run: state.Run, Term: c.terms[state.Disk], Newest: c.newest, Of: len(c.marks), Whole: state.Whole}
}

// back hands back the records that a hub lacks.
func (c *Cloud) back(payload []byte) error {
	want, err := wire.Decode[wire.Want](payload)
	if err != nil {
		return broker.ErrDrop
	}
	out := wire.Events{Gate: want.Gate, Run: want.Run}
	for _, e := range c.events {
		if e.Gate == want.Gate && e.Run == want.Run && e.Seq == want.From+uint64(len(out.Events)) && len(out.Events) < 10 {
			out.Events = append(out.Events, e)
		}
	}
	raw, err := wire.Encode(out)
	if err != nil {
		return broker.ErrDrop
	}
	return c.broker.Publish(c.topics.Back(), raw, 0, false)
}

// Add puts a list's blobs on the shelf, and gives its event secrets.
func (c *Cloud) Add(l List) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for name, raw := range l.Blobs {
		c.blobs[name] = raw
	}
	c.secrets[l.Manifest.Event] = whitelist.Secrets{List: [32]byte{1, l.Manifest.Event[0]}, Ref: [32]byte{2}}
}

// SendVenue publishes a venue manifest, retained.
func (c *Cloud) SendVenue(v whitelist.SignedVenue) {
	c.publish(c.topics.Notice(), true, wire.VenueNotice{Venue: v.Raw()})
}

// SendList puts the blobs on the shelf and publishes the manifest, retained.
func (c *Cloud) SendList(l List) {
	c.Add(l)
	c.publish(c.topics.List(l.Manifest.Event), true, wire.ListNotice{Manifest: l.Manifest.Raw()})
}

// SendPatch publishes a patch.
func (c *Cloud) SendPatch(event ticket.EventID, raw []byte) {
	c.publish(c.topics.Patch(event), false, wire.PatchNotice{Patch: raw})
}

// Ask sends the hub a question of a telephone.
func (c *Cloud) Ask(q wire.Ask) { c.publish(c.topics.Ask(), false, q) }

// Answer is what the hub answered to a question.
func (c *Cloud) Answer(id string) (wire.Answer, bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	a, there := c.answers[id]
	return a, there
}

// SendRaw publishes anything.
func (c *Cloud) SendRaw(topic string, retained bool, payload []byte) {
	require.NoError(c.t, c.broker.Publish(topic, payload, 1, retained))
}

func (c *Cloud) publish(topic string, retained bool, message any) {
	c.t.Helper()
	var raw []byte
	var err error
	switch m := message.(type) {
	case wire.VenueNotice:
		raw, err = wire.Encode(m)
	case wire.ListNotice:
		raw, err = wire.Encode(m)
	case wire.PatchNotice:
		raw, err = wire.Encode(m)
	case wire.Ask:
		raw, err = wire.Encode(m)
	}
	require.NoError(c.t, err)
	c.SendRaw(topic, retained, raw)
}

func (c *Cloud) door(serve http.HandlerFunc) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		c.mu.Lock()
		defer c.mu.Unlock()
		id, token, _ := r.BasicAuth()
		switch {
		case c.down:
			http.Error(w, "down", http.StatusServiceUnavailable)
		case id != c.topics.Hub || token != Token:
			http.Error(w, "who?", http.StatusUnauthorized)
		default:
			serve(w, r)
		}
	}
}

func (c *Cloud) blob(w http.ResponseWriter, r *http.Request) {
	name, _ := whitelist.ParseHash(r.PathValue("name"))
	raw, ok := c.blobs[name]
	if !ok {
		http.NotFound(w, r)
		return
	}
	_, _ = w.Write(raw)
}

func (c *Cloud) secret(w http.ResponseWriter, r *http.Request) {
	scope, _ := ticket.ParseEventID(r.PathValue("scope"))
	secrets, ok := c.secrets[scope]
	if !ok {
		http.NotFound(w, r)
		return
	}
	secrets.Newest = 1 << 52 // whatever was published
	_ = json.NewEncoder(w).Encode(secrets)
}

// VenueSecrets are those of the venue itself, under which badges and PINs are kept.
func (c *Cloud) VenueSecrets() whitelist.Secrets { return c.secrets[c.Venue] }
