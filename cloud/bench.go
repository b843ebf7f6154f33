package cloud

import (
	"context"
	"io"

	"portaria/cloud/internal/postgres/bench"
)

// BenchImport measures how long a file of another seller's codes takes, on a private PostgreSQL in dir. The error is
// figure.ErrMissed where a goal is.
func BenchImport(ctx context.Context, dir string, lines, blocks int, out io.Writer) error {
	return bench.Import(ctx, bench.Config{Dir: dir, Lines: lines, Blocks: blocks, Out: out})
}

// BenchReport measures the live page's numbers, and what keeping them costs, on a private PostgreSQL. The error is
// figure.ErrMissed where a goal is.
func BenchReport(ctx context.Context, dir string, scans, stored, joined, blocks int, out io.Writer) error {
	return bench.Report(ctx, bench.ReportConfig{Dir: dir, Scans: scans, Stored: stored, Joined: joined, Blocks: blocks, Out: out})
}

// BenchScan measures telephones at a venue without a hub, on a private PostgreSQL. The error is figure.ErrMissed where a goal
// is.
func BenchScan(ctx context.Context, scans, phones, blocks int, out io.Writer) error {
	return bench.Scan(ctx, bench.ScanConfig{Scans: scans, Phones: phones, Blocks: blocks, Out: out})
}
