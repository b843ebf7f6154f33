package e2e

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"

	"portaria/deploy/rig"
	"portaria/edge/admit"
)

// IdentityOptions of an evening on which nothing stays where, or as, it was.
type IdentityOptions struct {
	Bin string // folder of the built programs
	TPM string // socket of a TPM in software: the second gate's keys are in it
	Say func(format string, args ...any)
}

// IdentityResult is how long things took.
type IdentityResult struct {
	Moved   time.Duration // from the hub's start at another address until every gate rules with it
	Changed time.Duration // from the word that a gate was stolen until the others judge under another secret
	Rooted  time.Duration // until the old root is gone and every gate that was awake rules
	Asleep  string        // what doctor says at the gate that slept through the change of roots
}

// Line is everything in one line.
func (r *IdentityResult) Line() string {
	return fmt.Sprintf("identity: hub_moved=%.1fs secret_changed=%.1fs roots_changed=%.1fs", r.Moved.Seconds(), r.Changed.Seconds(), r.Rooted.Seconds())
}

// identities is a house whose machines join with codes and find their hub by themselves.
type identities struct {
	*house
	*IdentityResult
	tpm string
}

const evening = 40 // tickets of the other seller

// Identity plays the evening: gates join, the hub moves to another address, a gate is stolen, the platform's root is changed
// while a gate sleeps. All of it with real programs.
func Identity(ctx context.Context, opt IdentityOptions) (r *IdentityResult, err error) {
	h := &house{opt: Options{Bin: opt.Bin, Gates: 3, Seconds: 30, Say: opt.Say, Policy: "strict"}, programs: map[string]*kept{},
		cables: map[string]*cable{}, disks: map[string]*disk{}, stopKeeping: func() {}, unplug: func() {}}
	e := &identities{h, &IdentityResult{}, opt.TPM}
	defer func() { err = errors.Join(err, h.close(err != nil)) }()
	codes := tickets("BILHETE", evening)
	for what, step := range steps(
		"ground", e.lay, "cloud", h.openCloud, "organizer", h.announce, "tickets", func(ctx context.Context) error { return h.sell(ctx, codes) },
		"everybody joins", e.everybodyJoins, "the first guests", func(ctx context.Context) error { return e.admit(ctx, codes[0], codes[1], codes[2]) },
		"the hub moves", e.move, "guests after that", func(ctx context.Context) error { return e.admit(ctx, codes[3], codes[4], codes[5]) },
		"a gate is stolen", func(ctx context.Context) error { return e.steal(ctx, codes) },
		"roots change", func(ctx context.Context) error { return e.changeRoots(ctx, codes) },
	) {
		opt.Say("%s", what)
		if err := step(ctx); err != nil {
			return nil, fmt.Errorf("%s: %w (logs are in %s)", what, err, h.Dir)
		}
	}
	return e.IdentityResult, nil
}

// steps goes through names and functions in pairs.
func steps(pairs ...any) func(yield func(string, func(context.Context) error) bool) {
	return func(yield func(string, func(context.Context) error) bool) {
		for i := 0; i+1 < len(pairs); i += 2 {
			if !yield(pairs[i].(string), pairs[i+1].(func(context.Context) error)) {
				return
			}
		}
	}
}

func (e *identities) lay(context.Context) (err error) {
	if e.Dir, err = os.MkdirTemp("", "portaria-e2e-"); err != nil {
		return err
	}
	ports, err := rig.FreePorts(10)
	if err != nil {
		return err
	}
	next := func() (port string) { port, ports = ports[0], ports[1:]; return port }
	e.Secure, e.HubName, e.Payments = true, "e2e-hub", next()
	e.Cloud = rig.Place{HTTP: next(), MQTT: next(), Door: next()}
	e.Hub = rig.Place{HTTP: next(), MQTT: next(), Door: next()}
	for _, name := range gateNames(3) {
		e.Gates = append(e.Gates, rig.Gate{Name: name, Panel: next()})
	}
	return nil
}

// hubConfig has the hub announced, which the demo's is not.
func (e *identities) hubConfig() string {
	return strings.Replace(e.HubConfig(), "announce = false", "announce = true", 1)
}

// gateConfig names no hub: the gate finds it. The second gate's keys are the TPM's.
func (e *identities) gateConfig(g rig.Gate) string {
	text := fmt.Sprintf("state_dir = %q\n", e.State(g.Name))
	if g.Name == gateNames(3)[1] {
		text += fmt.Sprintf("secret_at_rest = \"sealed\"\ntpm = %q\n", e.tpm)
	}
	return text + fmt.Sprintf("[panel]\nlisten = %q\n[board]\nkind = \"simulated\"\n[[lane]]\nnumber = 1\nscanner = %q\nprofile = \"generic-serial\"\n",
		g.Panel, e.Scanner(g))
}

