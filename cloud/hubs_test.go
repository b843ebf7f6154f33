package cloud_test

import (
	"context"
	"crypto/tls"
	"log/slog"
	"net/http"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"portaria/cloud"
	"portaria/edge/wire"
	"portaria/identity"
	"portaria/identity/join"
	"portaria/mqtt/session"
)

// venueOf makes a venue with a hub of that name, and gives the organizer's key and the venue's id.
func (r *running) venueOf(hub string) (key, venue string) {
	r.Helper()
	key = r.api(r.platform, "POST", "/organizers", map[string]any{"name": "Festival", "language": "pt-BR"})["api_key"].(string)
	venue = r.api(key, "POST", "/venues", map[string]any{"name": "Opinião", "time_zone": "America/Sao_Paulo"})["id"].(string)
	r.api(key, "POST", "/venues/"+venue+"/hubs", map[string]any{"id": hub, "name": "Opinião"})
	return key, venue
}

func joinHub(t *testing.T, code, address string) (*join.Member, error) {
	t.Helper()
	i, err := identity.ParseCode(code, identity.Hub)
	require.NoError(t, err)
	key, err := identity.NewKey()
	require.NoError(t, err)
	ca, err := identity.NewKey()
	require.NoError(t, err)
	guest := join.Guest{Invitation: i, Key: key, CAKey: ca}
	return guest.Join(t.Context(), address)
}

func hubTLS(m *join.Member) *tls.Config {
	return identity.Dialer{Certificate: m.Certificate, Verify: identity.Is(identity.Cloud, "", m.Believed)}.Config()
}

// connect opens the MQTT session of a hub under a name.
func (r *running) connect(m *join.Member, name string) *session.Session {
	r.Helper()
	s, err := session.Open(session.Config{URL: "mqtts://" + r.MQTTAddr().String(), ClientID: name, Dial: session.TLS(hubTLS(m)),
		Subscribe: map[string]byte{wire.HubTopics{Hub: name}.Ack(): 1}, MaxInterval: 100 * time.Millisecond})
	require.NoError(r, err)
	r.Cleanup(func() { _ = s.Close() })
	return s
}

func (r *running) fetch(m *join.Member, path string) int {
	r.Helper()
	client := &http.Client{Transport: &http.Transport{TLSClientConfig: hubTLS(m)}}
	defer client.CloseIdleConnections()
	response, err := client.Get("https://" + r.HubsAddr().String() + path)
	require.NoError(r, err)
	defer response.Body.Close()
	return response.StatusCode
}

func TestAHubJoinsAndIsCutOffWhenItIsRetired(t *testing.T) {
	r := start(t, configured(t))
	key, venue := r.venueOf("hub-1")
	_, elsewhere := r.venueOf("hub-2")
	made := r.api(key, "POST", "/hubs/hub-1/code", nil)
	m, err := joinHub(t, made["code"].(string), r.HubsAddr().String())
	require.NoError(t, err)
	assert.Equal(t, "hub-1", m.Settings.Name)
	assert.Equal(t, venue, m.Settings.Venue)
	require.NotNil(t, m.CA)
	_, err = m.CA.Issue(identity.Subject{Role: identity.Gate, Venue: elsewhere, Name: "g"}, m.Key.Public(), time.Now())
	require.ErrorIs(t, err, identity.ErrNotOurs, "its CA is for its own venue")

	_, err = joinHub(t, made["code"].(string), r.HubsAddr().String())
	require.ErrorIs(t, err, join.ErrRefused, "a code works once")
	assert.Equal(t, http.StatusOK, r.fetch(m, "/secrets/"+venue))
	assert.Equal(t, http.StatusNotFound, r.fetch(m, "/secrets/"+elsewhere), "another organizer's secrets")

	line, other := r.connect(m, "hub-1"), r.connect(m, "hub-2")
	require.Eventually(t, line.Up, 10*time.Second, time.Millisecond)
	assert.Never(t, other.Up, 300*time.Millisecond, 10*time.Millisecond, "its certificate is of hub-1")

	roll := []byte(`[{"name":"gate-1"}]`)
	require.NoError(t, join.Tell(t.Context(), &http.Client{Transport: &http.Transport{TLSClientConfig: hubTLS(m)}}, "https://"+r.HubsAddr().String(), roll))

	again := r.api(key, "POST", "/hubs/hub-1/code", nil)
	fresh, err := joinHub(t, again["typed"].(string), r.HubsAddr().String())
	require.NoError(t, err, "a new computer in its place")
	assert.JSONEq(t, string(roll), string(fresh.Roll), "it is told whom the one before has let in")
	require.Error(t, join.Tell(t.Context(), &http.Client{Transport: &http.Transport{TLSClientConfig: hubTLS(m)}}, "https://"+r.HubsAddr().String(), roll))
	require.Eventually(t, func() bool { return !line.Up() }, 5*time.Second, 10*time.Millisecond, "the old one is cut off within 5 s")
	assert.Equal(t, http.StatusUnauthorized, r.fetch(m, "/secrets/"+venue))
	assert.Equal(t, http.StatusOK, r.fetch(fresh, "/secrets/"+venue))
	_, err = m.Renew(t.Context(), &http.Client{Transport: &http.Transport{TLSClientConfig: hubTLS(m)}}, "https://"+r.HubsAddr().String())
	require.ErrorIs(t, err, join.ErrRefused)
	renewed, err := fresh.Renew(t.Context(), &http.Client{Transport: &http.Transport{TLSClientConfig: hubTLS(fresh)}}, "https://"+r.HubsAddr().String())
	require.NoError(t, err)

	line = r.connect(renewed, "hub-1")
	require.Eventually(t, line.Up, 10*time.Second, time.Millisecond)
	r.api(key, "DELETE", "/hubs/hub-1", nil)
	require.Eventually(t, func() bool { return !line.Up() }, 5*time.Second, 10*time.Millisecond, "a retired one is cut off within 5 s")
	assert.Equal(t, http.StatusUnauthorized, r.fetch(renewed, "/secrets/"+venue))
}

