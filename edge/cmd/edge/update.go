package main

import (
	"context"
	"fmt"
	"path/filepath"

	"portaria/edge"
	"portaria/update"
)

type selfTestCommand struct {
	Config string `required:"" type:"existingfile" help:"The gate's TOML file."`
}

// Run opens all that a gate needs and closes it again. The gate must be stopped.
func (c selfTestCommand) Run(_ context.Context) error {
	cfg, err := load(c.Config)
	if err != nil {
		return err
	}
	if err := edge.SelfTest(cfg, logger("text")); err != nil {
		return err
	}
	fmt.Println("self-test passed")
	return nil
}

type updateCommand struct {
	Status updateStatusCommand `cmd:"" default:"withargs" help:"Say which version is in force, which is on trial, and which was given up and why."`
}

type updateStatusCommand struct {
	State string `type:"path" default:"/var/lib/portaria/edge" help:"The gate's state directory."`
	Slots string `type:"path" default:"/usr/lib/portaria/edge/slots" help:"Where its versions are."`
}

func (c updateStatusCommand) Run() error {
	for _, line := range (update.Place{Slots: c.Slots, State: filepath.Join(c.State, "update.json")}).Lines() {
		fmt.Println(line)
	}
	return nil
}
