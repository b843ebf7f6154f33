package cloud

import (
	"portaria/cloud/internal/api"
	"portaria/cloud/internal/gatehouse"
	"portaria/cloud/internal/gatehouse/desk"
	"portaria/cloud/internal/gatehouse/foreign"
	"portaria/edge/wire"
)

// order publishes an order to a hub.
func (c *Cloud) order(hub string, order wire.Command) error {
	payload, err := wire.Encode[wire.Command](order)
	if err != nil {
		return err
	}
	return c.broker.Send(wire.HubTopics{Hub: hub}.Command(), payload, false)
}

// gateSide is what the API asks of checkpoints, hubs, other sellers and entries.
func (c *Cloud) gateSide() api.Gates {
	return api.Gates{
		Desk: c.doorDesk(), Template: c.template(), Dates: c.dates(), Shifts: c.shifts(), Applied: c.gates.Applied,
		Foreign: &foreign.Office{
			Issuer: c.gates, Code: c.gates, Events: c.gates, Keys: c.keys, Atomic: c.atomic, Now: c.now,
		},
		Intake:     c.intake,
		Entries:    c.entries,
		Attendance: c.attendance,
		Connected:  c.broker.Connected,
		Order:      c.order,
		Invite:     c.invite(),
	}
}

// doorDesk is where doors, people and machines are set up.
func (c *Cloud) doorDesk() *desk.Desk {
	return &desk.Desk{
		Venue: c.gates, Zone: c.gates, Tree: c.gates, Staff: c.gates, Roster: c.gates, Door: c.gates, Gone: c.gates, Gate: c.gates, Atomic: c.atomic,
		Badges: gatehouse.Minter{Owners: c.gates, Keys: c.keys},
	}
}
