package attendance

import (
	"portaria/edge/admit"
	"portaria/edge/whitelist"
	"portaria/edge/wire"
)

// Scan is what an outcome must share with the record that opened it: a hub can't end another gate's scan, nor one of
// another ticket.
type Scan struct {
	Gate  string
	ID    admit.ScanID
	Event [16]byte
	Ref   whitelist.Ref
}

// ScanOf names the scan that a record is about.
func ScanOf(e *wire.Event) Scan { return Scan{e.Gate, e.Scan, e.Event, e.Ref} }

// Opens says that a record opens a scan which an outcome may end.
func Opens(e *wire.Event) bool {
	return (e.Type == wire.Admission || e.Type == wire.Leaving) && e.Record != nil
}

// Ends says that a record ends a scan.
func Ends(e *wire.Event) bool { return e.Type == wire.Outcome && e.Record != nil }

// Doubtful says that a record may be of a right that let in too many, although no passage of this gate says so: nobody
// knows how it ended, or others told of it.
func Doubtful(e *wire.Event) bool {
	if e.Record == nil || e.Ref == (whitelist.Ref{}) {
		return false
	}
	return e.Type == wire.Outcome && e.Record.Kind == admit.UnknownEnd || e.Type == wire.Heard && e.Record.Kind == admit.Entry
}

// Add counts a record; opening is the one that opened the scan which it ends, else nil. It returns the place that
// somebody has taken with it, nil if nobody has.
func (c Counts) Add(e, opening *wire.Event) *Arrival {
	switch {
	case e.Type == wire.Refusal:
		c.add(e, Refused, string(e.Reason))
		c.staff(e, StaffNo)
	case e.Type == wire.Note:
		c.told(e)
	case e.Type == wire.Admission && Opens(e):
		c.admitted(e)
	case Ends(e) && opening != nil && opening.Record != nil:
		return c.ended(e, opening)
	}
	return nil
}

func (c Counts) admitted(e *wire.Event) {
	c.add(e, Admitted, string(e.Reason))
	c.staff(e, StaffIn)
	if e.Record.Override {
		c.staff(e, StaffOwn)
	}
	if e.Record.Resumes != (admit.ScanID{}) {
		c.add(e, Settled, "")
	}
}

func (c Counts) ended(e, opening *wire.Event) *Arrival {
	entry := opening.Type == wire.Admission
	if e.Override != nil && entry { // a supervisor has said how it ended
		c.add(e, Settled, "")
	}
	switch e.Record.Kind {
	case admit.Passed, admit.ForcedPass:
		return c.passed(e, opening)
	case admit.Abort:
		c.way(e, opening, Aborted)
	case admit.UnknownEnd:
		if entry {
			c.way(e, opening, Unknown)
		}
	}
	return nil
}

func (c Counts) passed(e, opening *wire.Event) *Arrival {
	if e.Record.Kind == admit.ForcedPass {
		c.way(e, opening, Late)
	}
	switch r := opening.Record; {
	case opening.Type == wire.Leaving && r.Closes != (admit.ScanID{}):
		c.way(e, opening, Out)
	case opening.Type == wire.Leaving:
		c.way(e, opening, Stray)
	default:
		c.way(e, opening, In)
		if r.Follows != (admit.ScanID{}) {
			c.way(e, opening, Back)
		}
		return arrival(opening)
	}
	return nil
}

// arrival is nil of codes that are nobody's right.
func arrival(opening *wire.Event) *Arrival {
	if opening.Ref == (whitelist.Ref{}) {
		return nil
	}
	a := Arrival{Event: opening.Event, Ref: opening.Ref, After: opening.Record.Follows}
	if opening.Record.From != "" {
		a.Door, a.After = clean(opening.Record.Zone), opening.Record.Closes
	}
	return &a
}

// First is where the first use of a right counts. It has no slot: of two gates that let it in, the one whose record comes
// first has it.
func First(e *wire.Event) Key {
	return Key{Event: e.Event, Gate: clean(e.Gate), What: Arrived, Which: kind(e.Kind)}
}

// notes are the machines' words that people should know of.
var notes = map[string]string{wire.NoteTamper: "tamper", wire.NoteFire: "fire", wire.NoteForced: "forced"}

func (c Counts) told(e *wire.Event) {
	if which := notes[e.Text]; which != "" {
		c.add(e, Told, which)
	}
}

func (c Counts) staff(e *wire.Event, what What) {
	if e.Controller != "" {
		c.add(e, what, e.Controller)
	}
}

func (c Counts) add(e *wire.Event, what What, which string) {
	c[Key{Event: e.Event, Slot: SlotOf(e.At), Gate: clean(e.Gate), Checkpoint: clean(e.Checkpoint), What: what, Which: clean(which)}]++
}

// way counts at the time of e, on the way that its scan was for.
func (c Counts) way(e, opening *wire.Event, what What) {
	c[Key{Event: e.Event, Slot: SlotOf(e.At), Gate: clean(e.Gate), Checkpoint: clean(opening.Checkpoint),
		From: clean(opening.Record.From), To: clean(opening.Record.Zone), What: what}]++
}
