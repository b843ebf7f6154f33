package api

import (
	"context"
	"maps"
	"net/http"
	"slices"
	"strconv"
	"time"

	"github.com/google/uuid"

	"portaria/cloud/internal/account"
	"portaria/cloud/internal/attendance"
	"portaria/cloud/internal/fault"
)

// Attendance is who came to an event.
type Attendance struct {
	In          int                 `json:"in" doc:"People who came in from outside"`
	Out         int                 `json:"out" doc:"People who left by a scan"`
	Inside      int                 `json:"inside" doc:"People inside: who came in, less those who left a place that they had entered"`
	Back        int                 `json:"back" doc:"Of in, those who came again after leaving"`
	Refused     int                 `json:"refused" doc:"Scans; codes that nobody knows at the venue's gates from two hours before the doors until two hours after the end are among them"`
	Aborted     int                 `json:"aborted" doc:"Admitted, and nobody passed"`
	Late        int                 `json:"late" doc:"Passed after the gate had given up"`
	Doubtful    int                 `json:"doubtful" doc:"Nobody knows whether they passed: a gate lost power"`
	Offline     int                 `json:"offline" doc:"Scans that gates decided without their hub"`
	Overrides   int                 `json:"overrides" doc:"Scans that a supervisor let in"`
	Tickets     []AttendanceOffer   `json:"tickets" doc:"Tickets used, by offer; other sellers' are among them"`
	Minutes     []AttendanceMinutes `json:"minutes" doc:"Each five minutes in which something happened"`
	Doors       []AttendanceDoor    `json:"doors" doc:"By checkpoint and gate. Who passes two doors is counted at both"`
	Zones       []AttendanceZone    `json:"zones" doc:"People in each zone, the zones inside it not counted"`
	Refusals    map[string]int      `json:"refusals" doc:"Refused scans by reason"`
	Controllers []AttendanceStaff   `json:"controllers"`
}

// AttendanceOffer is how many tickets of an offer were used.
type AttendanceOffer struct {
	Kind    uint16 `json:"kind" doc:"The number of the offer in its event"`
	Good    int    `json:"good" doc:"Tickets that are good now"`
	Arrived int    `json:"arrived" doc:"Tickets that were used at least once"`
}

// AttendanceMinutes is five minutes, by the gates' clocks.
type AttendanceMinutes struct {
	At      time.Time `json:"at"`
	In      int       `json:"in"`
	Out     int       `json:"out"`
	Refused int       `json:"refused"`
}

// AttendanceDoor is a checkpoint at a gate.
type AttendanceDoor struct {
	Checkpoint string     `json:"checkpoint"`
	Gate       string     `json:"gate"`
	In         int        `json:"in"`
	Out        int        `json:"out"`
	Refused    int        `json:"refused"`
	Aborted    int        `json:"aborted"`
	Peak       int        `json:"peak" doc:"Most people in within five minutes"`
	PeakAt     *time.Time `json:"peak_at,omitempty"`
}

// AttendanceZone is people in a zone.
type AttendanceZone struct {
	Zone   string `json:"zone"`
	People int    `json:"people"`
}

// AttendanceStaff is what was scanned while a controller was on duty.
type AttendanceStaff struct {
	Controller string `json:"controller"`
	Admitted   int    `json:"admitted"`
	Refused    int    `json:"refused"`
	Overrides  int    `json:"overrides"`
}

// AttendanceFlow is people, or refused scans, at a door in five minutes, on one way.
type AttendanceFlow struct {
	At         time.Time `json:"at"`
	Gate       string    `json:"gate"`
	Checkpoint string    `json:"checkpoint,omitempty"`
	From       string    `json:"from,omitempty" doc:"Zone; none = outside"`
	To         string    `json:"to,omitempty" doc:"Zone; none = outside"`
	What       string    `json:"what" doc:"in, out, stray (left on a code that was not inside), back, late, aborted, unknown or refused"`
	Reason     string    `json:"reason,omitempty" doc:"Of refused"`
	Count      int       `json:"count"`
}

func (s *server) attendance() {
	const tag = "Entries"
	serve(s, op{method: http.MethodGet, path: "/events/{event}/attendance", id: "event-attendance", tag: tag, scope: account.GatesRead,
		summary: "Who came: people in and out by five minutes and door, tickets used, refusals, controllers. A few seconds old at most; ask again with If-None-Match"},
		s.eventAttendance)
	serve(s, op{method: http.MethodGet, path: "/events/{event}/attendance/flow", id: "event-flow", tag: tag, scope: account.GatesRead,
		summary: "List people by five minutes, door, gate and zones. Numbers of five minutes that are past may still rise: records come late"},
		s.eventFlow)
}

