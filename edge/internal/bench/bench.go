// Package bench measures a gate on the machine it runs on, each figure against a bare operation of the same run, so
// that a Pi and a server can be asked the same question.
//
// Both sides of a ratio are measured in turns, in five blocks; the ratio is the median of the blocks' ratios.
package bench

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"time"

	"golang.org/x/sys/unix"
)

// ErrMissed says that at least one figure missed its goal.
var ErrMissed = errors.New("a figure missed its goal")

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

const blocks = 5

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

// figure is one line of a report.
type figure struct {
	name        string
	ratio, goal float64
	about       string
	least       bool // the goal is the least that is wanted, not the most
}

func (c *Config) print(f figure) error {
	verdict, err := "pass", error(nil)
	if f.ratio > f.goal != f.least {
		verdict, err = "fail", ErrMissed
	}
	_, wrote := fmt.Fprintf(c.Out, "%s ratio=%.3g goal=%.3g %s (%s)\n", f.name, f.ratio, f.goal, verdict, f.about)
	return errors.Join(err, wrote)
}

// workDir is a new directory on the disk to be measured, and what removes it.
func (c *Config) workDir() (dir string, remove func(), err error) {
	dir, err = os.MkdirTemp(c.Dir, "portaria-bench-")
	return dir, func() { os.RemoveAll(dir) }, err
}

// medium names what kind of disk a directory is on: a figure of a RAM disk says nothing about durability.
func medium(dir string) string {
	var fs unix.Statfs_t
	if unix.Statfs(dir, &fs) == nil && fs.Type == unix.TMPFS_MAGIC {
		return "tmpfs, nothing is durable"
	}
	return "fdatasync on"
}

func median(values []float64) float64 {
	slices.Sort(values)
	return values[len(values)/2]
}

func p50(times []time.Duration) float64 {
	slices.Sort(times)
	return float64(times[len(times)/2])
}

// each measures n runs of do, one by one.
func each(n int, do func(i int) error) ([]time.Duration, error) {
	times := make([]time.Duration, n)
	for i := range n {
		started := time.Now()
		if err := do(i); err != nil {
			return nil, err
		}
		times[i] = time.Since(started)
	}
	return times, nil
}

// typical is the p50 of n runs of do, in nanoseconds: a run that another program interrupted does not count.
func typical(n int, do func(i int) error) (float64, error) {
	times, err := each(n, do)
	if err != nil {
		return 0, err
	}
	return p50(times), nil
}

// bareSync is what a durable write costs at the least: 4 KiB, then fdatasync, twice.
type bareSync struct{ f *os.File }

func newBareSync(dir string) (*bareSync, error) {
	f, err := os.Create(filepath.Join(dir, "bare"))
	if err != nil {
		return nil, err
	}
	b := &bareSync{f}
	if err := f.Truncate(1 << 20); err != nil {
		return nil, err
	}
	return b, f.Sync()
}

func (b *bareSync) twice(i int) error {
	var page [4096]byte
	for k := range 2 {
		page[0] = byte(i + k)
		if _, err := b.f.WriteAt(page[:], int64((2*i+k)%256)*4096); err != nil {
			return err
		}
		if err := unix.Fdatasync(int(b.f.Fd())); err != nil {
			return err
		}
	}
	return nil
}
