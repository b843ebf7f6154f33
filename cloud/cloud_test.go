package cloud_test

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"portaria/cloud"
	"portaria/cloud/internal/postgres"
	"portaria/cloud/internal/postgres/postgrestest"
	"portaria/config"
)

func configured(t *testing.T) *cloud.Config {
	t.Helper()
	cfg := cloud.Defaults()
	cfg.Database, cfg.StateDir = postgrestest.URL(t), filepath.Join(t.TempDir(), "state")
	cfg.HTTPListen, cfg.MQTTListen, cfg.HubsListen, cfg.TestPayments.Listen = "127.0.0.1:0", "127.0.0.1:0", "127.0.0.1:0", "127.0.0.1:0"
	return cfg
}

// running is a cloud as its users meet it.
type running struct {
	*testing.T
	*cloud.Cloud
	platform string
	database string
}

func start(t *testing.T, cfg *cloud.Config) *running {
	t.Helper()
	c, err := cloud.Start(t.Context(), cfg, slog.New(slog.DiscardHandler))
	require.NoError(t, err)
	token, err := os.ReadFile(filepath.Join(cfg.StateDir, "platform.token"))
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, c.Close()) })
	return &running{T: t, Cloud: c, platform: strings.TrimSpace(string(token)), database: cfg.Database}
}

func (r *running) api(key, method, path string, body any) (answer map[string]any) {
	r.Helper()
	raw, err := json.Marshal(body)
	require.NoError(r, err)
	request, err := http.NewRequestWithContext(r.Context(), method, r.PublicURL()+"/api/v1"+path, bytes.NewReader(raw))
	require.NoError(r, err)
	request.Header.Set("Authorization", "Bearer "+key)
	response, err := http.DefaultClient.Do(request)
	require.NoError(r, err)
	defer response.Body.Close()
	text, err := io.ReadAll(response.Body)
	require.NoError(r, err)
	require.Less(r, response.StatusCode, 300, "%s %s: %s", method, path, text)
	if len(text) > 0 {
		require.NoError(r, json.Unmarshal(text, &answer))
	}
	return answer
}

func (r *running) page(address string) (int, string) {
	r.Helper()
	response, err := http.Get(address)
	require.NoError(r, err)
	defer response.Body.Close()
	text, err := io.ReadAll(response.Body)
	require.NoError(r, err)
	return response.StatusCode, string(text)
}

// evening makes an organizer with an event on sale.
func (r *running) evening() (key, event, offer string) {
	r.Helper()
	id := func(m map[string]any) string { return m["id"].(string) }
	key = r.api(r.platform, "POST", "/organizers", map[string]any{"name": "Festival", "language": "pt-BR"})["api_key"].(string)
	venue := id(r.api(key, "POST", "/venues", map[string]any{"name": "Opinião", "time_zone": "America/Sao_Paulo"}))
	at := time.Now().Add(time.Hour)
	event = id(r.api(key, "POST", "/events", map[string]any{
		"venue_id": venue, "name": "Nei Lisboa", "doors": at, "start": at, "end": at.Add(time.Hour),
		"currency": "BRL", "capacity": 10,
	}))
	offer = id(r.api(key, "POST", "/events/"+event+"/offers", map[string]any{"name": "Inteira", "price": 4500}))
	r.api(key, "PUT", "/events/"+event+"/sale", map[string]any{"open": true})
	return key, event, offer
}

