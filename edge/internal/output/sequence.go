package output

import (
	"slices"
	"time"

	firmwareconfig "portaria/firmware-config"
)

// Set is a line to be switched.
type Set struct {
	Line string
	On   bool
}

// Happening is something a lane's contacts told.
type Happening struct {
	Kind  string // one of the kinds below
	On    bool   // Tamper, Fire: whether it is so now
	Count int64  // Passed, WrongWay: passages since the start, this one counted; Counter: the device's own count
	Why   string // Failed
}

// Kinds of happenings.
const (
	Passed   = "passed"    // somebody went through, let in or not
	WrongWay = "wrong_way" // somebody went against the way that was unlocked last
	Counter  = "counter"   // a device that counts for itself was read, now that it is open
	Tamper   = "tamper"
	Fire     = "fire"
	Failed   = "failed" // the board, not a contact
	Ready    = "ready"
)

// Sequence decides which of a lane's lines is on when. It is pure: it reads no clock and moves nothing. Times are since
// any fixed moment and never fall. After each call, Take tells what to do and Next when to call Advance.
type Sequence struct {
	profile  firmwareconfig.Gate
	now      time.Duration
	lines    map[string]bool
	sets     []Set
	told     []Happening
	contacts map[string]*contact
	passages int64

	unlocked string        // the line that is on, "" = none
	locksAt  time.Duration // when it goes off
	leastAt  time.Duration // no Release locks before
	released bool          // the one who waits is waited for no more
	lockedAt time.Duration // when the last unlocking ended
	waiting  string        // line to unlock as soon as reopening is allowed
	last     string        // the way that was unlocked last: unlock_a, unlock_b, "" = none yet
	presumed time.Duration // when somebody is taken to have passed; 0 = not

	sign   string
	signAt time.Duration
	idle   string // the sign between two others
}

type contact struct {
	like    firmwareconfig.Contact
	raw, on bool          // as read now; as believed
	since   time.Duration // of the raw level
}

// What a lane says by lamps and buzzer.
const (
	SayAdmit   = "admit"
	SayAttend  = "attend" // admitted, but somebody must look
	SayRefuse  = "refuse"
	SayRest    = "rest"
	SayTrouble = "trouble"
	SayTest    = "test" // every lamp and the buzzer at once, three times: it is nobody's green
)

// testMillis is how a line is tried.
var testMillis = []int{250, 250, 250, 250, 250}

// NewSequence is a lane at rest, every line off.
func NewSequence(profile firmwareconfig.Gate) *Sequence {
	s := &Sequence{profile: profile, lines: map[string]bool{}, contacts: map[string]*contact{}, sign: SayRest, idle: SayRest}
	s.lockedAt = -profile.Unlock.Reopen()
	for line, like := range profile.Inputs() {
		s.contacts[line] = &contact{like: like}
	}
	s.Advance(0)
	return s
}

// Unlock lets one person through. A second call before the first has ended begins anew.
func (s *Sequence) Unlock(now time.Duration, exit bool) {
	s.Advance(now)
	line := firmwareconfig.UnlockA
	if exit && s.profile.Unlock.BothWays {
		line = firmwareconfig.UnlockB
	}
	s.last, s.waiting, s.released, s.presumed = line, "", false, 0
	if after := s.profile.Passage.Presumed(); after > 0 {
		s.presumed = now + after
	}
	switch {
	case s.profile.Unlock.Mode == firmwareconfig.ByNone:
	case s.unlocked != "" && s.unlocked != line:
		s.lock() // the other way: it must be locked first
		s.waiting = line
	case s.unlocked == "" && now < s.lockedAt+s.profile.Unlock.Reopen():
		s.waiting = line
	case s.unlocked == line && s.profile.Unlock.Mode == firmwareconfig.ByPulse:
		s.waiting = line // a pulse made longer would be one pulse, and let in one person
	default:
		s.open(line)
	}
	s.Advance(now)
}

