package main

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"net"
	"strings"
	"time"

	"portaria/deploy/vm/disk"
	"portaria/deploy/vm/machine"
)

// cutter starts a gate on a disk and takes the power away.
type cutter struct {
	w       workshop
	initial string
	mutant  string // of package gate; empty = the real program
	chance  *rand.Rand
	life    int // machines started
}

// relays are the GPIO lines that let somebody in, and the lane of each.
var relays = map[int]int{0: 0, 5: 1}

// seed lets a gate fetch its lists.
func (c *cutter) seed(ctx context.Context, d *disk.Disk) error {
	d.FlushTime = 0
	_, err := c.live(ctx, d, "TestVMPowerSeed", nil, newBooks(), nil)
	return errors.Join(err, d.Flush())
}

// cut starts the gate n times and ends each life by a power cut, then looks at what is left.
func (c *cutter) cut(ctx context.Context, d *disk.Disk, n int) (*books, error) {
	b := newBooks()
	for i := range n {
		env := map[string]string{"FROM": fmt.Sprint(b.next), "AGAIN": b.newest(), "MUTANT": c.mutant}
		cut, err := c.live(ctx, d, "TestVMPowerLoad", env, b, c.when())
		if err != nil {
			return nil, fmt.Errorf("life %d: %w", i+1, err)
		}
		if !cut {
			return nil, fmt.Errorf("life %d ended by itself; see %s", i+1, c.w.dir)
		}
		lost := d.Cut()
		b.cuts++
		fmt.Printf("  cut %d: %d moved so far, %d in the journal, %d lost; the disk lost %d writes and tore %d\n",
			b.cuts, b.moved(), len(b.kept), b.lost(), lost.Writes, lost.Torn)
	}
	_, err := c.live(ctx, d, "TestVMPowerLoad", map[string]string{"CHECK": "1"}, b, nil)
	return b, err
}

// moment is when a life ends: so long after the gate's side has said a word so many times.
type moment struct {
	word  string
	times int
	after time.Duration
}

// when draws a moment: soon after a scan, while it is being written; when a relay has just moved; now and then while the
// gate starts on what the cut before has left.
func (c *cutter) when() *moment {
	within := func(millis int) time.Duration { return time.Duration(c.chance.IntN(millis)) * time.Millisecond }
	switch c.chance.IntN(7) {
	case 0:
		return &moment{"start", 1, within(1500)}
	case 1, 2, 3:
		return &moment{"moved", 1 + c.chance.IntN(40), within(30)}
	}
	return &moment{"ask", 1 + c.chance.IntN(40), within(150)}
}

// live is one life of a gate: it writes what is said into the books, and cuts the power at the moment, if one is given.
func (c *cutter) live(ctx context.Context, d *disk.Disk, test string, env map[string]string, b *books, end *moment) (cut bool, err error) {
	socket, stop, err := c.serve(d)
	if err != nil {
		return false, err
	}
	cfg := c.w.config(c.initial, test, env)
	cfg.Env["DISK"], cfg.Disk, cfg.Traces = "/dev/vda", socket, []string{"pl061_set_output"}
	ctx, cancel := context.WithTimeout(ctx, slow)
	defer cancel()
	m, err := machine.Start(ctx, cfg)
	if err != nil {
		return false, errors.Join(err, stop())
	}
	b.begin()
	var kill *time.Timer
	for line := range m.Lines {
		word := b.hear(line)
		if end == nil || word != end.word {
			continue
		}
		if end.times--; end.times == 0 {
			kill = time.AfterFunc(end.after, func() {
				d.Off()
				m.Kill()
			})
		}
	}
	ended := m.Wait()
	cut = kill != nil && !kill.Stop()
	if !cut && (ended != nil || !b.peace) {
		err = fmt.Errorf("the machine did not end well; its words are in %s", cfg.Log)
	}
	if cut {
		ended = nil // killed, as it should be
	}
	return cut, errors.Join(err, ended, b.trouble, stop())
}

// serve offers a disk on a socket until stop, which waits for the last request.
func (c *cutter) serve(d *disk.Disk) (socket string, stop func() error, err error) {
	c.life++
	listener, err := net.Listen("unix", c.w.path(fmt.Sprintf("disk-%d.sock", c.life)))
	if err != nil {
		return "", nil, err
	}
	served := make(chan error, 1)
	go func() {
		conn, err := listener.Accept()
		if err == nil {
			err = d.Serve(conn)
		}
		served <- err
	}()
	return listener.Addr().String(), func() error {
		err := listener.Close()
		if failed := <-served; failed != nil && !strings.Contains(failed.Error(), "closed") {
			err = errors.Join(err, failed)
		}
		return err
	}, nil
}
