package bench

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"

	"portaria/edge/admit"
	"portaria/edge/internal/bolt"
	"portaria/edge/lookup"
	"portaria/edge/ticket"
	"portaria/figure"
)

// memoryGoal is the anonymous memory that a gate may use with the big list, in MiB.
const memoryGoal = 64

// MemoryCommand is the name of the hidden command that Grow starts of this program, with a state directory: memory is
// measured in a process that did not build the list.
const MemoryCommand = "bench-memory"

// Grow measures what a hundred times more tickets cost: a verdict, a durable grant, and memory.
func Grow(ctx context.Context, c Config) error {
	c.defaults()
	dir, remove, err := figure.WorkDir(c.Dir)
	if err != nil {
		return err
	}
	defer remove()
	var houses [2]*house
	for i, n := range []int{c.Small, c.Tickets} {
		sub := filepath.Join(dir, strconv.Itoa(n))
		if err := os.Mkdir(sub, 0o700); err != nil {
			return err
		}
		if houses[i], err = buildHouse(ctx, sub, n); err != nil {
			return err
		}
	}
	runtime.GC() // what building left behind is not part of any figure
	errVerdict := c.growVerdict(houses)
	errGrant := c.growGrant(ctx, dir, houses)
	if err := errors.Join(errVerdict, errGrant); err != nil && !errors.Is(err, ErrMissed) {
		return err
	}
	return errors.Join(errVerdict, errGrant, c.memory(ctx, houses[1].dir))
}

func (c *Config) growVerdict(houses [2]*house) error {
	const n = 2000
	var known, fresh [2][]string
	for i, h := range houses {
		var err error
		if known[i], fresh[i], err = h.texts(n); err != nil {
			return err
		}
	}
	var ratios []float64
	var listed [2][]float64
	for range blocks {
		var took [2]float64
		for i, h := range houses {
			var err error
			if took[i], err = figure.Typical(n, func(k int) error { return h.judge(fresh[i][k], admit.SignedOnly) }); err != nil {
				return err
			}
			found, err := figure.Typical(n, func(k int) error { return h.judge(known[i][k], admit.Listed) })
			if err != nil {
				return err
			}
			listed[i] = append(listed[i], found)
		}
		ratios = append(ratios, took[1]/took[0])
	}
	return c.print(figure.Figure{Name: "grow-verdict", Ratio: figure.Median(ratios), Goal: 1.2, About: fmt.Sprintf(
		"parse+lookup+signature+rules at %d tickets / at %d, n=%d x %d; of a listed code, without signature, %.1f µs and %.1f µs",
		c.Tickets, c.Small, n, blocks, figure.Median(listed[1])/1000, figure.Median(listed[0])/1000)})
}

func (c *Config) growGrant(ctx context.Context, dir string, houses [2]*house) error {
	var stations [2]*station
	for i, h := range houses {
		var err error
		if stations[i], err = openStation(ctx, h, 1); err != nil {
			return err
		}
	}
	n := c.People
	var ratios []float64
	for range blocks {
		var took [2]float64
		for i, s := range stations {
			granted, err := s.grants(ctx, n)
			if err != nil {
				return err
			}
			took[i] = figure.P50(granted)
		}
		ratios = append(ratios, took[1]/took[0])
	}
	for _, s := range stations {
		if err := s.close(); err != nil {
			return err
		}
	}
	return c.print(figure.Figure{Name: "grow-grant", Ratio: figure.Median(ratios), Goal: 1.2,
		About: fmt.Sprintf("durable grant, p50, at %d tickets / at %d, n=%d x %d, %s", c.Tickets, c.Small, n, blocks, figure.Medium(dir))})
}

func (c *Config) memory(ctx context.Context, dir string) error {
	child, err := again(ctx, MemoryCommand, dir)
	if err != nil {
		return err
	}
	out, err := child.Output()
	if err != nil {
		return fmt.Errorf("measure memory in a process of its own: %w", err)
	}
	mib, err := strconv.ParseFloat(strings.TrimSpace(string(out)), 64)
	if err != nil {
		return fmt.Errorf("measure memory: %w", err)
	}
	return c.print(figure.Figure{Name: "grow-memory", Ratio: mib / memoryGoal, Goal: 1,
		About: fmt.Sprintf("%.1f MiB anonymous / %d MiB, %d tickets, after 20,000 look-ups all over the list", mib, memoryGoal, c.Tickets)})
}

// Memory opens a state directory as a gate does, looks codes up all over the list, and returns the anonymous memory
// that this process then has, in MiB.
func Memory(dir string) (float64, error) {
	platform, err := os.ReadFile(filepath.Join(dir, platformFile))
	if err != nil {
		return 0, err
	}
	lists, err := bolt.OpenLists(dir, platform, bolt.Plain{})
	if err != nil {
		return 0, err
	}
	defer lists.Close() //nolint:errcheck // only read
	if faults := lists.Faults(); len(faults) > 0 {
		return 0, errors.New(faults[0])
	}
	journal, err := bolt.OpenJournal(dir)
	if err != nil {
		return 0, err
	}
	defer journal.Close() //nolint:errcheck // only read
	if _, err := journal.Recall(); err != nil {
		return 0, err
	}
	resolver, random := lookup.Resolver{Lists: listed{lists}}, rand.New(rand.NewPCG(6, 7))
	for range 20_000 {
		if _, err := resolver.Resolve(ticket.ID(random.Uint64()).Short(), door); err != nil {
			return 0, err
		}
	}
	return anonymous("self")
}

// anonymous reads RssAnon of a process: what is mapped from files can be dropped at any time and is not counted.
func anonymous(process string) (float64, error) {
	f, err := os.Open("/proc/" + process + "/status")
	if err != nil {
		return 0, err
	}
	defer f.Close()
	for lines := bufio.NewScanner(f); lines.Scan(); {
		if rest, ok := strings.CutPrefix(lines.Text(), "RssAnon:"); ok {
			kib, err := strconv.ParseFloat(strings.TrimSuffix(strings.TrimSpace(rest), " kB"), 64)
			return kib / 1024, err
		}
	}
	return 0, errors.New("the kernel does not tell RssAnon")
}
