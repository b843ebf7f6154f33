package lane_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"portaria/bolt/powercut"
	"portaria/edge/internal/bolt"
)

// fullEnv makes the crash tests thorough: minutes instead of seconds.
const fullEnv = "PORTARIA_CRASH_FULL"

// size is how much of a crash test to do.
type size struct {
	scans int // per lane and life
	plan  powercut.Plan
	rot   int // damaged files
	step  int // every which write and sync fails
}

func sizeOf() size {
	if os.Getenv(fullEnv) != "" {
		return size{scans: 15, plan: powercut.Plan{Seed: 1, Random: 3, Each: 16}, rot: 1000, step: 1}
	}
	return size{scans: 4, plan: powercut.Plan{Seed: 1, Random: 1, Each: 2, Stride: 2}, rot: 40, step: 25}
}

// runLane runs a lane process on a directory under strace with options; it returns what it wrote on stderr, and its
// error.
func runLane(t *testing.T, dir, trace string, scans int, env string, options ...string) (string, error) {
	t.Helper()
	args := append(powercut.Strace(trace, options...), os.Args[0], "-test.run=^TestLane$")
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute) // one that hangs is to be seen
	defer cancel()
	cmd := exec.CommandContext(ctx, "strace", args...)
	cmd.Env = append(os.Environ(), laneEnv+"="+dir, scansEnv+"="+strconv.Itoa(scans), env)
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	err := cmd.Run()
	if exit := (*exec.ExitError)(nil); err != nil && !errors.As(err, &exit) {
		require.NoError(t, err, "strace is needed: deploy/install trace")
	}
	return stderr.String(), err
}

func readTrace(t *testing.T, dir, trace string) []powercut.Op {
	t.Helper()
	file, err := os.Open(trace)
	require.NoError(t, err)
	defer file.Close()
	ops, err := powercut.Parse(file, filepath.Join(dir, "journal.db"), marksFile(dir))
	require.NoError(t, err)
	return ops
}

// aLongEvening is three lives of a gate on one journal: the first is killed in the middle, the others end well.
func aLongEvening(t *testing.T, scans int, options ...string) []powercut.Op {
	t.Helper()
	dir, traces := t.TempDir(), t.TempDir()
	var ops []powercut.Op
	for life, env := range []string{dieEnv + "=1", dieEnv + "=", dieEnv + "="} {
		trace := filepath.Join(traces, strconv.Itoa(life))
		stderr, err := runLane(t, dir, trace, scans, env, options...)
		if life > 0 {
			require.NoError(t, err, stderr)
		}
		ops = append(ops, readTrace(t, dir, trace)...)
	}
	wholeTrace(t, dir, ops)
	return ops
}

// tally is what came of the images.
type tally struct {
	mu     sync.Mutex
	kinds  map[string]int
	wrong  int
	lost   int
	faults []error // the first few
}

func (c *tally) add(cut powercut.Cut, lost int, err error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.kinds[cut.Kind]++
	c.lost = max(c.lost, lost)
	if err == nil {
		return
	}
	if c.wrong++; len(c.faults) < 3 {
		c.faults = append(c.faults, fmt.Errorf("%s after operation %d: %w", cut.Kind, cut.Seen, err))
	}
}

// checkCuts opens every file that a cut in the trace can leave, on two goroutines.
func checkCuts(t *testing.T, ops []powercut.Op, s *story, plan powercut.Plan) *tally {
	t.Helper()
	result := &tally{kinds: map[string]int{}}
	cuts := make(chan powercut.Cut, 16)
	var checkers sync.WaitGroup
	for range 2 {
		checkers.Go(func() {
			for cut := range cuts {
				dir := fastDir(t)
				lost, err := s.check(dir, cut)
				result.add(cut, lost, err)
				os.RemoveAll(dir)
			}
		})
	}
	err := powercut.Cuts(ops, plan, func(cut powercut.Cut) error {
		cuts <- cut
		return nil
	})
	close(cuts)
	checkers.Wait()
	require.NoError(t, err)
	return result
}

// fastDir is a directory in memory where there is one: what was synced there does not matter any more.
func fastDir(t *testing.T) string {
	dir, err := os.MkdirTemp("/dev/shm", "portaria-crash-")
	if err != nil {
		dir, err = os.MkdirTemp("", "portaria-crash-")
	}
	if err != nil {
		t.Error(err)
	}
	return dir
}

// lastImage is the file as the trace leaves it.
func lastImage(t *testing.T, ops []powercut.Op) (last powercut.Image) {
	t.Helper()
	require.NoError(t, powercut.Cuts(ops, powercut.Plan{Each: 1}, func(cut powercut.Cut) error {
		if cut.Kind == powercut.Prefix {
			last = cut.Image
		}
		return nil
	}))
	return last
}

