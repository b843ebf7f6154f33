package main

import (
	"context"

	"portaria/scanner-sim/catchup"
)

type benchCommand struct {
	Figure  string `arg:"" enum:"sync" default:"sync" help:"sync: an evening's records from a gate over a hub to the cloud, after an outage."`
	Bin     string `default:"bin" help:"Folder of the programs that make build has built."`
	Records int    `default:"20000" help:"Records in each of five blocks."`
}

func (c benchCommand) Run(ctx context.Context, std streams) error {
	return catchup.Sync(ctx, catchup.Config{Bin: c.Bin, Records: c.Records, Out: std.out})
}
