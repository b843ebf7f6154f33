package lane

import (
	"slices"
	"sync"
	"time"

	"portaria/edge/admit"
	"portaria/edge/gate"
	"portaria/edge/internal/scanner"
	"portaria/edge/ticket"
	"portaria/edge/whitelist"
	"portaria/edge/wire"
)

// Status is what people and programs may see of a gate. It never holds a good ticket's code.
type Status struct {
	Gate    string       `json:"gate"`
	Venue   string       `json:"venue,omitempty"` // name
	Zone    string       `json:"time_zone,omitempty"`
	At      int64        `json:"at"` // unix ms, gate clock
	Clock   admit.Clock  `json:"clock"`
	Run     wire.Run     `json:"run"`
	Hub     HubStatus    `json:"hub"`
	Journal int          `json:"journal"` // records not yet confirmed by the cloud
	Lists   []ListStatus `json:"lists"`
	Lanes   []LaneStatus `json:"lanes"`
	Unknown []Unknown    `json:"unknown,omitempty"` // a supervisor must settle them
	Fault   string       `json:"fault,omitempty"`   // no_disk, no_tpm, no_start: this gate does not work at all
}

// HubStatus is how the hub seems from here.
type HubStatus struct {
	Up    bool   `json:"up"`              // it has answered within 3 s
	Name  string `json:"name,omitempty"`  // of the hub that answered last
	Heard int64  `json:"heard,omitempty"` // unix ms of its last answer, gate clock; 0 = never
	Cloud bool   `json:"cloud"`           // it has its cloud
	Ready bool   `json:"ready"`           // it grants
	Homes bool   `json:"homes,omitempty"` // without it, this gate may let in whoever is at home here
}

// ListStatus is one event's list. Ready is false while it, or its secrets, are missing: its tickets are not known yet.
type ListStatus struct {
	Event  ticket.EventID `json:"event"`
	Name   string         `json:"name"`
	Ready  bool           `json:"ready"`
	Epoch  uint64         `json:"epoch,omitempty"`
	Count  uint32         `json:"count,omitempty"`
	Issued int64          `json:"issued,omitempty"`     // unix seconds
	Until  int64          `json:"good_until,omitempty"` // unix seconds
}

// LaneStatus is one lane.
type LaneStatus struct {
	Lane       int       `json:"lane"`
	Checkpoint string    `json:"checkpoint"`
	Name       string    `json:"name,omitempty"` // of the checkpoint
	Language   string    `json:"language,omitempty"`
	Mode       string    `json:"mode"`
	Policy     string    `json:"policy,omitempty"`
	NeedsStaff bool      `json:"needs_staff,omitempty"`
	Inside     *Inside   `json:"inside,omitempty"`   // people where the lane leads to, as the hub last said; nil = not known
	Scanner    string    `json:"scanner"`            // ready while one of them is
	Scanners   []Scanner `json:"scanners,omitempty"` // each of them
	Output     string    `json:"output"`
	Tamper     bool      `json:"tamper,omitempty"` // the housing is open
	Fire       bool      `json:"fire,omitempty"`   // the fire alarm has come
	Controller string    `json:"controller,omitempty"`
	In         int       `json:"in"`
	Out        int       `json:"out"`
	Refused    int       `json:"refused"`
	Notice     string    `json:"notice,omitempty"`     // for a moment: signed_on, tested, ...
	NoticeAt   int64     `json:"notice_at,omitempty"`  // unix ms
	Message    string    `json:"message,omitempty"`    // from the hub
	MessageAt  int64     `json:"message_at,omitempty"` // unix ms
	Last       []Shown   `json:"last"`                 // newest first, at most keepShown
}

// Inside is how full a part of the venue is.
type Inside struct {
	Zone     string `json:"zone"`
	Count    int    `json:"count"`
	Capacity int    `json:"capacity,omitempty"`
}

// Scanner is one of a lane's scanners.
type Scanner struct {
	Device string        `json:"device"`
	State  string        `json:"state"`
	Fault  scanner.Fault `json:"fault,omitempty"` // while it is gone
}