func (s *Sequence) open(line string) {
	u := s.profile.Unlock
	s.waiting, s.unlocked = "", line
	s.leastAt, s.locksAt = s.now+u.Least(), s.now+u.Most()
	if u.Mode == firmwareconfig.ByPulse {
		s.leastAt, s.locksAt = s.now+u.Pulse(), s.now+u.Pulse()
	}
	if s.released {
		s.locksAt = s.leastAt
	}
	s.set(line, true)
}

func (s *Sequence) lock() {
	if s.unlocked == "" {
		return
	}
	s.set(s.unlocked, false)
	s.unlocked, s.lockedAt = "", s.now
}

// Release ends an unlocking: nobody is waited for any more. A pulse that has begun is never cut short, for the device
// might miss it; a held line stays on for its least time, and one that waits for its turn still comes: at a door without
// a contact the decision ends before the person has moved.
func (s *Sequence) Release(now time.Duration) {
	s.Advance(now)
	s.presumed, s.released = 0, true
	s.locksAt = min(s.locksAt, max(s.leastAt, now))
	s.Advance(now)
}

// Say shows a sign from its beginning.
func (s *Sequence) Say(now time.Duration, sign string) {
	s.Advance(now)
	s.sign, s.signAt = sign, now
	s.Advance(now)
}

// Idle sets what is said when there is nothing else to say.
func (s *Sequence) Idle(now time.Duration, sign string) {
	s.Advance(now)
	if s.sign == s.idle {
		s.sign, s.signAt = sign, now
	}
	s.idle = sign
	s.Advance(now)
}

// said is what each line does for a sign.
func (s *Sequence) said(sign string) []firmwareconfig.Sign {
	if sign != SayTest {
		return slices.DeleteFunc(slices.Clone(s.profile.Signs), func(like firmwareconfig.Sign) bool { return like.Says != sign })
	}
	var all []firmwareconfig.Sign
	for _, line := range s.profile.Outputs() {
		if line != firmwareconfig.UnlockA && line != firmwareconfig.UnlockB {
			all = append(all, firmwareconfig.Sign{Says: SayTest, Line: line, Millis: testMillis})
		}
	}
	return all
}

// Contact takes the level of an input: active is its event. Lines that the profile does not know are ignored.
func (s *Sequence) Contact(now time.Duration, line string, active bool) {
	s.Advance(now)
	if c := s.contacts[line]; c != nil && c.raw != active {
		c.raw, c.since = active, now
	}
	s.Advance(now)
}

// Close switches every line off, whatever it was, for good.
func (s *Sequence) Close() {
	s.sets = nil
	for _, line := range s.profile.Outputs() {
		s.sets = append(s.sets, Set{Line: line})
	}
	last := s.sets
	*s = *NewSequence(firmwareconfig.Gate{Unlock: firmwareconfig.Unlock{Mode: firmwareconfig.ByNone}})
	s.sets = last
}

// Advance does what the time has made due, each thing at its own time.
func (s *Sequence) Advance(now time.Duration) {
	for {
		next, due := s.Next()
		if !due || next > now {
			break
		}
		s.now = max(s.now, next)
		s.due()
	}
	s.now = max(s.now, now)
	s.due()
}

func (s *Sequence) due() {
	for _, line := range sorted(s.contacts) {
		if c := s.contacts[line]; c.raw != c.on && s.now >= c.since+c.like.Debounce() {
			c.on = c.raw
			s.believe(line, c.on)
		}
	}
	if s.presumed != 0 && s.now >= s.presumed {
		s.presumed = 0
		s.pass(s.last)
	}
	if s.unlocked != "" && s.now >= s.locksAt {
		s.lock()
	}
	if s.waiting != "" && s.unlocked == "" && s.now >= s.lockedAt+s.profile.Unlock.Reopen() {
		s.open(s.waiting)
	}
	s.signs()
}

// believe is a contact that has changed and stayed.
func (s *Sequence) believe(line string, on bool) {
	switch line {
	case firmwareconfig.TamperIn:
		s.told = append(s.told, Happening{Kind: Tamper, On: on})
	case firmwareconfig.FireIn:
		s.told = append(s.told, Happening{Kind: Fire, On: on}) // and nothing else: fire is wired past this program
	case firmwareconfig.PassageA:
		if on {
			s.pass(firmwareconfig.UnlockA)
		}
	case firmwareconfig.PassageB:
		if on {
			s.pass(firmwareconfig.UnlockB)
		}
	}
}

