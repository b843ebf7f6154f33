package api

import (
	"context"
	"time"

	"github.com/google/uuid"

	"portaria/cloud/internal/attendance"
	"portaria/cloud/internal/fault"
	"portaria/cloud/internal/gatehouse/dates"
	"portaria/cloud/internal/gatehouse/desk"
	"portaria/cloud/internal/gatehouse/foreign"
	"portaria/cloud/internal/gatehouse/foreign/intake"
	"portaria/cloud/internal/gatehouse/hours"
	"portaria/cloud/internal/gatehouse/shift"
	"portaria/cloud/internal/gatehouse/template"
	"portaria/cloud/internal/ingest"
	"portaria/edge/wire"
)

// Gates is what the API asks of the gate side.
type Gates struct {
	Desk     *desk.Desk
	Template *template.Book
	Dates    *dates.Book
	Shifts   *shift.Book
	// Applied tells which manifest of a venue is in force, and whether a newer one is still to be signed.
	Applied func(ctx context.Context, venue uuid.UUID) (epoch uint64, pending bool, err error)
	Foreign *foreign.Office
	Intake  *intake.Office
	Entries ingest.Reader
	// Attendance is who came, counted.
	Attendance *attendance.Service
	// Invite makes a code by which a hub joins; nil where links to hubs are plain.
	Invite func(ctx context.Context, hub string) (code, typed string, expires time.Time, err error)
	// Order publishes an order to a hub that is connected.
	Order     func(hub string, order wire.Command) error
	Connected func(hub string) bool // whether a hub is connected to this process; nil where no broker runs
}

// gates registers the gate side's operations.
func (s *server) gates() {
	s.zones()
	s.checkpoints()
	s.tour()
	s.shifts()
	s.controllers()
	s.hubs()
	s.lanes()
	s.issuers()
	s.imports()
	s.entries()
	s.conflicts()
	s.attendance()
}

// gateRefusals are the refusals of the gate side, for the list of problems.
func gateRefusals() []*fault.Fault {
	return []*fault.Fault{desk.ErrNone, desk.ErrTaken, desk.ErrLanes, template.ErrSeen, hours.ErrBackwards, shift.ErrMany, shift.ErrClash, desk.ErrZoneInUse, desk.ErrZoneInside, foreign.ErrTaken, foreign.ErrBadFile, errHubAway,
		intake.ErrTooLarge, intake.ErrTooMany, intake.ErrBroken, intake.ErrEmpty, intake.ErrMapping, intake.ErrNotNow, intake.ErrSeats,
		intake.ErrDisrupted}
}
