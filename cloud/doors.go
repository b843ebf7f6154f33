package cloud

import (
	"portaria/cloud/internal/gatehouse/dates"
	"portaria/cloud/internal/gatehouse/shift"
	"portaria/cloud/internal/gatehouse/template"
	"portaria/cloud/internal/web/desk"
	"portaria/cloud/internal/web/desk/gates"
	"portaria/cloud/internal/web/desk/gates/place"
)

// doors are the desk's sections about checkpoints and who stands at them.
func (c *Cloud) doors() []desk.Section {
	at := place.Config{Venues: c.catalog, Desk: c.gateSide().Desk, Atomic: c.atomic, Applied: c.gates}
	return []desk.Section{
		gates.Section(gates.Config{Config: at, Dates: c.dates(), Template: c.template()}),
	}
}

// dates keeps what is set by hand of single dates.
func (c *Cloud) dates() *dates.Book {
	return &dates.Book{Store: c.gates, Desk: c.gateSide().Desk, Atomic: c.atomic}
}

// template keeps the doors that every date has.
func (c *Cloud) template() *template.Book {
	return &template.Book{Store: c.gates, Desk: c.gateSide().Desk, Atomic: c.atomic}
}

// shifts plans who stands where when.
func (c *Cloud) shifts() *shift.Book {
	return &shift.Book{Store: c.gates, Binding: c.gates, Dates: c.gates, Desk: c.gateSide().Desk, Atomic: c.atomic}
}
