package hub

import (
	"context"
	"crypto/rand"
	"crypto/subtle"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"math/big"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"portaria/edge/venue"
	"portaria/edge/whitelist"
	"portaria/edge/wire"
	"portaria/hub/internal/panel"
	"portaria/hub/internal/relay"
	"portaria/identity/join"
)

// page is the hub as its page needs it.
type page struct{ *Hub }

func (h *Hub) pages() (http.Handler, error) {
	if _, err := LocalPIN(h.cfg); err != nil {
		return nil, err
	}
	return panel.Handler(panel.Config{House: page{h}, Now: h.localTime, Log: h.log})
}

// zone is the venue's time zone; UTC before the venue is known.
func (h *Hub) zone() *time.Location {
	if v, _, _ := h.relay.View(); v != nil {
		if zone, err := time.LoadLocation(v.TimeZone); err == nil {
			return zone
		}
	}
	return time.UTC
}

func (h *Hub) localTime() time.Time { return time.Now().In(h.zone()) }

// Look gathers what the page shows.
func (p page) Look(since time.Time) panel.View {
	s, now := p.Status(), p.localTime()
	v := panel.View{Hub: s.Hub, Venue: s.Venue.Name, Zone: now.Location(), Now: now, Started: p.started, Ready: s.Ready, Waiting: s.Waiting, OldHub: s.Recovery != nil && s.Recovery.OldHub,
		Cloud: panel.Cloud(s.Cloud), Disk: panel.Disk{Level: s.Disk.Level, Percent: s.Disk.Percent}, Zones: s.Zones, Unknown: s.Unknown,
		Slots: p.tally.Slots(since, 5*time.Minute), Total: p.tally.Total(since), Refused: p.tally.Refused(since)}
	v.Minute = p.tally.Between(now.Truncate(time.Minute).Add(-time.Minute), now.Truncate(time.Minute))
	v.Open, v.Done = p.book.List(0, 1000)
	for _, g := range s.Gates {
		v.Gates = append(v.Gates, panel.Gate{Name: g.Gate, Connected: g.Connected, Excluded: g.Excluded, InStep: g.InStep, SeenAt: g.SeenAt,
			Journal: g.Journal, Grants: g.Grants, Lanes: g.Lanes, Machine: g.Machine, ListAge: oldestList(g, s.Lists, now)})
	}
	if p.roll != nil {
		v.Enrol = p.joining()
	}
	manifest, lists, _ := p.relay.View()
	v.Events = names(manifest, lists)
	v.Doors = p.doors(manifest)
	return v
}

func (p page) joining() *panel.Enrol {
	e := &panel.Enrol{}
	for _, i := range p.roll.Invitations() {
		e.Invited = append(e.Invited, panel.Invited{Name: i.Name, Code: i.Code, Typed: i.Typed, Until: i.Expires, Replace: i.Replace})
	}
	for _, w := range p.roll.Waiting() {
		e.Waiting = append(e.Waiting, panel.Waiting{Name: w.Name, From: w.From, Words: w.Words, Replace: w.Replace})
	}
	for _, g := range p.near.Gates() {
		if g.Venue == "" {
			e.Near = append(e.Near, panel.Near{Name: g.Name, At: g.At})
		}
	}
	return e
}

// oldestList is how long ago the oldest list was signed that a gate holds; negative when it lacks one.
func oldestList(g GateStatus, lists []ListStatus, now time.Time) time.Duration {
	age := -time.Second
	for _, l := range lists {
		i := slices.IndexFunc(g.Lists, func(held wire.ListState) bool { return held.Event == l.Event })
		if i < 0 {
			return -time.Second
		}
		age = max(age, now.Sub(time.UnixMilli(int64(g.Lists[i].Epoch)))) //nolint:gosec // an epoch is unix ms
	}
	return age
}

// names are the events of the lists that are kept, as the manifest calls them.
func names(v *whitelist.Venue, lists []relay.ListView) (out []string) {
	if v == nil {
		return nil
	}
	for _, e := range v.Events {
		if slices.ContainsFunc(lists, func(l relay.ListView) bool { return l.Event == e.Event }) {
			out = append(out, e.Name)
		}
	}
	return out
}

func (p page) doors(v *whitelist.Venue) (doors []panel.Door) {
	if v == nil {
		return nil
	}
	inForce := p.orders.InForce()
	for _, c := range v.Checkpoints {
		d := panel.Door{ID: c.ID, Name: c.Name, Configured: c.Mode}
		for _, o := range inForce {
			if o.Checkpoint == c.ID || o.Checkpoint == wire.EveryDoor && d.Order == nil {
				d.Order = &o
			}
		}
		doors = append(doors, d)
	}
	return doors
}

// localNumber is what somebody types who signs on with the hub's own PIN.
const localNumber = "0"

// SignOn checks the PIN of a controller of the venue, as the cloud has told, or the hub's own.
func (p page) SignOn(ctx context.Context, number, pin string) (panel.Person, error) {
	if number == localNumber {
		local, err := LocalPIN(p.cfg)
		if err != nil || subtle.ConstantTimeCompare([]byte(local), []byte(pin)) != 1 {
			return panel.Person{}, errors.Join(panel.ErrStranger, err)
		}
		return panel.Person{Name: p.cfg.ID, Supervisor: true}, nil
	}
	v, _, _ := p.relay.View()
	if v == nil {
		return panel.Person{}, panel.ErrNoSecret
	}
	raw, err := p.shelf.Secrets(ctx, p.venue, 0)
	if err != nil {
		return panel.Person{}, fmt.Errorf("%w: %w", panel.ErrNoSecret, err)
	}
	var secrets whitelist.Secrets
	if err := json.Unmarshal(raw, &secrets); err != nil {
		return panel.Person{}, fmt.Errorf("%w: %w", panel.ErrNoSecret, err)
	}
	return knownBy(v, secrets, number, pin)
}

