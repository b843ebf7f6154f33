package main

import (
	"context"
	"errors"
	"net/http"
	"os"
	"os/exec"

	"portaria/deploy/privatepg"
	"portaria/deploy/rig"
)

// world is everything that runs: a database, the cloud, the venue's hub and gates, and their scanners.
type world struct {
	rig.Site
	bin      string
	keep     bool
	postgres *privatepg.Server
	cloud    *rig.Program
	hub      *rig.Program
	running  []*rig.Program // gates
	doors    []*door
	unplug   context.CancelFunc
	joined   []rig.Joining // of each gate
}

// ground makes the folder and chooses the ports; nothing runs yet.
func ground(opt options) (w *world, err error) {
	w = &world{bin: opt.Bin, keep: opt.Keep, unplug: func() {}}
	for _, name := range []string{"cloud", "hub", "edge", "scanner-sim"} {
		if _, err := rig.Find(w.bin, name); err != nil {
			return w, err
		}
	}
	if _, err := exec.LookPath("pdftoppm"); err != nil {
		return w, errors.New("reading printed tickets needs pdftoppm: install it with apt-get install poppler-utils")
	}
	ports, err := rig.FreePorts(9)
	if err != nil {
		return w, err
	}
	w.Cloud, w.Payments = rig.Place{HTTP: ports[0], MQTT: ports[1], Door: ports[7]}, ports[2]
	w.Hub = rig.Place{HTTP: ports[3], MQTT: ports[4], Door: ports[8]}
	w.HubName, w.Secure = hubName, true
	for i, name := range gateNames {
		w.Gates = append(w.Gates, rig.Gate{Name: name, Panel: ports[5+i], PassMillis: passMillis})
	}
	w.Dir, err = os.MkdirTemp("", "portaria-demo-")
	return w, err
}

// passMillis is how long people take to walk through: less than in life, so that the evening is short.
const passMillis = 40

// openCloud starts PostgreSQL and the cloud, and returns the platform's API.
func (w *world) openCloud(ctx context.Context) (*rig.Client, error) {
	var err error
	if w.postgres, err = privatepg.Start(ctx, privatepg.Options{Durable: true}); err != nil {
		return nil, err
	}
	if err := w.postgres.CreateDatabase(ctx, "portaria", ""); err != nil {
		return nil, err
	}
	w.cloud, err = w.Launch(w.bin, "cloud", "cloud", "serve", w.CloudConfig(w.postgres.URL("portaria")))
	if err != nil {
		return nil, err
	}
	if err := w.cloud.Ready(ctx, rig.Answers("http://"+w.Cloud.HTTP+"/health")); err != nil {
		return nil, err
	}
	token, err := w.CloudWord("platform.token")
	if err != nil {
		return nil, err
	}
	w.PlatformKey, err = w.CloudWord("platform.pub")
	return rig.NewClient("http://"+w.Cloud.HTTP, token), err
}

// openVenue starts the hub and the gates, their scanners plugged in first; each machine joins the one above it with a
// code.
func (w *world) openVenue(ctx context.Context, checkpoints []string, organizer *rig.Client) error {
	if err := w.JoinHub(ctx, w.bin, organizer); err != nil {
		return err
	}
	var err error
	if w.hub, err = w.Launch(w.bin, "hub", "hub", "", w.HubConfig()); err != nil {
		return err
	}
	if err := w.hub.Ready(ctx, rig.Answers("http://"+w.Hub.HTTP+"/status")); err != nil {
		return err
	}
	plugged, unplug := context.WithCancel(context.WithoutCancel(ctx))
	w.unplug = unplug
	for i, checkpoint := range checkpoints {
		w.Gates[i].Checkpoint = checkpoint
		plug, err := w.Plug(plugged, w.Gates[i])
		if err != nil {
			return err
		}
		w.doors = append(w.doors, &door{plug})
		gate, err := w.Launch(w.bin, "edge", gateNames[i], "run", w.GateConfig(w.Gates[i]))
		if err != nil {
			return err
		}
		w.running = append(w.running, gate)
	}
	return w.joinGates(ctx)
}

// joinGates holds the hub's code under each new gate's scanner.
func (w *world) joinGates(ctx context.Context) error {
	for i, gate := range w.running {
		shows := func(ctx context.Context) error { return rig.Shows(ctx, w.Gates[i].Panel) }
		if err := gate.Ready(ctx, shows); err != nil {
			return err
		}
		joined, err := w.JoinGate(ctx, w.bin, w.Gates[i], w.doors[i].Door)
		if err != nil {
			return err
		}
		w.joined = append(w.joined, joined)
		if err := gate.Ready(ctx, rig.Answers("http://"+w.Gates[i].Panel+"/healthz")); err != nil {
			return err
		}
	}
	return nil
}

// replug starts the hub again on what its disk holds.
func (w *world) replug(ctx context.Context) error {
	if err := w.hub.Start(); err != nil {
		return err
	}
	return w.hub.Ready(ctx, rig.Answers("http://"+w.Hub.HTTP+"/status"))
}

// everyGate waits until every gate passes a check.
func (w *world) everyGate(ctx context.Context, what string, check func(context.Context, *door) error) error {
	for i, d := range w.doors {
		err := rig.Within(ctx, rig.StartLimit, what+" at "+d.Gate, func(ctx context.Context) error {
			if err := errors.Join(w.running[i].Alive(), w.cloud.Alive()); err != nil {
				return rig.Final(err)
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
		d.Scanner.Close()
	}
	for _, p := range append(w.running, w.hub, w.cloud) {
		if p != nil {
			faults = append(faults, p.Stop())
		}
	}
	if w.postgres != nil {
		faults = append(faults, w.postgres.Stop())
	}
	http.DefaultClient.CloseIdleConnections()
	if w.keep || w.Dir == "" {
		return errors.Join(faults...)
	}
	return errors.Join(append(faults, os.RemoveAll(w.Dir))...)
}
