// Package figure measures speed so that machines can be compared: each figure is a ratio against something that is
// measured in the same run, printed as one line. It knows how to measure, compare and print; what is measured its users
// know.
//
// Both sides of a ratio are measured in turns, in Blocks blocks; the ratio is the median of the blocks' ratios.
package figure

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

// Blocks is how often both sides of a ratio are measured.
const Blocks = 5

// Figure is one line of a report.
type Figure struct {
	Name  string
	Ratio float64
	Goal  float64
	Least bool   // the goal is the least that is wanted, not the most
	About string // what ÷ what, how often, under which conditions
}

// Print writes the line. The error is ErrMissed when the ratio does.
func (f Figure) Print(to io.Writer) error {
	verdict, err := "pass", error(nil)
	if f.Ratio > f.Goal != f.Least {
		verdict, err = "fail", ErrMissed
	}
	_, wrote := fmt.Fprintf(to, "%s ratio=%.3g goal=%.3g %s (%s)\n", f.Name, f.Ratio, f.Goal, verdict, f.About)
	return errors.Join(err, wrote)
}

// Median sorts values and returns the one in the middle.
func Median(values []float64) float64 {
	slices.Sort(values)
	return values[len(values)/2]
}

// P50 sorts times and returns the one in the middle, in nanoseconds.
func P50(times []time.Duration) float64 {
	slices.Sort(times)
	return float64(times[len(times)/2])
}

// P99 sorts times and returns the one that a hundredth of them exceed, in nanoseconds.
func P99(times []time.Duration) float64 {
	slices.Sort(times)
	return float64(times[len(times)*99/100])
}

// Each measures n runs of do, one by one.
func Each(n int, do func(i int) error) ([]time.Duration, error) {
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

// Typical is the P50 of n runs of do: a run that another program interrupted does not count.
func Typical(n int, do func(i int) error) (float64, error) {
	times, err := Each(n, do)
	if err != nil {
		return 0, err
	}
	return P50(times), nil
}

// WorkDir is a new directory in dir (empty = the system's for temporary files), and what removes it.
func WorkDir(dir string) (made string, remove func(), err error) {
	made, err = os.MkdirTemp(dir, "portaria-bench-")
	return made, func() { os.RemoveAll(made) }, err
}

// Medium names what kind of disk a directory is on: a figure of a RAM disk says nothing about durability.
func Medium(dir string) string {
	var fs unix.Statfs_t
	if unix.Statfs(dir, &fs) == nil && fs.Type == unix.TMPFS_MAGIC {
		return "tmpfs, nothing is durable"
	}
	return "fdatasync on"
}

// BareSync is what a durable write costs at the least: 4 KiB into a file that is there already, then fdatasync.
type BareSync struct{ f *os.File }

// NewBareSync makes its file in dir.
func NewBareSync(dir string) (*BareSync, error) {
	f, err := os.Create(filepath.Join(dir, "bare"))
	if err != nil {
		return nil, err
	}
	b := &BareSync{f}
	if err := f.Truncate(1 << 20); err != nil {
		return nil, err
	}
	return b, f.Sync()
}

// Once writes and syncs once.
func (b *BareSync) Once(i int) error {
	var page [4096]byte
	page[0] = byte(i)
	if _, err := b.f.WriteAt(page[:], int64(i%256)*int64(len(page))); err != nil {
		return err
	}
	return unix.Fdatasync(int(b.f.Fd()))
}

// Twice writes and syncs twice, as a bbolt commit does.
func (b *BareSync) Twice(i int) error { return errors.Join(b.Once(2*i), b.Once(2*i+1)) }
