package gates

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"github.com/google/uuid"

	"portaria/cloud/internal/gatehouse"
	"portaria/cloud/internal/postgres"
	"portaria/cloud/internal/postgres/gatedb"
	"portaria/edge/ticket"
	"portaria/edge/whitelist"
)

var (
	_ gatehouse.ListStore   = (*Store)(nil)
	_ gatehouse.EventSource = (*Store)(nil)
	_ gatehouse.Owners      = (*Store)(nil)
)

// OwnerOf says whose an event is. gatehouse.ErrNoEvent.
func (s *Store) OwnerOf(ctx context.Context, event ticket.EventID) (ticket.EventID, error) {
	row, err := s.on(ctx).EventFacts(ctx, uuid.UUID(event))
	if postgres.NoRow(err) {
		return ticket.EventID{}, gatehouse.ErrNoEvent
	}
	return ticket.EventID(row.OrganizerID), err
}

// EventFacts reads what an event's rules are made of. gatehouse.ErrNoEvent.
func (s *Store) EventFacts(ctx context.Context, event ticket.EventID) (gatehouse.EventFacts, error) {
	q := s.on(ctx)
	row, err := q.EventFacts(ctx, uuid.UUID(event))
	if postgres.NoRow(err) {
		return gatehouse.EventFacts{}, gatehouse.ErrNoEvent
	}
	if err != nil {
		return gatehouse.EventFacts{}, err
	}
	facts := gatehouse.EventFacts{
		Event: event, Organizer: ticket.EventID(row.OrganizerID), Name: row.Name, Ends: row.EndsAt,
	}
	kinds, err := q.EventKinds(ctx, uuid.UUID(event))
	if err != nil {
		return gatehouse.EventFacts{}, err
	}
	for _, k := range kinds {
		facts.Kinds = append(facts.Kinds, numberedKind(k))
	}
	if facts.Issuers, err = issuersOf(ctx, q, event); err != nil {
		return gatehouse.EventFacts{}, err
	}
	facts.Seats, err = seatsOf(ctx, q, event)
	return facts, err
}

// seatsOf are the labels of an event's seats, by number from 1.
func seatsOf(ctx context.Context, q *gatedb.Queries, event ticket.EventID) (labels []string, err error) {
	rows, err := q.EventSeats(ctx, uuid.UUID(event))
	for _, r := range rows {
		for len(labels) < int(r.Number)-1 {
			labels = append(labels, "-") // a number that no seat has any more keeps its place
		}
		labels = append(labels, r.Label)
	}
	return labels, err
}

func numberedKind(k gatedb.EventKindsRow) gatehouse.NumberedKind {
	return gatehouse.NumberedKind{
		Number: uint16(k.Kind), //nolint:gosec // CHECKed
		Kind: whitelist.Kind{
			Name: k.Name, Use: whitelist.Use(k.Admits), Uses: uint8(k.Uses), ReentryAfter: int(k.ReentryAfter), //nolint:gosec // CHECKed
			ValidFrom: seconds(k.ValidFrom), ValidUntil: seconds(k.ValidUntil),
			Zones: k.Zones, Flags: whitelist.Flags(k.Flags), //nolint:gosec // CHECKed
		},
	}
}

func seconds(t *time.Time) int64 {
	if t == nil {
		return 0
	}
	return t.Unix()
}

func issuersOf(ctx context.Context, q *gatedb.Queries, event ticket.EventID) ([]whitelist.Issuer, error) {
	rows, err := q.EventIssuers(ctx, uuid.UUID(event))
	if err != nil {
		return nil, err
	}
	var out []whitelist.Issuer
	for _, row := range rows {
		issuer, err := issuer(row.Name, row.Normalise, row.Kind, row.Pretix)
		if err != nil {
			return nil, err
		}
		out = append(out, issuer)
	}
	return out, nil
}

func issuer(name string, normalise []byte, kind int32, pretix [][]byte) (whitelist.Issuer, error) {
	i := whitelist.Issuer{Name: name, Kind: uint16(kind)} //nolint:gosec // CHECKed
	for _, key := range pretix {
		i.Pretix = append(i.Pretix, key)
	}
	if err := json.Unmarshal(normalise, &i.Normalise); err != nil {
		return i, fmt.Errorf("read issuer %q: %w", name, err)
	}
	return i, nil
}

// LockList makes this transaction the event's only signer until it ends. gatehouse.ErrNoEvent.
func (s *Store) LockList(ctx context.Context, event ticket.EventID) (gatehouse.HeldList, error) {
	row, err := s.on(ctx).LockList(ctx, uuid.UUID(event))
	if postgres.NoRow(err) {
		return gatehouse.HeldList{}, gatehouse.ErrNoEvent
	}
	if err != nil {
		return gatehouse.HeldList{}, err
	}
	held := gatehouse.HeldList{Epoch: uint64(row.Epoch)} //nolint:gosec // never negative
	newest, err := s.on(ctx).NewestManifest(ctx, uuid.UUID(event))
	if postgres.NoRow(err) {
		return held, nil
	}
	held.Manifest = newest.Raw
	return held, err
}

// signedAtOnce bounds a run: who refunds a ticket while an import is being signed waits for no more than this.
const signedAtOnce = 50_000

// TakeUnsigned takes the event's mark, and gives unsigned rows this epoch: own tickets first, and of a big import no more than
// signedAtOnce, so that the next run comes soon.
func (s *Store) TakeUnsigned(ctx context.Context, event ticket.EventID, epoch uint64) ([]gatehouse.Row, error) {
	if _, err := s.on(ctx).TakeListMark(ctx, uuid.UUID(event)); err != nil {
		return nil, err
	}
	taken, err := s.on(ctx).TakeUnsigned(ctx, int64(epoch), uuid.UUID(event), signedAtOnce) //nolint:gosec // at most 2^53
	return listRows(taken, func(t gatedb.TakeUnsignedRow) gatedb.ListedEntriesRow { return gatedb.ListedEntriesRow(t) }), err
}

