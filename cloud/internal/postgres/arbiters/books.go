package arbiters

import (
	"context"
	"fmt"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5/pgxpool"

	"portaria/cloud/entry"
	"portaria/cloud/internal/arbiter"
	"portaria/cloud/internal/ingest"
	"portaria/cloud/internal/postgres"
	"portaria/cloud/internal/postgres/arbiterdb"
	"portaria/cloud/internal/postgres/entries"
	"portaria/cloud/internal/scan"
	"portaria/edge/admit"
	"portaria/edge/ticket"
	"portaria/edge/whitelist"
	"portaria/edge/wire"
)

// Shelf reads signed manifests and lists.
type Shelf struct{ Pool *pgxpool.Pool }

var (
	_ scan.Shelf  = Shelf{}
	_ scan.Phones = Shelf{}
	_ scan.Intake = Intake{}
)

func (s Shelf) db() *arbiterdb.Queries { return arbiterdb.New(s.Pool) }

// VenueManifest is the signed manifest in force, if its epoch is not the one that is held. scan.ErrNoDoor.
func (s Shelf) VenueManifest(ctx context.Context, organizer, venue uuid.UUID, held uint64) ([]byte, uint64, error) {
	row, err := s.db().ScanVenue(ctx, int64(held), organizer, venue) //nolint:gosec // an epoch of ours
	if postgres.NoRow(err) {
		return nil, 0, scan.ErrNoDoor
	}
	if err != nil {
		return nil, 0, fmt.Errorf("read the manifest of venue %s: %w", venue, err)
	}
	return row.Raw, uint64(row.Epoch), nil //nolint:gosec // never negative
}

// Lists is the newest epoch of each event's list.
func (s Shelf) Lists(ctx context.Context, organizer uuid.UUID, events []uuid.UUID) (map[uuid.UUID]uint64, error) {
	rows, err := s.db().ScanLists(ctx, organizer, events)
	out := map[uuid.UUID]uint64{}
	for _, r := range rows {
		out[r.EventID] = uint64(r.Epoch) //nolint:gosec // never negative
	}
	return out, err
}

// Manifest is an event's newest. Who asks has found the event at a venue of the organizer's.
func (s Shelf) Manifest(ctx context.Context, event uuid.UUID) ([]byte, error) {
	return s.db().ScanManifest(postgres.System(ctx), event)
}

// Blob reads one of an event's, which a signed manifest has named.
func (s Shelf) Blob(ctx context.Context, scope uuid.UUID, name whitelist.Hash) ([]byte, error) {
	return s.db().ScanBlob(postgres.System(ctx), scope, name[:])
}

// Rows are the signed rows of an event whose epoch is above one and not above another.
func (s Shelf) Rows(ctx context.Context, organizer, event uuid.UUID, after, upto uint64) ([]scan.Row, error) {
	from, to := int64(after), int64(upto) //nolint:gosec // epochs of ours
	rows, err := s.db().PhoneEntries(ctx, organizer, event, &from, &to)
	if err != nil {
		return nil, err
	}
	out := make([]scan.Row, len(rows))
	for i, r := range rows {
		out[i] = scan.Row{Namespace: r.Namespace, Code: r.Code, Kind: uint16(r.Kind), State: whitelist.State(r.State), Uses: uint8(r.Uses), //nolint:gosec // CHECKed
			Group: uint8(r.GroupSize), Flags: whitelist.Flags(r.Flags), ValidFrom: uint32(r.ValidFrom), ValidTill: uint32(r.ValidUntil)} //nolint:gosec // CHECKed
	}
	return out, nil
}

// Intake takes telephones' records where a hub decides, and reads what is held of them.
type Intake struct{ Pool *pgxpool.Pool }

// Take stores records as if a hub had brought them; the venue's hub is told with its next heartbeat, and fetches them.
func (s Intake) Take(ctx context.Context, organizer, venue uuid.UUID, batch wire.Events) error {
	store, hub := entries.New(s.Pool), ingest.Hub{ID: arbiter.Name, Organizer: ticket.EventID(organizer), Venue: ticket.EventID(venue)}
	ids := make([]ticket.EventID, 0, len(batch.Events))
	for _, e := range batch.Events {
		ids = append(ids, e.Event)
	}
	gates, ours, err := store.Knows(ctx, hub.Venue, ids)
	if err != nil {
		return fmt.Errorf("look up device %s: %w", batch.Gate, err)
	}
	if !gates[batch.Gate] {
		return scan.ErrDeviceTaken
	}
	source := entry.Source{Gate: batch.Gate, Run: batch.Run}
	return store.Accept(ctx, hub, []entry.Source{source}, func(held []uint64) []entry.Plan {
		return []entry.Plan{ingest.Plan(source, held[0], batch.Events, ours)}
	})
}

// Held is up to which seq a run is in the cloud.
func (s Intake) Held(ctx context.Context, venue uuid.UUID, gate string, run wire.Run) (uint64, error) {
	seq, err := arbiterdb.New(s.Pool).HeldOf(ctx, venue, gate, run.String())
	if postgres.NoRow(err) {
		return 0, nil
	}
	return uint64(seq), err //nolint:gosec // never negative
}

// Records are of some rights of these events.
func (s Intake) Records(ctx context.Context, organizer uuid.UUID, events []uuid.UUID, refs []whitelist.Ref) (map[whitelist.Ref][]admit.Record, error) {
	raw := make([][]byte, len(refs))
	for i := range refs {
		raw[i] = refs[i][:]
	}
	bodies, err := arbiterdb.New(s.Pool).RecordsOf(ctx, organizer, events, raw)
	if err != nil {
		return nil, fmt.Errorf("read the records of %d rights: %w", len(refs), err)
	}
	out := map[whitelist.Ref][]admit.Record{}
	for _, body := range bodies {
		if e, err := wire.DecodeEvent([]byte(body)); err == nil && e.Record != nil {
			out[e.Ref] = append(out[e.Ref], *e.Record)
		}
	}
	return out, nil
}

// Venues lists an organizer's.
func (s Shelf) Venues(ctx context.Context, organizer uuid.UUID) ([]uuid.UUID, error) {
	return s.db().ScanVenues(ctx, organizer)
}

// Hub is the venue's in service; "" = none.
func (s Shelf) Hub(ctx context.Context, venue uuid.UUID) (string, error) {
	hub, err := s.db().HubInService(ctx, venue)
	if postgres.NoRow(err) {
		return "", nil
	}
	return hub, err
}
