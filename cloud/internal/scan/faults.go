package scan

import (
	"errors"

	"portaria/cloud/internal/fault"
)

// Refusals of this package.
var (
	ErrNoDoor      = fault.New(fault.NotFound, "not_found", "There is no such checkpoint here for you: load the doors again.")
	ErrNoScan      = fault.New(fault.NotFound, "not_found", "There is no such scan of yours.")
	ErrReused      = fault.New(fault.Invalid, "scan_id_reused", "This id was used for another scan: make a new one for each.")
	ErrDeviceTaken = fault.New(fault.Conflict, "device_taken", "This device name belongs to somebody else at this venue: choose another.")
	ErrOver        = fault.New(fault.Conflict, "passage_over", "The person has passed: that cannot be taken back.")
	ErrGivenUp     = fault.New(fault.Conflict, "scan_given_up", "This device has answered that scan by itself: scan the ticket again, as a new scan.")
	ErrNoOverride  = fault.New(fault.Conflict, "not_overridable", "No supervisor's word can let this in: scan again, or send the guest to the box office.")
	ErrMayNot      = fault.New(fault.Denied, "may_not_override", "Only a supervisor may let in what was refused: call one.")
	ErrHubAway     = fault.New(fault.Unavailable, "hub_away", "The venue's hub was not reached in time: judge by the device's list, as the checkpoint allows, and upload later.")
	ErrStarting    = fault.New(fault.Unavailable, "arbiter_starting", "The arbiter is not ready yet: send the same scan again in a moment.")
	ErrTooFast     = fault.New(fault.Unavailable, "device_too_fast", "This device scans too fast: wait a moment, then send the same scan again.")
)

// Refusals are all, for the list of problems.
func Refusals() []*fault.Fault {
	return []*fault.Fault{ErrNoDoor, ErrNoScan, ErrReused, ErrDeviceTaken, ErrOver, ErrGivenUp, ErrNoOverride, ErrMayNot, ErrHubAway, ErrStarting, ErrTooFast}
}

// CodeOf is what a process of the cloud tells another of an error; empty for none.
func CodeOf(err error) string {
	if err == nil {
		return ""
	}
	var f *fault.Fault
	if errors.As(explain(err), &f) {
		for name, known := range between {
			if errors.Is(f, known) && f.Kind == known.Kind && f.Text == known.Text {
				return name
			}
		}
	}
	return "starting"
}

// FaultOf is what the other one hears.
func FaultOf(code string) error {
	if code == "" {
		return nil
	}
	if f := between[code]; f != nil {
		return f
	}
	return ErrStarting
}

var between = map[string]*fault.Fault{"no_door": ErrNoDoor, "no_scan": ErrNoScan, "over": ErrOver, "given_up": ErrGivenUp, "starting": ErrStarting, "hub_away": ErrHubAway}
