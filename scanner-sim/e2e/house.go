package e2e

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"sync"
	"time"

	"portaria/deploy/demo/market"
	"portaria/deploy/privatepg"
	"portaria/deploy/rig"
)

// house is a venue with everything in it that runs.
type house struct {
	rig.Site
	opt      Options
	postgres *privatepg.Server
	api      *rig.Client // with the organizer's key
	event    string
	offer    string // that our own tickets are of
	kind     int    // of the foreign tickets
	doors    []*rig.Door
	programs map[string]*kept
	cables   map[string]*cable
	disks    map[string]*disk
	noMount  string // why disks can't be mounted here; empty = they can

	stopKeeping context.CancelFunc
	keeping     sync.WaitGroup
	unplug      context.CancelFunc
}

// issuer is who sold the tickets of the crowd.
const issuer = "bilheteria"

// capacity is how many tickets of our own can be sold.
const capacity = 1000

// open builds a venue and waits until its gates judge by the whole list.
func open(ctx context.Context, opt Options, codes []string) (h *house, err error) {
	h = &house{opt: opt, programs: map[string]*kept{}, cables: map[string]*cable{}, disks: map[string]*disk{},
		stopKeeping: func() {}, unplug: func() {}}
	if h.Dir, err = os.MkdirTemp("", "portaria-e2e-"); err != nil {
		return h, err
	}
	for _, step := range []func(context.Context) error{h.ground, h.openCloud, h.announce,
		func(ctx context.Context) error { return h.sell(ctx, codes) }, h.openVenue} {
		if err := step(ctx); err != nil {
			return h, err
		}
	}
	return h, h.everyDoor(ctx, "the whole list", func(ctx context.Context, d *rig.Door) error {
		return d.Holds(ctx, map[string]int{h.event: len(codes)})
	})
}

// ground chooses ports and lays cables; nothing runs yet.
func (h *house) ground(context.Context) error {
	ports, err := rig.FreePorts(9 + 3*h.opt.Gates)
	if err != nil {
		return err
	}
	next := func() (port string) { port, ports = ports[0], ports[1:]; return port }
	// what a machine reaches through its cable: messages, and the one kind of HTTP that machines speak
	sees := func() rig.Place { return rig.Place{Door: next(), MQTT: next()} }
	h.Secure, h.HubName, h.Payments = true, "e2e-hub", next()
	h.Cloud, h.Hub = rig.Place{HTTP: next(), MQTT: next(), Door: next()}, rig.Place{HTTP: next(), MQTT: next(), Door: next()}
	h.HubSees = sees()
	if h.cables[cloudCable], err = layCable(cloudCable, h.HubSees, h.Cloud); err != nil {
		return err
	}
	for _, name := range gateNames(h.opt.Gates) {
		g := rig.Gate{Name: name, Panel: next(), Sees: sees()}
		if h.cables[name], err = layCable(name, g.Sees, h.Hub); err != nil {
			return err
		}
		h.Gates = append(h.Gates, g)
	}
	return h.mount()
}

func gateNames(n int) (names []string) {
	for i := range n {
		names = append(names, fmt.Sprintf("gate-%d", i+1))
	}
	return names
}

// mount gives the programs whose disk will be full one of their own.
func (h *house) mount() error {
	for _, name := range h.opt.full() {
		d, err := mountDisk(h.State(name))
		if err != nil {
			h.noMount = err.Error()
			return nil //nolint:nilerr // said in the story; the rest of the evening goes on
		}
		h.disks[name] = d
	}
	return nil
}

func (h *house) openCloud(ctx context.Context) (err error) {
	if h.postgres, err = privatepg.Start(ctx, privatepg.Options{Durable: true}); err != nil {
		return err
	}
	if err := h.postgres.CreateDatabase(ctx, "portaria", ""); err != nil {
		return err
	}
	cloud, err := h.launch("cloud", "cloud", "serve", h.CloudConfig(h.postgres.URL("portaria")))
	if err != nil {
		return err
	}
	return cloud.Ready(ctx, rig.Answers("http://"+h.Cloud.HTTP+"/health"))
}

