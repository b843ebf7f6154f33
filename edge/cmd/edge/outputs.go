package main

import (
	"context"
	"os"
	"time"

	"portaria/edge"
)

type outputsCommand struct {
	Test outputsTestCommand `cmd:"" help:"Pulse every output of the configuration, one after another, then show the contacts. The gate must be stopped."`
	Off  outputsOffCommand  `cmd:"" help:"Drive every output off: a line keeps its level when the gate has died. The unit file calls it after a stop."`
}

type outputsTestCommand struct {
	Config string        `required:"" type:"existingfile" help:"The gate's TOML file."`
	Pause  time.Duration `default:"2s" help:"Before each pulse."`
	Watch  time.Duration `default:"30s" help:"For the contacts of each lane."`
}

type outputsOffCommand struct {
	Config string `required:"" type:"existingfile" help:"The gate's TOML file."`
}

func (c outputsTestCommand) Run(ctx context.Context) error {
	cfg, err := load(c.Config)
	if err != nil {
		return err
	}
	return edge.OutputsTest(ctx, cfg, os.Stdout, c.Pause, c.Watch)
}

func (c outputsOffCommand) Run() error {
	cfg, err := load(c.Config)
	if err != nil {
		return err
	}
	return edge.OutputsOff(cfg, os.Stdout)
}
