package cloud

import (
	"context"

	"github.com/google/uuid"

	"portaria/cloud/internal/gatehouse/dates"
	"portaria/cloud/internal/gatehouse/shift"
	"portaria/cloud/internal/gatehouse/template"
	"portaria/cloud/internal/web/desk"
	"portaria/cloud/internal/web/desk/gates"
	"portaria/cloud/internal/web/desk/gates/controllers"
	"portaria/cloud/internal/web/desk/gates/hubs"
	"portaria/cloud/internal/web/desk/gates/place"
	"portaria/cloud/internal/web/desk/gates/shifts"
)

// doors are the desk's sections about checkpoints and who stands at them.
func (c *Cloud) doors() []desk.Section {
	at := place.Config{Venues: c.catalog, Desk: c.doorDesk(), Atomic: c.atomic, Applied: c.gates}
	return []desk.Section{
		gates.Section(gates.Config{Config: at, Dates: c.dates(), Template: c.template()}),
		controllers.Section(controllers.Config{Config: at, Organizer: c.organizerName}),
		shifts.Section(shifts.Config{Config: at, Dates: c.dates(), Book: c.shifts()}),
		hubs.Section(hubs.Config{Config: at, Invite: c.invite(), Connected: c.gateSide().Connected}),
	}
}

// organizerName is how an organizer is called.
func (c *Cloud) organizerName(ctx context.Context, id uuid.UUID) (string, error) {
	o, err := c.accounts.Store.Organizer(ctx, id)
	return o.Name, err
}

// dates keeps what is set by hand of single dates.
func (c *Cloud) dates() *dates.Book {
	return &dates.Book{Store: c.gates, Desk: c.doorDesk(), Atomic: c.atomic}
}

// template keeps the doors that every date has.
func (c *Cloud) template() *template.Book {
	return &template.Book{Store: c.gates, Desk: c.doorDesk(), Atomic: c.atomic}
}

// shifts plans who stands where when.
func (c *Cloud) shifts() *shift.Book {
	return &shift.Book{Store: c.gates, Binding: c.gates, Dates: c.gates, Desk: c.doorDesk(), Atomic: c.atomic}
}
