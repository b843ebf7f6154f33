package main

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"

	"portaria/deploy/demo/market"
	"portaria/deploy/demo/process"
	"portaria/deploy/privatepg"
)

// world is everything that runs: a database, the cloud, the venue's hub and gates, and their scanners.
type world struct {
	sites
	bin      string
	keep     bool
	postgres *privatepg.Server
	cloud    *process.Program
	hub      *process.Program
	gates    []*process.Program
	doors    []*door
	payments string // host:port of the test acquirer
	unplug   context.CancelFunc
}

// ground makes the folder and chooses the ports; nothing runs yet.
func ground(opt options) (w *world, err error) {
	w = &world{bin: opt.Bin, keep: opt.Keep, unplug: func() {}}
	for _, name := range []string{"cloud", "hub", "edge", "scanner-sim"} {
		if _, err := process.Find(w.bin, name); err != nil {
			return w, err
		}
	}
	if _, err := exec.LookPath("pdftoppm"); err != nil {
		return w, errors.New("reading printed tickets needs pdftoppm: install it with apt-get install poppler-utils")
	}
	ports, err := process.FreePorts(7)
	if err != nil {
		return w, err
	}
	at := func(i int) string { return fmt.Sprintf("127.0.0.1:%d", ports[i]) }
	w.cloudHTTP, w.cloudMQTT, w.payments, w.hubHTTP, w.hubMQTT = at(0), at(1), at(2), at(3), at(4)
	w.panels = []string{at(5), at(6)}
	w.dir, err = os.MkdirTemp("", "portaria-demo-")
	return w, err
}

// openCloud starts PostgreSQL and the cloud, and returns the platform's API.
func (w *world) openCloud(ctx context.Context) (*market.Client, error) {
	var err error
	if w.postgres, err = privatepg.Start(ctx, privatepg.Options{Durable: true}); err != nil {
		return nil, err
	}
	if err := w.postgres.CreateDatabase(ctx, "portaria", ""); err != nil {
		return nil, err
	}
	w.cloud, err = w.launch("cloud", "cloud", "serve", w.cloudConfig(w.postgres.URL("portaria")))
	if err != nil {
		return nil, err
	}
	if err := w.cloud.Ready(ctx, process.Answers("http://"+w.cloudHTTP+"/health")); err != nil {
		return nil, err
	}
	token, err := w.word("platform.token")
	if err != nil {
		return nil, err
	}
	w.platformKey, err = w.word("platform.pub")
	return market.New("http://"+w.cloudHTTP, token), err
}

func (w *world) cloudConfig(database string) string {
	return fmt.Sprintf(`database = %q
state_dir = %q
http_listen = %q
mqtt_listen = %q
[test_payments]
listen = %q
`, database, filepath.Join(w.dir, "cloud"), w.cloudHTTP, w.cloudMQTT, w.payments)
}

// word reads a small file of the cloud's state folder.
func (w *world) word(name string) (string, error) {
	raw, err := os.ReadFile(filepath.Join(w.dir, "cloud", name))
	return strings.TrimSpace(string(raw)), err
}

// openVenue starts the hub and the gates, their scanners plugged in first.
func (w *world) openVenue(ctx context.Context, checkpoints []string, token string) error {
	if err := os.WriteFile(w.tokenFile(), []byte(token), 0o600); err != nil {
		return fmt.Errorf("keep the hub's token: %w", err)
	}
	var err error
	if w.hub, err = w.launch("hub", "hub", "", w.hubConfig()); err != nil {
		return err
	}
	if err := w.hub.Ready(ctx, process.Answers("http://"+w.hubHTTP+"/status")); err != nil {
		return err
	}
	plugged, unplug := context.WithCancel(context.WithoutCancel(ctx))
	w.unplug = unplug
	for i, checkpoint := range checkpoints {
		door, err := w.plugIn(plugged, i)
		if err != nil {
			return err
		}
		w.doors = append(w.doors, door)
		gate, err := w.launch("edge", gateNames[i], "run", w.gateConfig(i, checkpoint))
		if err != nil {
			return err
		}
		w.gates = append(w.gates, gate)
	}
	for i, gate := range w.gates {
		if err := gate.Ready(ctx, process.Answers("http://"+w.panels[i]+"/healthz")); err != nil {
			return err
		}
	}
	return nil
}

// launch writes a program's configuration and starts it. Verb is its subcommand, or empty.
func (w *world) launch(binary, name, verb, config string) (*process.Program, error) {
	path, err := process.Find(w.bin, binary)
	if err != nil {
		return nil, err
	}
	file, err := w.save(name+".toml", config)
	if err != nil {
		return nil, err
	}
	p := &process.Program{Name: name, Binary: path, Args: []string{"--config", file}, Log: filepath.Join(w.dir, name+".log")}
	if verb != "" {
		p.Args = append([]string{verb}, p.Args...)
	}
	return p, p.Start()
}

// replug starts the hub again on what its disk holds.
func (w *world) replug(ctx context.Context) error {
	if err := w.hub.Start(); err != nil {
		return err
	}
	return w.hub.Ready(ctx, process.Answers("http://"+w.hubHTTP+"/status"))
}

// everyGate waits until every gate passes a check.
func (w *world) everyGate(ctx context.Context, what string, check func(context.Context, *door) error) error {
	ctx, cancel := context.WithTimeout(ctx, process.StartLimit)
	defer cancel()
	for i, d := range w.doors {
		err := process.Until(ctx, what+" at "+d.gate, func() error {
			if err := errors.Join(w.gates[i].Alive(), w.cloud.Alive()); err != nil {
				return process.Final(err)
			}
			return check(ctx, d)
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// close ends everything in the order of a good evening, and removes what it left.
func (w *world) close() error {
	var faults []error
	w.unplug()
	for _, d := range w.doors {
		d.scanner.Close()
	}
	for _, p := range append(w.gates, w.hub, w.cloud) {
		if p != nil {
			faults = append(faults, p.Stop())
		}
	}
	if w.postgres != nil {
		faults = append(faults, w.postgres.Stop())
	}
	http.DefaultClient.CloseIdleConnections()
	if w.keep || w.dir == "" {
		return errors.Join(faults...)
	}
	return errors.Join(append(faults, os.RemoveAll(w.dir))...)
}