// pass counts one person, and locks what was held for them.
func (s *Sequence) pass(way string) {
	s.passages++
	if s.profile.Passage.BothWays && s.profile.Unlock.BothWays && s.last != "" && s.last != way {
		s.told = append(s.told, Happening{Kind: WrongWay, Count: s.passages})
		return
	}
	if s.profile.Unlock.Mode == firmwareconfig.ByHold {
		s.lock()
	}
	s.told = append(s.told, Happening{Kind: Passed, Count: s.passages})
}

// signs puts lamps and buzzer where the sign wants them now. A sign whose every line has ended gives way to rest.
func (s *Sequence) signs() {
	if s.signEnded() {
		s.sign, s.signAt = s.idle, s.now
	}
	wanted := map[string]bool{}
	for _, sign := range s.said(s.sign) {
		on, _ := at(sign, s.now-s.signAt)
		wanted[sign.Line] = on
	}
	for _, line := range s.profile.Outputs() {
		if line != firmwareconfig.UnlockA && line != firmwareconfig.UnlockB {
			s.set(line, wanted[line])
		}
	}
}

// signEnded says whether every line of the sign that ends has ended; a sign that goes on for ever holds until then, and
// alone it never ends.
func (s *Sequence) signEnded() bool {
	said, finite := s.said(s.sign), false
	if len(said) == 0 {
		return s.sign != s.idle // nothing here says it
	}
	for _, sign := range said {
		if sign.Forever {
			continue
		}
		finite = true
		if s.now-s.signAt < length(sign) {
			return false
		}
	}
	return finite
}

// at is whether a sign's line is on so long after its start, and how long it stays so; 0 = for good.
func at(sign firmwareconfig.Sign, after time.Duration) (on bool, left time.Duration) {
	if sign.Forever {
		if len(sign.Millis) == 1 {
			return true, 0
		}
		after %= length(sign)
	}
	for i, n := range sign.Millis {
		step := time.Duration(n) * time.Millisecond
		if after < step {
			return i%2 == 0, step - after
		}
		after -= step
	}
	return false, 0
}

func length(sign firmwareconfig.Sign) (sum time.Duration) {
	for _, n := range sign.Millis {
		sum += time.Duration(n) * time.Millisecond
	}
	return sum
}

// Next is when something becomes due, and whether anything will.
func (s *Sequence) Next() (next time.Duration, due bool) {
	want := func(at time.Duration) {
		if !due || at < next {
			next, due = at, true
		}
	}
	for _, c := range s.contacts {
		if c.raw != c.on {
			want(c.since + c.like.Debounce())
		}
	}
	if s.presumed != 0 {
		want(s.presumed)
	}
	if s.unlocked != "" {
		want(s.locksAt)
	}
	if s.waiting != "" && s.unlocked == "" {
		want(s.lockedAt + s.profile.Unlock.Reopen())
	}
	for _, sign := range s.said(s.sign) {
		if _, left := at(sign, s.now-s.signAt); left > 0 {
			want(s.now + left)
		}
	}
	return next, due
}

// Take returns what is to be switched, in order, and what was told, and forgets both.
func (s *Sequence) Take() ([]Set, []Happening) {
	sets, told := s.sets, s.told
	s.sets, s.told = nil, nil
	return sets, told
}

// Lines is what is on now, of every line of the profile.
func (s *Sequence) Lines() map[string]bool {
	all := map[string]bool{}
	for _, line := range s.profile.Outputs() {
		all[line] = s.lines[line]
	}
	for line, c := range s.contacts {
		all[line] = c.on
	}
	return all
}

func (s *Sequence) set(line string, on bool) {
	if s.lines[line] != on {
		s.lines[line] = on
		s.sets = append(s.sets, Set{Line: line, On: on})
	}
}

func sorted(contacts map[string]*contact) []string {
	var names []string
	for name := range contacts {
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}
