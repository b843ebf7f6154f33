package main

import (
	"context"
	"errors"
	"fmt"

	"portaria/edge"
)

type enrolCommand struct {
	Code   string `arg:"" optional:"" help:"The code that the hub shows: 16 characters, or the text of the QR code."`
	Config string `required:"" type:"existingfile" help:"The gate's TOML file."`
	Forget bool   `help:"Throw the gate's identity away, so that it can join again. Its journal stays."`
}

// Run hands the code to the gate that runs, or joins here when none does.
func (c enrolCommand) Run(ctx context.Context) error {
	cfg, err := load(c.Config)
	if err != nil && !c.Forget {
		return err
	}
	if c.Forget {
		return edge.Forget(cfg)
	}
	if c.Code == "" {
		return errors.New("give the code that the hub shows")
	}
	return edge.Enrol(ctx, cfg, c.Code, func(text string) { fmt.Println(text) })
}
