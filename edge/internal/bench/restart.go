package bench

import (
	"bufio"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"sync"
	"time"

	"golang.org/x/sys/unix"

	"portaria/edge/admit"
	"portaria/edge/gate"
	"portaria/edge/internal/bolt"
	"portaria/edge/lookup"
	"portaria/edge/whitelist"
	"portaria/edge/wire"
	"portaria/figure"
)

// restartGoal is how long a gate may take from the start of its process to its first verdict, in nanoseconds.
const restartGoal = 500 * float64(time.Millisecond)

// RestartCommand is the name of the hidden command that Restart starts of this program, with a state directory and a
// listed code.
const RestartCommand = "bench-restart"

// Restart measures how long a gate takes to begin anew, with a full list and a long journal: a process of its own, from
// its start until the turnstile opens for the first ticket. The disk's cache is emptied of its files before.
func Restart(ctx context.Context, c Config) error {
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
	records := min(100_000, c.Tickets)
	if err := h.evening(ctx, records); err != nil {
		return err
	}
	if err := h.lists.Close(); err != nil {
		return err
	}
	bare, err := figure.NewBareSync(dir)
	if err != nil {
		return err
	}
	var took, syncs []float64
	for i := range blocks {
		written, err := figure.Each(50, bare.Twice)
		if err != nil {
			return err
		}
		begun, err := h.begin(ctx, records+i)
		if err != nil {
			return err
		}
		syncs, took = append(syncs, figure.P50(written)/2), append(took, float64(begun))
	}
	return c.print(figure.Figure{Name: "restart", Ratio: figure.Median(took) / restartGoal, Goal: 1, About: fmt.Sprintf(
		"%.0f ms / 500 ms from the start of the process to the first relay, files not in memory, n=%d; %d tickets, %d journal records, fdatasync p50 %.0f µs, %s",
		figure.Median(took)/1e6, blocks, c.Tickets, records, figure.Median(syncs)/1000, figure.Medium(dir))})
}

// evening fills the journal with the admissions and passages of an earlier run.
func (h *house) evening(ctx context.Context, records int) error {
	journal, err := bolt.OpenJournal(h.dir)
	if err != nil {
		return err
	}
	run := wire.Run{Start: 1, Random: 7}
	for at := 1; at <= records; at += 500 {
		var batch []wire.Event
		for seq := at; seq < min(at+500, records+1); seq++ {
			batch = append(batch, h.record(run, seq))
		}
		if err := journal.Commit(ctx, batch, nil, nil); err != nil {
			return errors.Join(err, journal.Close())
		}
	}
	memory := gate.Memory{Starts: 1, Runs: []gate.RunMemory{{Run: run, Last: uint64(records), Hub: uint64(records)}}}
	return errors.Join(journal.Commit(ctx, nil, nil, &memory), journal.Close())
}

// record is an admission where seq is odd, and its passage where it is even.
func (h *house) record(run wire.Run, seq int) wire.Event {
	admission := (seq + 1) / 2
	var scan admit.ScanID
	binary.BigEndian.PutUint64(scan[:], uint64(admission)*0x9e3779b97f4a7c15)
	now := time.Now().UnixMilli()
	e := wire.Event{Gate: "bench", Run: run, Seq: uint64(seq), Type: wire.Admission, Scan: scan, Event: h.event, Lane: 1, Checkpoint: door, At: now,
		Ref: whitelist.TicketRef(h.secrets().Ref, h.tickets[admission]), Reason: admit.OKOffline}
	e.Record = &admit.Record{Scan: scan, Kind: admit.Entry, At: now, Gate: "bench", Lane: 1, Checkpoint: door, Offline: true}
	if seq%2 == 0 {
		e.Type, e.Reason = wire.Outcome, ""
		e.Record.Kind = admit.Passed
	}
	return e
}

// begin starts a gate as a process of its own and returns how long it took to let the owner of a ticket in.
func (h *house) begin(ctx context.Context, ticket int) (time.Duration, error) {
	code, err := h.code(len(h.tickets) - 1 - ticket%1000)
	if err != nil {
		return 0, err
	}
	for _, name := range []string{"journal.db", "lists.db"} {
		if err := forget(filepath.Join(h.dir, name)); err != nil {
			return 0, err
		}
	}
	child, err := again(ctx, RestartCommand, h.dir, code.Text())
	if err != nil {
		return 0, err
	}
	child.Stderr = os.Stderr
	out, err := child.StdoutPipe()
	if err != nil {
		return 0, err
	}
	started := time.Now()
	if err := child.Start(); err != nil {
		return 0, err
	}
	_, errRead := bufio.NewReader(out).ReadString('\n')
	took := time.Since(started)
	if err := errors.Join(child.Wait(), errRead); err != nil {
		return 0, fmt.Errorf("start a gate: %w", err)
	}
	return took, nil
}

// forget has the kernel drop what it keeps of a file in memory, as after a power cut.
func forget(path string) error {
	f, err := os.Open(path)
	if err != nil {
		return err
	}
	defer f.Close()
	return errors.Join(f.Sync(), unix.Fadvise(int(f.Fd()), 0, 0, unix.FADV_DONTNEED))
}

// Begin is the process that Restart starts: it opens a state directory as a gate does, lets the owner of a code in, says
// so, and ends.
func Begin(ctx context.Context, dir, code string) error {
	platform, err := os.ReadFile(filepath.Join(dir, platformFile))
	if err != nil {
		return err
	}
	h := &house{dir: dir}
	var journal recalled
	var errLists, errJournal error
	var both sync.WaitGroup
	both.Go(func() { h.lists, errLists = bolt.OpenLists(dir, platform, bolt.Plain{}) })
	both.Go(func() { journal, errJournal = recall(dir) })
	both.Wait()
	if err := errors.Join(errLists, errJournal); err != nil {
		return err
	}
	h.resolver = lookup.Resolver{Lists: listed{h.lists}}
	s := startStation(ctx, h, journal, 1)
	if _, err := s.grant(ctx, 1, code); err != nil {
		return err
	}
	fmt.Println("open")
	return s.close()
}
