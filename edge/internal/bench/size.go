package bench

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strconv"
	"syscall"
	"time"

	"portaria/figure"
)

const (
	sizeGoal  = 40  // MiB of the program's file
	startGoal = 500 // ms
)

// Size measures the program itself: its file, and as a gate at rest with a full list, what memory it takes and how long
// it was until it could be asked.
func Size(ctx context.Context, c Config) error {
	c.defaults()
	dir, remove, err := figure.WorkDir(c.Dir)
	if err != nil {
		return err
	}
	defer remove()
	h, err := buildHouse(ctx, dir, c.Tickets)
	if err != nil {
		return err
	}
	if err := h.lists.Close(); err != nil {
		return err
	}
	self, err := os.Executable()
	if err != nil {
		return err
	}
	file, err := os.Stat(self)
	if err != nil {
		return err
	}
	var starts, idle []float64
	for range blocks {
		r, err := h.rest(ctx)
		if err != nil {
			return err
		}
		starts, idle = append(starts, float64(r.started.Milliseconds())), append(idle, r.anonymous)
	}
	mib := float64(file.Size()) / (1 << 20)
	return errors.Join(
		c.print(figure.Figure{Name: "size-binary", Ratio: mib / sizeGoal, Goal: 1, About: fmt.Sprintf("%.1f MiB / %d MiB on the disk", mib, sizeGoal)}),
		c.print(figure.Figure{Name: "size-memory", Ratio: figure.Median(idle) / memoryGoal, Goal: 1,
			About: fmt.Sprintf("%.1f MiB anonymous / %d MiB, a gate at rest with %d tickets, n=%d", figure.Median(idle), memoryGoal, c.Tickets, blocks)}),
		c.print(figure.Figure{Name: "size-start", Ratio: figure.Median(starts) / startGoal, Goal: 1,
			About: fmt.Sprintf("%.0f ms / %d ms from the start of the process until its panel answers, %d tickets, n=%d", figure.Median(starts), startGoal, c.Tickets, blocks)}))
}

type resting struct {
	started   time.Duration
	anonymous float64 // MiB
}

// rest runs a gate on the house's directory until it has answered and settled.
func (h *house) rest(ctx context.Context) (r resting, err error) {
	socket, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return r, err
	}
	panel := socket.Addr().String()
	if err := socket.Close(); err != nil {
		return r, err
	}
	path := filepath.Join(h.dir, "edge.toml")
	if err := os.WriteFile(path, []byte(h.settings(panel)), 0o600); err != nil {
		return r, err
	}
	gate, err := again(ctx, "run", "--config", path)
	if err != nil {
		return r, err
	}
	began := time.Now()
	if err := gate.Start(); err != nil {
		return r, err
	}
	defer func() {
		_ = gate.Process.Signal(syscall.SIGTERM)
		err = errors.Join(err, gate.Wait())
	}()
	if err := answers(ctx, panel, began.Add(time.Minute)); err != nil {
		return r, err
	}
	r.started = time.Since(began)
	time.Sleep(time.Second) // at rest
	r.anonymous, err = anonymous(strconv.Itoa(gate.Process.Pid))
	return r, err
}

func (h *house) settings(panel string) string {
	return fmt.Sprintf(`gate = "bench"
venue = %q
organizer = %q
platform_key = "%x"
state_dir = %q
secret_at_rest = "disk"
[panel]
listen = %q
[[lane]]
number = 1
checkpoint = %q
scanner = %q
`, h.venue.Venue, owner, h.signer.platform, h.dir, panel, door, filepath.Join(h.dir, "no-scanner"))
}

// answers waits until a gate's panel does.
func answers(ctx context.Context, panel string, until time.Time) error {
	for time.Now().Before(until) {
		ask, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+panel+"/status", nil)
		if err != nil {
			return err
		}
		if answer, err := http.DefaultClient.Do(ask); err == nil {
			_, _ = io.Copy(io.Discard, answer.Body)
			return answer.Body.Close()
		}
		time.Sleep(time.Millisecond)
	}
	return errors.New("the gate's panel did not answer in a minute")
}
