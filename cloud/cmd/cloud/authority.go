package main

import (
	"context"
	"fmt"
	"io"
	"time"

	"portaria/cloud"
)

type hubs struct {
	Code hubCode `cmd:"" help:"Make a code by which a hub joins; it works once, for 15 minutes."`
}

type hubCode struct {
	withConfig
	ID string `arg:"" help:"The hub's id."`
}

// Run prints a code.
func (h *hubCode) Run(ctx context.Context, out io.Writer) error {
	cfg, _, err := h.load()
	if err != nil {
		return err
	}
	code, typed, expires, err := cloud.InviteHub(ctx, cfg, h.ID)
	if err != nil {
		return err
	}
	_, err = fmt.Fprintf(out, "At the hub, before %s:\n\n    hub join %s\n\nor, where hub.toml has cloud.http: hub join %s\n",
		expires.Local().Format(time.TimeOnly), code, typed)
	return err
}

type secrets struct {
	Change changeSecret `cmd:"" help:"Have another list secret made for an event, or for a venue's badges; the running cloud does it at once."`
}

type changeSecret struct {
	withConfig
	ID string `arg:"" help:"The event's id, or the venue's."`
}

// Run asks the running cloud.
func (s *changeSecret) Run(ctx context.Context, out io.Writer) error {
	cfg, _, err := s.load()
	if err != nil {
		return err
	}
	if err := cloud.ChangeSecret(ctx, cfg, s.ID); err != nil {
		return err
	}
	_, err = fmt.Fprintln(out, "asked for; the cloud makes the new list, and gates fetch it. Of a venue: its controllers need new PINs.")
	return err
}

type ca struct {
	AddRoot  addRoot   `cmd:"" name:"add-root" help:"Make another root, which hubs and gates then believe beside the first."`
	Issuer   newIssuer `cmd:"" help:"Make a new issuer under a root: every five years, or when roots change."`
	DropRoot dropRoot  `cmd:"" name:"drop-root" help:"Have hubs and gates believe a root no longer."`
}

type addRoot struct {
	withConfig
	Name string `arg:"" help:"Its name: a-z, 0-9 and dashes."`
}

type newIssuer struct {
	withConfig
	Root string `arg:"" help:"The root's files without their ending: PATH.crt and PATH.key." type:"path"`
}

type dropRoot struct {
	withConfig
	Name string `arg:"" help:"Its name."`
}

// Run makes a root.
func (a *addRoot) Run() error {
	cfg, _, err := a.load()
	if err != nil {
		return err
	}
	return cloud.AddRoot(cfg, a.Name)
}

// Run makes an issuer.
func (n *newIssuer) Run() error {
	cfg, _, err := n.load()
	if err != nil {
		return err
	}
	return cloud.NewIssuer(cfg, n.Root)
}

// Run drops a root.
func (d *dropRoot) Run() error {
	cfg, _, err := d.load()
	if err != nil {
		return err
	}
	return cloud.DropRoot(cfg, d.Name)
}
