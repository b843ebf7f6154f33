package hub

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"time"

	"portaria/bolt"
	"portaria/doctor"
	"portaria/edge/whitelist"
	hubbolt "portaria/hub/internal/bolt"
	"portaria/identity/join"
)

const theCloud = "the cloud"

// Doctor looks at the machine of a configured hub. A hub that runs is asked by its /status; one that does not is looked
// at from outside. Nothing is locked and nothing is changed.
func Doctor(ctx context.Context, cfg *Config) []doctor.Finding {
	running, st, err := askHub(ctx, cfg)
	found := []doctor.Finding{serviceFinding(cfg, running, st, err),
		doctor.StateDir(cfg.StateDir), doctor.Space(cfg.StateDir), doctor.SyncSpeed(cfg.StateDir), doctor.Clock("the internet")}
	if !running {
		found = append(found, portFinding(ctx, "mqtt_listen", cfg.MQTTListen), portFinding(ctx, "http_listen", cfg.HTTPListen))
	}
	found = append(found, cloudFindings(ctx, cfg, running, st)...)
	if running {
		return append(append(append(found, gateFindings(st)...), nearFindings(st)...), listsOfStatus(st)...)
	}
	return append(found, listsOnDisk(cfg)...)
}

func askHub(ctx context.Context, cfg *Config) (running bool, st Status, err error) {
	err = doctor.Ask(ctx, reachable(cfg.HTTPListen), &st)
	if err == nil && st.Hub != cfg.ID {
		err = fmt.Errorf("%s is served by hub %q", cfg.HTTPListen, st.Hub)
	}
	return err == nil, st, err
}

// reachable is an address to dial for one that is listened on: all addresses of a machine include its own.
func reachable(listen string) string {
	host, port, err := net.SplitHostPort(listen)
	if ip := net.ParseIP(host); err == nil && (host == "" || ip != nil && ip.IsUnspecified()) {
		return net.JoinHostPort("127.0.0.1", port)
	}
	return listen
}

func serviceFinding(cfg *Config, running bool, st Status, err error) doctor.Finding {
	const what = "hub program"
	switch {
	case running && !st.Ready:
		return doctor.Doubt(what, "runs, but rules nothing until these gates have spoken: %v; switch them on, or exclude them at this machine", st.Waiting)
	case running:
		return doctor.Well(what, "runs as %s, and rules", st.Hub)
	case errors.Is(err, doctor.ErrNotRunning):
		return doctor.Doubt(what, "does not run; systemctl start portaria-hub, and then journalctl -u portaria-hub if it does not stay up")
	}
	return doctor.Broken(what, "%v; stop what has its port, or change http_listen (%s)", err, cfg.HTTPListen)
}

// portFinding takes the port for a moment, as the hub will.
func portFinding(ctx context.Context, key, address string) doctor.Finding {
	socket, err := (&net.ListenConfig{}).Listen(ctx, "tcp", address)
	if err != nil {
		return doctor.Broken(key, "%v; stop what has it, or choose another address", err)
	}
	_ = socket.Close()
	return doctor.Well(key, "%s is free", address)
}

func cloudFindings(ctx context.Context, cfg *Config, running bool, st Status) []doctor.Finding {
	const do = "look at the internet line; until then gates work on, and records wait here"
	at, member, err := cfg.cloudAt()
	if err != nil {
		return []doctor.Finding{doctor.Broken("identity", "%v", err)}
	}
	if at == (CloudConfig{}) {
		return []doctor.Finding{doctor.Doubt("cloud", "none is configured, and this hub has joined none (hub join CODE): lists stay as they are, and records stay here")}
	}
	var found []doctor.Finding
	if member != nil {
		found = append(found, certificateFinding(member, time.Now()))
	}
	if _, err := cfg.token(); err != nil {
		found = append(found, tokenFinding(err, running))
	}
	if running && st.Cloud.Connected {
		return append(found, doctor.Well("cloud", "is connected; %d records wait for its word", st.Cloud.Pending))
	}
	return append(found, doctor.Reach(ctx, "cloud, messages", at.MQTT, do), doctor.Reach(ctx, "cloud, lists", at.HTTP, do))
}

