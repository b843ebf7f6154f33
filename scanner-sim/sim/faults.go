package sim

import (
	"fmt"
	"strings"
)

// Fault is a kind of thing that goes wrong.
type Fault uint8

// Kinds of faults.
const (
	Loss Fault = iota
	Doubling
	Delay
	OneWayCut
	FullCut
	CloudCut
	BrokerStored
	GateCrash
	GateOff
	GateDiskError
	GateExcluded
	GateDiskLost
	GateRestored
	PowerCut
	HubCrash
	HubDiskError
	HubRestored
	HubDiskLost
	HubSwapped
	EqualTerms
	CloudRestart
	CloudRestored
	ClockStep
	ClockDrift
	SameTicket
	ListReplayed
	Poison
	LatePassage
	Overridden
	DoorsOrdered
	GateShunned
	ClockUnset
	UnsyncedLost // not chosen: what a crash or a failed write did to a transaction under way
	UnsyncedKept
	faultKinds
)

var faultNames = [faultKinds]string{
	"message_lost", "message_doubled", "message_late", "one_way_cut", "full_cut", "cloud_cut", "broker_stored", "gate_crash", "gate_off",
	"gate_disk_error", "gate_excluded", "gate_disk_lost", "gate_restored", "power_cut", "hub_crash", "hub_disk_error", "hub_restored",
	"hub_disk_lost", "hub_swapped", "equal_terms", "cloud_restart", "cloud_restored", "clock_step", "clock_drift",
	"ticket_at_k_gates", "list_replayed", "poison_record", "late_passage", "overridden", "doors_ordered", "gate_excluded_alive", "clock_unset",
	"unsynced_lost", "unsynced_kept",
}

func (f Fault) String() string { return faultNames[f] }

// Faults is a set of kinds.
type Faults uint64

// Has says whether a kind is in the set.
func (s Faults) Has(f Fault) bool { return s&(1<<f) != 0 }

func setOf(kinds ...Fault) (s Faults) {
	for _, f := range kinds {
		s |= 1 << f
	}
	return s
}

// All is every kind. Usual leaves out what the cores do not claim to survive: nothing.
var (
	All   = Faults(1<<faultKinds - 1)
	Usual = All
)

// ParseFaults reads a set: "usual", "all", names of kinds, and names with a minus to leave them out, separated by
// commas.
func ParseFaults(text string) (Faults, error) {
	var s Faults
	for _, word := range strings.Split(text, ",") {
		name, minus := strings.CutPrefix(strings.TrimSpace(word), "-")
		named, err := faultsNamed(name)
		if err != nil {
			return 0, err
		}
		if minus {
			s &^= named
		} else {
			s |= named
		}
	}
	return s, nil
}

func faultsNamed(name string) (Faults, error) {
	switch name {
	case "usual":
		return Usual, nil
	case "all":
		return All, nil
	case "none", "":
		return 0, nil
	}
	for f, known := range faultNames {
		if known == name {
			return setOf(Fault(f)), nil
		}
	}
	return 0, fmt.Errorf("no fault is called %q; there are usual, all, none, %s", name, strings.Join(faultNames[:], ", "))
}

// String is the set in the words of ParseFaults.
func (s Faults) String() string {
	switch s {
	case All:
		return "all"
	case 0:
		return "none"
	}
	var names []string
	for f, name := range faultNames {
		if s.Has(Fault(f)) {
			names = append(names, name)
		}
	}
	return strings.Join(names, ",")
}