func knownBy(v *whitelist.Venue, secrets whitelist.Secrets, number, pin string) (panel.Person, error) {
	for _, c := range v.Controllers {
		if c.PIN != nil && strconv.Itoa(c.PIN.Number) == number && c.PIN.Matches(secrets.For(v.Epoch), c.ID, pin) {
			return panel.Person{Name: "#" + number, Supervisor: c.Supervisor}, nil
		}
	}
	return panel.Person{}, panel.ErrStranger
}

// Do carries out what somebody wants.
func (p page) Do(ctx context.Context, who panel.Person, act panel.Act) error {
	switch a := act.(type) {
	case panel.OrderDoor:
		return p.orderDoor(ctx, who, a)
	case panel.Tell:
		return p.tell(a)
	case panel.Acknowledge:
		return p.book.Acknowledge(ctx, a.Number, who.Name, a.Note)
	case panel.Exclude:
		return p.exclude(a)
	case panel.Readmit:
		return p.doGate(a.Gate, venue.Readmit{Gate: a.Gate})
	case panel.Settle:
		return p.settle(a)
	}
	return p.enrol(act)
}

// enrol lets gates in and out.
func (p page) enrol(act panel.Act) error {
	if p.roll == nil {
		return errors.New("this hub runs with insecure = true: its gates are named in its configuration")
	}
	switch a := act.(type) {
	case panel.Invite:
		lanes := []join.Lane{{Number: 1, Checkpoint: a.Door}}
		if a.Replace {
			lanes = nil // those of the gate that is replaced
		}
		_, err := p.roll.Invite(a.Gate, lanes, a.Replace)
		return err
	case panel.Approve:
		return p.roll.Approve(a.Gate, a.Words)
	case panel.Refuse:
		return p.roll.Refuse(a.Gate)
	case panel.Remove:
		return p.roll.Remove(a.Gate, a.Stolen)
	}
	return fmt.Errorf("nobody knows how to do %T", act)
}

var errNoDoor = errors.New("there is no such door, or no such order: open the page again")

func (p page) orderDoor(ctx context.Context, who panel.Person, a panel.OrderDoor) error {
	v, _, _ := p.relay.View()
	known := a.Door == wire.EveryDoor || v != nil && slices.ContainsFunc(v.Checkpoints, func(c whitelist.Checkpoint) bool { return c.ID == a.Door })
	modes := []whitelist.Mode{"", whitelist.Open, whitelist.Closed, whitelist.Drill, whitelist.Evacuation}
	if !known || !slices.Contains(modes, a.Mode) {
		return errNoDoor
	}
	return p.orders.Set(ctx, a.Door, a.Mode, who.Name)
}

// tell shows words on a lane, or on every lane of every gate that is there.
func (p page) tell(a panel.Tell) error {
	var faults []error
	for _, g := range p.gates() {
		if a.Gate == "" && p.broker.Connected(g) || a.Gate == g {
			faults = append(faults, p.orders.Tell(g, a.Lane, a.Text))
		}
	}
	return errors.Join(faults...)
}

func (p page) exclude(a panel.Exclude) error {
	if p.floor.View().Venue.OldHub && !a.OldHubOff {
		return errors.New("make sure first that the hub before this one is off and stays off, and say so")
	}
	return p.doGate(a.Gate, venue.Exclude{Gate: a.Gate, OldHubOff: a.OldHubOff})
}

func (p page) doGate(gate string, input venue.Input) error {
	if !p.knows(gate) {
		return errors.New("this hub has never heard of that gate")
	}
	p.floor.Do(input)
	return nil
}

func (p page) settle(a panel.Settle) error {
	for _, g := range p.floor.View().Venue.Unknown {
		if g.Scan.String() == a.Scan {
			p.floor.Do(venue.Settle{Scan: g.Scan, Entered: a.Entered})
			return nil
		}
	}
	return errors.New("nobody waits for that scan to be settled; somebody may have done it already")
}

// Events reads the journal.
func (p page) Events(since time.Time, do func(wire.Event)) error {
	from := since.UnixMilli()
	return p.store.EachEvent(func(e wire.Event) {
		if e.At >= from {
			do(e)
		}
	})
}

// pinFile holds the hub's own PIN, for when the cloud's people are not known.
const pinFile = "panel.pin"

// LocalPIN is the PIN that lets whoever has the hub's disk sign on as a supervisor; the first call makes it.
func LocalPIN(cfg *Config) (string, error) {
	path := filepath.Join(cfg.StateDir, pinFile)
	raw, err := os.ReadFile(path)
	if err == nil {
		return strings.TrimSpace(string(raw)), nil
	}
	if !errors.Is(err, fs.ErrNotExist) {
		return "", fmt.Errorf("read the local PIN: %w", err)
	}
	n, err := rand.Int(rand.Reader, big.NewInt(100_000_000))
	if err != nil {
		return "", err
	}
	pin := fmt.Sprintf("%08d", n)
	if err := os.WriteFile(path, []byte(pin+"\n"), 0o600); err != nil {
		return "", fmt.Errorf("keep the local PIN: %w", err)
	}
	return pin, nil
}
