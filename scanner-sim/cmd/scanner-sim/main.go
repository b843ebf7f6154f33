// Command scanner-sim stands in for the scanners of a gate: it types codes, or what is printed on a ticket, into
// virtual serial ports that a real gate program reads.
package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"os/signal"
	"syscall"

	"github.com/alecthomas/kong"
)

type commands struct {
	Scan   scanCommand   `cmd:"" help:"Read the code off a printed ticket and type it as a scanner would."`
	Serial serialCommand `cmd:"" help:"Hold a virtual serial scanner open and type the codes that come, a line each."`
	Sim    simCommand    `cmd:"" help:"Live many simulated evenings with the real protocol cores, and count what broke."`
	Bench  benchCommand  `cmd:"" help:"Measure the real programs together; each figure is one line, and one that misses its goal exits 1."`
}

// streams are the standard ones.
type streams struct {
	in  io.Reader
	out io.Writer
	err io.Writer
}

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	err := run(ctx, os.Args[1:], streams{os.Stdin, os.Stdout, os.Stderr})
	stop()
	if err != nil {
		fmt.Fprintln(os.Stderr, "scanner-sim:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, args []string, std streams) error {
	exited := false
	parser, err := kong.New(&commands{}, kong.Name("scanner-sim"), kong.Writers(std.out, std.err),
		kong.Description("Stands in for the scanners of a gate."),
		kong.Exit(func(int) { exited = true }), kong.BindTo(ctx, (*context.Context)(nil)), kong.Bind(std))
	if err != nil {
		return err
	}
	command, err := parser.Parse(args)
	if exited || err != nil {
		return err
	}
	return command.Run()
}
