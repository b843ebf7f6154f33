package main

import (
	"context"
	"flag"
	"io"

	"portaria/config"
	"portaria/doctor"
	"portaria/hub"
)

// examine prints a line for each thing that matters in a venue. A wrong configuration is a finding like any other.
func examine(ctx context.Context, args []string, out io.Writer) error {
	flags := flag.NewFlagSet("hub doctor", flag.ContinueOnError)
	path := flags.String("config", "hub.toml", "configuration file")
	if err := flags.Parse(args); err != nil {
		return err
	}
	cfg := hub.Defaults()
	if err := config.Load(*path, cfg); err != nil {
		return doctor.Print(out, doctor.Config(err))
	}
	found := append([]doctor.Finding{doctor.Well("configuration", "%s", *path)}, hub.Doctor(ctx, cfg)...)
	return doctor.Print(out, found)
}
