// Command cloud runs the ticketing core, migrates its database, and prints its API document.
package main

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"os"
	"os/signal"
	"syscall"
	_ "time/tzdata" // a venue's time zone must be known on a machine that has none

	"github.com/alecthomas/kong"

	"portaria/alive"
	"portaria/cloud"
	"portaria/config"
)

type commands struct {
	Serve     serve      `cmd:"" help:"Sell, sign lists, and count who comes in."`
	Migrate   migrate    `cmd:"" help:"Bring the database to this program's version, and end."`
	Recount   recount    `cmd:"" help:"Count attendance anew from every record that gates brought."`
	Hub       hubs       `cmd:"" help:"Hubs on the books."`
	Operator  operators  `cmd:"" help:"People who run the platform."`
	Organizer organizers `cmd:"" help:"Organizers, and whether they may sell."`
	Secrets   secrets    `cmd:"" help:"The secrets under which gates keep lists."`
	CA        ca         `cmd:"" name:"ca" help:"The certificate authority of hubs and gates."`
	Bench     struct {
		Import benchImport `cmd:"" help:"Another seller's file of a million codes, against COPY into the same table."`
		Report benchReport `cmd:"" help:"The live page's numbers of five million scans, and what keeping them costs."`
		Scan   benchScan   `cmd:"" help:"Telephones at a venue without a hub, against bare commits of the same database."`
	} `cmd:"" help:"Figures, each a ratio taken in one run."`
	OpenAPI openAPI `cmd:"" name:"openapi" help:"Print the OpenAPI document of the API."`
	Audit   struct {
		Verify verify `cmd:"" help:"Check that nothing in the audit log was changed, taken out or put in."`
	} `cmd:"" help:"The log of who did what."`
}

type withConfig struct {
	Config string `help:"Configuration file." default:"cloud.toml" type:"path"`
	Debug  bool   `help:"Log more."`
}

type (
	serve   struct{ withConfig }
	migrate struct{ withConfig }
	recount struct{ withConfig }
	openAPI struct{}

	benchImport struct {
		Dir    string `type:"existingdir" help:"A directory for the file; the system's temporary directory otherwise."`
		Lines  int    `default:"1000000" help:"Codes in the file."`
		Blocks int    `default:"5" help:"How often both sides are measured."`
	}
	benchReport struct {
		Dir    string `type:"existingdir" help:"A directory of the disk to be named; the system's temporary directory otherwise."`
		Scans  int    `default:"5000000" help:"Records of the event whose report is read."`
		Stored int    `default:"40000" help:"Records that each side stores in a block."`
		Joined int    `default:"64" help:"Messages that are stored together: 64 after an outage, 1 while the line is quiet."`
		Blocks int    `default:"5" help:"How often both sides are measured."`
	}
	benchScan struct {
		Scans  int `default:"4000" help:"Scans of a block."`
		Phones int `default:"64" help:"Telephones at once."`
		Blocks int `default:"5" help:"How often both sides are measured."`
	}
	verify struct {
		withConfig
		File string `arg:"" optional:"" type:"existingfile" help:"The log as the desk's page gives it; missing = the database."`
		Head string `help:"A hash that was noted before: it must still be there."`
	}
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err := run(ctx, os.Args[1:], os.Stdout, os.Stderr); err != nil {
		fmt.Fprintln(os.Stderr, "cloud:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, args []string, out, messages io.Writer) error {
	var c commands
	parser, err := kong.New(&c, kong.Name("cloud"), kong.Description("The ticketing core of Portaria."),
		kong.Writers(out, messages), kong.BindTo(ctx, (*context.Context)(nil)), kong.BindTo(out, (*io.Writer)(nil)))
	if err != nil {
		return err
	}
	command, err := parser.Parse(args)
	if err != nil {
		return err
	}
	return command.Run()
}

func (c *withConfig) load() (*cloud.Config, *slog.Logger, error) {
	level := slog.LevelInfo
	if c.Debug {
		level = slog.LevelDebug
	}
	cfg := cloud.Defaults()
	err := config.Load(c.Config, cfg)
	return cfg, slog.New(slog.NewTextHandler(os.Stderr, &slog.HandlerOptions{Level: level})), err
}

// Run serves until a signal comes.
func (s *serve) Run(ctx context.Context) error {
	cfg, log, err := s.load()
	if err != nil {
		return err
	}
	alive.Stacks(ctx, os.Stderr)
	return cloud.Run(ctx, cfg, log)
}

// Run migrates.
func (m *migrate) Run(ctx context.Context, out io.Writer) error {
	cfg, _, err := m.load()
	if err != nil {
		return err
	}
	steps, err := cloud.Migrate(ctx, cfg)
	if err != nil {
		return err
	}
	_, err = fmt.Fprintf(out, "database migrated: %d steps\n", steps)
	return err
}

// Run counts.
func (r *recount) Run(ctx context.Context, out io.Writer) error {
	cfg, _, err := r.load()
	if err != nil {
		return err
	}
	records, err := cloud.Recount(ctx, cfg)
	if err != nil {
		return err
	}
	_, err = fmt.Fprintf(out, "attendance counted anew from %d records\n", records)
	return err
}

// Run verifies a file without anything else, or the database.
func (c *verify) Run(ctx context.Context, out io.Writer) error {
	var file io.Reader
	cfg := cloud.Defaults()
	if c.File != "" {
		opened, err := os.Open(c.File)
		if err != nil {
			return err
		}
		defer opened.Close()
		file = opened
	} else {
		var err error
		if cfg, _, err = c.load(); err != nil {
			return err
		}
	}
	lines, err := cloud.VerifyAudit(ctx, cfg, file, c.Head)
	if err != nil {
		return err
	}
	for _, line := range lines {
		fmt.Fprintln(out, line)
	}
	return nil
}

// Run prints the document.
func (*openAPI) Run(out io.Writer) error {
	document, err := cloud.OpenAPI()
	if err != nil {
		return err
	}
	_, err = out.Write(document)
	return err
}

// Run measures.
func (b *benchImport) Run(ctx context.Context, out io.Writer) error {
	return cloud.BenchImport(ctx, b.Dir, b.Lines, b.Blocks, out)
}

// Run measures the live page.
func (b *benchReport) Run(ctx context.Context, out io.Writer) error {
	return cloud.BenchReport(ctx, b.Dir, b.Scans, b.Stored, b.Joined, b.Blocks, out)
}

// Run measures telephones.
func (b *benchScan) Run(ctx context.Context, out io.Writer) error {
	return cloud.BenchScan(ctx, b.Scans, b.Phones, b.Blocks, out)
}
