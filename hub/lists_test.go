package hub_test

import (
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/klauspost/compress/zstd"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"portaria/edge/ticket"
	"portaria/edge/whitelist"
	"portaria/edge/wire"
	"portaria/hub/internal/hubtest"
)

// epochAt is the epoch of the newest list that a gate was sent, 0 = none.
func epochAt(t *testing.T, g *hubtest.Gate, event ticket.EventID) (epoch uint64) {
	t.Helper()
	for _, raw := range g.Got(wire.VenueTopics{Venue: g.Venue}.List(event)) {
		notice, err := wire.Decode[wire.ListNotice](raw)
		require.NoError(t, err)
		m, err := whitelist.OpenManifest(notice.Manifest, hubtest.Public("platform"), time.Time{})
		require.NoError(t, err)
		epoch = m.Epoch
	}
	return epoch
}

func (w *world) listEpoch(epoch uint64) {
	w.t.Helper()
	w.eventually("the list is on the hub with all its blobs", func() bool {
		lists := w.hub.Status().Lists
		return len(lists) > 0 && lists[0].Epoch == epoch && lists[0].Complete
	})
}

// refusal waits until the hub reports that something of the cloud was refused for a reason.
func (w *world) refusal(why string) {
	w.t.Helper()
	w.eventually("refused: "+why, func() bool {
		for _, r := range w.hub.Status().Refused {
			if strings.Contains(r.Why, why) {
				return true
			}
		}
		return false
	})
}

func TestListsReachGatesAndOutliveTheCloud(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.sendVenue(1, evening)
	w.cloud.SendList(w.cloud.List(t, evening, 5, 3000))
	w.listEpoch(5)
	g := w.gate("gate-1")
	w.eventually("the gate has it", func() bool { return epochAt(t, g, evening) == 5 })

	w.cloud.Unplug()
	w.restart()
	late := w.gate("gate-2")
	w.eventually("a gate that comes later gets it from a restarted hub with no cloud", func() bool {
		return epochAt(t, late, evening) == 5 && len(late.Got(wire.VenueTopics{Venue: w.cloud.Venue}.Notice())) == 1
	})
	list := w.cloud.List(t, evening, 5, 3000)
	for name, raw := range list.Blobs {
		assert.Equal(t, raw, body(t, w.get("/blobs/"+name.String())))
	}
}

func TestANewerListReplacesAnOlderOne(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.sendVenue(1, evening)
	old := w.cloud.List(t, evening, 5, 10)
	w.cloud.SendList(old)
	w.listEpoch(5)
	g := w.gate("gate-1")
	next := w.cloud.List(t, evening, 6, 11)
	w.cloud.SendPatch(evening, w.cloud.Patch(t, 5, next, whitelist.Entry{Key: whitelist.Key{9}, State: whitelist.Good}))
	w.cloud.SendList(next)
	w.listEpoch(6)
	w.eventually("the gate has it", func() bool { return epochAt(t, g, evening) == 6 })
	assert.Len(t, g.Got(wire.VenueTopics{Venue: w.cloud.Venue}.Patch(evening)), 1)
}

func TestWhatTheCloudMayNotSayIsRefusedAndReported(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.sendVenue(5, evening)
	w.cloud.SendList(w.cloud.List(t, evening, 5, 10))
	w.listEpoch(5)
	g := w.gate("gate-1")
	w.eventually("the gate has it", func() bool { return epochAt(t, g, evening) == 5 })

	w.cloud.SendList(hubtest.NewSigner("another platform", "orchestra").List(t, evening, 9, 10))
	w.refusal("not signed by whom it should be")
	w.cloud.SendList(hubtest.NewSigner("platform", "circus").List(t, evening, 9, 10))
	w.refusal("a list of event " + evening.String() + " by organizer")
	w.cloud.SendList(w.cloud.List(t, evening, 4, 10))
	w.refusal("epoch 4, held 5: older than what is already held")
	w.cloud.SendVenue(w.cloud.Signer.Venue(t, w.cloud.Venue, 4, evening))
	w.refusal("epoch 4, held 5")
	w.cloud.SendVenue(w.cloud.Signer.Venue(t, hubtest.ID("another venue"), 9, evening))
	w.refusal("a manifest of venue " + hubtest.ID("another venue").String())
	w.cloud.SendPatch(evening, w.cloud.Patch(t, 2, w.cloud.List(t, evening, 3, 10)))
	w.refusal("epoch 3, held 5")
	topics := wire.HubTopics{Hub: "hub-1"}
	w.cloud.SendRaw(topics.List(evening), true, []byte("{"))
	w.cloud.SendRaw(topics.Notice(), true, []byte(`{"v":1,"venue":"AAAA"}`))
	w.cloud.SendRaw(topics.Patch(evening), false, []byte(`{"v":2}`))
	w.refusal("another protocol version")

	assert.EqualValues(t, 5, epochAt(t, g, evening), "nothing of it reached the gate")
	assert.EqualValues(t, 5, w.hub.Status().Lists[0].Epoch)
	assert.Contains(t, w.logs.String(), "refused a list of event")
}

