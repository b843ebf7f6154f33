package ingest_test

import (
	"log/slog"
	"testing"

	"github.com/stretchr/testify/require"

	"portaria/cloud/internal/ingest"
	"portaria/cloud/internal/postgres/entries"
	"portaria/cloud/internal/postgres/gates/gatestest"
	"portaria/edge/wire"
)

// BenchmarkEvents is a hub that brings an evening's records: batches as big as a message may be.
func BenchmarkEvents(b *testing.B) {
	w := gatestest.New(b)
	d := dock{World: w, organizer: w.Organizer("Teatro")}
	venue := w.Venue(d.organizer, "Sala")
	d.event = w.Event(d.organizer, venue, "Noite")
	w.Gate(d.organizer, venue, "gate-1")
	hub := ingest.Hub{ID: "hub-1", Organizer: d.organizer, Venue: venue}
	intake := &ingest.Intake{Store: entries.New(w.Pool), Now: w.Now, Log: slog.New(slog.DiscardHandler)}
	seq, stored := uint64(0), 0
	for b.Loop() {
		batches, err := wire.SplitEvents(d.admissions(seq+1, seq+wire.MaxBatch))
		require.NoError(b, err)
		for _, batch := range batches {
			raw, err := wire.Encode(batch)
			require.NoError(b, err)
			_, err = intake.Events(b.Context(), hub, raw)
			require.NoError(b, err)
			stored += len(batch.Events)
		}
		seq += wire.MaxBatch
	}
	b.ReportMetric(float64(stored)/b.Elapsed().Seconds(), "records/s")
}