func TestAPowerCutLosesNothingThatWasPromised(t *testing.T) {
	size, began := sizeOf(), time.Now()
	ops := aLongEvening(t, size.scans)
	s, err := tell(ops)
	require.NoError(t, err)
	require.Greater(t, len(s.pulses), lanes*2, "people were let in")
	cuts := checkCuts(t, ops, s, size.plan)
	for _, fault := range cuts.faults {
		assert.NoError(t, fault)
	}
	assert.Zero(t, cuts.wrong)
	for _, kind := range []string{powercut.Prefix, powercut.Omit, powercut.Torn, powercut.Reordered, powercut.Absent} {
		assert.NotZero(t, cuts.kinds[kind], kind)
	}
	rot := spoilOften(t, s, lastImage(t, ops), size.rot)
	t.Logf("crash: prefix=%d omit=%d torn=%d reordered=%d absent=%d lost=%d | damaged=%d set_aside=%d salvaged=%d/%d records (commits=%d admissions=%d lives=3, %s)",
		cuts.kinds[powercut.Prefix], cuts.kinds[powercut.Omit], cuts.kinds[powercut.Torn], cuts.kinds[powercut.Reordered], cuts.kinds[powercut.Absent], cuts.lost,
		size.rot, rot.aside.Load(), rot.salvaged.Load(), rot.held.Load(), len(s.tries), len(s.pulses), time.Since(began).Round(time.Second))
}

// A check that cannot fail proves nothing: with syncs that only pretend, it must find what is lost.
func TestWithoutSyncsTheCheckFindsWhatIsLost(t *testing.T) {
	ops := aLongEvening(t, 3, "-e", "inject=fdatasync,fsync:retval=0")
	s, err := tell(ops)
	require.NoError(t, err)
	cuts := checkCuts(t, ops, s, powercut.Plan{Seed: 1, Random: 1, Each: 1, Stride: 7})
	assert.NotZero(t, cuts.wrong)
	assert.NotZero(t, cuts.lost)
	t.Logf("crash control: without syncs %d of %d images are wrong, up to %d acknowledged records lost", cuts.wrong,
		cuts.kinds[powercut.Prefix]+cuts.kinds[powercut.Omit]+cuts.kinds[powercut.Torn]+cuts.kinds[powercut.Reordered], cuts.lost)
}

// rotten is what came of damaged files.
type rotten struct{ aside, salvaged, held atomic.Int64 }

// spoilOften damages the journal of an evening in many ways, as no power cut does but a worn card, and opens it.
func spoilOften(t *testing.T, s *story, whole powercut.Image, n int) *rotten {
	t.Helper()
	var result rotten
	random := rand.New(rand.NewPCG(7, 7))
	for i := range n {
		name, spoilt := spoil(whole, random, i)
		dir := fastDir(t)
		require.NoError(t, spoilt.Save(filepath.Join(dir, "journal.db")))
		if err := s.survives(dir, &result); err != nil {
			assert.NoError(t, fmt.Errorf("%s: %w", name, err))
		}
		os.RemoveAll(dir)
	}
	assert.NotZero(t, result.aside.Load(), "damage is seen")
	assert.NotZero(t, result.salvaged.Load(), "and most is saved")
	return &result
}

func spoil(whole powercut.Image, random *rand.Rand, i int) (string, powercut.Image) {
	const block = 4096
	used := whole.Used()
	at := used[random.IntN(len(used))] * block
	switch i % 5 {
	case 0:
		garbage := make([]byte, block)
		for j := range garbage {
			garbage[j] = byte(random.Uint32())
		}
		return fmt.Sprintf("garbage at %d", at), whole.Damaged(at, garbage)
	case 1:
		return fmt.Sprintf("zeros at %d", at), whole.Damaged(at, make([]byte, block))
	case 2:
		at += int64(random.IntN(block))
		bit := whole.Block(at / block)[at%block] ^ 1<<random.IntN(8)
		return fmt.Sprintf("a bit flipped at %d", at), whole.Damaged(at, []byte{bit})
	case 3:
		return "both ways in gone", whole.Damaged(0, make([]byte, 2*block))
	default:
		return fmt.Sprintf("cut off at %d", at), whole.Cut(at + int64(random.IntN(block)))
	}
}

// survives opens a damaged journal: the gate must go on; every record there must be right, or said to be lost.
func (s *story) survives(dir string, result *rotten) error {
	j, err := bolt.OpenJournal(dir)
	if err != nil {
		return err
	}
	defer j.Close()
	found, events, err := readAll(j)
	if err != nil {
		return err
	}
	all := map[string]bool{}
	for _, t := range s.tries {
		for _, e := range t.Events {
			all[textOf(e)] = true
		}
	}
	right := 0
	for _, e := range events {
		if all[textOf(e)] {
			right++
		} else if e.Text != "a record was lost here: the journal was damaged" {
			return fmt.Errorf("a record that nobody wrote: %s", textOf(e))
		}
	}
	if aside, _ := j.SetAside(); aside != "" {
		result.aside.Add(1)
		result.salvaged.Add(int64(right))
		result.held.Add(int64(len(all)))
		if len(j.Salvaged()) == 0 {
			return errors.New("nothing is said of what was salvaged")
		}
	} else if right < len(all) {
		return fmt.Errorf("%d of %d records are missing, and nobody says so", len(all)-right, len(all))
	}
	return goOn(j, found)
}
