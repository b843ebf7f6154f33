package main

import (
	"errors"
	"fmt"
	"os"
	"text/tabwriter"
	"time"

	"portaria/edge/internal/sheet"
	firmwareconfig "portaria/firmware-config"
)

type profilesCommand struct {
	List  listProfiles `cmd:"" default:"1" help:"Name every kind of scanner that this gate knows."`
	Sheet sheetCommand `cmd:"" help:"Print what sets a scanner up: its configuration bar codes, and codes to try it with."`
}

type listProfiles struct{}

func (listProfiles) Run() error {
	all, err := firmwareconfig.Scanners()
	if err != nil {
		return err
	}
	table := tabwriter.NewWriter(os.Stdout, 0, 0, 2, ' ', 0)
	for _, p := range all {
		fmt.Fprintf(table, "%s\t%s\t%s\t%s\n", p.Name, p.Kind, p.Match.Vendor, p.Title)
	}
	return table.Flush()
}

type sheetCommand struct {
	Name   string `arg:"" help:"The profile, as edge profiles list names it."`
	Output string `short:"o" help:"The PDF to write; NAME.pdf otherwise, - for standard output."`
}

func (c sheetCommand) Run() error {
	profile, err := firmwareconfig.ScannerNamed(c.Name)
	if err != nil {
		return err
	}
	if c.Output == "-" {
		return sheet.Write(os.Stdout, profile, time.Now())
	}
	if c.Output == "" {
		c.Output = c.Name + ".pdf"
	}
	file, err := os.Create(c.Output)
	if err != nil {
		return fmt.Errorf("make the sheet: %w", err)
	}
	return errors.Join(sheet.Write(file, profile, time.Now()), file.Close())
}
