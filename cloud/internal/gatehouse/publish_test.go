package gatehouse_test

import (
	"errors"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"portaria/cloud/internal/gatehouse"
	"portaria/edge/wire"
)

// radio is a sender that remembers what it sent, and fails when told to.
type radio struct {
	sent     []string
	retained map[string][]byte
	broken   bool
}

func (r *radio) Send(topic string, payload []byte, retained bool) error {
	if r.broken {
		return errors.New("no connection")
	}
	r.sent = append(r.sent, topic)
	if retained {
		r.retained[topic] = payload
	}
	return nil
}

func newRadio() *radio { return &radio{retained: map[string][]byte{}} }

func (r *radio) take() []string {
	sent := r.sent
	r.sent = nil
	return sent
}

var topics = wire.HubTopics{Hub: "hub-1"}

func newOffice(t *testing.T) (house, *radio, *gatehouse.Office) {
	h, r := newHouse(t), newRadio()
	h.Hub(h.organizer, h.venue, "hub-1")
	o := h.Office(r)
	o.Round(t.Context())
	require.ElementsMatch(t, []string{topics.Notice(), topics.List(h.event)}, r.take())
	return h, r, o
}

func TestPatchesGoBeforeTheManifestTheyLeadTo(t *testing.T) {
	h, r, o := newOffice(t)
	for range 3 { // signed by another process, all before this one looks
		h.Sell(h.organizer, h.event)
		h.sign(t)
	}
	o.Round(t.Context())
	patch := topics.Patch(h.event)
	assert.Equal(t, []string{patch, patch, patch, topics.List(h.event)}, r.take())
	o.Round(t.Context())
	assert.Empty(t, r.take(), "nothing new")
}

func TestWhatCouldNotBeSentIsSentLater(t *testing.T) {
	h, r, o := newOffice(t)
	r.broken = true
	h.Sell(h.organizer, h.event)
	o.Round(t.Context())
	assert.Empty(t, r.take())
	r.broken = false
	o.Round(t.Context())
	assert.Equal(t, []string{topics.Patch(h.event), topics.List(h.event)}, r.take())
}

func TestAnEventThatIsOverIsTakenFromItsHubs(t *testing.T) {
	h, r, o := newOffice(t)
	h.At(time.Now().Add(3 * 24 * time.Hour))
	o.Round(t.Context())
	assert.Contains(t, r.take(), topics.List(h.event))
	assert.Empty(t, r.retained[topics.List(h.event)], "an empty retained message takes it away")
	o.Round(t.Context())
	assert.Empty(t, r.take())
}

func TestAHubOutOfServiceIsForgotten(t *testing.T) {
	h, r, o := newOffice(t)
	h.Exec("UPDATE hubs SET retired_at = now()")
	o.Round(t.Context())
	assert.ElementsMatch(t, []string{topics.Notice(), topics.List(h.event)}, r.take())
	assert.Empty(t, r.retained[topics.Notice()])
}

func TestOneEventThatCannotBeSignedDoesNotHoldUpTheOthers(t *testing.T) {
	h, r, o := newOffice(t)
	other := h.Event(h.organizer, h.venue, "Outra noite")
	o.Round(t.Context())
	r.take()
	h.Exec("ALTER TABLE manifests ADD CONSTRAINT never CHECK (event_id <> '" + h.event.String() + "') NOT VALID")
	h.Sell(h.organizer, h.event)
	h.Sell(h.organizer, other)
	o.Round(t.Context())
	assert.Equal(t, []string{topics.Patch(other), topics.List(other)}, r.take())
	h.Exec("ALTER TABLE manifests DROP CONSTRAINT never")
	h.At(time.Now().Add(time.Minute))
	o.Round(t.Context())
	assert.Contains(t, r.take(), topics.Patch(h.event), "and is signed once it can be")
}

func TestStaleBlobsAreSweptAndNeededOnesStay(t *testing.T) {
	h, _, o := newOffice(t)
	for range 5 {
		h.Sell(h.organizer, h.event)
		o.Round(t.Context())
	}
	var before, after int
	count := "SELECT count(*) FROM blobs WHERE scope_id = $1"
	require.NoError(t, h.Pool.QueryRow(t.Context(), count, [16]byte(h.event)).Scan(&before))
	require.Greater(t, before, 3)
	h.Exec("UPDATE blobs SET stale_at = stale_at - interval '1 hour'")
	h.Exec("UPDATE manifests SET made_at = made_at - interval '1 hour'")
	h.At(time.Now().Add(2 * time.Minute))
	o.Round(t.Context())
	require.NoError(t, h.Pool.QueryRow(t.Context(), count, [16]byte(h.event)).Scan(&after))
	assert.Equal(t, 3, after, "index, rules and the one bucket")
	assert.Len(t, h.entries(t), 5)
	lists, err := h.Store.SignedSince(t.Context(), h.event, 0)
	require.NoError(t, err)
	assert.Len(t, lists, 1)
}
