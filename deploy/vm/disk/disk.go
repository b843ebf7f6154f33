// Package disk is a disk with a write cache that a power cut empties, for virtual machines: it keeps what was flushed,
// and of the rest whatever chance leaves.
//
// It knows sectors and the network block device protocol; it does not know what is stored on it.
package disk

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"sync"
	"time"
)

// Sector is the least that a disk writes whole or not at all, in bytes.
const Sector = 512

// Disk is a disk of fixed size in memory. Its methods may be called at the same time.
type Disk struct {
	// Lies says that a flush is acknowledged and nothing is done, as cheap cards do; what was written still reaches the
	// disk in its order, after a while.
	Lies bool
	// FlushTime is the longest that a flush takes; how long one takes is chance.
	FlushTime time.Duration

	mu      sync.Mutex
	chance  *rand.Rand
	durable []byte  // what a cut cannot take
	seen    []byte  // what the machine reads
	cached  []write // in the order of coming
	flushes int
	off     bool
}

// errOff is what a disk without power says.
var errOff = errors.New("the disk has no power")

type write struct {
	at     int64
	data   []byte
	forced bool // FUA: durable by itself, whatever becomes of those before it
	came   time.Time
}

// lieTime is how long a disk that lies keeps a write to itself.
const lieTime = 2 * time.Second

// New makes a disk that holds image; it keeps a copy. The same seed gives the same chances.
func New(image []byte, seed uint64) *Disk {
	return &Disk{durable: slices.Clone(image), seen: slices.Clone(image), chance: rand.New(rand.NewPCG(seed, 0))}
}

// Size is in bytes.
func (d *Disk) Size() int64 { return int64(len(d.seen)) }

// Image is what would be there after a power cut that takes everything in the cache.
func (d *Disk) Image() []byte {
	d.mu.Lock()
	defer d.mu.Unlock()
	return slices.Clone(d.durable)
}

// Flushes is how often the machine has asked for what it wrote to be made durable.
func (d *Disk) Flushes() int {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.flushes
}

// ReadAt reads what was written last.
func (d *Disk) ReadAt(p []byte, at int64) (int, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if err := d.within(len(p), at); err != nil {
		return 0, err
	}
	return copy(p, d.seen[at:]), nil
}

func (d *Disk) within(n int, at int64) error {
	if at < 0 || at > d.Size() || int64(n) > d.Size()-at {
		return fmt.Errorf("%d bytes at %d are not on a disk of %d", n, at, d.Size())
	}
	return nil
}

// WriteAt writes into the cache.
func (d *Disk) WriteAt(p []byte, at int64) (int, error) { return d.write(p, at, false) }

// WriteThrough writes durably: force unit access.
func (d *Disk) WriteThrough(p []byte, at int64) (int, error) { return d.write(p, at, true) }

func (d *Disk) write(p []byte, at int64, forced bool) (int, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if err := d.within(len(p), at); err != nil || d.off {
		return 0, errors.Join(err, errOff)
	}
	copy(d.seen[at:], p)
	d.cached = append(d.cached, write{at, slices.Clone(p), forced && !d.Lies, time.Now()})
	if d.Lies {
		d.settle(func(w write) bool { return time.Since(w.came) > lieTime })
	}
	return len(p), nil
}

// Flush makes what was written before durable, unless the disk lies. Power that goes meanwhile takes all of it.
func (d *Disk) Flush() error {
	d.mu.Lock()
	d.flushes++
	takes := time.Duration(0)
	if d.FlushTime > 0 {
		takes = time.Duration(d.chance.Int64N(int64(d.FlushTime)))
	}
	until := len(d.cached)
	d.mu.Unlock()
	time.Sleep(takes)
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.off {
		return errOff
	}
	if !d.Lies {
		d.settle(func(write) bool { until--; return until >= 0 })
	}
	return nil
}

// Off takes the power from the disk: what it holds stays as it is until Cut, and nothing more becomes durable. A machine
// that is killed afterwards has not heard of a flush that was not done.
func (d *Disk) Off() {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.off = true
}

// settle makes writes durable from the oldest on, for as long as it is told to.
func (d *Disk) settle(more func(write) bool) {
	for len(d.cached) > 0 && more(d.cached[0]) {
		copy(d.durable[d.cached[0].at:], d.cached[0].data)
		d.cached = d.cached[1:]
	}
}

// Lost is what a power cut took: writes, and those of which a part is left.
type Lost struct{ Writes, Torn int }

// Cut is a power cut, and gives the power back. Each write that was not flushed stays, goes, or stays in part, by chance and not in order; a
// disk that lies loses the newest ones. Nobody may use the disk meanwhile.
func (d *Disk) Cut() (lost Lost) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.Lies {
		keep := d.chance.IntN(len(d.cached) + 1)
		lost.Writes = len(d.cached) - keep
		d.settle(func(write) bool { keep--; return keep >= 0 })
	}
	stays := d.chance.Float64() // some cuts take nearly all, some nearly nothing
	for _, w := range d.cached {
		if d.Lies {
			break
		}
		switch {
		case w.forced || d.chance.Float64() < stays:
			copy(d.durable[w.at:], w.data)
		case d.chance.IntN(4) == 0 && len(w.data) > Sector:
			copy(d.durable[w.at:], w.data[:Sector*(1+d.chance.IntN(len(w.data)/Sector-1))])
			lost.Torn++
		default:
			lost.Writes++
		}
	}
	d.cached, d.off = nil, false
	copy(d.seen, d.durable)
	return lost
}
