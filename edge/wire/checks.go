package wire

import (
	"errors"
	"fmt"

	"portaria/edge/whitelist"
)

// Limits inside messages.
const (
	MaxBatch  = 256 // events in one Events message
	MaxClosed = 256 // closed reqs in one message
	MaxHeard  = 16  // records handed back in one heartbeat
	MaxRuns   = 150 // runs in one heartbeat
	MaxText   = 64  // characters of an unknown code
	// MaxInline is the largest patch or venue manifest, in bytes, that a notice carries itself: its base64 must fit
	// MaxMessage. A larger one is a blob, and the notice carries its hash.
	MaxInline = 12_000
	maxRandom = 64 // characters of what a hub made up at random
)

func (m *Claim) version() *int       { return &m.V }
func (m *Ruling) version() *int      { return &m.V }
func (m *Recall) version() *int      { return &m.V }
func (m *Events) version() *int      { return &m.V }
func (m *Ack) version() *int         { return &m.V }
func (m *State) version() *int       { return &m.V }
func (m *Pulse) version() *int       { return &m.V }
func (m *Used) version() *int        { return &m.V }
func (m *Command) version() *int     { return &m.V }
func (m *ListNotice) version() *int  { return &m.V }
func (m *PatchNotice) version() *int { return &m.V }
func (m *VenueNotice) version() *int { return &m.V }
func (m *HubState) version() *int    { return &m.V }
func (m *Want) version() *int        { return &m.V }
func (m *Ask) version() *int         { return &m.V }
func (m *Answer) version() *int      { return &m.V }

func (m *Claim) limit() int       { return 4 << 10 }
func (m *Ruling) limit() int      { return 2 << 10 }
func (m *Recall) limit() int      { return 1 << 10 }
func (m *Events) limit() int      { return MaxMessage }
func (m *Ack) limit() int         { return MaxMessage }
func (m *State) limit() int       { return MaxMessage }
func (m *Pulse) limit() int       { return 1 << 10 }
func (m *Used) limit() int        { return 2 << 10 }
func (m *Command) limit() int     { return 4 << 10 }
func (m *ListNotice) limit() int  { return 4 << 10 }
func (m *PatchNotice) limit() int { return MaxMessage }
func (m *VenueNotice) limit() int { return MaxMessage }
func (m *HubState) limit() int    { return MaxMessage }
func (m *Want) limit() int        { return 1 << 10 }
func (m *Ask) limit() int         { return MaxMessage }
func (m *Answer) limit() int      { return MaxMessage }

func (m *Claim) check() error {
	if m.Run.IsZero() || m.Req == 0 {
		return errors.New("run and req must be set")
	}
	return checkClosed(m.Closed)
}

func (m *Ruling) check() error {
	if m.Run.IsZero() || m.Req == 0 {
		return errors.New("run and req must be set")
	}
	return CheckName(m.Hub)
}

func (m *Recall) check() error {
	if m.Ref == (whitelist.Ref{}) {
		return errors.New("ref must be set")
	}
	return CheckName(m.Hub)
}

// check holds a batch to its envelope only: records with odd contents are the cloud's to set aside, since refusing
// one here would block every later one.
func (m *Events) check() error {
	if err := CheckName(m.Gate); err != nil {
		return err
	}
	if m.Run.IsZero() {
		return errors.New("run must be set")
	}
	if len(m.Events) == 0 || len(m.Events) > MaxBatch {
		return fmt.Errorf("%d events, must be 1 to %d", len(m.Events), MaxBatch)
	}
	first := m.Events[0].Seq
	for i, e := range m.Events {
		if e.Gate != m.Gate || e.Run != m.Run {
			return fmt.Errorf("event %d is of gate %.40q run %s", i, e.Gate, e.Run)
		}
		if e.Seq == 0 || e.Seq != first+uint64(i) {
			return fmt.Errorf("event %d has seq %d; seqs start at 1 and leave no gap", i, e.Seq)
		}
	}
	return nil
}

func (m *Ack) check() error {
	for _, w := range m.Watermarks {
		if err := CheckName(w.Gate); err != nil {
			return err
		}
		if w.Run.IsZero() {
			return errors.New("a watermark's run must be set")
		}
	}
	if w := m.Word; w != nil && (len(w.Disk) > maxRandom || len(w.Run) > maxRandom || w.Of < 0) {
		return fmt.Errorf("disk and run must have at most %d characters, and of can't be negative", maxRandom)
	}
	return nil
}

