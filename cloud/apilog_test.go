package cloud_test

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"portaria/cloud"
	"portaria/cloud/internal/postgres"
)

// What a key changes is in the organizer's audit log with the change, once, and not at all when it is refused.
func TestWhatAKeyDoesIsInTheAuditLog(t *testing.T) {
	t.Parallel()
	cfg := configured(t)
	r := start(t, cfg)
	key, event, offer := r.evening()
	pool, err := postgres.Open(t.Context(), r.database)
	require.NoError(t, err)
	defer pool.Close()
	lines := func(what string) (n int) {
		t.Helper()
		require.NoError(t, pool.QueryRow(t.Context(), `SELECT count(*) FROM audit a JOIN api_keys k ON a.who = 'API key ' || k.id::text
			AND k.organizer_id = a.organizer_id WHERE a.what = 'api.' || $1`, what).Scan(&n))
		return n
	}
	assert.Equal(t, []int{1, 1, 1, 1}, []int{lines("create-venue"), lines("create-event"), lines("create-offer"), lines("set-sale")})
	var subject, detail string
	require.NoError(t, pool.QueryRow(t.Context(), "SELECT subject, detail FROM audit WHERE what = 'api.create-offer'").Scan(&subject, &detail))
	assert.Equal(t, []string{offer, "POST /api/v1/events/" + event + "/offers"}, []string{subject, detail})

	name := map[string]any{"name": "Prata"}
	status, _ := r.try(key, "POST", "/events/"+event+"/offers", "once", map[string]any{"name": "Meia", "price": 10})
	assert.Equal(t, 201, status)
	status, _ = r.try(key, "POST", "/events/"+event+"/offers", "once", map[string]any{"name": "Meia", "price": 10})
	assert.Equal(t, 201, status, "the same answer again")
	assert.Equal(t, 2, lines("create-offer"), "is no second act")
	status, _ = r.try(key, "PATCH", "/events/"+event, "", map[string]any{"capacity": -1})
	assert.Equal(t, 422, status)
	assert.Zero(t, lines("edit-event"))
	r.api(key, "PATCH", "/events/"+event, name)
	assert.Equal(t, 1, lines("edit-event"))
	order := r.api(key, "POST", "/orders", map[string]any{"lines": []any{map[string]any{"offer_id": offer, "quantity": 1}},
		"buyer": map[string]any{"name": "Ana", "email": "ana@example.org"}})
	assert.Zero(t, lines("place-order"))
	r.api(key, "POST", "/orders/"+order["id"].(string)+"/cancel", nil)
	var history int
	require.NoError(t, pool.QueryRow(t.Context(), "SELECT count(*) FROM order_events WHERE who LIKE 'API key %'").Scan(&history))
	assert.Equal(t, 2, history, "sales are in the order's own history")
	chains, err := cloud.VerifyAudit(t.Context(), cfg, nil, "")
	require.NoError(t, err)
	assert.Len(t, chains, 2)
}

// try asks the API, with an idempotency key where it is not empty, for what may be refused.
func (r *running) try(key, method, path, once string, body any) (status int, answer string) {
	r.Helper()
	raw, err := json.Marshal(body)
	require.NoError(r, err)
	request, err := http.NewRequestWithContext(r.Context(), method, r.PublicURL()+"/api/v1"+path, bytes.NewReader(raw))
	require.NoError(r, err)
	request.Header.Set("Authorization", "Bearer "+key)
	if once != "" {
		request.Header.Set("Idempotency-Key", once)
	}
	response, err := http.DefaultClient.Do(request)
	require.NoError(r, err)
	defer response.Body.Close()
	text, err := io.ReadAll(response.Body)
	require.NoError(r, err)
	return response.StatusCode, string(text)
}
