package sim

import (
	"encoding/binary"
	"fmt"
	"slices"

	"portaria/edge/admit"
	"portaria/edge/ticket"
	"portaria/edge/whitelist"
	"portaria/edge/wire"
)

// right is one guest's permission to enter, and who has really passed on it.
type right struct {
	number  int
	code    admit.Code
	passes  []*scan   // everyone who went in, ever
	inside  []*scan   // and has not left
	within  []*scan   // everyone who went into the box
	leaving int       // how many went out
	doubled [][]*scan // each real duplicate: all who were in on the right then
	paces   []int64   // of those whom a plot sends, in order: how long after the arm has opened each goes through, ms

	listed   int     // the first list that has it
	reissue  uint8   // of its code
	presumed []*scan // who turned round at a door that has nothing to notice it, and counts as in
}

// turnsBack is the pace of somebody who does not go through.
const turnsBack = -1

// pace is that of the next person of a right, if a plot has said it.
func (r *right) pace() (delay int64, told bool) {
	if len(r.paces) == 0 {
		return 0, false
	}
	delay, r.paces = r.paces[0], r.paces[1:]
	return delay, true
}

// scan is one reading of a ticket, and what became of it.
type scan struct {
	id       admit.ScanID
	right    *right
	gate     *gateNode
	island   int // the journal generation of the gate when it wrote the intent
	pulses   int
	pulsedAt int64

	written    bool // its admission was durable at the gate, as this record:
	run        wire.Run
	seq        uint64
	offline    bool
	override   bool
	hub        *hubNode // that granted it
	hubIsland  int      // the disk generation of that hub then
	exempt     bool     // what an excluded or lost gate brings
	excluded   bool     // its gate was excluded when no hub and no cloud had it
	heardOf    bool     // and yet a hub has granted while one of its gates knew of it
	overlooked bool     // a hub has granted while nobody could tell it of this one
	belated    int64    // when a hub that has been replaced brought it to the cloud, 0 = none did
	day        int64
	knewDay    bool // its gate's clock was set
	group      int  // people of its right, as its gate knew

	forgotten bool // its home's disk was lost or restored before any hub held its record

	evacuated bool         // somebody left on it while doors were held open
	passed    bool         // somebody physically walked in on it
	left      bool         // and went out again
	revoked   bool         // by the gate's list, when it was read
	unlisted  bool         // it did not have it then
	named     bool         // an exit on which somebody walked out names it
	forced    bool         // late, past the arm's time
	promised  *hubNode     // whose disk has had a grant for it
	zone      string       // where the person who came in on it is now
	moved     *scan        // the scan that brought them there, nil = this one
	person    *scan        // of a scan at the door within: whose move it was
	closes    admit.ScanID // of an exit: the entry that it says is over
	told      bool         // a hub named it in a conflict
	exit      bool         // somebody wants to leave on it
	out       bool         // and did, or is on record as gone

	policy     whitelist.PolicyName // of the door at which it was let in
	askedUntil int64                // when its gate must have decided
	readAt     int64
	decided    bool
	decidedAt  int64
}

var evening = ticket.EventID{0xe1}

func (w *World) newRight(kind whitelist.Kind) *right {
	number := len(w.rights)
	r := &right{number: number, code: admit.Code{
		Match:     admit.Listed,
		Event:     whitelist.VenueEvent{Event: evening, Name: "evening"},
		Entry:     whitelist.Entry{Ref: refOf(number), State: whitelist.Good},
		Kind:      kind,
		GoodUntil: (epoch + 30*day) / 1000,
	}}
	r.code.Entry.Group = groups[kind.Name]
	w.rights = append(w.rights, r)
	return r
}

// kinds of tickets; the first is what fresh guests of the last check bring.
var kinds = []whitelist.Kind{
	{Name: "once", Use: whitelist.UseSingle},
	{Name: "once", Use: whitelist.UseSingle},
	{Name: "twice", Use: whitelist.UseSingle, Uses: 2},
	{Name: "group of three", Use: whitelist.UseSingle},
	{Name: "twice, two people", Use: whitelist.UseSingle, Uses: 2},
	{Name: "once a day", Use: whitelist.UseDaily},
	{Name: "again after exit", Use: whitelist.UseReentr},
	{Name: "again after exit", Use: whitelist.UseReentr},
	{Name: "again after a pause", Use: whitelist.UseReentr, ReentryAfter: 1},
	{Name: "two, again after exit", Use: whitelist.UseReentr},
}

// groups are the people of a right of some kinds.
var groups = map[string]uint8{"group of three": 3, "twice, two people": 2, "two, again after exit": 2}

// allowed is how many may be in on a right: in all, in a day, or at once when each exit gives the place back.
func (r *right) allowed() int {
	return max(int(r.code.Kind.Uses), 1) * max(int(r.code.Entry.Group), 1)
}

func (r *right) daily() bool { return r.code.Kind.Use == whitelist.UseDaily }

func (r *right) reentry() bool { return r.code.Kind.Use == whitelist.UseReentr }

// counted are the passes that share the allowance with one of them.
func (r *right) counted(last *scan) []*scan {
	switch {
	case r.reentry():
		return r.inside
	case r.daily():
		return slices.DeleteFunc(slices.Clone(r.passes), func(s *scan) bool { return s.day != last.day })
	}
	return r.passes
}

func refOf(number int) whitelist.Ref {
	var ref whitelist.Ref
	binary.BigEndian.PutUint32(ref[:], uint32(number+1))
	return ref
}

func numberOf(ref whitelist.Ref) int { return int(binary.BigEndian.Uint32(ref[:])) - 1 }

func (w *World) newScan(r *right) *scan {
	s := &scan{right: r, readAt: w.now}
	w.scans = append(w.scans, s)
	// ids are not in the order of time, so that nothing can lean on it
	binary.BigEndian.PutUint32(s.id[:], w.rng.Uint32())
	binary.BigEndian.PutUint32(s.id[12:], uint32(len(w.scans)))
	return s
}

// scanOf is nil for an id that no scanner made.
func (w *World) scanOf(id admit.ScanID) *scan {
	n := int(binary.BigEndian.Uint32(id[12:]))
	if n < 1 || n > len(w.scans) {
		return nil
	}
	return w.scans[n-1]
}

func scanName(id admit.ScanID) string {
	return fmt.Sprintf("scan%d", binary.BigEndian.Uint32(id[12:]))
}

func scanNames(ids []admit.ScanID) (names []string) {
	for _, id := range ids {
		names = append(names, scanName(id))
	}
	return names
}
