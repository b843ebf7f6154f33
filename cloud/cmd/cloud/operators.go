package main

import (
	"context"
	"fmt"
	"io"

	"portaria/cloud"
)

type operators struct {
	Add  addOperator   `cmd:"" help:"Make somebody one who runs the platform. Who has no account gets one."`
	Drop dropOperator  `cmd:"" help:"End somebody's running the platform."`
	List listOperators `cmd:"" help:"Who runs the platform."`
}

type addOperator struct {
	withConfig
	Email    string `arg:"" help:"Their mail address."`
	Name     string `help:"Their name, where they have no account yet." default:"Operator"`
	Language string `help:"Of their pages and mails." default:"pt-BR"`
}

type dropOperator struct {
	withConfig
	Email string `arg:"" help:"Their mail address."`
}

type listOperators struct{ withConfig }

type organizers struct {
	Suspend suspend `cmd:"" help:"Stop an organizer's sale. What was sold stays good, and its doors go on."`
	Resume  resume  `cmd:"" help:"Let an organizer sell again."`
}

type suspend struct {
	withConfig
	ID  string `arg:"" help:"The organizer's id."`
	Why string `required:"" help:"Why; the organizer reads it in its audit log."`
}

type resume struct {
	withConfig
	ID string `arg:"" help:"The organizer's id."`
}

// Run adds one.
func (a *addOperator) Run(ctx context.Context, out io.Writer) error {
	cfg, _, err := a.load()
	if err != nil {
		return err
	}
	link, err := cloud.AddOperator(ctx, cfg, a.Email, a.Name, a.Language)
	if err != nil {
		return err
	}
	fmt.Fprintf(out, "%s runs the platform. The pages are at /platform, once a second factor is set up.\n", a.Email)
	if link != "" {
		fmt.Fprintf(out, "They choose a password within an hour at\n\n    %s\n\n", link)
	}
	return nil
}

// Run drops one.
func (d *dropOperator) Run(ctx context.Context) error {
	cfg, _, err := d.load()
	if err != nil {
		return err
	}
	return cloud.DropOperator(ctx, cfg, d.Email)
}

// Run lists them.
func (l *listOperators) Run(ctx context.Context, out io.Writer) error {
	cfg, _, err := l.load()
	if err != nil {
		return err
	}
	lines, err := cloud.Operators(ctx, cfg)
	for _, line := range lines {
		fmt.Fprintln(out, line)
	}
	return err
}

// Run stops a sale.
func (s *suspend) Run(ctx context.Context) error {
	cfg, _, err := s.load()
	if err != nil {
		return err
	}
	return cloud.Suspend(ctx, cfg, s.ID, s.Why)
}

// Run lets a sale go on.
func (r *resume) Run(ctx context.Context) error {
	cfg, _, err := r.load()
	if err != nil {
		return err
	}
	return cloud.Suspend(ctx, cfg, r.ID, "")
}
