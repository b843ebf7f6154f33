package powercut

import (
	"math/rand/v2"
	"slices"
)

// How a cut left the writes since the last sync.
const (
	Prefix    = "prefix"    // all up to some write, in their order
	Omit      = "omit"      // all but one
	Torn      = "torn"      // the last, or each, in part
	Reordered = "reordered" // later ones, and not some earlier ones
	Absent    = "absent"    // the file's name had not reached the disk
)

// Cut is one file that a power cut can leave.
type Cut struct {
	Kind  string
	Seen  int   // how many operations of the trace had ended: what they promised must hold
	Image Image // nothing when Absent
}

// Plan says how thoroughly to cut.
type Plan struct {
	Seed   uint64
	Random int // random images, torn and reordered each, for each write; 0 = none
	Each   int // most images of one kind for each write; 0 = all (a megabyte can be torn in 2047 places)
	Stride int // cut only at every so many writes; 0 = at each
}

// Cuts gives do every file that a cut at any moment of the trace can leave, each once for each set of marks. An epoch
// is what lies between two syncs. An error of do ends it.
func Cuts(ops []Op, plan Plan, do func(Cut) error) error {
	c := cutter{plan: plan, do: do, random: rand.New(rand.NewPCG(plan.Seed, 1)), given: map[given]bool{}}
	for i, op := range ops {
		c.seen = i
		if err := c.next(op); err != nil {
			return err
		}
	}
	c.seen = len(ops)
	return c.give(Prefix, c.durable)
}

type given struct {
	sum   uint64
	size  int64
	marks int
}

type cutter struct {
	plan   Plan
	do     func(Cut) error
	random *rand.Rand
	given  map[given]bool

	durable  Image // what no cut can take
	pending  []Op  // since the last sync
	seen     int
	writes   int
	marks    int
	appeared bool
	entered  bool
}

func (c *cutter) next(op Op) error {
	switch op.Kind {
	case Mark:
		c.marks++
	case Appear:
		c.appeared = true
	case EntrySync:
		if c.appeared && !c.entered {
			c.entered = true
			return c.do(Cut{Kind: Absent, Seen: c.seen})
		}
	case Sync:
		c.durable, c.pending = c.image(c.pending), nil
	default:
		if err := c.give(Prefix, c.durable); err != nil { // with all that was promised since the sync
			return err
		}
		c.pending = append(c.pending, op)
		c.seen++
		return c.cut()
	}
	return nil
}

// cut gives what a cut at the moment of the newest write can leave.
func (c *cutter) cut() error {
	if c.writes++; !c.appeared || c.plan.Stride > 0 && c.writes%c.plan.Stride != 0 {
		return nil
	}
	if err := c.give(Prefix, c.image(c.pending)); err != nil {
		return err
	}
	for _, kind := range []func() error{c.omit, c.tear, c.reorder} {
		if err := kind(); err != nil {
			return err
		}
	}
	return nil
}

// omit leaves out one of the earlier writes; without the last it would be a prefix.
func (c *cutter) omit() error {
	for _, j := range c.some(len(c.pending) - 1) {
		if err := c.give(Omit, c.image(slices.Delete(slices.Clone(c.pending), j, j+1))); err != nil {
			return err
		}
	}
	return nil
}

// tear writes the last only up to a sector, then any sectors of any write.
func (c *cutter) tear() error {
	last := len(c.pending) - 1
	before := c.image(c.pending[:last])
	sectors := (len(c.pending[last].Data) - 1) / Sector
	for _, s := range c.some(sectors) {
		torn := before.clone()
		torn.write(c.pending[last].At, c.pending[last].Data[:(s+1)*Sector])
		if err := c.give(Torn, torn); err != nil {
			return err
		}
	}
	for range c.plan.Random {
		if err := c.give(Torn, c.shredded()); err != nil {
			return err
		}
	}
	return nil
}

func (c *cutter) shredded() Image {
	torn := c.durable.clone()
	for _, op := range c.pending {
		if op.Kind != Write {
			torn.apply(op)
			continue
		}
		for at := 0; at < len(op.Data); at += Sector {
			if c.random.IntN(2) == 0 {
				torn.write(op.At+int64(at), op.Data[at:min(at+Sector, len(op.Data))])
			}
		}
	}
	return torn
}

// reorder keeps the later writes without the earlier ones, then any of them.
func (c *cutter) reorder() error {
	for _, j := range c.some(len(c.pending) - 1) {
		if err := c.give(Reordered, c.image(c.pending[j+1:])); err != nil {
			return err
		}
	}
	for range c.plan.Random {
		var kept []Op
		for _, op := range c.pending {
			if c.random.IntN(2) == 0 {
				kept = append(kept, op)
			}
		}
		if err := c.give(Reordered, c.image(kept)); err != nil {
			return err
		}
	}
	return nil
}

// some is 0..n-1, or as many of them as the plan allows.
func (c *cutter) some(n int) []int {
	all := c.random.Perm(max(n, 0))
	if c.plan.Each > 0 && len(all) > c.plan.Each {
		all = all[:c.plan.Each]
	}
	return all
}

func (c *cutter) image(kept []Op) Image {
	m := c.durable.clone()
	for _, op := range kept {
		m.apply(op)
	}
	return m
}

func (c *cutter) give(kind string, m Image) error {
	key := given{m.sum, m.size, c.marks}
	if !c.appeared || c.given[key] {
		return nil
	}
	c.given[key] = true
	return c.do(Cut{Kind: kind, Seen: c.seen, Image: m})
}
