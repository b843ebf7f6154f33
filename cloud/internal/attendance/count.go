// Package attendance counts who came: people in and out by door, zone and five minutes, refusals by reason, what each
// controller did. The counts are kept beside the records, in the transaction that stores them, so that a page which looks
// every few seconds reads some hundred rows and not a million.
//
// What a record adds is decided by the record and by the one that opened its scan, by nothing else: not by the order in
// which records come, how they were put in batches, or when. So counting anew gives the same numbers. The package knows
// no SQL and no pages.
package attendance

import (
	"strconv"
	"strings"
	"time"

	"portaria/edge/admit"
	"portaria/edge/ticket"
	"portaria/edge/whitelist"
)

// Step is the width of a slot.
const Step = 5 * time.Minute

// What is counted.
type What string

// People are counted when they have passed; scans when they were judged.
const (
	In       What = "in"        // people who passed inwards, through any door
	Out      What = "out"       // people who left a place that they had entered
	Stray    What = "stray"     // people who left on a code that was not inside: nobody's place is closed
	Back     What = "back"      // of In, those who had left and came again
	Late     What = "late"      // of In, Out and Stray: the passage came after the gate had given up
	Arrived  What = "arrived"   // rights that were used for the first time, by kind; of no slot
	Aborted  What = "aborted"   // admitted, and nobody passed
	Unknown  What = "unknown"   // nobody knows whether somebody passed: the gate lost power
	Settled  What = "settled"   // of Unknown, those that a supervisor or the gate has settled
	Admitted What = "admitted"  // scans that were admitted, by reason: ok, ok_offline, ok_override
	Refused  What = "refused"   // scans that were refused, by reason
	Told     What = "told"      // what machines told: tamper, fire, forced
	StaffIn  What = "staff_in"  // scans admitted, by controller on duty
	StaffNo  What = "staff_no"  // scans refused, by controller on duty
	StaffOwn What = "staff_own" // of StaffIn, those that a supervisor let in against the verdict
)

// Key is one number's place. A zero Event is a code that belongs to none, or a machine's word.
type Key struct {
	Event      ticket.EventID
	Slot       int64 // of Step, counted from 1970, by the gate's clock
	Gate       string
	Checkpoint string
	From, To   string // zones; empty = outside
	What       What
	Which      string // reason, kind or controller
}

// Counts are numbers to add.
type Counts map[Key]int

// Arrival is the place in a right's history that a passage takes. Two passages that take the same one are one person too
// many, or nearly so: whoever wants to know folds the right's records.
type Arrival struct {
	Event ticket.EventID
	Ref   whitelist.Ref
	Door  string       // zone of a door inside the venue; empty = the outer doors
	After admit.ScanID // the place that it follows; zero = the first
}

// SlotOf is the slot of a time in unix ms. A clock before 1970 is at its start.
func SlotOf(at int64) int64 { return max(at, 0) / Step.Milliseconds() }

// maxText bounds what a key holds of a record's text.
const maxText = 64

// clean is text as every store takes it.
func clean(text string) string {
	text = strings.ToValidUTF8(strings.ReplaceAll(text, "\x00", ""), "\uFFFD")
	if runes := []rune(text); len(runes) > maxText {
		return string(runes[:maxText])
	}
	return text
}

func kind(k uint16) string { return strconv.Itoa(int(k)) }