// Shown is a verdict as the lane said it.
type Shown struct {
	Scan      admit.ScanID    `json:"scan"`
	At        int64           `json:"at"` // unix ms, gate clock
	Admit     bool            `json:"admit"`
	Exit      bool            `json:"exit,omitempty"` // let out, not in
	Reason    admit.Reason    `json:"reason"`
	Attention whitelist.Flags `json:"attention,omitempty"`
	AskStaff  bool            `json:"ask_staff,omitempty"`
	Offline   bool            `json:"offline,omitempty"`
	Kind      string          `json:"kind,omitempty"`
	Seat      string          `json:"seat,omitempty"`
	Event     string          `json:"event,omitempty"`
	Start     int64           `json:"start,omitempty"`     // unix seconds, of the event
	UsedAt    int64           `json:"used_at,omitempty"`   // unix ms
	UsedGate  string          `json:"used_gate,omitempty"` // where
	UsedLane  int             `json:"used_lane,omitempty"`
}

// keepShown is how many verdicts of a lane can be looked back on.
const keepShown = 20

// maxMessage is how much of a message fits a screen, in characters.
const maxMessage = 120

// silence is how long without the hub's answer until it counts as away, as in package gate.
const silence = 3 * time.Second

type status struct {
	mu      sync.Mutex
	now     Status
	heard   time.Time      // of the last pulse that answered a heartbeat of this process
	leads   map[int]string // zone that each lane leads to
	ill     map[int]bool   // lanes whose lamps say trouble
	tried   map[int]int64  // mono of a lane's last test
	changed chan struct{}  // closed at every change
}

func (s *status) begin(cfg Config) {
	s.tried, s.changed = map[int]int64{}, make(chan struct{})
	s.ill, s.leads = map[int]bool{}, map[int]string{}
	s.now = Status{Gate: cfg.Gate, Lists: []ListStatus{}}
	for _, p := range cfg.Lanes {
		s.now.Lanes = append(s.now.Lanes, LaneStatus{Lane: p.Number, Checkpoint: p.Checkpoint, Mode: string(whitelist.Closed),
			Scanner: scanner.Gone, Output: "ready", Last: []Shown{}})
	}
}

// change runs do under the lock, and wakes whoever watches.
func (s *status) change(do func(*Status)) {
	s.mu.Lock()
	defer s.mu.Unlock()
	do(&s.now)
	close(s.changed)
	s.changed = make(chan struct{})
}

func (st *Status) lane(number int) *LaneStatus {
	for i := range st.Lanes {
		if st.Lanes[i].Lane == number {
			return &st.Lanes[i]
		}
	}
	return &LaneStatus{} // nobody's
}

func (s *status) show(e gate.Show, scan admit.ScanID, exit bool, at int64) {
	v := e.Verdict
	shown := Shown{Scan: scan, Exit: exit, At: at, Admit: v.Admit, Reason: v.Reason, Attention: v.Attention, AskStaff: v.AskStaff,
		Offline: e.Offline, UsedAt: v.At, UsedGate: v.Gate, UsedLane: v.Lane}
	if e.Code != nil {
		shown.Kind, shown.Seat = e.Code.Kind.Name, e.Code.Seat
		shown.Event, shown.Start = e.Code.Event.Name, e.Code.Event.Start
	}
	s.change(func(st *Status) {
		l := st.lane(e.Lane)
		l.Last = append([]Shown{shown}, l.Last[:min(len(l.Last), keepShown-1)]...)
	})
}

// scanner notes the state of one of a lane's scanners and returns what the core must hear: it is told of the lane's
// devices at once. A lane reads while one of its scanners does.
func (s *status) scanner(number int, device, state string, fault scanner.Fault) (changed gate.LaneChanged) {
	s.change(func(st *Status) {
		l := st.lane(number)
		known := slices.Clone(l.Scanners) // a list that was given away is never written to
		at := slices.IndexFunc(known, func(d Scanner) bool { return d.Device == device })
		if at < 0 {
			known, at = append(known, Scanner{Device: device}), len(known)
		}
		known[at].State, known[at].Fault = state, fault
		l.Scanners, l.Scanner = known, scanner.Gone
		if slices.ContainsFunc(known, func(d Scanner) bool { return d.State == scanner.Ready }) {
			l.Scanner = scanner.Ready
		}
		changed = gate.LaneChanged{Lane: number, Scanner: l.Scanner, Output: l.Output}
	})
	return changed
}

// output notes the state of a lane's outputs, in the same way.
func (s *status) output(number int, state string) (changed gate.LaneChanged) {
	s.change(func(st *Status) {
		l := st.lane(number)
		l.Output = state
		changed = gate.LaneChanged{Lane: number, Scanner: l.Scanner, Output: state}
	})
	return changed
}