func TestAListThatComesBeforeItsVenueWaits(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.eventually("the cloud is there", func() bool { return w.hub.Status().Cloud.Connected })
	w.cloud.SendList(w.cloud.List(t, evening, 5, 10))
	w.sendVenue(1, evening)
	w.listEpoch(5)
}

func TestAnEventThatIsOverIsForgotten(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.sendVenue(1, evening, matinee)
	w.cloud.SendList(w.cloud.List(t, evening, 5, 10))
	w.cloud.SendList(w.cloud.List(t, matinee, 5, 10))
	w.listEpoch(5)
	w.sendVenue(2, evening)
	assert.Len(t, w.hub.Status().Lists, 1)
	w.restart()
	assert.Len(t, w.hub.Status().Lists, 1)
	g := w.gate("gate-1")
	w.eventually("a gate gets the other", func() bool { return epochAt(t, g, evening) == 5 })
	assert.Zero(t, epochAt(t, g, matinee))
}

func TestBlobsAreServedWholeInPartsAndCompressed(t *testing.T) {
	w := newWorld(t)
	list := w.cloud.List(t, evening, 5, 2000)
	w.cloud.Add(list)
	for name, raw := range list.Blobs {
		path := "/blobs/" + name.String()
		whole := w.get(path)
		assert.Equal(t, raw, body(t, whole), "fetched from the cloud when it is asked for")
		assert.Contains(t, whole.Header.Get("Cache-Control"), "immutable")

		part := w.get(path, "Range", "bytes=100-")
		assert.Equal(t, http.StatusPartialContent, part.StatusCode)
		assert.Equal(t, raw[100:], body(t, part))

		small := w.get(path, "Accept-Encoding", "zstd")
		got := body(t, small)
		if small.Header.Get("Content-Encoding") == "zstd" {
			decoder, err := zstd.NewReader(nil)
			require.NoError(t, err)
			got, err = decoder.DecodeAll(got, nil)
			require.NoError(t, err)
			decoder.Close()
		}
		assert.Equal(t, raw, got)
	}
	assert.Equal(t, http.StatusNotFound, w.get("/blobs/"+whitelist.HashOf([]byte("no such")).String()).StatusCode)
	assert.Equal(t, http.StatusBadRequest, w.get("/blobs/..%2f..%2fetc%2fpasswd").StatusCode)
	assert.Equal(t, http.StatusBadRequest, w.get("/blobs/"+strings.Repeat("A", 64)).StatusCode)
}

func TestAWrongBlobOfTheCloudIsNotServed(t *testing.T) {
	w := newWorld(t)
	name := whitelist.HashOf([]byte("right"))
	w.cloud.Add(hubtest.List{Manifest: w.cloud.List(t, evening, 1, 1).Manifest, Blobs: map[whitelist.Hash][]byte{name: []byte("wrong")}})
	assert.Equal(t, http.StatusServiceUnavailable, w.get("/blobs/"+name.String()).StatusCode)
	assert.Contains(t, w.logs.String(), "not the part the manifest states")
}

func TestSecretsOutliveTheCloudButNotAPowerCut(t *testing.T) {
	w := newWorld(t)
	w.sendVenue(1, evening)
	w.cloud.SendList(w.cloud.List(t, evening, 5, 10))
	w.listEpoch(5)
	path := "/secrets/" + evening.String()
	want := body(t, w.get(path))
	assert.Contains(t, string(want), "list")
	w.cloud.Unplug()
	assert.Equal(t, want, body(t, w.get(path)), "kept in memory")
	w.restart()
	assert.Equal(t, http.StatusServiceUnavailable, w.get(path).StatusCode)
	assert.Equal(t, http.StatusBadRequest, w.get("/secrets/me").StatusCode)
}

func TestSecretsOnTheDiskOutliveAPowerCut(t *testing.T) {
	w := newWorld(t)
	require.NoError(t, w.hub.Close())
	w.cfg.SecretAtRest = "disk"
	w.start()
	w.sendVenue(1, evening)
	w.cloud.SendList(w.cloud.List(t, evening, 5, 10))
	w.listEpoch(5)
	path := "/secrets/" + evening.String()
	want := body(t, w.get(path))
	w.cloud.Unplug()
	w.restart()
	assert.Equal(t, want, body(t, w.get(path)))
}

func body(t *testing.T, r *http.Response) []byte {
	t.Helper()
	require.Less(t, r.StatusCode, 300)
	raw, err := io.ReadAll(r.Body)
	require.NoError(t, err)
	return raw
}
