// Package hubs is the desk's pages about the machines of a venue: its hubs with what each last told, how a hub joins, and
// the gates whose lanes stand at checkpoints.
package hubs

import (
	"context"
	"embed"
	"time"

	"portaria/cloud/internal/account/role"
	frame "portaria/cloud/internal/web/desk"
	"portaria/cloud/internal/web/desk/gates/place"
)

//go:embed templates/*.html
var templates embed.FS

// Config is what the pages show.
type Config struct {
	place.Config
	// Invite makes a code by which a hub joins; nil where links to hubs are plain.
	Invite    func(ctx context.Context, hub string) (code, typed string, expires time.Time, err error)
	Connected func(hub string) bool
}

type section struct{ Config }

// Section is the pages.
func Section(c Config) frame.Section {
	s := &section{c}
	return frame.Section{
		Name: "hubs", Templates: templates,
		Routes: []frame.Route{
			frame.Get("/desk/gates/:venue/hubs", role.GatesSee, s.list),
			frame.Post("/desk/gates/:venue/hubs", role.GatesEdit, s.addHub),
			frame.Post("/desk/gates/:venue/hubs/:hub/code", role.GatesEdit, s.code).Proved(),
			frame.Post("/desk/gates/:venue/hubs/:hub/retire", role.GatesEdit, s.retire).Proved(),
			frame.Post("/desk/gates/:venue/machines", role.GatesEdit, s.addGate),
			frame.Post("/desk/gates/:venue/machines/:gate", role.GatesEdit, s.saveGate),
		},
	}
}
