package main

import (
	"context"
	"os"

	"portaria/doctor"
	"portaria/edge"
)

type doctorCommand struct {
	Config string `required:"" type:"path" help:"The gate's TOML file."`
}

// Run prints a line for each thing that matters at a door. A wrong configuration is a finding like any other.
func (c doctorCommand) Run(ctx context.Context) error {
	cfg, err := load(c.Config)
	if err != nil {
		return doctor.Print(os.Stdout, doctor.Config(err))
	}
	found := append([]doctor.Finding{doctor.Well("configuration", "%s", c.Config)}, edge.Doctor(ctx, cfg)...)
	return doctor.Print(os.Stdout, found)
}
