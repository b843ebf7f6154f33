package cloud_test

import (
	"encoding/json"
	"net/http"
	"net/url"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"portaria/cloud"
	"portaria/cloud/internal/postgres"
	"portaria/edge/whitelist"
	"portaria/identity/join"
)

// secretsOf are an event's or a venue's as a hub gets them.
func (r *running) secretsOf(m *join.Member, scope string) (s whitelist.Secrets) {
	r.Helper()
	client := &http.Client{Transport: &http.Transport{TLSClientConfig: hubTLS(m)}}
	defer client.CloseIdleConnections()
	response, err := client.Get("https://" + r.HubsAddr().String() + "/secrets/" + scope)
	require.NoError(r, err)
	defer response.Body.Close()
	require.Equal(r, http.StatusOK, response.StatusCode)
	require.NoError(r, json.NewDecoder(response.Body).Decode(&s))
	return s
}

func TestAStolenGateHasEverySecretThatItKnewChanged(t *testing.T) {
	t.Parallel()
	cfg := configured(t)
	r := start(t, cfg)
	key, venue := r.venueOf("hub-1")
	at := time.Now().Add(time.Hour)
	event := r.api(key, "POST", "/events", map[string]any{"venue_id": venue, "name": "Noite", "doors": at, "start": at,
		"end": at.Add(time.Hour), "currency": "BRL", "capacity": 10})["id"].(string)
	m, err := joinHub(t, r.api(key, "POST", "/hubs/hub-1/code", nil)["code"].(string), r.HubsAddr().String())
	require.NoError(t, err)
	client := &http.Client{Transport: &http.Transport{TLSClientConfig: hubTLS(m)}}
	tell := func(roll string) {
		require.NoError(t, join.Tell(t.Context(), client, "https://"+r.HubsAddr().String(), []byte(roll)))
	}
	changed := func(scope string, from whitelist.Secrets) whitelist.Secrets {
		t.Helper()
		var now whitelist.Secrets
		require.Eventually(t, func() bool { now = r.secretsOf(m, scope); return now.List != from.List }, 10*time.Second, 20*time.Millisecond)
		assert.Equal(t, from.List, now.Before)
		assert.Equal(t, from.Ref, now.Ref, "rights keep their names")
		return now
	}
	tell(`[{"name":"gate-1","key":"aa"}]`)
	list, people := r.secretsOf(m, event), r.secretsOf(m, venue)
	tell(`[{"name":"gate-1","key":"aa","removed":"2026-11-22T09:00:00Z","stolen":["aa"]}]`)
	second := changed(event, list)
	changed(venue, people)
	tell(`[{"name":"gate-1","key":"aa","removed":"2026-11-22T09:00:00Z","stolen":["aa"]},{"name":"gate-2","key":"bb"}]`)
	tell(`[{"name":"../../etc","stolen":["cc"]},{"name":"gate-2","stolen":"bb"}]`) // what is no roll of ours moves nothing
	assert.Never(t, func() bool { return r.secretsOf(m, event).List != second.List }, 1500*time.Millisecond, 100*time.Millisecond, "once for each machine")

	require.NoError(t, cloud.ChangeSecret(t.Context(), cfg, event), "the command")
	changed(event, second)
	assert.ErrorContains(t, cloud.ChangeSecret(t.Context(), cfg, uuid.NewString()), "no such event or venue")
	assert.ErrorContains(t, cloud.ChangeSecret(t.Context(), cfg, "noite"), "give its id")
}

func TestASecretIsChangedOnTheDeskByWhoProvesWhoTheyAre(t *testing.T) {
	t.Parallel()
	cfg := configured(t)
	r := start(t, cfg)
	ana := r.registered(filepath.Join(cfg.StateDir, "outbox"), "ana@example.com")
	pool, err := postgres.Open(t.Context(), cfg.Database)
	require.NoError(t, err)
	defer pool.Close()
	venue := uuid.Must(uuid.NewV7())
	for _, sql := range []string{
		"INSERT INTO venues (id, organizer_id, name, time_zone) SELECT $1::uuid, id, 'Opinião', 'America/Sao_Paulo' FROM organizers",
		"UPDATE sessions SET proved_at = now() - interval '11 minutes' WHERE $1::uuid IS NOT NULL",
	} {
		_, err = pool.Exec(t.Context(), sql, venue)
		require.NoError(t, err)
	}
	_, _, text := ana.see("GET", "/desk/settings/secrets", nil)
	require.Contains(t, text, "Opinião")
	require.Contains(t, text, "never changed")
	status, _, text := ana.see("POST", "/desk/settings/secrets", url.Values{"scope": {venue.String()}})
	require.Equal(t, http.StatusForbidden, status)
	require.Contains(t, text, "Show that it is you")
	again := hidden(text)
	again.Set("_proof", goodPassword)
	status, _, text = ana.see("POST", "/desk/settings/secrets", again)
	require.Equal(t, http.StatusOK, status, text)
	require.Contains(t, text, "The secret is being changed.")
	require.Eventually(t, func() bool {
		_, _, text = ana.see("GET", "/desk/settings/secrets", nil)
		return strings.Contains(text, "changed on")
	}, 10*time.Second, 100*time.Millisecond)
	status, _, _ = ana.see("POST", "/desk/settings/secrets", url.Values{"scope": {uuid.NewString()}})
	require.Equal(t, http.StatusNotFound, status, "what is not there, or another's")
}