func TestATicketIsSoldFromTheShopToTheSignedList(t *testing.T) {
	t.Parallel()
	r := start(t, configured(t))
	key, event, offer := r.evening()
	_, shop := r.page(r.PublicURL() + "/")
	require.Contains(t, shop, "Nei Lisboa")

	order := r.api(key, "POST", "/orders", map[string]any{
		"lines": []any{map[string]any{"offer_id": offer, "quantity": 2}},
		"buyer": map[string]any{"name": "Ana", "email": "ana@example.org"},
	})
	pay := r.api(key, "POST", "/orders/"+order["id"].(string)+"/payments", map[string]any{})["redirect_url"].(string)
	approve(t, pay)
	require.Eventually(t, func() bool {
		return r.api(key, "GET", "/orders/"+order["id"].(string), nil)["state"] == "paid"
	}, 20*time.Second, 10*time.Millisecond)
	tickets := r.api(key, "GET", "/tickets?event="+event, nil)["items"].([]any)
	require.Len(t, tickets, 2)
	status, page := r.page(order["page_url"].(string))
	require.Equal(t, http.StatusOK, status)
	require.Contains(t, page, "Nei Lisboa")
	require.Eventually(t, func() bool { return r.signed(event) == 2 }, 20*time.Second, 10*time.Millisecond)

	refund := r.api(key, "POST", "/orders/"+order["id"].(string)+"/refunds", map[string]any{})
	require.EqualValues(t, 9000, refund["amount"])
	require.Eventually(t, func() bool {
		refunds := r.api(key, "GET", "/orders/"+order["id"].(string)+"/refunds", nil)["items"].([]any)
		return refunds[0].(map[string]any)["done"] == true
	}, 20*time.Second, 10*time.Millisecond)
}

// signed counts an event's entries that a signed list holds.
func (r *running) signed(event string) (n int) {
	r.Helper()
	pool, err := postgres.Open(r.Context(), r.database)
	require.NoError(r, err)
	defer pool.Close()
	row := pool.QueryRow(r.Context(), "SELECT count(*) FROM list_entries WHERE event_id = $1 AND epoch IS NOT NULL", event)
	require.NoError(r, row.Scan(&n))
	return n
}

// approve presses the acquirer's button as a buyer's browser would.
func approve(t *testing.T, address string) {
	t.Helper()
	page, err := http.Get(address)
	require.NoError(t, err)
	defer page.Body.Close()
	text, err := io.ReadAll(page.Body)
	require.NoError(t, err)
	button := regexp.MustCompile(`name="(\w+)"[^>]*value="(\w+)"`).FindStringSubmatch(string(text))
	require.NotNil(t, button, "%s", text)
	response, err := http.PostForm(address, url.Values{button[1]: {button[2]}})
	require.NoError(t, err)
	require.NoError(t, response.Body.Close())
	require.Less(t, response.StatusCode, 400)
}

func TestWhatStopsAStartIsToldInOneLine(t *testing.T) {
	taken, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	defer taken.Close()
	for name, row := range map[string]struct {
		spoil func(*cloud.Config)
		want  string
	}{
		"no database":     {func(c *cloud.Config) { c.Database = "postgres://127.0.0.1:1/x" }, "127.0.0.1:1/x does not answer: start it"},
		"http port taken": {func(c *cloud.Config) { c.HTTPListen = taken.Addr().String() }, "http_listen: " + taken.Addr().String() + " is taken"},
		"mqtt port taken": {func(c *cloud.Config) { c.MQTTListen = taken.Addr().String() }, taken.Addr().String()},
		"pay port taken":  {func(c *cloud.Config) { c.TestPayments.Listen = taken.Addr().String() }, "test_payments.listen"},
		"weak token": {func(c *cloud.Config) {
			c.PlatformTokenFile = filepath.Join(t.TempDir(), "token")
			require.NoError(t, os.WriteFile(c.PlatformTokenFile, []byte("hello"), 0o600))
		}, "give at least 32"},
		"no token file": {func(c *cloud.Config) { c.PlatformTokenFile = "/nowhere/token" }, "/nowhere/token"},
	} {
		t.Run(name, func(t *testing.T) {
			cfg := configured(t)
			row.spoil(cfg)
			_, err := cloud.Start(t.Context(), cfg, slog.New(slog.DiscardHandler))
			require.ErrorContains(t, err, row.want)
			require.NotContains(t, err.Error(), "\n")
		})
	}
}

func TestADatabaseOpensOnlyWithItsOwnKeys(t *testing.T) {
	cfg := configured(t)
	first := start(t, cfg)
	require.NoError(t, first.Close())
	again := start(t, cfg)
	require.Equal(t, first.PlatformKey(), again.PlatformKey())
	require.NoError(t, again.Close())
	other := *cfg
	other.StateDir = filepath.Join(t.TempDir(), "other")
	_, err := cloud.Start(t.Context(), &other, slog.New(slog.DiscardHandler))
	require.ErrorContains(t, err, "this database's keys")
}

