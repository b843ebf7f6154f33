package output

import (
	"errors"
	"fmt"
	"slices"
	"sync"
	"time"

	"portaria/edge/admit"
	firmwareconfig "portaria/firmware-config"
)

// Wires are a lane's lines as a device moves them. Set(false) is the line at rest, whatever its polarity.
type Wires interface {
	Set(line string, on bool) error
	Close() error // drives every output to rest first: a closed line keeps its level
}

// A Counting device keeps its own count of passages, whether anybody listens or not.
type Counting interface{ Count() (int64, error) }

// Lane is one lane of a board.
type Lane struct {
	Number  int
	Profile firmwareconfig.Gate

	// Open claims the lane's lines, outputs at rest, and calls changed with the level of every contact, now and at
	// each change, until Close. Changed may be called from any goroutine, and never from within Set.
	Open func(changed func(line string, active bool), failed func(error)) (Wires, error)
}

// Errors of a board.
var (
	ErrNoLane  = errors.New("this board has no such lane")
	ErrDoubled = errors.New("the relay has already moved for this scan")
	ErrOff     = errors.New("the board is off")
	errNotOpen = errors.New("the lane's lines are not open")
)

// keepScans is how many scans a board remembers to have moved for.
const keepScans = 1000

// reopen is how long a board waits before it tries lines again that failed.
const reopen = time.Second

// Board moves the lanes of one gate. None of its methods blocks on a person or a network.
type Board struct {
	lanes  map[int]*lane
	heard  func(lane int, h Happening)
	queue  chan struct{} // there is something to tell
	closed chan struct{}
	ended  sync.WaitGroup

	mu    sync.Mutex
	told  []tale
	moved map[admit.ScanID]bool
	order []admit.ScanID
	off   bool
}

type tale struct {
	lane int
	Happening
}

// NewBoard makes a board of these lanes. Nothing is open until Start.
func NewBoard(lanes []Lane) *Board {
	b := &Board{lanes: map[int]*lane{}, queue: make(chan struct{}, 1), closed: make(chan struct{}), moved: map[admit.ScanID]bool{}}
	for _, l := range lanes {
		b.lanes[l.Number] = &lane{Lane: l, seq: NewSequence(l.Profile), start: time.Now(), ready: true,
			tell: func(h Happening) { b.tell(l.Number, h) }}
	}
	return b
}

// Start opens the lanes' lines, every output at rest. Lines that cannot be opened are tried again for as long as the
// board lives. Heard is told what happens, in order, by one goroutine.
func (b *Board) Start(heard func(lane int, h Happening)) {
	b.heard = heard
	b.ended.Go(b.deliver)
	for _, l := range b.lanes {
		l.open()
	}
}

// Pulse unlocks a lane for one person. The same scan never moves a relay twice, whatever asks for it.
func (b *Board) Pulse(number int, scan admit.ScanID, exit bool) error {
	l := b.lanes[number]
	if l == nil {
		return fmt.Errorf("lane %d: %w", number, ErrNoLane)
	}
	if err := b.once(scan); err != nil {
		return fmt.Errorf("lane %d, scan %s: %w", number, scan, err)
	}
	return l.do(func(now time.Duration) { l.seq.Unlock(now, exit) })
}

func (b *Board) once(scan admit.ScanID) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	switch {
	case b.off:
		return ErrOff
	case b.moved[scan]:
		return ErrDoubled
	}
	if len(b.order) == keepScans {
		delete(b.moved, b.order[0])
		b.order = b.order[1:]
	}
	b.moved[scan], b.order = true, append(b.order, scan)
	return nil
}

// Release says that nobody is waited for at a lane any more.
func (b *Board) Release(number int) error {
	l := b.lanes[number]
	if l == nil {
		return fmt.Errorf("lane %d: %w", number, ErrNoLane)
	}
	return l.do(func(now time.Duration) { l.seq.Release(now) })
}

// Say shows a sign on a lane's lamps and buzzer. A lamp that fails is told as the board's failure, not here.
func (b *Board) Say(number int, sign string) {
	if l := b.lanes[number]; l != nil {
		_ = l.do(func(now time.Duration) { l.seq.Say(now, sign) })
	}
}

// Idle sets what a lane's lamps say when there is nothing else to say: rest, or trouble.
func (b *Board) Idle(number int, sign string) {
	if l := b.lanes[number]; l != nil {
		_ = l.do(func(now time.Duration) { l.seq.Idle(now, sign) })
	}
}