func (e *identities) everybodyJoins(ctx context.Context) error {
	if err := e.JoinHub(ctx, e.opt.Bin, e.api); err != nil {
		return err
	}
	if err := e.startHub(ctx); err != nil {
		return err
	}
	var plugged context.Context
	plugged, e.unplug = context.WithCancel(context.WithoutCancel(ctx))
	for _, g := range e.Gates {
		door, err := e.Plug(plugged, g)
		if err != nil {
			return err
		}
		e.doors = append(e.doors, door)
		if _, err := e.launch("edge", g.Name, "run", e.gateConfig(g)); err != nil {
			return err
		}
		shows := func() error { return rig.Shows(ctx, g.Panel) }
		if err := rig.Until(ctx, "the screen of "+g.Name, shows); err != nil {
			return err
		}
		if err := e.seenWaiting(ctx); err != nil {
			return err
		}
		if _, err := e.JoinGate(ctx, e.opt.Bin, g, door); err != nil {
			return err
		}
	}
	return e.everyGateRules(ctx)
}

// seenWaiting is nil once the hub's doctor says that a new gate waits on the network.
func (e *identities) seenWaiting(ctx context.Context) error {
	return rig.Until(ctx, "the hub to hear of a new gate", func() error {
		out, _ := e.run(ctx, "hub", "doctor", "-config", filepath.Join(e.Dir, "hub.toml")) // it has other doubts as well
		if !strings.Contains(out, "new gate") {
			return errors.New("hub doctor does not mention it")
		}
		return nil
	})
}

func (e *identities) startHub(ctx context.Context) error {
	hub, err := e.launch("hub", "hub", "", e.hubConfig())
	if err != nil {
		return err
	}
	return hub.Ready(ctx, rig.Answers("http://"+e.Hub.HTTP+"/status"))
}

func (e *identities) everyGateRules(ctx context.Context) error {
	return e.everyDoor(ctx, "the hub and the whole list", func(ctx context.Context, d *rig.Door) error {
		return errors.Join(e.inStep(ctx, d.Gate), d.Holds(ctx, map[string]int{e.event: evening}))
	})
}

// inStep is nil once the hub itself says that a gate is connected and has re-synced: the gate may still believe in the hub that
// it had.
func (e *identities) inStep(ctx context.Context, gate string) error {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+e.Hub.HTTP+"/status", nil)
	if err != nil {
		return err
	}
	answer, err := http.DefaultClient.Do(request)
	if err != nil {
		return err
	}
	defer func() { _ = answer.Body.Close() }()
	var st struct {
		Ready bool `json:"ready"`
		Gates []struct {
			Gate      string `json:"gate"`
			Connected bool   `json:"connected"`
			InStep    bool   `json:"in_step"`
		} `json:"gates"`
	}
	if err := json.NewDecoder(answer.Body).Decode(&st); err != nil {
		return err
	}
	for _, g := range st.Gates {
		if g.Gate == gate && g.Connected && g.InStep && st.Ready {
			return nil
		}
	}
	return fmt.Errorf("the hub does not rule for %s yet", gate)
}

// online is a guest let in by the hub's word.
func online(s rig.Shown) bool { return s.Admit && !s.Offline }

// admit lets one guest in at each door that is there.
func (e *identities) admit(ctx context.Context, codes ...string) error {
	for i, d := range e.doors {
		if err := e.scanned(ctx, d, codes[i], online); err != nil {
			return err
		}
	}
	return nil
}

// debounce is longer than a gate takes the same code for the same showing of it.
const debounce = 4 * time.Second

// scanned shows a ticket until the hub has ruled: its doors are strict, and on a busy computer an answer may come too late.
func (e *identities) scanned(ctx context.Context, d *rig.Door, code string, wanted func(rig.Shown) bool) error {
	return rig.Until(ctx, "the hub's ruling on "+code, func() error {
		late := false
		err := (&listed{house: e.house}).scan(ctx, d, code, func(s rig.Shown) bool {
			late = s.Reason == admit.ArbiterRequired || s.Reason == admit.Debounced
			return wanted(s)
		})
		if late {
			return errors.Join(errors.New("it came too late"), rig.Pause(ctx, debounce))
		}
		if err != nil {
			return rig.Final(err)
		}
		return nil
	})
}