func (s *server) attendanceScope(ctx context.Context, organizer, event uuid.UUID) (attendance.Scope, error) {
	e, err := s.Catalog.Event(ctx, organizer, event)
	return attendance.Scope{Organizer: organizer, Venue: e.Venue, Events: []uuid.UUID{e.ID}, From: e.Doors.Add(-attendance.Before), Until: e.End.Add(attendance.After)}, err
}

func (s *server) eventAttendance(ctx context.Context, who account.Key, in *EventPath) (Attendance, error) {
	scope, err := s.attendanceScope(ctx, who.Organizer, in.Event)
	if err != nil {
		return Attendance{}, err
	}
	report, err := s.Gates.Attendance.Live(ctx, scope)
	if err != nil {
		return Attendance{}, err
	}
	kinds, err := s.Gates.Attendance.Kinds(ctx, scope)
	if err != nil {
		return Attendance{}, err
	}
	peaks, err := s.Gates.Attendance.Peaks(ctx, scope)
	return showAttendance(report, kinds, peaks), err
}

func showAttendance(r attendance.Report, kinds []attendance.Kind, peaks []attendance.Peak) Attendance {
	a := Attendance{In: r.In, Out: r.Out, Inside: r.Inside, Back: r.Back, Refused: r.Refused, Aborted: r.Aborted, Late: r.Late, Doubtful: r.Doubtful,
		Offline: r.Offline, Overrides: r.Override, Tickets: []AttendanceOffer{}, Minutes: []AttendanceMinutes{}, Doors: []AttendanceDoor{},
		Zones: []AttendanceZone{}, Refusals: map[string]int{}, Controllers: []AttendanceStaff{}}
	for _, k := range kinds {
		a.Tickets = append(a.Tickets, AttendanceOffer{k.Kind, k.Expected, k.Arrived})
	}
	for _, x := range r.Slots {
		a.Minutes = append(a.Minutes, AttendanceMinutes{x.At.UTC(), x.In, x.Out, x.Refused})
	}
	for _, d := range r.Doors {
		a.Doors = append(a.Doors, showDoor(d, peaks))
	}
	for _, zone := range slices.Sorted(maps.Keys(r.Zones)) {
		if zone != "" {
			a.Zones = append(a.Zones, AttendanceZone{zone, r.Zones[zone]})
		}
	}
	for _, x := range r.Reasons {
		a.Refusals[string(x.Reason)] = x.N
	}
	for _, x := range r.Staff {
		a.Controllers = append(a.Controllers, AttendanceStaff{x.Controller, x.In, x.Refused, x.Override})
	}
	return a
}

func showDoor(d attendance.Door, peaks []attendance.Peak) AttendanceDoor {
	out := AttendanceDoor{Checkpoint: d.Door, Gate: d.Gate, In: d.In, Out: d.Out, Refused: d.Refused, Aborted: d.Aborted}
	for _, p := range peaks {
		if p.Door == d.Door && p.Gate == d.Gate {
			at := attendance.TimeOf(p.Slot).UTC()
			out.Peak, out.PeakAt = p.In, &at
		}
	}
	return out
}

func (s *server) eventFlow(ctx context.Context, who account.Key, in *struct {
	EventPath
	Paging
}) (page[AttendanceFlow], error) {
	scope, err := s.attendanceScope(ctx, who.Organizer, in.Event)
	if err != nil {
		return page[AttendanceFlow]{}, err
	}
	offset := 0
	if in.After != "" {
		if offset, err = strconv.Atoi(in.After); err != nil || offset < 0 {
			return page[AttendanceFlow]{}, fault.On("after", "Give after as the page before gave next.")
		}
	}
	rows, err := s.Gates.Attendance.Flow(ctx, scope, offset, in.Limit)
	shown := paged(rows, -1, showFlow, nil)
	if len(rows) == in.Limit {
		shown.Next = strconv.Itoa(offset + len(rows))
	}
	return shown, err
}

func showFlow(f attendance.Flow) AttendanceFlow {
	return AttendanceFlow{At: f.At.UTC(), Gate: f.Gate, Checkpoint: f.Door, From: f.From, To: f.To, What: string(f.What), Reason: f.Which, Count: f.N}
}
