// Package reckon puts journals side by side, record by record, and the people beside them: what gates, hub and cloud
// hold of an evening must be the same, and must be what happened. It reads nothing and asks no judge.
package reckon

import (
	"bytes"
	"encoding/json"
	"fmt"

	"portaria/edge/admit"
	"portaria/edge/gate"
	"portaria/edge/venue"
	"portaria/edge/whitelist"
	"portaria/edge/wire"
)

// Evidence is what is left when everything has stopped: the journals as they lie on the disks and in the database, and
// the people.
type Evidence struct {
	People     []Person
	Refs       map[string]whitelist.Ref // by the code on the ticket
	Strict     map[string]bool          // gates whose door is strict
	Single     bool                     // no door is free: no ticket lets in two, however long gates can't hear each other
	Gates      []Line                   // of every gate's journal
	HubName    string
	Hub        []Line
	Cloud      []Line
	Memory     map[string]gate.Memory // of every gate
	HubMarks   []venue.Mark
	CloudMarks []CloudMark
	SetAside   int                   // records that the cloud could not use
	Conflicts  map[string][][]string // by who shows them (the hub, the cloud), each the ids of its scans
}

// Line is one record of a journal.
type Line struct {
	wire.Event
	Raw []byte // JSON as it is stored
}

// ID names a record wherever it is.
func (l Line) ID() string { return fmt.Sprintf("%s %s %d", l.Gate, l.Run, l.Seq) }

// CloudMark is up to where the cloud says that it holds a run.
type CloudMark struct {
	Gate string   `json:"gate_id"`
	Run  wire.Run `json:"run"`
	Seq  uint64   `json:"seq"`
}

// ReadLine reads a record as it is stored.
func ReadLine(raw []byte) (Line, error) {
	var l Line
	if err := json.Unmarshal(raw, &l.Event); err != nil {
		return l, fmt.Errorf("read a record: %w", err)
	}
	var compact bytes.Buffer
	if err := json.Compact(&compact, raw); err != nil {
		return l, err
	}
	l.Raw = compact.Bytes()
	return l, nil
}

// Person is somebody whom a screen told to come in: the truth that journals are compared with. Nobody asked the judge.
type Person struct {
	Gate    string
	Scan    admit.ScanID
	Codes   []string // one of these was read: more than one, when a gate came back with codes unread
	Offline bool
	Passed  bool // the contact fired
	Perhaps bool // the gate died while they went through

	// What is known of the process that had let them in, and of the one that took the contact of those who Passed.
	Restarted bool // the first had ended before they went through: another heard the contact, and knew nothing of them
	CutOff    bool // the second ended while the contact fired or in the moment after
}