func (h *house) launch(binary, name, verb, config string) (*kept, error) {
	p, err := h.Launch(h.opt.Bin, binary, name, verb, config)
	if err != nil {
		return nil, err
	}
	h.programs[name] = newKept(p)
	return h.programs[name], nil
}

// announce makes the organizer, the venue, tonight's event, its doors and its machines.
func (h *house) announce(ctx context.Context) error {
	token, err := h.CloudWord("platform.token")
	if err != nil {
		return err
	}
	if h.PlatformKey, err = h.CloudWord("platform.pub"); err != nil {
		return err
	}
	platform := rig.NewClient("http://"+h.Cloud.HTTP, token)
	var organizer struct {
		ID     string `json:"id"`
		APIKey string `json:"api_key"`
	}
	if err := platform.Post(ctx, "/organizers", map[string]any{"name": "Porto Verão", "language": "pt-BR"}, &organizer); err != nil {
		return err
	}
	h.Organizer, h.api = organizer.ID, platform.As(organizer.APIKey)
	if h.Venue, err = h.make(ctx, "/venues", map[string]any{"name": "Theatro São Pedro", "time_zone": "America/Sao_Paulo"}); err != nil {
		return err
	}
	if err := h.announceEvent(ctx); err != nil {
		return err
	}
	return h.equip(ctx)
}

func (h *house) make(ctx context.Context, path string, body map[string]any) (string, error) {
	var made struct {
		ID string `json:"id"`
	}
	return made.ID, h.api.Post(ctx, path, body, &made)
}

func (h *house) announceEvent(ctx context.Context) (err error) {
	doors := time.Now().Truncate(time.Minute).Add(-time.Hour)
	h.event, err = h.make(ctx, "/events", map[string]any{"venue_id": h.Venue, "name": "Homens de Perto", "currency": "BRL",
		"capacity": capacity, "doors": doors, "start": doors.Add(90 * time.Minute), "end": doors.Add(6 * time.Hour)})
	if err != nil {
		return err
	}
	var offer market.Offer
	if err := h.api.Post(ctx, "/events/"+h.event+"/offers", map[string]any{"name": "Inteira", "price": 12000}, &offer); err != nil {
		return err
	}
	h.offer, h.kind = offer.ID, offer.Kind
	return h.api.Post(ctx, "/events/"+h.event+"/issuers",
		map[string]any{"name": issuer, "kind": h.kind, "normalise": map[string]any{"upper": true}}, nil)
}

// passSeconds is how long a turnstile waits for somebody to go through: short, since some turn back.
const passSeconds = 1

// equip makes a door for every gate, the last of them strict, and tells the cloud of hub and gates.
func (h *house) equip(ctx context.Context) (err error) {
	var hub struct {
		Token string `json:"token"`
	}
	if err := h.api.Post(ctx, "/venues/"+h.Venue+"/hubs", map[string]any{"id": h.HubName, "name": "Theatro"}, &hub); err != nil {
		return err
	}
	if err := os.WriteFile(h.TokenFile(), []byte(hub.Token), 0o600); err != nil {
		return fmt.Errorf("keep the hub's token: %w", err)
	}
	for i, g := range h.Gates {
		h.Gates[i].Checkpoint, err = h.make(ctx, "/venues/"+h.Venue+"/checkpoints",
			map[string]any{"name": "Entrada " + g.Name, "policy": h.policy(i), "pass_seconds": passSeconds})
		if err != nil {
			return err
		}
		body := map[string]any{"id": g.Name, "name": g.Name, "lanes": []map[string]any{{"lane": 1, "checkpoint": h.Gates[i].Checkpoint}}}
		if err := h.api.Post(ctx, "/venues/"+h.Venue+"/gates", body, nil); err != nil {
			return err
		}
	}
	return nil
}

