package sim

import (
	"encoding/binary"
	"fmt"

	"portaria/edge/admit"
	"portaria/edge/ticket"
	"portaria/edge/whitelist"
)

// right is one guest's permission to enter, and who has really passed on it.
type right struct {
	number  int
	code    admit.Code
	passes  []*pass // everyone who went in, ever
	inside  []*pass // and has not left
	exits   int
	doubled []map[admit.ScanID]bool // each real duplicate, by its scans
}

// pass is one person who physically went through.
type pass struct {
	scan    admit.ScanID
	right   *right
	gate    *gateNode
	island  int // the journal generation of the gate then
	offline bool
	forced  bool
	at      int64
}

var evening = ticket.EventID{0xe1}

func (w *World) newRight(number int) *right {
	kind := kinds[w.oneOf(len(kinds))]
	return &right{number: number, code: admit.Code{
		Match:     admit.Listed,
		Event:     whitelist.VenueEvent{Event: evening, Name: "evening"},
		Entry:     whitelist.Entry{Ref: refOf(number), State: whitelist.Good},
		Kind:      kind,
		GoodUntil: (epoch + 30*day) / 1000,
	}}
}

var kinds = []whitelist.Kind{
	{Name: "once", Use: whitelist.UseSingle},
	{Name: "once", Use: whitelist.UseSingle},
	{Name: "twice", Use: whitelist.UseSingle, Uses: 2},
	{Name: "three", Use: whitelist.UseSingle, Uses: 3},
	{Name: "again after exit", Use: whitelist.UseReentr},
}

// allowed is how many may be in on a right: in all, or at once when each exit gives the place back.
func (r *right) allowed() int {
	if r.reentry() {
		return 1
	}
	return max(int(r.code.Kind.Uses), 1)
}

func (r *right) reentry() bool { return r.code.Kind.Use == whitelist.UseReentr }

// counted are the passes that the allowance is about.
func (r *right) counted() []*pass {
	if r.reentry() {
		return r.inside
	}
	return r.passes
}

func refOf(number int) whitelist.Ref {
	var ref whitelist.Ref
	binary.BigEndian.PutUint32(ref[:], uint32(number+1))
	return ref
}

func (w *World) newScan() admit.ScanID {
	w.scans++
	var id admit.ScanID
	binary.BigEndian.PutUint64(id[8:], uint64(w.scans))
	return id
}

func scanName(id admit.ScanID) string { return fmt.Sprintf("scan%d", binary.BigEndian.Uint64(id[8:])) }
