package edge

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"net"
	"net/http"
	"slices"
	"time"

	"portaria/bolt"
	"portaria/doctor"
	edgebolt "portaria/edge/internal/bolt"
	"portaria/edge/internal/lane"
	"portaria/identity"
)

const theHub = "the hub"

// searchHub is how long a doctor listens for a hub's answer.
const searchHub = 5 * time.Second

// Doctor looks at the machine of a configured gate. A gate that runs is asked by its panel; one that does not is looked
// at from outside. Nothing is locked and nothing is changed.
func Doctor(ctx context.Context, cfg Config) []doctor.Finding {
	running, st, err := askGate(ctx, cfg)
	found := []doctor.Finding{serviceFinding(cfg, running, st, err),
		doctor.StateDir(cfg.StateDir), doctor.Space(cfg.StateDir), doctor.SyncSpeed(cfg.StateDir)}
	found = append(found, clockFinding(running, st))
	found = append(found, tpmFinding(&cfg)...)
	for _, l := range cfg.Lanes {
		found = append(found, scannerFindings(l, running, st)...)
	}
	found = append(found, boardFinding(cfg.Lanes, running, st))
	found = append(found, hubFindings(ctx, cfg, running, st)...)
	if running {
		return append(found, listsOfStatus(st)...)
	}
	return append(found, listsOnDisk(cfg)...)
}

func askGate(ctx context.Context, cfg Config) (running bool, st lane.Status, err error) {
	if cfg.Panel.Listen == "" {
		return false, st, errors.New("it has no panel to be asked by")
	}
	err = doctor.Ask(ctx, cfg.Panel.Listen, &st)
	if err == nil && st.Gate != cfg.Gate {
		err = fmt.Errorf("%s is served by gate %q", cfg.Panel.Listen, st.Gate)
	}
	return err == nil, st, err
}

func serviceFinding(cfg Config, running bool, st lane.Status, err error) doctor.Finding {
	const what = "gate program"
	switch {
	case running:
		return doctor.Well(what, "runs as %s, %d records not yet in the cloud", st.Gate, st.Journal)
	case errors.Is(err, doctor.ErrNotRunning):
		return doctor.Doubt(what, "does not run; systemctl start portaria-edge, and then journalctl -u portaria-edge if it does not stay up")
	case cfg.Panel.Listen == "":
		return doctor.Doubt(what, "%v, so it may run or not; set panel.listen", err)
	}
	return doctor.Broken(what, "%v; stop what has its port, or change panel.listen", err)
}

// clockFinding takes the running gate's word when the hub tells it the time: then this system's clock does not matter.
func clockFinding(running bool, st lane.Status) doctor.Finding {
	if running && st.Hub.Up {
		return doctor.Well("clock", "told by hub %s: %s", st.Hub.Name, time.UnixMilli(st.At).UTC().Format("2006-01-02 15:04:05 UTC"))
	}
	return doctor.Clock(theHub)
}

func hubFindings(ctx context.Context, cfg Config, running bool, st lane.Status) []doctor.Finding {
	switch {
	case cfg.fresh():
		return []doctor.Finding{doctor.Broken("hub", "this gate has not joined one; scan the code that the hub shows, or run edge enrol CODE")}
	case cfg.Hub == (Hub{}) && cfg.member == nil:
		return []doctor.Finding{doctor.Doubt("hub", "none is configured; the gate works alone, with the lists it holds")}
	case running && st.Hub.Up && !st.Hub.Cloud:
		return []doctor.Finding{doctor.Doubt("hub", "%s answers the gate, but has no cloud; look at its internet line", st.Hub.Name)}
	case running && st.Hub.Up:
		return []doctor.Finding{doctor.Well("hub", "%s answers the gate", st.Hub.Name)}
	}
	return reachHub(ctx, cfg, running)
}