func used(s rig.Shown) bool { return s.Reason == admit.AlreadyUsed }

// move gives the hub another address, as DHCP does: its configuration says the new one, and nobody tells the gates.
func (e *identities) move(ctx context.Context) error {
	if err := e.programs["hub"].Stop(); err != nil {
		return err
	}
	for _, at := range []*string{&e.Hub.MQTT, &e.Hub.Door} {
		_, port, err := net.SplitHostPort(*at)
		if err != nil {
			return err
		}
		*at = net.JoinHostPort("127.0.0.2", port)
	}
	started := time.Now()
	if err := e.startHub(ctx); err != nil {
		return err
	}
	err := e.everyGateRules(ctx)
	e.Moved = time.Since(started)
	return err
}

// steal has the third gate stolen: it is cut off, and what it knew is worth nothing for newer lists. Who came in before is
// refused a second time, at a gate that was away through the change too.
func (e *identities) steal(ctx context.Context, codes []string) error {
	stolen, sleeper := e.doors[2], e.doors[1]
	e.doors = e.doors[:2]
	if err := e.programs[sleeper.Gate].Stop(); err != nil {
		return err
	}
	before, err := e.epochs(ctx, e.doors[0])
	if err != nil {
		return err
	}
	started := time.Now()
	if _, err := e.run(ctx, "hub", "enrol", "remove", stolen.Gate, "-stolen", "-config", filepath.Join(e.Dir, "hub.toml")); err != nil {
		return err
	}
	patient, cancel := context.WithTimeout(ctx, 30*time.Second)
	defer cancel()
	if err := rig.Until(patient, "a list under another secret", func() error {
		if now, err := e.epochs(ctx, e.doors[0]); err != nil || now <= before {
			return errors.Join(err, errors.New("the list is still the old one"))
		}
		return nil
	}); err != nil {
		return err
	}
	e.Changed = time.Since(started)
	if err := errors.Join(e.scanned(ctx, e.doors[0], codes[1], used), e.scanned(ctx, e.doors[0], codes[6], online)); err != nil {
		return err
	}
	if err := e.programs[sleeper.Gate].Start(); err != nil {
		return err
	}
	if err := e.everyGateRules(ctx); err != nil {
		return err
	}
	if err := errors.Join(e.scanned(ctx, sleeper, codes[0], used), e.scanned(ctx, sleeper, codes[6], used), e.scanned(ctx, sleeper, codes[7], online)); err != nil {
		return err
	}
	return e.programs[stolen.Gate].Stop()
}

// epochs is how new the list is that a gate judges by: a change of secret signs all of it anew, and nothing else does here.
func (e *identities) epochs(ctx context.Context, d *rig.Door) (uint64, error) {
	s, err := d.Status(ctx)
	if err != nil || len(s.Lists) != 1 {
		return 0, errors.Join(err, fmt.Errorf("%s holds %d lists", d.Gate, len(s.Lists)))
	}
	return s.Lists[0].Epoch, nil
}

// changeRoots replaces the platform's root while one gate sleeps: it is told what to do, and mended.
func (e *identities) changeRoots(ctx context.Context, codes []string) error {
	awake, sleeper := e.doors[0], e.doors[1]
	if err := e.programs[sleeper.Gate].Stop(); err != nil {
		return err
	}
	started := time.Now()
	cloud, root := filepath.Join(e.Dir, "cloud.toml"), filepath.Join(e.State("cloud"), "ca", "root", "root-2")
	for _, change := range [][]string{{"ca", "add-root", "root-2"}, {"ca", "issuer", root}, {"ca", "drop-root", "root-1"}} {
		if _, err := e.run(ctx, "cloud", append(change, "--config", cloud)...); err != nil {
			return err
		}
		// Cloud, hub and gate look for themselves within ten minutes; at a start they look at once.
		if err := e.again(ctx, "cloud", "hub", awake.Gate); err != nil {
			return err
		}
	}
	if err := e.scanned(ctx, awake, codes[8], online); err != nil {
		return err
	}
	e.Rooted = time.Since(started)
	if err := e.programs[sleeper.Gate].Start(); err != nil {
		return err
	}
	return e.mend(ctx, sleeper, codes[9])
}