func (h *house) policy(gate int) string {
	if h.opt.Policy != "" {
		return h.opt.Policy
	}
	if gate == h.opt.Gates-1 {
		return "strict"
	}
	return "free"
}

// sell brings in codes of the other seller. Bringing in the same again is harmless.
func (h *house) sell(ctx context.Context, codes []string) error {
	return h.api.Post(ctx, "/events/"+h.event+"/issuers/"+issuer+"/codes", codes, nil)
}

// openVenue starts the hub and the gates. Each joins the one above it with a code, and from then on they know each other by
// their certificates.
func (h *house) openVenue(ctx context.Context) error {
	if err := h.JoinHub(ctx, h.opt.Bin, h.api); err != nil {
		return err
	}
	hub, err := h.launch("hub", "hub", "", h.HubConfig())
	if err != nil {
		return err
	}
	if err := hub.Ready(ctx, rig.Answers("http://"+h.Hub.HTTP+"/status")); err != nil {
		return err
	}
	var plugged context.Context
	plugged, h.unplug = context.WithCancel(context.WithoutCancel(ctx))
	for _, g := range h.Gates {
		door, err := h.Plug(plugged, g)
		if err != nil {
			return err
		}
		h.doors = append(h.doors, door)
		if _, err := h.launch("edge", g.Name, "run", h.GateConfig(g)); err != nil {
			return err
		}
	}
	return h.joinGates(ctx)
}

// joinGates holds the hub's code under each new gate's scanner, and compares the words.
func (h *house) joinGates(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, h.opt.patience())
	defer cancel()
	for i, g := range h.Gates {
		if err := rig.Until(ctx, g.Name+" to show its screen", func() error { return rig.Shows(ctx, g.Panel) }); err != nil {
			return err
		}
		if _, err := h.JoinGate(ctx, h.opt.Bin, g, h.doors[i]); err != nil {
			return err
		}
	}
	return nil
}

// everyDoor waits until every gate passes a check.
func (h *house) everyDoor(ctx context.Context, what string, check func(context.Context, *rig.Door) error) error {
	ctx, cancel := context.WithTimeout(ctx, h.opt.patience())
	defer cancel()
	for _, d := range h.doors {
		if err := rig.Until(ctx, what+" at "+d.Gate, func() error { return check(ctx, d) }); err != nil {
			return err
		}
	}
	return nil
}

// keep has every program started again whenever it ends.
func (h *house) keep(ctx context.Context) {
	ctx, h.stopKeeping = context.WithCancel(ctx)
	for _, k := range h.programs {
		h.keeping.Go(func() { k.keep(ctx) })
	}
}

// stop ends everything in the order of a good evening; what it leaves on the disks is the evidence.
func (h *house) stop() error {
	h.stopKeeping()
	h.keeping.Wait()
	var faults []error
	for _, d := range h.doors {
		faults = append(faults, h.programs[d.Gate].Stop())
		d.Scanner.Close() // not before: a gate notes it in its journal
	}
	h.doors = nil
	h.unplug()
	for _, name := range []string{"hub", "cloud"} {
		if k := h.programs[name]; k != nil {
			faults = append(faults, k.Stop())
		}
	}
	for _, c := range h.cables {
		c.remove()
	}
	http.DefaultClient.CloseIdleConnections()
	return errors.Join(faults...)
}

// close takes down what stop leaves. With keep, the folder stays: a disk's files are copied out of it first.
func (h *house) close(keep bool) error {
	faults := []error{h.stop()}
	if h.postgres != nil {
		faults = append(faults, h.postgres.Stop())
	}
	for name, d := range h.disks {
		if keep {
			faults = append(faults, os.CopyFS(filepath.Join(h.Dir, name+".disk"), os.DirFS(d.dir)))
		}
		faults = append(faults, d.unmount())
	}
	if keep || h.Dir == "" {
		return errors.Join(faults...)
	}
	return errors.Join(append(faults, os.RemoveAll(h.Dir))...)
}