// cloudAt is where the cloud is: as the configuration says, else as the cloud said when this hub joined, and in which identity
// this hub goes there (nil = in none).
func (c *Config) cloudAt() (CloudConfig, *join.Member, error) {
	if c.Insecure {
		return c.Cloud, nil, nil
	}
	m, err := join.Load(c.identityDir(), time.Now())
	if errors.Is(err, fs.ErrNotExist) {
		return c.Cloud, nil, nil
	}
	if err != nil {
		return c.Cloud, nil, err
	}
	return learnt(c.Cloud, m), m, nil
}

// certificateFinding says how long the hub's certificate is good.
func certificateFinding(m *join.Member, now time.Time) doctor.Finding {
	until := m.Chain.Leaf().NotAfter
	switch {
	case now.After(until):
		return doctor.Broken("identity", "this hub's certificate has ended on %s; it is renewed as soon as the cloud is reached", until.Format(time.DateOnly))
	case m.Due(now):
		return doctor.Doubt("identity", "this hub's certificate is due, and good until %s; it is renewed when the cloud is reached", until.Format(time.DateOnly))
	}
	return doctor.Well("identity", "%s, good until %s", m.Settings.Name, until.Format(time.DateOnly))
}

// tokenFinding: systemd shows a credential to the running service alone.
func tokenFinding(err error, running bool) doctor.Finding {
	if running {
		return doctor.Doubt("cloud token", "%v; the running hub has read it, and this user cannot", err)
	}
	return doctor.Broken("cloud token", "%v; put it into /etc/credstore/portaria-hub.token (mode 0600), which systemd shows to the service, or name another file", err)
}

func gateFindings(st Status) (found []doctor.Finding) {
	for _, g := range st.Gates {
		what := "gate " + g.Gate
		switch {
		case g.Excluded:
			found = append(found, doctor.Doubt(what, "is excluded; readmit it when it is back"))
		case !g.Connected:
			found = append(found, doctor.Doubt(what, "is not connected; %s, and run portaria-edge doctor there", whereabouts(st, g.Gate)))
		default:
			found = append(found, doctor.Well(what, "is connected"))
		}
	}
	return found
}

// whereabouts says what to do about a gate that does not connect, by what the network says of it.
func whereabouts(st Status, gate string) string {
	for _, near := range st.Nearby {
		if near.Name == gate && near.Venue == st.Venue.ID {
			return "it says by mDNS that it is at " + near.At + ": look at the network between, and at its certificate"
		}
	}
	return "switch it on"
}

func nearFindings(st Status) (found []doctor.Finding) {
	for _, near := range st.Nearby {
		if near.Venue == "" {
			found = append(found, doctor.Well("new gate "+near.Name, "waits at %s; add it here (hub enrol add NAME), and show its scanner the code", near.At))
		}
	}
	return found
}

func listsOfStatus(st Status) (found []doctor.Finding) {
	for _, l := range st.Lists {
		found = append(found, doctor.Listed{Name: l.Name, Whole: l.Complete, Count: l.Count, Issued: time.Unix(l.IssuedAt, 0),
			Until: time.Unix(l.GoodUntil, 0)}.Age(time.UnixMilli(st.Now), theCloud))
	}
	if len(found) == 0 {
		return []doctor.Finding{noLists()}
	}
	return found
}

func noLists() doctor.Finding {
	return doctor.Doubt("lists", "none is here yet; connect the cloud, and see that the venue has events")
}

func listsOnDisk(cfg *Config) []doctor.Finding {
	platform, err := cfg.platform()
	if err != nil {
		return []doctor.Finding{doctor.Broken("lists", "%v", err)}
	}
	var found []doctor.Finding
	err = hubbolt.LookLists(cfg.StateDir, func(event string, raw []byte) {
		m, err := whitelist.OpenManifest(raw, platform, time.Time{})
		if err != nil {
			found = append(found, doctor.Doubt("list of event "+event, "%v; the cloud sends it again", err))
			return
		}
		found = append(found, doctor.Listed{Name: "event " + event, Whole: true, Count: m.Count, Issued: m.IssuedAt,
			Until: m.GoodUntil}.Age(time.Now(), theCloud))
	})
	switch {
	case errors.Is(err, bolt.ErrInUse):
		return []doctor.Finding{doctor.Doubt("lists", "are held by a hub that does not answer here")}
	case errors.Is(err, fs.ErrNotExist) || err == nil && len(found) == 0:
		return []doctor.Finding{noLists()}
	case err != nil:
		return append(found, doctor.Broken("lists", "%v; run this as root or as the hub's user", err))
	}
	return found
}
