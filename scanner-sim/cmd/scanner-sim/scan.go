package main

import (
	"context"
	"errors"
	"fmt"
	"time"

	"portaria/scanner-sim/device"
	"portaria/scanner-sim/paper"
)

type scanCommand struct {
	File string        `arg:"" help:"The ticket: .pdf, .png, .jpg, .svg, or .txt with the code in its first line."`
	To   string        `help:"Port to type into: one that 'serial' holds open, or else a new one at this path. Without it the code is printed." placeholder:"PATH"`
	Code string        `help:"Which of the ticket's codes: qr or code128." enum:"qr,code128" default:"qr"`
	Page int           `help:"Page of a PDF." default:"1"`
	Wait time.Duration `help:"How long to wait for a gate to read a new port." default:"30s"`
	Wire wire          `embed:""`
}

func (c scanCommand) Run(ctx context.Context, std streams) error {
	code, err := paper.Read(ctx, c.File, c.Page, paper.Symbology(c.Code))
	if err != nil {
		return err
	}
	if c.To == "" {
		_, err = fmt.Fprintln(std.out, code)
		return err
	}
	err = device.Send(ctx, c.To, code)
	if errors.Is(err, device.ErrNoScanner) {
		err = c.typeOnce(ctx, code)
	}
	if err != nil {
		return err
	}
	_, err = fmt.Fprintf(std.out, "typed %d characters into %s\n", len(code), c.To)
	return err
}

// typeOnce plugs a scanner in, types, and unplugs it when a gate has read the code.
func (c scanCommand) typeOnce(ctx context.Context, code string) error {
	options, err := c.Wire.options(c.To)
	if err != nil {
		return err
	}
	scanner, err := device.Open(options)
	if err != nil {
		return err
	}
	defer scanner.Close()
	ctx, cancel := context.WithTimeout(ctx, c.Wait)
	defer cancel()
	if err := scanner.Scan(ctx, code); err != nil {
		return err
	}
	return scanner.Taken(ctx)
}
