package catchup

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"time"

	"portaria/alive"
	"portaria/deploy/privatepg"
	"portaria/deploy/rig"
)

// asking bounds how long evidence is waited for: who stands still may not answer.
const asking = 5 * time.Second

// asked is in the log of a program that has said what it waits for; see alive.Stacks.
const asked = "as asked by SIGUSR1:"

// evidence is what is kept of a measurement that stands still: what every goroutine of hub, cloud and gate waits for, their logs, and what
// the hub, the database and the machine say. Somebody must be able to tell from it what was waited for.
type evidence struct {
	dir   string // made when there is something to keep
	times int
}

// take notes how things stand, and says where. What can't be had is named in its place.
func (e *evidence) take(ctx context.Context, v *venue, g *gate) (err error) {
	if e.dir == "" {
		if e.dir, err = os.MkdirTemp("", "portaria-stall-"); err != nil {
			return fmt.Errorf("keep evidence of a stall: %w", err)
		}
	}
	e.times++
	ctx, cancel := context.WithTimeout(ctx, asking)
	defer cancel()
	faults := []error{e.keep("bench.stacks", alive.Goroutines()), e.keep("gate.json", g.tell())}
	for _, p := range []*rig.Program{v.hub, v.cloud} {
		faults = append(faults, e.program(ctx, p))
	}
	return errors.Join(append(faults, e.keep("hub.json", orWhy(get(ctx, "http://"+v.Hub.HTTP+"/status"))),
		e.keep("postgres.txt", orWhy(busy(ctx, v.postgres))), e.keep("machine.txt", machine()))...)
}

// program keeps a program's log, with its stacks at the end.
func (e *evidence) program(ctx context.Context, p *rig.Program) error {
	if p == nil {
		return nil
	}
	said := func() int { raw, _ := os.ReadFile(p.Log); return bytes.Count(raw, []byte(asked)) }
	before := said()
	p.Signal(syscall.SIGUSR1)
	why := rig.Until(ctx, p.Name+" to say what it waits for", func() error {
		if p.Alive() == nil && said() == before {
			return errors.New("it does not answer")
		}
		return nil
	})
	raw, err := os.ReadFile(p.Log)
	if why != nil {
		raw = append(raw, ("\n" + why.Error() + "\n")...)
	}
	return errors.Join(err, e.keep(p.Name+".log", raw))
}

func (e *evidence) keep(name string, raw []byte) error {
	return os.WriteFile(filepath.Join(e.dir, fmt.Sprintf("%d-%s", e.times, name)), raw, 0o600)
}

// where is how an error names it.
func (e *evidence) where() string {
	if e.dir == "" {
		return ""
	}
	return "; what everybody waited for is in " + e.dir
}

func orWhy(raw []byte, err error) []byte {
	if err != nil {
		return []byte(err.Error() + "\n")
	}
	return raw
}

func get(ctx context.Context, url string) ([]byte, error) {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		return nil, err
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return nil, err
	}
	defer response.Body.Close()
	return io.ReadAll(io.LimitReader(response.Body, 8<<20))
}

// pgSession is what one connection to the database does.
type pgSession struct {
	PID   int    `db:"pid"`
	State string `db:"state"`
	Waits string `db:"waits"`
	Since string `db:"since"`
	Query string `db:"query"`
}

func busy(ctx context.Context, s *privatepg.Server) ([]byte, error) {
	rows, err := privatepg.Rows[pgSession](ctx, s, "portaria", `
SELECT pid, coalesce(state, '') AS state, coalesce(wait_event_type || ' ' || wait_event, '') AS waits,
    coalesce((now() - query_start)::text, '') AS since, left(query, 200) AS query FROM pg_stat_activity ORDER BY query_start`)
	if err != nil {
		return nil, err
	}
	var text strings.Builder
	for _, r := range rows {
		fmt.Fprintf(&text, "%d %s waits=%q since=%s %s\n", r.PID, r.State, r.Waits, r.Since, strings.Join(strings.Fields(r.Query), " "))
	}
	return []byte(text.String()), nil
}

// machine is how short the machine is of processors and disk.
func machine() (text []byte) {
	for _, file := range []string{"/proc/loadavg", "/proc/pressure/cpu", "/proc/pressure/io", "/proc/pressure/memory"} {
		raw, err := os.ReadFile(file)
		if err == nil {
			text = append(text, (file + ": " + string(raw))...)
		}
	}
	return text
}

// tell is how the played gate stands.
func (g *gate) tell() []byte {
	raw, err := json.MarshalIndent(map[string]any{"journal": len(g.journal), "hub": g.mark.Hub, "cloud": g.mark.Cloud, "connected": g.session.Up(),
		"messages": g.number, "still_for": time.Since(g.moved).String(), "last_heard": time.Since(g.heard).String(), "obeys": g.hub, "term": g.term}, "", "  ")
	return orWhy(raw, err)
}
