// Command edge is a gate: `edge run --config edge.toml`.
package main

import (
	"context"
	"fmt"
	"log/slog"
	"os"
	"os/signal"
	"syscall"
	_ "time/tzdata" // a gate's system may have no time zones

	"github.com/alecthomas/kong"

	"portaria/alive"
	"portaria/config"
	"portaria/edge"
)

type commands struct {
	Run      runCommand      `cmd:"" help:"Serve the lanes of the configuration until told to stop."`
	Check    checkCommand    `cmd:"" help:"Read the configuration and say everything that is wrong with it."`
	Doctor   doctorCommand   `cmd:"" help:"Look at this machine, the gate running or not: one line for each thing, and what to do; exit 1 when something fails."`
	Profiles profilesCommand `cmd:"" help:"The kinds of scanner that this gate knows, and the sheets that set them up."`
	Enrol    enrolCommand    `cmd:"" help:"Join the hub of a code, typed; a gate with a scanner just scans it."`
	Outputs  outputsCommand  `cmd:"" help:"Try or switch off what the lanes move; the gate must be stopped."`
	Bench    benchCommand    `cmd:"" help:"Measure this machine; each figure is one line, and one that misses its goal exits 1."`

	Selftest selfTestCommand `cmd:"" help:"Open all that a gate needs, as at a start, and close it again; the gate must be stopped."`
	Update   updateCommand   `cmd:"" help:"How updates stand."`

	Memory memoryCommand  `cmd:"" hidden:"" name:"bench-memory"`
	Begin  restartCommand `cmd:"" hidden:"" name:"bench-restart"`
}

type runCommand struct {
	Config string `required:"" type:"existingfile" help:"The gate's TOML file."`
	Log    string `enum:"text,json" default:"text" help:"Form of the log: text or json."`
}

type checkCommand struct {
	Config string `required:"" type:"existingfile" help:"The gate's TOML file."`
}

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	var c commands
	parsed := kong.Parse(&c, kong.Name("edge"), kong.Description("Portaria's gate node."), kong.UsageOnError())
	parsed.BindTo(ctx, (*context.Context)(nil))
	if err := parsed.Run(); err != nil {
		fmt.Fprintln(os.Stderr, "edge:", err)
		os.Exit(1)
	}
}

func (c runCommand) Run(ctx context.Context) error {
	cfg, err := load(c.Config)
	if err != nil {
		return err
	}
	alive.Stacks(ctx, os.Stderr)
	return edge.Run(ctx, cfg, logger(c.Log), nil)
}

func (c checkCommand) Run() error {
	_, err := load(c.Config)
	if err == nil {
		fmt.Println(c.Config + ": good")
	}
	return err
}

func load(path string) (edge.Config, error) {
	cfg := edge.DefaultConfig()
	return cfg, config.Load(path, &cfg)
}

func logger(form string) *slog.Logger {
	if form == "json" {
		return slog.New(slog.NewJSONHandler(os.Stderr, nil))
	}
	return slog.New(slog.NewTextHandler(os.Stderr, nil))
}