func (m *State) check() error {
	if m.Run.IsZero() {
		return errors.New("run must be set")
	}
	if err := checkClosed(m.Closed); err != nil {
		return err
	}
	if len(m.Heard) > MaxHeard {
		return fmt.Errorf("%d records handed back, at most %d", len(m.Heard), MaxHeard)
	}
	return CheckName(m.Gate)
}

func (m *Pulse) check() error {
	if len(m.Inside) > MaxInside {
		return fmt.Errorf("%d zones, at most %d", len(m.Inside), MaxInside)
	}
	return CheckName(m.Hub)
}

func (m *Used) check() error {
	if m.HubRun == "" || len(m.HubRun) > 64 {
		return errors.New("hub_run must have 1 to 64 characters")
	}
	return nil
}

func (m *Command) check() error {
	if m.ID == "" || len(m.ID) > 64 || m.Type == "" {
		return errors.New("id (at most 64 characters) and type must be set")
	}
	if m.DropAfter <= 0 {
		return errors.New("drop_after must be set: a late order is worse than none")
	}
	return m.Doors.check()
}

// MaxDoors is how many doors may be under orders at once: more would not fit a Command.
const MaxDoors = 24

func (d *Doors) check() error {
	if d == nil {
		return nil
	}
	if len(d.Doors) > MaxDoors {
		return fmt.Errorf("orders for %d doors, at most %d", len(d.Doors), MaxDoors)
	}
	for _, o := range d.Doors {
		switch o.Mode {
		case whitelist.Open, whitelist.Closed, whitelist.Drill, whitelist.Evacuation:
		default:
			return fmt.Errorf("mode %q of door %s is none", o.Mode, o.Checkpoint)
		}
		if o.Checkpoint == "" || len(o.Checkpoint) > 64 || len(o.By) > 64 {
			return errors.New("a door's id and who orders must have at most 64 characters")
		}
	}
	return nil
}

func (m *ListNotice) check() error {
	if len(m.Manifest) == 0 {
		return errors.New("no manifest")
	}
	return nil
}

func (m *PatchNotice) check() error { return oneOf("patch", m.Patch, m.Blob != [32]byte{}) }
func (m *VenueNotice) check() error { return oneOf("venue", m.Venue, m.Blob != [32]byte{}) }

func (m *HubState) check() error {
	for _, g := range m.Gates {
		if err := CheckName(g.Gate); err != nil {
			return err
		}
	}
	if len(m.Disk) > maxRandom || len(m.Run) > maxRandom || len(m.Program) > maxRandom {
		return fmt.Errorf("disk, run and program must have at most %d characters", maxRandom)
	}
	return CheckName(m.Hub)
}

func (m *Want) check() error {
	if m.Run.IsZero() || m.From == 0 {
		return errors.New("run and from must be set")
	}
	return CheckName(m.Gate)
}

func (m *Ask) check() error {
	if m.ID == "" || len(m.ID) > maxRandom || len(m.Do) > maxRandom || len(m.Body) == 0 {
		return fmt.Errorf("id, do and body must be set; id and do with at most %d characters", maxRandom)
	}
	return nil
}

func (m *Answer) check() error {
	if m.ID == "" || len(m.ID) > maxRandom || len(m.Fault) > maxRandom || (m.Fault == "") == (len(m.Body) == 0) {
		return fmt.Errorf("id and either fault or body must be set, with at most %d characters", maxRandom)
	}
	return nil
}

func oneOf(what string, inline []byte, blob bool) error {
	if (len(inline) > 0) == blob {
		return fmt.Errorf("either %s or blob must be set", what)
	}
	if len(inline) > MaxInline {
		return fmt.Errorf("%s has %d bytes; over %d it must be a blob", what, len(inline), MaxInline)
	}
	return nil
}

func checkClosed(reqs []uint64) error {
	if len(reqs) > MaxClosed {
		return fmt.Errorf("%d closed reqs, at most %d", len(reqs), MaxClosed)
	}
	return nil
}