func (s *status) venue(v *whitelist.Venue) {
	s.change(func(st *Status) {
		st.Venue, st.Zone = v.Name, v.TimeZone
		for i := range st.Lanes {
			if door := v.Checkpoint(st.Lanes[i].Checkpoint); door != nil {
				st.Lanes[i].Name, st.Lanes[i].Language, st.Lanes[i].Mode = door.Name, door.Language, string(door.Mode)
				s.leads[st.Lanes[i].Lane] = door.To
				st.Lanes[i].Policy, st.Lanes[i].NeedsStaff = string(door.Policy), door.NeedsStaff
			}
		}
	})
}

// unknown notes what waits to be settled; it is asked every second, and wakes nobody when nothing has changed.
func (s *status) unknown(now []Unknown) {
	s.mu.Lock()
	same := slices.Equal(s.now.Unknown, now)
	s.mu.Unlock()
	if !same {
		s.change(func(st *Status) { st.Unknown = now })
	}
}

// notice shows a word at a lane.
func (s *status) notice(lane int, word string, at int64) {
	s.change(func(st *Status) {
		l := st.lane(lane)
		l.Notice, l.NoticeAt = word, at
	})
}

// tested says whether a lane may be tried now, and shows that it is.
func (s *status) tested(lane int, now gate.Now) (again bool) {
	s.change(func(st *Status) {
		if last, ever := s.tried[lane]; ever && now.Mono-last < testEvery {
			return
		}
		s.tried[lane], again = now.Mono, true
		l := st.lane(lane)
		l.Notice, l.NoticeAt = "tested", now.Unix
	})
	return again
}

// message shows a sentence of the hub at a lane; 0 = at every lane. An empty one takes it away.
func (s *status) message(lane int, text string, at int64) {
	s.change(func(st *Status) {
		for i := range st.Lanes {
			if lane == 0 || st.Lanes[i].Lane == lane {
				st.Lanes[i].Message, st.Lanes[i].MessageAt = cut(text, maxMessage), at
			}
		}
	})
}

func (s *status) duty(lane int, controller string) {
	s.change(func(st *Status) { st.lane(lane).Controller = controller })
}

func (s *status) lists(lists []ListStatus) {
	s.change(func(st *Status) { st.Lists = lists })
}

// beat takes over what a heartbeat says.
func (s *status) beat(b wire.State) {
	s.change(func(st *Status) {
		st.Journal, st.Run = b.Journal, b.Run
		for _, lane := range b.Lanes {
			l := st.lane(lane.Lane)
			l.Mode, l.Controller, l.In, l.Out, l.Refused = lane.Mode, lane.Controller, lane.In, lane.Out, lane.Refused
		}
	})
}

// pulse takes over what a pulse says; one that answers no heartbeat of this process does not show that the hub is there.
func (s *status) pulse(p wire.Pulse, answer bool) {
	s.change(func(st *Status) {
		if answer {
			s.heard = time.Now()
		}
		st.Hub.Name, st.Hub.Cloud, st.Hub.Ready = p.Hub, p.Cloud, p.Ready
		st.Hub.Homes = p.Homes != 0
		for i := range st.Lanes {
			st.Lanes[i].Inside = inside(p.Inside, s.leads[st.Lanes[i].Lane])
		}
	})
}

// inside is what a pulse tells of a zone; nil = nothing.
func inside(told []wire.ZoneCount, zone string) *Inside {
	for _, z := range told {
		if z.Zone == zone {
			return &Inside{Zone: z.Zone, Count: z.Count, Capacity: z.Capacity}
		}
	}
	return nil
}

// Status returns what can be seen now.
func (d *Driver) Status() Status {
	now := d.cfg.Clock.Now()
	d.status.mu.Lock()
	defer d.status.mu.Unlock()
	st := d.status.now
	st.At, st.Clock = now.Unix, now.Clock
	if !d.status.heard.IsZero() {
		silent := time.Since(d.status.heard)
		st.Hub.Up, st.Hub.Heard = silent < silence, now.Unix-silent.Milliseconds()
	}
	st.Lanes = append([]LaneStatus(nil), st.Lanes...) // a Last is never written to, only replaced
	return st
}

// Changed returns a channel that is closed at the next change.
func (d *Driver) Changed() <-chan struct{} {
	d.status.mu.Lock()
	defer d.status.mu.Unlock()
	return d.status.changed
}
