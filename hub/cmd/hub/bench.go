package main

import (
	"context"
	"flag"
	"fmt"
	"io"
	"log/slog"
	"path/filepath"

	"portaria/edge/ticket"
	"portaria/hub"
	"portaria/hub/internal/bench"
)

// measure prints the hub's figures: `hub bench claims`.
func measure(ctx context.Context, args []string, out io.Writer) error {
	flags := flag.NewFlagSet("hub bench claims", flag.ContinueOnError)
	dir := flags.String("dir", "", "a directory on the disk to be measured; the system's temporary directory otherwise")
	gates := flags.Int("gates", 50, "how many gates ask")
	each := flags.Int("each", 200, "claims of each gate in each of five blocks")
	if len(args) > 0 && args[0] == "claims" {
		args = args[1:]
	}
	if err := flags.Parse(args); err != nil {
		return err
	}
	if flags.NArg() > 0 {
		return fmt.Errorf("bench: %q is no figure of a hub; there is: claims", flags.Arg(0))
	}
	return bench.Claims(ctx, bench.Config{Dir: *dir, Gates: *gates, Each: *each, Out: out, Start: startForBench})
}

// startForBench starts a hub with no cloud on ports of loopback that are free.
func startForBench(ctx context.Context, dir string, venue ticket.EventID, gates []string) (address string, stop func() error, err error) {
	cfg := hub.Defaults()
	cfg.ID, cfg.Venue, cfg.Organizer, cfg.PlatformKey = "bench", venue.String(), ticket.EventID{15: 7}.String(), fmt.Sprintf("%064x", 1)
	cfg.StateDir, cfg.MQTTListen, cfg.HTTPListen = filepath.Join(dir, "hub"), "127.0.0.1:0", "127.0.0.1:0"
	cfg.Gates, cfg.Insecure, cfg.Announce = gates, true, false
	h, err := hub.Start(ctx, cfg, slog.New(slog.DiscardHandler))
	if err != nil {
		return "", nil, err
	}
	return h.MQTTAddr().String(), h.Close, nil
}
