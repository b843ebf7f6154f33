// Package shifts is the desk's pages about who stands at which door when: a plan for each date, made by list or by drag,
// with what does not fit shown beside it; copied to other dates; and a sheet for each person.
package shifts

import (
	"embed"

	"portaria/cloud/internal/account/role"
	"portaria/cloud/internal/gatehouse/dates"
	"portaria/cloud/internal/gatehouse/shift"
	frame "portaria/cloud/internal/web/desk"
	"portaria/cloud/internal/web/desk/gates/place"
)

//go:embed templates/*.html
var templates embed.FS

// Config is what the pages show.
type Config struct {
	place.Config
	Dates *dates.Book
	Book  *shift.Book
}

type section struct{ Config }

// Section is the pages.
func Section(c Config) frame.Section {
	s := &section{c}
	return frame.Section{
		Name: "shifts", Templates: templates,
		Routes: []frame.Route{
			frame.Get("/desk/gates/:venue/shifts", role.GatesSee, s.list),
			frame.Post("/desk/gates/:venue/shifts", role.ControllersEdit, s.bind),
			frame.Get("/desk/gates/:venue/shifts/of/:controller", role.GatesSee, s.sheet),
			frame.Get("/desk/gates/:venue/shifts/on/:event", role.GatesSee, s.plan),
			frame.Post("/desk/gates/:venue/shifts/on/:event", role.ControllersEdit, s.add),
			frame.Post("/desk/gates/:venue/shifts/on/:event/copy", role.ControllersEdit, s.copy),
			frame.Post("/desk/gates/:venue/shifts/on/:event/:shift", role.ControllersEdit, s.change),
		},
	}
}
