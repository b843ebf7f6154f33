// Command hub runs a venue's hub from a configuration file.
package main

import (
	"context"
	"flag"
	"fmt"
	"io"
	"log/slog"
	"os"
	"os/signal"
	"syscall"
	_ "time/tzdata" // a venue's time zone must be known on a machine that has none

	"portaria/alive"
	"portaria/config"
	"portaria/hub"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err := run(ctx, os.Args[1:], os.Stderr); err != nil {
		fmt.Fprintln(os.Stderr, "hub:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, args []string, out io.Writer) error {
	if len(args) > 0 {
		switch args[0] {
		case "doctor":
			return examine(ctx, args[1:], os.Stdout)
		case "bench":
			return measure(ctx, args[1:], os.Stdout)
		case "join":
			return joinCloud(ctx, args[1:], os.Stdout)
		case "enrol":
			return enrol(ctx, args[1:], os.Stdout)
		case "backup":
			return backUp(ctx, args[1:], os.Stdout)
		case "pin":
			return showPIN(args[1:], os.Stdout)
		case "restore":
			return restore(args[1:], os.Stdout)
		}
	}
	flags := flag.NewFlagSet("hub", flag.ContinueOnError)
	flags.SetOutput(out)
	path := flags.String("config", "hub.toml", "configuration file")
	verbose := flags.Bool("v", false, "log more")
	if err := flags.Parse(args); err != nil {
		return err
	}
	cfg := hub.Defaults()
	if err := config.Load(*path, cfg); err != nil {
		return err
	}
	level := slog.LevelInfo
	if *verbose {
		level = slog.LevelDebug
	}
	go keepSmall(ctx)
	alive.Stacks(ctx, out)
	return hub.Run(ctx, cfg, slog.New(slog.NewTextHandler(out, &slog.HandlerOptions{Level: level})))
}