func TestAHubsCodeIsTriedFiveTimes(t *testing.T) {
	r := start(t, configured(t))
	key, _ := r.venueOf("hub-1")
	code := r.api(key, "POST", "/hubs/hub-1/code", nil)["code"].(string)
	wrong, err := identity.ParseCode(code, identity.Hub)
	require.NoError(t, err)
	other := identity.NewToken()
	copy(other[:4], wrong.Token[:4])
	wrong.Token = other
	text, err := wrong.Encode()
	require.NoError(t, err)
	for range 5 {
		_, err = joinHub(t, text, r.HubsAddr().String())
		require.ErrorIs(t, err, join.ErrRefused)
	}
	_, err = joinHub(t, code, r.HubsAddr().String())
	require.ErrorIs(t, err, join.ErrRefused, "the right one comes too late")
}

func TestTwoRootsOverlapWhileOneReplacesTheOther(t *testing.T) {
	t.Parallel()
	cfg := configured(t)
	c, err := cloud.Start(t.Context(), cfg, discard())
	require.NoError(t, err)
	require.NoError(t, c.Close())
	require.NoError(t, cloud.AddRoot(cfg, "root-2"))
	r := start(t, cfg)
	key, venue := r.venueOf("hub-1")
	before, err := joinHub(t, r.api(key, "POST", "/hubs/hub-1/code", nil)["code"].(string), r.HubsAddr().String())
	require.NoError(t, err)
	require.Len(t, before.Roots, 2, "it is told of both")
	assert.Equal(t, "root-1", before.Chain.Root().Subject.CommonName)

	require.ErrorContains(t, cloud.DropRoot(cfg, "root-1"), "issuer is under")
	require.NoError(t, cloud.NewIssuer(cfg, cfg.StateDir+"/ca/root/root-2"))
	require.NoError(t, r.Close())
	r2 := start(t, cfg)
	assert.Equal(t, http.StatusOK, r2.fetch(before, "/secrets/"+venue), "who was signed under the old root works on")
	client := &http.Client{Transport: &http.Transport{TLSClientConfig: hubTLS(before)}}
	after, err := before.Renew(t.Context(), client, "https://"+r2.HubsAddr().String())
	require.NoError(t, err)
	assert.Equal(t, "root-2", after.Chain.Root().Subject.CommonName)
	assert.Equal(t, identity.PrintOf(before.CA.Chain.Leaf()), identity.PrintOf(after.CA.Chain.Leaf()), "its venue CA keeps its key, so codes stay good")
	gate, err := before.CA.Issue(identity.Subject{Role: identity.Gate, Venue: venue, Name: "g"}, before.Key.Public(), time.Now())
	require.NoError(t, err)
	_, err = identity.Verify(gate, after.Roots, time.Now())
	require.NoError(t, err, "gates of the old root are still known")

	require.NoError(t, cloud.DropRoot(cfg, "root-1"))
	client.CloseIdleConnections()
	require.Eventually(t, func() bool {
		changed, err := after.RootsChanged(context.Background(), &http.Client{Transport: &http.Transport{TLSClientConfig: hubTLS(after),
			DisableKeepAlives: true}}, "https://"+r2.HubsAddr().String())
		return err == nil && changed
	}, 20*time.Second, 100*time.Millisecond, "a cloud that runs sees the change")
}

func discard() *slog.Logger { return slog.New(slog.DiscardHandler) }
