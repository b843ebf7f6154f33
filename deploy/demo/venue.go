package main

import (
	"context"
	"fmt"
	"os"
	"path/filepath"

	"portaria/deploy/demo/market"
	"portaria/scanner-sim/device"
)

// The venue's machines, by the names that the cloud knows them by.
const hubName = "theatro-hub"

var gateNames = []string{"gate-1", "gate-2"}

// sites is what the venue's programs must know: where everything is, and whose signatures to believe.
type sites struct {
	dir         string
	cloudHTTP   string // host:port
	cloudMQTT   string
	hubHTTP     string
	hubMQTT     string
	panels      []string
	platformKey string // 64 hex digits
	organizer   string
	venue       string
}

// equip tells the cloud of two checkpoints, a hub and two gates, and returns the hub's token.
func equip(ctx context.Context, c *market.Client, venue string) (checkpoints []string, token string, err error) {
	for _, name := range []string{"Entrada principal", "Entrada lateral"} {
		var made market.Named
		if err := c.Post(ctx, "/venues/"+venue+"/checkpoints", map[string]any{"name": name, "language": "pt-BR"}, &made); err != nil {
			return nil, "", err
		}
		checkpoints = append(checkpoints, made.ID)
	}
	var hub struct {
		Token string `json:"token"`
	}
	if err := c.Post(ctx, "/venues/"+venue+"/hubs", map[string]any{"id": hubName, "name": "Theatro"}, &hub); err != nil {
		return nil, "", err
	}
	for i, gate := range gateNames {
		lanes := []map[string]any{{"lane": 1, "checkpoint": checkpoints[i]}}
		body := map[string]any{"id": gate, "name": fmt.Sprintf("Portão %d", i+1), "lanes": lanes}
		if err := c.Post(ctx, "/venues/"+venue+"/gates", body, nil); err != nil {
			return nil, "", err
		}
	}
	return checkpoints, hub.Token, nil
}

// importForeign brings in another seller's barcodes for tonight, as full-price tickets.
func importForeign(ctx context.Context, c *market.Client, event string, kind int, codes []string) error {
	issuer := map[string]any{"name": "bilheteria-parceira", "kind": kind, "normalise": map[string]any{"upper": true}}
	if err := c.Post(ctx, "/events/"+event+"/issuers", issuer, nil); err != nil {
		return err
	}
	var report struct {
		Imported int `json:"imported"`
		Skips    int `json:"skips"`
	}
	if err := c.Post(ctx, "/events/"+event+"/issuers/bilheteria-parceira/codes", codes, &report); err != nil {
		return err
	}
	if report.Imported != len(codes) {
		return fmt.Errorf("import %d foreign codes: %d came in, %d were skipped", len(codes), report.Imported, report.Skips)
	}
	return nil
}

// hubConfig is the hub's TOML file.
func (s sites) hubConfig() string {
	return fmt.Sprintf(`id = %q
venue = %q
organizer = %q
platform_key = %q
state_dir = %q
mqtt_listen = %q
http_listen = %q
gates = ["gate-1", "gate-2"]
observers = ["watcher"]
announce = false
[cloud]
mqtt = "tcp://%s"
http = "http://%s"
token_file = %q
`, hubName, s.venue, s.organizer, s.platformKey, filepath.Join(s.dir, "hub"), s.hubMQTT, s.hubHTTP,
		s.cloudMQTT, s.cloudHTTP, s.tokenFile())
}

func (s sites) tokenFile() string { return filepath.Join(s.dir, "hub.token") }

// gateConfig is a gate's TOML file. People walk through quickly here, so that the evening is short.
func (s sites) gateConfig(i int, checkpoint string) string {
	return fmt.Sprintf(`gate = %q
venue = %q
organizer = %q
platform_key = %q
state_dir = %q
[hub]
mqtt = "tcp://%s"
http = "http://%s"
[panel]
listen = %q
[board]
kind = "simulated"
passage_millis = 40
[[lane]]
number = 1
checkpoint = %q
scanner = %q
profile = "generic-serial"
`, gateNames[i], s.venue, s.organizer, s.platformKey, filepath.Join(s.dir, gateNames[i]), s.hubMQTT, s.hubHTTP,
		s.panels[i], checkpoint, s.scanner(i))
}

func (s sites) scanner(i int) string { return filepath.Join(s.dir, gateNames[i]+"-scanner") }

// save writes a configuration and returns its path.
func (s sites) save(name, text string) (string, error) {
	path := filepath.Join(s.dir, name)
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		return "", fmt.Errorf("write the configuration of the demo: %w", err)
	}
	return path, nil
}

// plugIn makes a gate's virtual scanner, which other programs may type into as well.
func (s sites) plugIn(ctx context.Context, i int) (*door, error) {
	link := s.scanner(i)
	listener, err := device.Listen(link)
	if err != nil {
		return nil, err
	}
	// No pace: on a busy computer a paced code may pause in its middle for so long that a gate takes it for two.
	scanner, err := device.Open(device.Options{Link: link, Prefix: "]Q1"})
	if err != nil {
		_ = listener.Close()
		return nil, err
	}
	go func() { _ = scanner.Serve(ctx, listener) }() // ends with ctx; what it could not type it told its client
	return &door{gate: gateNames[i], address: "http://" + s.panels[i] + "/status", scanner: scanner}, nil
}

// holds waits until a gate is ready to judge: its scanner is there, the hub answers, and it has as many entries of each
// event as were sold or imported.
func (d *door) holds(ctx context.Context, entries map[string]int) error {
	s, err := d.status(ctx)
	if err != nil {
		return err
	}
	if s.Lanes[0].Scanner != "ready" {
		return fmt.Errorf("its scanner is %s", s.Lanes[0].Scanner)
	}
	if !s.Hub.Up || !s.Hub.Ready {
		return fmt.Errorf("its hub does not answer yet")
	}
	for event, want := range entries {
		got := 0
		for _, list := range s.Lists {
			if list.Event == event && list.Ready {
				got = list.Count
			}
		}
		if got != want {
			return fmt.Errorf("it holds %d of %d entries", got, want)
		}
	}
	return nil
}

// epoch is the number of a gate's list of an event.
func (d *door) epoch(ctx context.Context, event string) (uint64, error) {
	s, err := d.status(ctx)
	if err != nil {
		return 0, err
	}
	for _, list := range s.Lists {
		if list.Event == event {
			return list.Epoch, nil
		}
	}
	return 0, fmt.Errorf("%s has no list of event %s", d.gate, event)
}
