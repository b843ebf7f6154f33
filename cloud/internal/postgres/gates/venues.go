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

var _ gatehouse.VenueStore = (*Store)(nil)

// LockVenue makes this transaction the venue's only signer until it ends, and takes its mark. gatehouse.ErrNoVenue.
func (s *Store) LockVenue(ctx context.Context, venue ticket.EventID) (gatehouse.HeldVenue, error) {
	row, err := s.on(ctx).LockVenue(ctx, uuid.UUID(venue))
	if postgres.NoRow(err) {
		return gatehouse.HeldVenue{}, gatehouse.ErrNoVenue
	}
	if err != nil {
		return gatehouse.HeldVenue{}, err
	}
	held := gatehouse.HeldVenue{
		Organizer: ticket.EventID(row.OrganizerID), Epoch: uint64(row.Epoch), Content: hash(row.Content), //nolint:gosec // never negative
	}
	if row.GoodUntil != nil {
		held.GoodUntil = *row.GoodUntil
	}
	if row.Homes != nil {
		if err := json.Unmarshal(row.Homes, &held.Homes); err != nil {
			return held, fmt.Errorf("read the homes of venue %s: %w", venue, err)
		}
	}
	_, err = s.on(ctx).TakeVenueMark(ctx, uuid.UUID(venue))
	return held, err
}

// VenueFacts reads what a venue's gates obey.
func (s *Store) VenueFacts(ctx context.Context, venue ticket.EventID, endsAfter, startsBefore time.Time) (facts gatehouse.VenueFacts, err error) {
	q, id := s.on(ctx), uuid.UUID(venue)
	row, err := q.VenueFacts(ctx, id)
	if err != nil {
		return facts, err
	}
	facts.Name, facts.TimeZone = row.Name, row.TimeZone
	shown, err := q.VenueEvents(ctx, id, endsAfter, startsBefore)
	if err != nil {
		return facts, err
	}
	facts.Events = []whitelist.VenueEvent{}
	for _, e := range shown {
		facts.Events = append(facts.Events, whitelist.VenueEvent{
			Event: ticket.EventID(e.ID), Organizer: ticket.EventID(e.OrganizerID), Name: e.Name,
			Doors: e.DoorsAt.Unix(), Start: e.StartsAt.Unix(), End: e.EndsAt.Unix(),
		})
	}
	if facts.Zones, err = zonesOf(ctx, q, id); err != nil {
		return facts, err
	}
	if facts.Checkpoints, err = checkpointsOf(ctx, q, id, endsAfter); err != nil {
		return facts, err
	}
	if err := s.seasons(ctx, id, endsAfter, startsBefore, &facts); err != nil {
		return facts, err
	}
	if err := standing(ctx, q, id, &facts); err != nil {
		return facts, err
	}
	facts.Controllers, err = controllersOf(ctx, q, id)
	return facts, err
}

// standing reads what the homes of rights rest on, where a door has the policy home.
func standing(ctx context.Context, q *gatedb.Queries, venue uuid.UUID, facts *gatehouse.VenueFacts) error {
	rows, err := q.VenueStanding(ctx, venue)
	if err != nil || len(rows) == 0 {
		return err
	}
	for _, row := range rows {
		facts.Standing = append(facts.Standing, gatehouse.Standing{Checkpoint: row.ID.String(), Gates: row.Gates})
	}
	facts.Kinds = map[ticket.EventID][]gatehouse.NumberedKind{}
	for _, e := range facts.Events {
		kinds, err := q.EventKinds(ctx, uuid.UUID(e.Event))
		if err != nil {
			return err
		}
		for _, k := range kinds {
			facts.Kinds[e.Event] = append(facts.Kinds[e.Event], numberedKind(k))
		}
	}
	return nil
}

func zonesOf(ctx context.Context, q *gatedb.Queries, venue uuid.UUID) ([]whitelist.Zone, error) {
	rows, err := q.VenueZones(ctx, venue)
	zones := make([]whitelist.Zone, len(rows))
	for i, z := range rows {
		zones[i] = whitelist.Zone{ID: z.ID.String(), Name: z.Name, Parent: text(z.ParentID), Capacity: int(z.Capacity)}
	}
	return zones, err
}

func text(id *uuid.UUID) string {
	if id == nil {
		return ""
	}
	return id.String()
}

