package main

import (
	"context"
	"errors"
	"fmt"
	"time"

	"portaria/edge/internal/bench"
)

type benchCommand struct {
	Figure  string `arg:"" enum:"verdict,grow,grant,lanes,patch,restart,decode,size,all" default:"all" help:"verdict, grow, grant, lanes, patch, restart, decode, size or all."`
	Dir     string `type:"existingdir" help:"A directory on the disk to be measured; the system's temporary directory otherwise."`
	Tickets int    `default:"1000000" help:"Tickets in the list."`
	Quick   bool   `help:"Measure as little as can be: only to see that every figure can be measured here, such as under an emulator."`
}

var figures = []struct {
	name    string
	measure func(context.Context, bench.Config) error
}{{"verdict", bench.Verdict}, {"grow", bench.Grow}, {"grant", bench.Grant}, {"lanes", bench.Lanes}, {"restart", bench.Restart}, {"patch", bench.Patch}, {"decode", bench.Decode}, {"size", bench.Size}}

func (c benchCommand) Run(ctx context.Context) error {
	cfg := bench.Config{Dir: c.Dir, Tickets: c.Tickets}
	if c.Quick {
		cfg = bench.Config{Dir: c.Dir, Tickets: 3000, Small: 1000, People: 20, Window: 100 * time.Millisecond}
	}
	var missed []error
	for _, figure := range figures {
		if c.Figure == figure.name || c.Figure == "all" {
			missed = append(missed, figure.measure(ctx, cfg))
		}
	}
	return errors.Join(missed...)
}

type memoryCommand struct {
	Dir string `arg:"" type:"existingdir"`
}

func (c memoryCommand) Run() error {
	mib, err := bench.Memory(c.Dir)
	if err == nil {
		fmt.Println(mib)
	}
	return err
}

type restartCommand struct {
	Dir  string `arg:"" type:"existingdir"`
	Code string `arg:""`
}

func (c restartCommand) Run(ctx context.Context) error { return bench.Begin(ctx, c.Dir, c.Code) }
