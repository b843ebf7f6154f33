package entry

import (
	"slices"
	"strings"
	"unicode/utf8"

	"portaria/edge/admit"
	"portaria/edge/whitelist"
	"portaria/edge/wire"
)

// Limits of what a record may say. Gates keep well below them; what does not comes from something else.
const (
	maxText = 4 * wire.MaxText // bytes
	maxName = 128              // bytes of a checkpoint, zone, controller or supervisor
	maxTime = 4102444800000    // 2100-01-01, unix ms
)

// kindsOf are the records that each type of event may carry.
var kindsOf = map[wire.EventType][]admit.RecordKind{
	wire.Admission: {admit.Entry},
	wire.Leaving:   {admit.Exit},
	wire.Heard:     {admit.Entry, admit.Exit, admit.Passed, admit.Abort, admit.UnknownEnd, admit.ForcedPass, admit.Surrender},
	wire.Outcome:   {admit.Passed, admit.Abort, admit.UnknownEnd, admit.ForcedPass},
	wire.Surrender: {admit.Surrender},
}

// fault says why a record can't be used, "" if it can.
func fault(e wire.Event) string {
	switch {
	case e.Type == wire.Refusal || e.Type == wire.Note:
		if e.Record != nil {
			return "a refusal or note carries a history record"
		}
	case kindsOf[e.Type] == nil:
		return "its type is not known"
	default:
		if why := recordFault(e); why != "" {
			return why
		}
	}
	return textFault(e)
}

func recordFault(e wire.Event) string {
	r := e.Record
	switch {
	case r == nil:
		return "it carries no history record"
	case !slices.Contains(kindsOf[e.Type], r.Kind):
		return "its history record is of another kind than the event"
	case r.Scan != e.Scan || e.Scan == (admit.ScanID{}):
		return "its history record is of another scan, or of none"
	case (r.Gate != e.Gate) != (e.Type == wire.Heard):
		return "its history record is of another gate"
	case e.Type != wire.Leaving && e.Type != wire.Outcome && e.Ref == (whitelist.Ref{}): // any code opens the way out
		return "it names no right"
	case !plausible(r.At):
		return "its time is before 1970 or after 2100"
	case long(r.Checkpoint) || long(r.From) || long(r.Zone):
		return "a name in its history record is too long or not text"
	}
	return ""
}

func textFault(e wire.Event) string {
	switch {
	case !plausible(e.At):
		return "its time is before 1970 or after 2100"
	case len(e.Text) > maxText || !clean(e.Text):
		return "its text is too long or not text"
	case long(e.Checkpoint) || long(e.Controller) || long(e.Mode) || long(string(e.Reason)) || long(string(e.Clock)):
		return "a name in it is too long or not text"
	case e.Override != nil && (long(e.Override.Supervisor) || len(e.Override.Reason) > maxText || !clean(e.Override.Reason)):
		return "its override is too long or not text"
	}
	return ""
}

// plausible: from 1970, where a clock that has never been set begins, to where dates no longer fit a report.
func plausible(at int64) bool { return at >= 0 && at < maxTime }

func long(name string) bool { return len(name) > maxName || !clean(name) }

// clean: PostgreSQL stores no zero bytes in text, and no broken UTF-8.
func clean(text string) bool {
	return utf8.ValidString(text) && !strings.ContainsRune(text, 0)
}
