package cloud_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"portaria/cloud"
	"portaria/cloud/internal/postgres"
	"portaria/cloud/internal/postgres/postgrestest"
	"portaria/config"
)

// asCloud makes the test binary run a cloud, so that there is a process to kill.
const asCloud = "PORTARIA_TEST_CLOUD"

func TestMain(m *testing.M) {
	if path := os.Getenv(asCloud); path != "" {
		cfg := cloud.Defaults()
		err := config.Load(path, cfg)
		if err == nil {
			err = cloud.Run(context.Background(), cfg, slog.New(slog.NewTextHandler(os.Stdout, nil)))
		}
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	flag.Parse()
	_ = flag.Set("test.parallel", "3") // many wait for cameras and clocks; the flag is the testing package's
	postgrestest.Main(m)
}

// process starts a cloud of its own process and returns its address and the killer.
func process(t *testing.T, file string) (address string, kill func()) {
	t.Helper()
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), asCloud+"="+file)
	cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	var out lockedBuffer
	cmd.Stdout, cmd.Stderr = &out, &out
	require.NoError(t, cmd.Start())
	kill = sync.OnceFunc(func() {
		_ = cmd.Process.Kill()
		_ = cmd.Wait()
	})
	t.Cleanup(kill)
	require.Eventually(t, func() bool {
		_, rest, ready := strings.Cut(out.String(), `msg="cloud ready" pages=`)
		address, _, _ = strings.Cut(rest, " ")
		return ready
	}, 20*time.Second, 5*time.Millisecond, "%s", &out)
	return address, kill
}

type lockedBuffer struct {
	mu   sync.Mutex
	text bytes.Buffer // not embedded: its ReadFrom would go past the lock
}

func (b *lockedBuffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.text.Write(p)
}

func (b *lockedBuffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.text.String()
}

// buyer buys over HTTP until something breaks, and remembers the orders that the API called paid.
type buyer struct {
	address, key, offer string
	paid                []string
}

var quick = &http.Client{Timeout: 10 * time.Second}

func (b *buyer) ask(method, path string, body any) (answer map[string]any, err error) {
	raw, err := json.Marshal(body)
	if err != nil {
		return nil, err
	}
	request, err := http.NewRequest(method, b.address+"/api/v1"+path, bytes.NewReader(raw))
	if err != nil {
		return nil, err
	}
	request.Header.Set("Authorization", "Bearer "+b.key)
	response, err := quick.Do(request)
	if err != nil {
		return nil, err
	}
	defer response.Body.Close()
	text, err := io.ReadAll(response.Body)
	if err == nil && response.StatusCode >= 300 {
		err = fmt.Errorf("%s %s: %s", method, path, text)
	}
	if err != nil {
		return nil, err
	}
	return answer, json.Unmarshal(text, &answer)
}

func (b *buyer) buy() error {
	order, err := b.ask("POST", "/orders", map[string]any{
		"lines": []any{map[string]any{"offer_id": b.offer, "quantity": 2}},
		"buyer": map[string]any{"name": "Ana", "email": "ana@example.org"},
	})
	if err != nil {
		return err
	}
	path := "/orders/" + order["id"].(string)
	started, err := b.ask("POST", path+"/payments", map[string]any{})
	if err != nil {
		return err
	}
	response, err := quick.PostForm(started["redirect_url"].(string), url.Values{"do": {"approve"}})
	if err != nil {
		return err
	}
	_ = response.Body.Close()
	for until := time.Now().Add(30 * time.Second); time.Now().Before(until); <-time.After(10 * time.Millisecond) { // or six buyers keep a small computer busy with asking
		order, err := b.ask("GET", path, nil)
		if err != nil {
			return err
		}
		if order["state"] == "paid" {
			b.paid = append(b.paid, order["id"].(string))
			return nil
		}
	}
	return errors.New("an approved order was not paid")
}

func TestACloudThatIsKilledInMidSaleLosesNoSale(t *testing.T) {
	t.Parallel()
	cfg := configured(t)
	r := start(t, cfg)
	key, event, offer := r.evening()
	r.api(key, "PATCH", "/events/"+event, map[string]any{"capacity": 1000})
	require.NoError(t, r.Close())
	file := filepath.Join(t.TempDir(), "cloud.toml")
	require.NoError(t, os.WriteFile(file, fmt.Appendf(nil, "database = %q\nstate_dir = %q\nhttp_listen = %q\n"+
		"mqtt_listen = %q\ninsecure = true\n[test_payments]\nlisten = %q\n", cfg.Database, cfg.StateDir, cfg.HTTPListen, cfg.MQTTListen,
		cfg.TestPayments.Listen), 0o600))

	var sold []string
	for range 3 {
		sold = append(sold, sellUntilKilled(t, file, key, offer)...)
	}
	require.NotEmpty(t, sold)
	again := start(t, cfg)
	for _, id := range sold {
		require.Equal(t, "paid", again.api(key, "GET", "/orders/"+id, nil)["state"])
		require.Len(t, again.api(key, "GET", "/tickets?order="+id, nil)["items"], 2)
	}
	requireBooks(t, cfg.Database, event)
}

// sellUntilKilled kills the cloud while six buyers buy, once ten orders were paid, and returns those.
func sellUntilKilled(t *testing.T, file, key, offer string) (sold []string) {
	t.Helper()
	address, kill := process(t, file)
	var all sync.WaitGroup
	done := make(chan struct{}, 100)
	buyers := make([]*buyer, 6)
	for i := range buyers {
		b := &buyer{address: address, key: key, offer: offer}
		buyers[i] = b
		all.Go(func() {
			for b.buy() == nil {
				select {
				case done <- struct{}{}:
				default: // enough
				}
			}
		})
	}
	for range 10 {
		select {
		case <-done:
		case <-time.After(time.Minute):
			t.Error("the buyers could not buy")
		}
	}
	kill()
	all.Wait()
	for _, b := range buyers {
		sold = append(sold, b.paid...)
	}
	return sold
}

// requireBooks compares the counters with the rows that they count, and the gates' list with the tickets.
func requireBooks(t *testing.T, database, event string) {
	t.Helper()
	pool, err := postgres.Open(t.Context(), database)
	require.NoError(t, err)
	defer pool.Close()
	var held, sold, holds, tickets, listed, paid int
	row := pool.QueryRow(t.Context(), `SELECT s.held, s.sold,
		(SELECT coalesce(sum(places), 0) FROM holds WHERE event_id = s.event_id),
		(SELECT count(*) FROM tickets WHERE event_id = s.event_id),
		(SELECT count(*) FROM list_entries WHERE event_id = s.event_id),
		(SELECT count(*) * 2 FROM orders WHERE state = 'paid')
		FROM event_stock s WHERE s.event_id = $1`, event)
	require.NoError(t, row.Scan(&held, &sold, &holds, &tickets, &listed, &paid))
	require.Equal(t, []int{holds, tickets, tickets, tickets}, []int{held, sold, listed, paid})
}
