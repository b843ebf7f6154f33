package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"time"

	"portaria/config"
	"portaria/hub"
)

// backUp writes a backup of the hub, running or not, to a new file.
func backUp(ctx context.Context, args []string, out io.Writer) error {
	flags := flag.NewFlagSet("hub backup", flag.ContinueOnError)
	cfg, err := configured(flags, args)
	if err != nil {
		return err
	}
	path := flags.Arg(0)
	if path == "" {
		path = fmt.Sprintf("%s-%s.hub-backup", cfg.ID, time.Now().Format("2006-01-02-1504"))
	}
	size, err := hub.Backup(ctx, cfg, path)
	if err != nil {
		return err
	}
	fmt.Fprintf(out, "%s: %.1f MB. It holds this hub's keys: keep it as safe as the hub.\n", path, float64(size)/1e6)
	return nil
}

// restore puts a backup back. The hub must not run.
func restore(args []string, out io.Writer) error {
	flags := flag.NewFlagSet("hub restore", flag.ContinueOnError)
	other := flags.Bool("other", false, "take a backup of another hub or venue")
	cfg, err := configured(flags, args)
	if err != nil {
		return err
	}
	if flags.Arg(0) == "" {
		return errors.New("name the backup: hub restore [-config hub.toml] FILE")
	}
	about, aside, err := hub.Restore(cfg, flags.Arg(0), *other)
	if err != nil {
		return err
	}
	fmt.Fprintf(out, "%s is as it was at %s.\n", about.Hub, about.MadeAt.Local().Format("2006-01-02 15:04:05"))
	if aside != "" {
		fmt.Fprintf(out, "What was here is in %s; take it away when all is well.\n", aside)
	}
	fmt.Fprintln(out, "Start the hub. It grants nothing until every gate has brought what this backup does not hold.")
	return nil
}

// configured parses flags and reads the configuration that they name.
func configured(flags *flag.FlagSet, args []string) (*hub.Config, error) {
	path := flags.String("config", "hub.toml", "configuration file")
	if err := flags.Parse(args); err != nil {
		return nil, err
	}
	cfg := hub.Defaults()
	return cfg, config.Load(*path, cfg)
}

// showPIN prints the number and PIN that work on the hub's page when no others do.
func showPIN(args []string, out io.Writer) error {
	cfg, err := configured(flag.NewFlagSet("hub pin", flag.ContinueOnError), args)
	if err != nil {
		return err
	}
	pin, err := hub.LocalPIN(cfg)
	if err != nil {
		return err
	}
	fmt.Fprintf(out, "number 0, PIN %s\n", pin)
	return nil
}
