package api_test

import (
	"context"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"portaria/cloud/internal/api"
	"portaria/cloud/internal/ingest"
)

// journal is so many records of one gate.
type journal int

func (j journal) Records(_ context.Context, _ uuid.UUID, f ingest.Filter) (page []ingest.Record, err error) {
	for at := f.After.Position + 1; at <= int64(j) && len(page) < f.Limit; at++ {
		page = append(page, ingest.Record{Gate: "gate-1", Seq: uint64(at), Place: ingest.Place{Tx: 7, Position: at}})
	}
	return page, nil
}

func TestEntriesAreReadOnFromNext(t *testing.T) {
	d := deps(t)
	d.Gates.Entries = reader{journal(5)}
	handler, err := api.New(d)
	require.NoError(t, err)
	server := httptest.NewServer(handler)
	t.Cleanup(server.Close)
	h := &house{T: t, url: server.URL}
	key := h.organizer()
	for _, c := range []struct {
		name, query string
		records     int
		next        string
	}{
		{"a full page, so there may be more", "?limit=2", 2, "7.2"},
		{"the next one", "?limit=2&after=7.2", 2, "7.4"},
		{"the last one, from where new ones are read", "?limit=2&after=7.4", 1, "7.5"},
		{"nothing new yet", "?limit=2&after=7.5", 0, "7.5"},
	} {
		t.Run(c.name, func(t *testing.T) {
			page := h.must(key, "GET", "/entries"+c.query, nil)
			assert.Len(t, page["items"], c.records)
			assert.Equal(t, c.next, page["next"])
		})
	}
}

// reader is a journal whose counts nobody asks for.
type reader struct{ journal }

func (reader) Counts(context.Context, uuid.UUID, *uuid.UUID, time.Time) ([]ingest.Count, error) {
	return nil, nil
}
