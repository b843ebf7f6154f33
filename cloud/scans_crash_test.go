package cloud_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"net/http"
	"os"
	"path/filepath"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"portaria/cloud/internal/postgres"
)

// crowd is telephones that show the same tickets to whichever process answers.
type crowd struct {
	key, venue, door string
	codes            []string
	processes        [2]atomic.Pointer[string] // addresses
	answers          atomic.Int64

	mu       sync.Mutex
	admitted map[string]map[string]bool // scans by ticket
}

// scan sends one scan until it is answered, to one process or the other.
func (c *crowd) scan(t *testing.T, phone int, code string, until time.Time) {
	body, err := json.Marshal(map[string]any{"id": fmt.Sprintf("phone-%d-%s", phone, code), "venue": c.venue, "checkpoint": c.door,
		"device": fmt.Sprint("p", phone), "code": code})
	if !assert.NoError(t, err) {
		return
	}
	for time.Now().Before(until) {
		var a struct{ Scan, Outcome, Reason string }
		status := c.post(*c.processes[rand.IntN(2)].Load(), body, &a) //nolint:gosec // a test's choice
		if status != http.StatusOK {
			<-time.After(20 * time.Millisecond)
			continue
		}
		c.answers.Add(1)
		if a.Outcome == "admit" {
			c.mu.Lock()
			if c.admitted[code] == nil {
				c.admitted[code] = map[string]bool{}
			}
			c.admitted[code][a.Scan] = true
			c.mu.Unlock()
		}
		return
	}
	assert.Fail(t, "a scan was never answered")
}

func (c *crowd) post(address string, body []byte, into any) int {
	request, err := http.NewRequest(http.MethodPost, address+"/api/v1/scans", bytes.NewReader(body))
	if err != nil {
		return 0
	}
	request.Header.Set("Authorization", "Bearer "+c.key)
	request.Header.Set("Content-Type", "application/json")
	response, err := quick.Do(request)
	if err != nil {
		return 0
	}
	defer response.Body.Close()
	if json.NewDecoder(response.Body).Decode(into) != nil {
		return 0
	}
	return response.StatusCode
}

// Twelve telephones show every ticket, each at the same time as the others, to two processes of a cloud that are killed in
// turn. Every ticket lets in one.
func TestACloudThatIsKilledInMidScanLetsNobodyInTwiceAndLosesNobody(t *testing.T) {
	t.Parallel()
	cfg := configured(t)
	c := &crowd{admitted: map[string]map[string]bool{}}
	c.prepare(t, start(t, cfg))
	files := [2]string{}
	for i := range files {
		files[i] = filepath.Join(t.TempDir(), fmt.Sprintf("cloud-%d.toml", i))
		require.NoError(t, os.WriteFile(files[i], fmt.Appendf(nil, "database = %q\nstate_dir = %q\nhttp_listen = \"127.0.0.1:0\"\n"+
			"mqtt_listen = \"127.0.0.1:0\"\ninsecure = true\n[api]\nkey_per_minute = 0\n", cfg.Database, cfg.StateDir), 0o600))
	}
	kills := [2]func(){}
	begin := func(i int) {
		address, kill := process(t, files[i])
		c.processes[i].Store(&address)
		kills[i] = kill
	}
	begin(0)
	begin(1)
	until := time.Now().Add(90 * time.Second)
	var all sync.WaitGroup
	for phone := range 12 {
		all.Go(func() {
			for _, n := range rand.Perm(len(c.codes)) {
				c.scan(t, phone, c.codes[n], until)
			}
		})
	}
	for i := range 3 {
		seen := c.answers.Load()
		require.Eventually(t, func() bool { return c.answers.Load() > seen+30 }, time.Minute, 5*time.Millisecond)
		kills[i%2]()
		begin(i % 2)
	}
	all.Wait()
	require.Len(t, c.admitted, len(c.codes), "every ticket let somebody in")
	for code, scans := range c.admitted {
		assert.Len(t, scans, 1, "ticket %s", code)
	}
	pool, err := postgres.Open(t.Context(), cfg.Database)
	require.NoError(t, err)
	defer pool.Close()
	var rights, admissions int
	require.NoError(t, pool.QueryRow(t.Context(), "SELECT count(DISTINCT ref), count(*) FROM entry_events WHERE type = 'admission'").Scan(&rights, &admissions))
	assert.Equal(t, []int{len(c.codes), len(c.codes)}, []int{rights, admissions})
	t.Logf("%d answers, %d tickets, 3 processes killed", c.answers.Load(), len(c.codes))
}

// prepare sells 24 tickets of tonight, and stops the cloud when its doors know them.
func (c *crowd) prepare(t *testing.T, r *running) {
	t.Helper()
	key, event, offer := r.evening()
	c.key = key
	r.api(key, "PATCH", "/events/"+event, map[string]any{"capacity": 100})
	c.venue = r.api(key, "GET", "/events/"+event, nil)["venue_id"].(string)
	c.door = r.api(key, "POST", "/venues/"+c.venue+"/checkpoints", map[string]any{"name": "Porta"})["id"].(string)
	pool, err := postgres.Open(t.Context(), r.database)
	require.NoError(t, err)
	defer pool.Close()
	_, err = pool.Exec(t.Context(), "UPDATE events SET doors_at = now() - interval '1 hour', starts_at = now(), ends_at = now() + interval '3 hours'")
	require.NoError(t, err)
	for range 3 {
		order := r.api(key, "POST", "/orders", map[string]any{"lines": []any{map[string]any{"offer_id": offer, "quantity": 8}},
			"buyer": map[string]any{"name": "Ana", "email": "ana@example.org"}})["id"].(string)
		approve(t, r.api(key, "POST", "/orders/"+order+"/payments", map[string]any{})["redirect_url"].(string))
		require.Eventually(t, func() bool { return r.api(key, "GET", "/orders/"+order, nil)["state"] == "paid" }, 10*time.Second, 10*time.Millisecond)
	}
	for _, x := range r.api(key, "GET", "/tickets?limit=100", nil)["items"].([]any) {
		c.codes = append(c.codes, x.(map[string]any)["short_code"].(string))
	}
	require.Len(t, c.codes, 24)
	require.Eventually(t, func() bool {
		var signed int
		require.NoError(t, pool.QueryRow(t.Context(), `SELECT count(*) FROM list_entries WHERE epoch IS NOT NULL
			AND (SELECT count(*) FROM list_marks) = 0 AND (SELECT count(*) FROM venue_marks) = 0`).Scan(&signed))
		return signed == 24
	}, 15*time.Second, 20*time.Millisecond, "the doors know the tickets")
	require.NoError(t, r.Close())
}
