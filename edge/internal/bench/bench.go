// Package bench measures a gate on the machine it runs on, each figure against a bare operation of the same run, so
// that a Pi and a server can be asked the same question.
//
// Both sides of a ratio are measured in turns, in five blocks; the ratio is the median of the blocks' ratios.
package bench

import (
	"context"
	"io"
	"os"
	"os/exec"
	"time"

	"portaria/figure"
)

// ErrMissed says that at least one figure missed its goal.
var ErrMissed = figure.ErrMissed

// Config says where and how much to measure. The zero value takes the defaults.
type Config struct {
	Dir     string // on the disk to be measured; empty = the system's temporary directory
	Tickets int    // of the big list; 0 = 1,000,000
	Small   int    // of the small list; 0 = 10,000
	People  int    // let in at each lane in each block; 0 = 200
	// Window is how long people come in while a patch is folded, and then while folding stands still, in turns; 0 = 4 s.
	Window time.Duration
	Out    io.Writer
}

const blocks = figure.Blocks

func (c *Config) defaults() {
	if c.Tickets == 0 {
		c.Tickets = 1_000_000
	}
	if c.Small == 0 {
		c.Small = 10_000
	}
	if c.People == 0 {
		c.People = 200
	}
	if c.Window == 0 {
		c.Window = 4 * time.Second
	}
	if c.Out == nil {
		c.Out = os.Stdout
	}
}

func (c *Config) print(f figure.Figure) error { return f.Print(c.Out) }

// EmulatorEnv names the program that runs this one, where the processor does not: a process that it starts needs it too.
const EmulatorEnv = "PORTARIA_EMULATOR"

// again is this program in a process of its own.
func again(ctx context.Context, args ...string) (*exec.Cmd, error) {
	self, err := os.Executable()
	if err != nil {
		return nil, err
	}
	if emulator := os.Getenv(EmulatorEnv); emulator != "" {
		self, args = emulator, append([]string{self}, args...)
	}
	return exec.CommandContext(ctx, self, args...), nil
}
