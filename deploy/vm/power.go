package main

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"time"

	"portaria/deploy/vm/disk"
)

type power struct {
	Cuts    int    `default:"50" help:"Power cuts of the gate."`
	Control int    `default:"8" help:"Power cuts of each of two gates that must lose somebody; 0 = none."`
	Seed    uint64 `help:"Of the chances; 0 = a new one, which is printed."`
}

// diskSize holds the journal of any number of cuts that somebody waits for.
const diskSize = 128 << 20

// flushTime is how long the disk may take to make writes durable, as a slow card does. A relay that moved too early
// would be seen far from its record.
const flushTime = 60 * time.Millisecond

// Run cuts the power and prints one line. It fails when a ticket whose relay moved is not in the journal, and also when
// a control has lost none: then the test could not have failed.
func (p power) Run(ctx context.Context) error {
	if p.Seed == 0 {
		p.Seed = rand.Uint64N(1 << 32)
	}
	fmt.Printf("power: %d cuts, controls of %d, --seed %d\n", p.Cuts, p.Control, p.Seed)
	c, image, err := p.prepare(ctx)
	if err != nil {
		return err
	}
	kept, err := c.cut(ctx, p.disk(image, false), p.Cuts)
	if err != nil {
		return err
	}
	line, verdict := fmt.Sprintf("power: %s", kept), error(nil)
	if kept.lost() > 0 || kept.moved() == 0 || kept.let > 0 {
		verdict = errors.New("the gate forgot somebody whom it had let in, or let in nobody")
	}
	if p.Control > 0 {
		said, lost, err := p.controls(ctx, c, image)
		if err != nil {
			return err
		}
		line += said
		verdict = errors.Join(verdict, lost)
	}
	fmt.Println(line)
	return verdict
}

// prepare builds all that is needed, and a disk's image with a gate on it that has its lists.
func (p power) prepare(ctx context.Context) (*cutter, []byte, error) {
	w, err := newWorkshop(ctx, "power", "arm64", "mutants")
	if err != nil {
		return nil, nil, err
	}
	c := &cutter{w: w, chance: rand.New(rand.NewPCG(p.Seed, 1))}
	c.initial, err = w.image(nil, "virtio_pci", "virtio_blk", "crc32c_generic", "ext4", "virtio_rng")
	if err != nil {
		return nil, nil, err
	}
	empty, err := ext4(ctx, w.path("disk"))
	if err != nil {
		return nil, nil, err
	}
	d := disk.New(empty, p.Seed)
	if err := c.seed(ctx, d); err != nil {
		return nil, nil, fmt.Errorf("give the gate its lists: %w", err)
	}
	return c, d.Image(), nil
}

func (p power) disk(image []byte, lies bool) *disk.Disk {
	d := disk.New(image, p.Seed)
	d.Lies, d.FlushTime = lies, flushTime
	return d
}

// controls are two gates that must lose somebody: one on a disk that says it has synced and has not, and one that moves
// its relay before it has written.
func (p power) controls(ctx context.Context, c *cutter, image []byte) (said string, fault, err error) {
	for _, control := range []struct {
		what, mutant string
		lies         bool
	}{{"no sync", "", true}, {"relay before sync", "relay_before_fsync", false}} {
		c.mutant = control.mutant
		b, err := c.cut(ctx, p.disk(image, control.lies), p.Control)
		if err != nil {
			return "", nil, err
		}
		said += fmt.Sprintf(" | control, %s: cuts=%d moved=%d lost=%d", control.what, b.cuts, b.moved(), b.lost())
		if b.lost() == 0 {
			fault = errors.Join(fault, fmt.Errorf("the control with %s lost nobody: this test could not have failed", control.what))
		}
	}
	return said, fault, nil
}

// ext4 is a new file system.
func ext4(ctx context.Context, path string) ([]byte, error) {
	if err := os.RemoveAll(path); err != nil {
		return nil, err
	}
	program, err := exec.LookPath("mke2fs")
	if err != nil {
		program = filepath.Join("/usr/sbin", "mke2fs")
	}
	out, err := exec.CommandContext(ctx, program, "-q", "-t", "ext4", path, fmt.Sprint(diskSize>>10)).CombinedOutput()
	if err != nil {
		return nil, fmt.Errorf("make a file system: %w\n%s", err, out)
	}
	return os.ReadFile(path)
}