// checkpointsOf leaves out hours that ended long ago: a door that has only those stays one that has hours, so the
// newest window always stays.
func checkpointsOf(ctx context.Context, q *gatedb.Queries, venue uuid.UUID, endsAfter time.Time) ([]whitelist.Checkpoint, error) {
	rows, err := q.VenueCheckpoints(ctx, venue)
	if err != nil {
		return nil, err
	}
	hours, err := q.VenueHours(ctx, venue)
	if err != nil {
		return nil, err
	}
	windows := map[uuid.UUID][]whitelist.Window{}
	for _, h := range hours {
		w := windows[h.CheckpointID]
		if n := len(w); n > 0 && w[n-1].Until < endsAfter.Unix() {
			w = w[:n-1]
		}
		windows[h.CheckpointID] = append(w, whitelist.Window{From: h.OpensAt.Unix(), Until: h.ClosesAt.Unix()})
	}
	out := make([]whitelist.Checkpoint, len(rows))
	for i, row := range rows {
		if out[i], err = checkpoint(row); err != nil {
			return nil, err
		}
		out[i].Hours = windows[row.ID]
	}
	return out, nil
}

func checkpoint(c gatedb.Checkpoint) (whitelist.Checkpoint, error) {
	out := whitelist.Checkpoint{
		ID: c.ID.String(), Name: c.Name, Direction: whitelist.Direction(c.Direction),
		From: text(c.FromZone), To: text(c.ToZone), Events: events(c.Events),
		Mode: whitelist.Mode(c.Mode), Policy: whitelist.PolicyName(c.Policy),
		Budget:   whitelist.Budget{Minutes: int(c.BudgetMinutes), Entries: int(c.BudgetEntries)},
		Unlisted: whitelist.Unlisted(c.Unlisted), NeedsStaff: c.NeedsStaff, AskMillis: int(c.AskMillis),
		PassSeconds: int(c.PassSeconds), NoContact: c.NoContact, StaleAsk: c.StaleAsk, Language: c.Language,
	}
	if err := json.Unmarshal(c.Kinds, &out.Kinds); err != nil {
		return out, fmt.Errorf("read the kinds of checkpoint %s: %w", c.ID, err)
	}
	return out, nil
}

func controllersOf(ctx context.Context, q *gatedb.Queries, venue uuid.UUID) ([]gatehouse.BadgedController, error) {
	rows, err := q.VenueControllers(ctx, venue)
	if err != nil {
		return nil, err
	}
	out := make([]gatehouse.BadgedController, len(rows))
	for i, c := range rows {
		badge, err := ticket.ParseID(c.Badge)
		if err != nil {
			return nil, fmt.Errorf("read the badge of controller %s: %w", c.ID, err)
		}
		out[i] = gatehouse.BadgedController{ID: c.ID.String(), Badge: badge, Supervisor: c.Supervisor}
		if c.PinHash != nil {
			out[i].PIN = &whitelist.PIN{Number: int(*c.Number), Salt: c.PinSalt, Rounds: int(*c.PinRounds), Hash: c.PinHash}
		}
		for _, id := range c.Checkpoints {
			out[i].Checkpoints = append(out[i].Checkpoints, id.String())
		}
	}
	return out, nil
}

// KeepVenue keeps a signed venue manifest and tells publishers.
func (s *Store) KeepVenue(ctx context.Context, made gatehouse.MadeVenue) error {
	q, v := s.on(ctx), made.Venue
	scope := uuid.UUID(v.Venue.Venue)
	if err := q.RetireAllBlobs(ctx, scope); err != nil {
		return fmt.Errorf("retire blobs: %w", err)
	}
	if made.Blob != (whitelist.Hash{}) {
		if err := put(ctx, q, scope, map[whitelist.Hash][]byte{made.Blob: v.Raw()}, nil); err != nil {
			return fmt.Errorf("keep the manifest as a blob: %w", err)
		}
	}
	homes, err := homesRow(v.Homes)
	if err != nil {
		return err
	}
	until := time.Unix(v.GoodUntil, 0)
	if err := q.KeepVenueManifest(ctx, gatedb.KeepVenueManifestParams{
		VenueID: scope, Epoch: int64(v.Epoch), Raw: v.Raw(), Blob: orNil(made.Blob), //nolint:gosec // at most 2^53
		Content: made.Content[:], GoodUntil: &until, Homes: homes,
	}); err != nil {
		return fmt.Errorf("keep the manifest: %w", err)
	}
	return q.TellSigned(ctx, scope.String())
}

// homesRow is nil for a venue that never had any.
func homesRow(h *whitelist.Homes) ([]byte, error) {
	if h == nil {
		return nil, nil
	}
	return json.Marshal(h)
}