func TestConfiguration(t *testing.T) {
	refused := func(text string, wants ...string) {
		t.Helper()
		err := config.Decode([]byte(text), cloud.Defaults())
		for _, want := range wants {
			require.ErrorContains(t, err, want)
		}
	}
	refused(``, "database: set", "state_dir: set")
	refused("databas = \"x\"\nmqtt_listen = \"1883\"", "databas: no such key", "mqtt_listen:", "database: set")
	base := "database = \"x\"\nstate_dir = \"y\"\n"
	refused(base+`http_listen = "0.0.0.0:80"`, "http_listen: 0.0.0.0:80 can be reached from other machines")
	refused(base+"[test_payments]\nlisten = \":8082\"", "test_payments.listen: :8082 can be reached")
	refused(base+`public_url = "tickets.example.org"`, "public_url:")
	refused(base+"http_listen = \"0.0.0.0:80\"\ninsecure = true", "http_listen: 0.0.0.0:80 can be reached")
	refused(base+"mqtt_listen = \"0.0.0.0:1883\"\ninsecure = true", "mqtt_listen: 0.0.0.0:1883 can be reached")
	refused(base+"hubs_listen = \"0.0.0.0:8443\"", "hubs_host: set")
	refused(base+"[mqtt]\nbroker = \"tcp://mqtt.example:1883\"", "mqtt.broker: mqtt.example:1883 can be reached")
	require.NoError(t, config.Decode([]byte(base+"mqtt_listen = \"0.0.0.0:8883\"\nhubs_listen = \"0.0.0.0:8443\"\nhubs_host = \"hubs.example\""), cloud.Defaults()))
	require.NoError(t, config.Decode([]byte(base+"[mqtt]\nbroker = \"mqtts://mqtt.example:8883\""), cloud.Defaults()))
}

func TestTheExampleShowsEveryKeyWithItsDefault(t *testing.T) {
	raw, err := os.ReadFile("cloud.example.toml")
	require.NoError(t, err)
	shown := cloud.Defaults()
	require.NoError(t, config.Decode(raw, shown))
	whole := cloud.Defaults()
	require.NoError(t, config.Decode(regexp.MustCompile(`(?m)^#(\[|\w+ = )`).ReplaceAll(raw, []byte("$1")), whole))
	require.Equal(t, cloud.TestPayments{Listen: "127.0.0.1:8082", URL: "http://127.0.0.1:8082"}, whole.TestPayments)
	require.Equal(t, "http://127.0.0.1:8080", whole.PublicURL)
	require.Equal(t, cloud.MQTT{Broker: "tcp://127.0.0.1:1883", CAFile: "/etc/portaria/broker-ca.pem", User: "cloud-1", PasswordFile: "/etc/portaria/cloud.mqtt"}, whole.MQTT)
	whole.TestPayments, whole.PublicURL, whole.MQTT = shown.TestPayments, shown.PublicURL, shown.MQTT
	require.Equal(t, shown, whole)
}

func TestTheLogSaysInsecureAtEveryStart(t *testing.T) {
	cfg := configured(t)
	cfg.Insecure = true
	for range 2 {
		var log bytes.Buffer
		c, err := cloud.Start(context.Background(), cfg, slog.New(slog.NewTextHandler(&log, nil)))
		require.NoError(t, err)
		require.NoError(t, c.Close())
		require.Contains(t, log.String(), "INSECURE")
		require.Contains(t, log.String(), "TEST PAYMENTS")
	}
}

func TestHealthFollowsTheDatabase(t *testing.T) {
	r := start(t, configured(t))
	status, _ := r.page(r.PublicURL() + "/health")
	require.Equal(t, http.StatusOK, status)
	status, _ = r.page(r.PublicURL() + "/blobs/" + strings.Repeat("0", 64))
	require.NotEqual(t, http.StatusOK, status, "blobs are for hubs with their token")
}