func reachHub(ctx context.Context, cfg Config, running bool) []doctor.Finding {
	const do = "switch the hub on, look at the cable and at [hub] in the configuration; until then the gate works alone"
	var found []doctor.Finding
	if cfg.member != nil {
		found = reachJoined(ctx, cfg, do)
	} else {
		found = []doctor.Finding{doctor.Reach(ctx, "hub, messages", cfg.Hub.MQTT, do), doctor.Reach(ctx, "hub, lists", cfg.Hub.HTTP, do)}
	}
	if running && !slices.ContainsFunc(found, func(f doctor.Finding) bool { return f.Grade == doctor.Fail }) {
		found = append(found, doctor.Broken("hub", "is there, but does not answer this gate; is %q still on its roll?", cfg.Gate))
	}
	return found
}

// reachJoined finds the hub as the gate does, and shows its certificate.
func reachJoined(ctx context.Context, cfg Config, do string) []doctor.Finding {
	ctx, end := context.WithTimeout(ctx, searchHub)
	defer end()
	line := &hubLine{cfg: &cfg, log: slog.New(slog.DiscardHandler), member: cfg.member, last: learnt(cfg.identityDir())}
	conn, err := line.dialHTTP(ctx, "", "")
	switch {
	case errors.Is(err, identity.ErrRoot):
		return []doctor.Finding{doctor.Broken("hub", "%v", errRoots)}
	case err != nil:
		return []doctor.Finding{doctor.Broken("hub", "%v; %s", err, do)}
	}
	defer conn.Close()
	if err := welcome(conn); err != nil {
		return []doctor.Finding{doctor.Broken("hub", "at %s refuses this gate's certificate (%v): it was removed or replaced there, or has expired; "+
			"look at hub enrol list, then edge enrol --forget here and hub enrol add or replace there", conn.RemoteAddr(), err)}
	}
	until := cfg.member.Chain.Leaf().NotAfter
	return []doctor.Finding{doctor.Well("hub", "is at %s; this gate's certificate is good until %s", conn.RemoteAddr(), until.Format(time.DateOnly))}
}

// welcome asks the hub for something, since TLS 1.3 tells of a refusal only then.
func welcome(conn net.Conn) error {
	request, err := http.NewRequest(http.MethodGet, "https://hub/roots", nil)
	if err != nil {
		return err
	}
	_ = conn.SetDeadline(time.Now().Add(reach))
	if err := request.Write(conn); err != nil {
		return err
	}
	answer, err := http.ReadResponse(bufio.NewReader(conn), request)
	if err != nil {
		return err
	}
	return answer.Body.Close()
}

func listsOfStatus(st lane.Status) []doctor.Finding {
	if len(st.Lists) == 0 {
		return []doctor.Finding{noLists()}
	}
	var found []doctor.Finding
	for _, l := range st.Lists {
		found = append(found, doctor.Listed{Name: l.Name, Whole: l.Ready, Count: l.Count, Issued: time.Unix(l.Issued, 0),
			Until: time.Unix(l.Until, 0)}.Age(time.UnixMilli(st.At), theHub))
	}
	return found
}

func noLists() doctor.Finding {
	return doctor.Broken("lists", "none is here, so every ticket is refused; connect the hub and wait a minute")
}

func listsOnDisk(cfg Config) []doctor.Finding {
	platform, err := cfg.platformKey()
	if err != nil {
		return []doctor.Finding{doctor.Broken("lists", "%v", err)}
	}
	seen, faults, err := edgebolt.LookLists(cfg.StateDir, platform)
	switch {
	case errors.Is(err, bolt.ErrInUse):
		return []doctor.Finding{doctor.Doubt("lists", "are held by a gate that cannot be asked; set panel.listen")}
	case errors.Is(err, fs.ErrNotExist):
		return []doctor.Finding{noLists()}
	case err != nil:
		return []doctor.Finding{doctor.Broken("lists", "%v; run this as root or as the gate's user", err)}
	case len(seen) == 0 && len(faults) == 0:
		return []doctor.Finding{noLists()}
	}
	var found []doctor.Finding
	for _, fault := range faults {
		found = append(found, doctor.Doubt("lists", "%s; the hub sends it again at the next start", fault))
	}
	for _, s := range seen {
		found = append(found, doctor.Listed{Name: s.Name, Whole: s.Whole, Count: s.Held.Count, Issued: s.Held.IssuedAt,
			Until: s.Held.GoodUntil}.Age(time.Now(), theHub))
	}
	return found
}