// Lines is what is on at a lane now, by name; nil where there is no such lane.
func (b *Board) Lines(number int) map[string]bool {
	l := b.lanes[number]
	if l == nil {
		return nil
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.seq.Lines()
}

// Scans are those that a relay has moved for, oldest first.
func (b *Board) Scans() []admit.ScanID {
	b.mu.Lock()
	defer b.mu.Unlock()
	return slices.Clone(b.order)
}

// Close drives every line to rest and closes it. Nothing is told afterwards.
func (b *Board) Close() {
	b.mu.Lock()
	was := b.off
	b.off = true
	b.mu.Unlock()
	if was {
		return
	}
	for _, l := range b.lanes {
		l.close()
	}
	close(b.closed)
	b.ended.Wait()
}

func (b *Board) tell(lane int, h Happening) {
	b.mu.Lock()
	b.told = append(b.told, tale{lane, h})
	b.mu.Unlock()
	select {
	case b.queue <- struct{}{}:
	default:
	}
}

// deliver tells from a goroutine of its own: whoever moves a relay must not wait for whoever hears of it.
func (b *Board) deliver() {
	for {
		select {
		case <-b.closed:
			return
		case <-b.queue:
		}
		b.mu.Lock()
		told := b.told
		b.told = nil
		b.mu.Unlock()
		for _, t := range told {
			b.heard(t.lane, t.Happening)
		}
	}
}

// lane drives one Sequence with time and wires.
type lane struct {
	Lane
	start time.Time
	tell  func(Happening)

	mu     sync.Mutex
	seq    *Sequence
	wires  Wires
	ready  bool // as told last
	opens  int  // numbers the openings: what an old one says is ignored
	timer  *time.Timer
	retry  *time.Timer
	closed bool
}

func (l *lane) open() {
	l.mu.Lock()
	if l.closed || l.wires != nil {
		l.mu.Unlock()
		return
	}
	l.opens++
	number := l.opens
	l.mu.Unlock()
	wires, err := l.Open(func(line string, active bool) { l.contact(number, line, active) }, func(err error) { l.lost(number, err) })
	l.mu.Lock()
	defer l.mu.Unlock()
	switch {
	case err != nil && !l.closed:
		l.fail(err)
	case err == nil && l.closed:
		_ = wires.Close()
	case err == nil:
		l.opened(wires)
	}
}

func (l *lane) opened(wires Wires) {
	l.wires = wires
	if !l.ready {
		l.ready = true
		l.tell(Happening{Kind: Ready})
	}
	l.readCount()
	_ = l.carryOut(l.catchUp())
}

// readCount tells the count of a device that keeps one. A passage that came while its lines were not open is in it.
func (l *lane) readCount() {
	device, counts := l.wires.(Counting)
	if !counts || !l.Profile.Passage.Counter {
		return
	}
	if count, err := device.Count(); err == nil { // without a reading nothing is resumed, which is safe
		l.tell(Happening{Kind: Counter, Count: count})
	}
}

// catchUp is what new wires, all at rest, must be told.
func (l *lane) catchUp() (sets []Set) {
	l.seq.Advance(l.now())
	_, told := l.seq.Take()
	for _, h := range told {
		l.tell(h)
	}
	for _, line := range l.Profile.Outputs() {
		if l.seq.Lines()[line] {
			sets = append(sets, Set{line, true})
		}
	}
	return sets
}

func (l *lane) now() time.Duration { return time.Since(l.start) }

func (l *lane) contact(number int, line string, active bool) {
	_ = l.do(func(now time.Duration) {
		if number == l.opens {
			l.seq.Contact(now, line, active)
		}
	})
}

// lost: the device has gone while it was open.
func (l *lane) lost(number int, err error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if number == l.opens && !l.closed {
		l.fail(err)
	}
}

// do changes the sequence and carries out what follows.
func (l *lane) do(change func(now time.Duration)) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.closed {
		return ErrOff
	}
	change(l.now())
	return l.follow()
}

// follow carries out what the sequence wants, and asks to be woken when it wants more.
func (l *lane) follow() error {
	l.seq.Advance(l.now())
	sets, told := l.seq.Take()
	for _, h := range told {
		l.tell(h)
	}
	return l.carryOut(sets)
}

func (l *lane) carryOut(sets []Set) error {
	l.arm()
	if l.wires == nil {
		if len(sets) == 0 {
			return nil
		}
		return fmt.Errorf("lane %d: %w", l.Number, errNotOpen)
	}
	for _, s := range sets {
		if err := l.wires.Set(s.Line, s.On); err != nil {
			err = fmt.Errorf("lane %d: switch %s: %w", l.Number, s.Line, err)
			l.fail(err)
			return err
		}
	}
	return nil
}

func (l *lane) arm() {
	if l.timer != nil {
		l.timer.Stop()
	}
	if next, due := l.seq.Next(); due {
		l.timer = time.AfterFunc(next-l.now(), func() { _ = l.do(func(time.Duration) {}) })
	}
}

// fail closes what is open, says so once, and tries again in a while.
func (l *lane) fail(err error) {
	if l.wires != nil {
		_ = l.wires.Close()
		l.wires = nil
	}
	if l.ready {
		l.ready = false
		l.tell(Happening{Kind: Failed, Why: err.Error()})
	}
	l.retry = time.AfterFunc(reopen, l.open)
}

func (l *lane) close() {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, timer := range []*time.Timer{l.timer, l.retry} {
		if timer != nil {
			timer.Stop()
		}
	}
	l.seq.Close()
	sets, _ := l.seq.Take()
	if l.wires != nil {
		for _, s := range sets {
			_ = l.wires.Set(s.Line, s.On) // each is tried; Close tries again
		}
		_ = l.wires.Close()
		l.wires = nil
	}
	l.closed = true
}