// again starts programs anew, one after the other, until the gate at the end rules with its hub.
func (e *identities) again(ctx context.Context, names ...string) error {
	for _, name := range names {
		if err := errors.Join(e.programs[name].Stop(), e.programs[name].Start()); err != nil {
			return err
		}
		if at := map[string]string{"cloud": e.Cloud.HTTP + "/health", "hub": e.Hub.HTTP + "/status"}[name]; at != "" {
			if err := e.programs[name].Ready(ctx, rig.Answers("http://"+at)); err != nil {
				return err
			}
		}
		if name == "hub" {
			if err := e.hubSettles(ctx); err != nil {
				return err
			}
		}
	}
	ctx, cancel := context.WithTimeout(ctx, 60*time.Second)
	defer cancel()
	return rig.Until(ctx, "the gate that is awake to have renewed", func() error { return e.renewed(ctx) })
}

// hubSettles waits until a hub that has started has looked for the cloud's roots, a moment after it is ready: the gate that
// starts next must find them there. And it has somebody say that the gate that sleeps is off, for which the hub waits.
func (e *identities) hubSettles(ctx context.Context) error {
	patient, cancel := context.WithTimeout(ctx, 60*time.Second)
	defer cancel()
	if err := rig.Until(patient, "the hub to believe the cloud's roots", func() error { return e.believes("hub") }); err != nil {
		return err
	}
	return e.exclude(ctx, e.doors[1].Gate)
}

func (e *identities) exclude(ctx context.Context, gate string) error {
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, "http://"+e.Hub.HTTP+"/gates/"+gate+"/exclude", nil)
	if err != nil {
		return err
	}
	answer, err := http.DefaultClient.Do(request)
	if err != nil {
		return err
	}
	if err := answer.Body.Close(); err != nil || answer.StatusCode != http.StatusNoContent {
		return errors.Join(err, fmt.Errorf("exclude %s: %s", gate, answer.Status))
	}
	return nil
}

// renewed is nil once cloud and hub agree on the roots, and the gate that is awake rules.
func (e *identities) renewed(ctx context.Context) error {
	awake := e.doors[0]
	if err := errors.Join(e.believes("hub"), e.believes(awake.Gate)); err != nil {
		return err
	}
	return errors.Join(e.inStep(ctx, awake.Gate), awake.Holds(ctx, map[string]int{e.event: evening}))
}

// believes is nil once a machine keeps as many roots as the cloud.
func (e *identities) believes(name string) error {
	roots, err := os.ReadFile(filepath.Join(e.State("cloud"), "ca", "roots.crt"))
	if err != nil {
		return err
	}
	told, err := os.ReadFile(filepath.Join(e.State(name), "identity", "roots.crt"))
	if err != nil || strings.Count(string(told), "BEGIN") != strings.Count(string(roots), "BEGIN") {
		return errors.Join(err, fmt.Errorf("%s believes other roots than the cloud", name))
	}
	return nil
}

// mend does at a gate that slept what its doctor says.
func (e *identities) mend(ctx context.Context, d *rig.Door, code string) error {
	config := filepath.Join(e.Dir, d.Gate+".toml")
	err := rig.Until(ctx, "doctor's word", func() error {
		e.Asleep, _ = e.run(ctx, "edge", "doctor", "--config", config)
		if !strings.Contains(e.Asleep, "under a root that this gate does not know") {
			return errors.New("doctor does not say what is wrong: " + e.Asleep)
		}
		return nil
	})
	if err != nil {
		return err
	}
	if err := e.programs[d.Gate].Stop(); err != nil {
		return err
	}
	if _, err := e.run(ctx, "edge", "enrol", "--forget", "--config", config); err != nil {
		return err
	}
	if _, err := e.run(ctx, "hub", "enrol", "remove", d.Gate, "-config", filepath.Join(e.Dir, "hub.toml")); err != nil {
		return err
	}
	if err := e.programs[d.Gate].Start(); err != nil {
		return err
	}
	if _, err := e.JoinGate(ctx, e.opt.Bin, e.Gates[1], d); err != nil {
		return err
	}
	if err := e.everyGateRules(ctx); err != nil {
		return err
	}
	return e.scanned(ctx, d, code, online)
}

// run runs a command of one of the programs, and gives what it says.
func (e *identities) run(ctx context.Context, program string, args ...string) (string, error) {
	path, err := rig.Find(e.opt.Bin, program)
	if err != nil {
		return "", err
	}
	out, err := exec.CommandContext(ctx, path, args...).CombinedOutput() //nolint:gosec // our own program
	if err != nil {
		return string(out), fmt.Errorf("%s %s: %w: %s", program, strings.Join(args, " "), err, out)
	}
	return string(out), nil
}