// TakeWithdrawn gives every unsigned row that is not good any more this epoch.
func (s *Store) TakeWithdrawn(ctx context.Context, event ticket.EventID, epoch uint64) ([]gatehouse.Row, error) {
	taken, err := s.on(ctx).TakeWithdrawn(ctx, int64(epoch), uuid.UUID(event)) //nolint:gosec // at most 2^53
	return listRows(taken, func(t gatedb.TakeWithdrawnRow) gatedb.ListedEntriesRow { return gatedb.ListedEntriesRow(t) }), err
}

// ListedRows is every row that is committed, for a list made whole.
func (s *Store) ListedRows(ctx context.Context, event ticket.EventID) ([]gatehouse.Row, error) {
	signed, err := s.on(ctx).ListedEntries(ctx, uuid.UUID(event))
	return listRows(signed, func(r gatedb.ListedEntriesRow) gatedb.ListedEntriesRow { return r }), err
}

// listRows makes rows of what any of the three queries gives: the same columns under three names.
func listRows[T any](found []T, as func(T) gatedb.ListedEntriesRow) []gatehouse.Row {
	rows := make([]gatehouse.Row, len(found))
	for i, f := range found {
		rows[i] = listRow(as(f))
	}
	return rows
}

// listRow trusts the table's CHECKs for the ranges.
func listRow(r gatedb.ListedEntriesRow) gatehouse.Row {
	row := gatehouse.Row{
		Namespace: r.Namespace, Code: r.Code, Kind: uint16(r.Kind), State: whitelist.State(r.State), //nolint:gosec // CHECKed
		Uses: uint8(r.Uses), Group: uint8(r.GroupSize), Flags: whitelist.Flags(r.Flags), Seat: uint32(r.Seat), //nolint:gosec // CHECKed
		ValidFrom: uint32(r.ValidFrom), ValidUntil: uint32(r.ValidUntil), //nolint:gosec // CHECKed
	}
	copy(row.Ref[:], r.Ref)
	return row
}

// Blobs reads those of the named blobs that are there.
func (s *Store) Blobs(ctx context.Context, scope ticket.EventID, names []whitelist.Hash) (map[whitelist.Hash][]byte, error) {
	rows, err := s.on(ctx).Blobs(ctx, uuid.UUID(scope), hashes(names))
	out := make(map[whitelist.Hash][]byte, len(rows))
	for _, row := range rows {
		out[hash(row.Hash)] = row.Bytes
	}
	return out, err
}

// blobsAtOnce bounds one statement that stores blobs.
const blobsAtOnce = 256

// KeepList keeps a signed list, raises the floor under its epochs and tells publishers.
func (s *Store) KeepList(ctx context.Context, made gatehouse.MadeList) error {
	q, scope := s.on(ctx), uuid.UUID(made.Manifest.Event)
	if err := retire(ctx, q, scope, made); err != nil {
		return fmt.Errorf("retire blobs: %w", err)
	}
	if err := put(ctx, q, scope, made.Put, nil); err != nil {
		return fmt.Errorf("keep %d blobs: %w", len(made.Put), err)
	}
	if made.PatchBlob != (whitelist.Hash{}) {
		now := time.Now()
		if err := put(ctx, q, scope, map[whitelist.Hash][]byte{made.PatchBlob: made.Patch}, &now); err != nil {
			return fmt.Errorf("keep the patch: %w", err)
		}
		made.Patch = nil
	}
	m := made.Manifest
	if err := q.AddManifest(ctx, gatedb.AddManifestParams{
		EventID: scope, Epoch: int64(m.Epoch), Raw: m.Raw(), Root: m.Index[:], Rules: m.Rules[:], //nolint:gosec // at most 2^53
		Depth: int16(m.Depth), Entries: int64(m.Count), GoodUntil: m.GoodUntil,
		Patch: made.Patch, PatchBlob: orNil(made.PatchBlob),
	}); err != nil {
		return fmt.Errorf("keep the manifest: %w", err)
	}
	if err := q.RaiseList(ctx, int64(m.Epoch), m.GoodUntil, scope); err != nil { //nolint:gosec // at most 2^53
		return fmt.Errorf("raise the epoch: %w", err)
	}
	return q.TellSigned(ctx, scope.String())
}

func retire(ctx context.Context, q *gatedb.Queries, scope uuid.UUID, made gatehouse.MadeList) error {
	if made.RetireAll {
		return q.RetireAllBlobs(ctx, scope)
	}
	if len(made.Retire) == 0 {
		return nil
	}
	return q.RetireBlobs(ctx, scope, hashes(made.Retire))
}

func put(ctx context.Context, q *gatedb.Queries, scope uuid.UUID, blobs map[whitelist.Hash][]byte, stale *time.Time) error {
	var names, contents [][]byte
	flush := func() error {
		defer func() { names, contents = nil, nil }()
		return q.PutBlobs(ctx, scope, names, contents, stale)
	}
	for name, blob := range blobs {
		if blob == nil {
			blob = []byte{} // an empty bucket is a blob, not NULL
		}
		if names, contents = append(names, name[:]), append(contents, blob); len(names) == blobsAtOnce {
			if err := flush(); err != nil {
				return err
			}
		}
	}
	if len(names) == 0 {
		return nil
	}
	return flush()
}
